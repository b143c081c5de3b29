//! The golden tensors of latents, edits, interpolation and the preparation of pictures.

use super::layers::{mean_per_row, q_sample};
use super::*;

pub(super) fn latents(c: &mut Comparison<'_>, nets: &Nets) {
    let device = &nets.device;
    let times = nets
        .latent
        .project_time(&c.golden.usize("in.t_latent"), device);
    let eps = nets
        .latent
        .forward(c.golden.tensor("in.z_t", device), &times);
    c.close("latent.eps", &values(eps), EPS);

    let schedule = Schedule::new(BetaSchedule::Constant(0.008), 1000);
    let net = LatentDenoiser::new(&nets.latent, schedule.respace(10).unwrap(), device);
    assert_eq!(net.schedule().len(), 10);
    let start: Tensor<2> = c.golden.tensor("in.latent_noise", device);
    let sampled = values(block_on(ddim::sample(&net, start, false, &mut unwatched())).unwrap());
    c.close("latent.sample.normalized.T10", &sampled, X_T);
    let style = nets.config.style_channels().unwrap();
    let z: Vec<f32> = sampled
        .chunks(style)
        .flat_map(|z| nets.statistics.denormalize(z))
        .collect();
    c.close("latent.sample.z_sem.T10", &z, X_T);

    let z: Tensor<2> = c.golden.tensor("latent.sample.z_sem.T10", device);
    let picture = nets.render(10, c.golden.tensor("in.x_T_random", device), z);
    c.close("uncond.render.T10", &values(picture), RENDER);

    // L1 loss of the latent DPM on the normalized codes of the pictures.
    let normalized = c.golden.f32("cls.z_normalized");
    let noise = c.golden.f32("in.latent_noise");
    // The golden file does not hold these time steps; they are the pair that its losses belong to.
    let t = &[200, 800];
    let noisy = q_sample(&schedule, &normalized, &noise, t);
    let noisy = Tensor::from_data(
        burn::tensor::TensorData::new(noisy, [t.len(), style]),
        device,
    );
    let eps = nets
        .latent
        .forward(noisy, &nets.latent.project_time(t, device));
    let errors: Vec<f32> = values(eps)
        .iter()
        .zip(&noise)
        .map(|(a, b)| (a - b).abs())
        .collect();
    c.close("latent.loss_l1", &mean_per_row(t.len(), &errors), EPS);
}

pub(super) fn edits(c: &mut Comparison<'_>, nets: &Nets) {
    let device = &nets.device;
    let style = nets.config.style_channels().unwrap();
    let z_sem = c.golden.f32("z_sem");
    let rows: Vec<&[f32]> = z_sem.chunks(style).collect();
    let normalized: Vec<f32> = rows
        .iter()
        .flat_map(|z| nets.statistics.normalize(z))
        .collect();
    c.close(
        "cls.z_normalized",
        &normalized,
        20.0 * c.golden.noise("cls.z_normalized"),
    );
    let logits: Vec<f32> = normalized
        .chunks(style)
        .flat_map(|z| nets.classifier.logits(z))
        .collect();
    c.close("cls.logits", &logits, 20.0 * c.golden.noise("cls.logits"));

    for i in 0.. {
        let name = format!("edit.{i}.class_id_amp");
        if !c.golden.names().any(|n| n == name) {
            assert!(i > 0, "the golden set has no edits");
            break;
        }
        c.covered.push(name.clone());
        let (class, amplitude) = (
            c.golden.f64(&name)[0] as usize,
            c.golden.f64(&name)[1] as f32,
        );
        let change = AttributeChange {
            name: &nets.config.attributes[class],
            amplitude,
            direction: nets.classifier.direction(class).unwrap(),
        };
        let edited: Vec<f32> = rows
            .iter()
            .flat_map(|z| edit::move_along(z, &[change], &nets.statistics).unwrap())
            .collect();
        c.close(&format!("edit.{i}.z_sem"), &edited, Z_SEM);
        let z = c.golden.tensor(&format!("edit.{i}.z_sem"), device);
        let x_t = c.golden.tensor("x_T.T10", device);
        c.close(
            &format!("edit.{i}.render.T10"),
            &values(nets.render(10, x_t, z)),
            RENDER,
        );
    }
}

pub(super) fn interpolation(c: &mut Comparison<'_>, nets: &Nets) {
    let device = &nets.device;
    let (z, x) = (c.golden.f32("z_sem"), c.golden.f32("x_T.T10"));
    let (z0, z1) = z.split_at(z.len() / 2);
    let (x0, x1) = x.split_at(x.len() / 2);
    let alphas = c.golden.f32("interp.alpha");
    c.covered.push("interp.alpha".to_owned());
    c.close64("interp.theta", &[edit::angle(x0, x1)], 2e-6);
    let lerps: Vec<f32> = alphas.iter().flat_map(|a| edit::lerp(z0, z1, *a)).collect();
    c.close("interp.z_sem", &lerps, Z_SEM);
    let slerps: Vec<f32> = alphas
        .iter()
        .flat_map(|a| edit::slerp(x0, x1, *a))
        .collect();
    c.close("interp.x_T", &slerps, 20.0 * c.golden.noise("interp.x_T"));
    let picture = nets.render(
        5,
        c.golden.tensor("interp.x_T", device),
        c.golden.tensor("interp.z_sem", device),
    );
    c.close("interp.render.T5", &values(picture), RENDER);
}

pub(super) fn preparation(c: &mut Comparison<'_>, nets: &Nets) {
    let [height, width, _] = c.golden.shape("prep.src_u8_hwc")[..] else {
        panic!("prep.src_u8_hwc is no picture")
    };
    let rgb: Vec<u8> = c
        .golden
        .f64("prep.src_u8_hwc")
        .iter()
        .map(|v| *v as u8)
        .collect();
    let picture = Picture::from_rgb(width as u32, height as u32, &rgb).unwrap();
    let prepared = photo::prepare(&picture, nets.config.image_size as u32).unwrap();
    let floats: Vec<f32> = prepared.rgb().iter().map(|v| f32::from(*v)).collect();
    // One level: the two resizers break ties of their fixed-point sums differently.
    c.close("prep.resized_u8_hwc", &floats, 1.0);
    let expected: Vec<u8> = c
        .golden
        .f64("prep.resized_u8_hwc")
        .iter()
        .map(|v| *v as u8)
        .collect();
    let differing = prepared
        .rgb()
        .iter()
        .zip(&expected)
        .filter(|(a, b)| a != b)
        .count();
    assert!(
        differing < 10,
        "{differing} of {} bytes differ",
        expected.len()
    );
    let side = prepared.width();
    let exact = Picture::from_rgb(side, side, &expected).unwrap();
    c.close("prep.tensor", &exact.to_chw(), 0.0);
}
