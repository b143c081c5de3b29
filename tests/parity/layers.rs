//! The golden tensors of schedules and networks, down to each named activation.

use super::*;

pub(super) fn schedules(c: &mut Comparison<'_>) {
    let names: Vec<String> = c
        .golden
        .names()
        .filter(|n| n.starts_with("sched."))
        .map(str::to_owned)
        .collect();
    for name in names {
        // sched.<betas>.T<steps>.<table>; the betas' name may hold a dot.
        let (rest, table) = name.rsplit_once('.').unwrap();
        let (rest, steps) = rest.rsplit_once(".T").unwrap();
        let betas = match rest {
            "sched.linear" => BetaSchedule::Linear,
            "sched.const0.008" => BetaSchedule::Constant(0.008),
            other => panic!("{other}"),
        };
        let schedule = Schedule::new(betas, 1000)
            .respace(steps.parse().unwrap())
            .unwrap();
        match table {
            "timestep_map" => {
                let steps: Vec<f64> = schedule.timesteps.iter().map(|t| *t as f64).collect();
                c.close64(&name, &steps, 0.0);
            }
            "alphas_cumprod" => c.close64(&name, &schedule.alpha_bar, 1e-14),
            other => panic!("{other}"),
        }
    }
}

pub(super) fn time_features(c: &mut Comparison<'_>, nets: &Nets) {
    let t = c.golden.usize("in.t_list");
    let device = &nets.device;
    // The reference's vectorized exponential is off by up to one unit in the last place, which
    // moves an angle t·w by t·2⁻²⁴.
    let tolerance = t.iter().copied().max().unwrap_or(0) as f64 * 2f64.powi(-24);
    c.close(
        "temb.sinusoid",
        &values(networks::sinusoid(&t, nets.config.net_ch, device)),
        tolerance,
    );
    c.close(
        "temb.latent_sinusoid64",
        &values(networks::sinusoid(&t, 64, device)),
        tolerance,
    );
    c.close(
        "temb.mlp",
        &values(nets.unet.time_embed.forward(&t, device)),
        2e-6,
    );
}

/// Compares an activation with its golden sample: the first picture, every n-th row and column.
fn activation(c: &mut Comparison<'_>, name: &str, x: &Tensor<4>) {
    let [_, channels, height, width] = x.dims();
    let all = values(x.clone().narrow(0, 0, 1));
    let shape = c.golden.shape(name).to_vec();
    let (rows, columns) = match shape[..] {
        [_, rows, columns] => (rows, columns),
        _ => (1, 1),
    };
    let (down, across) = (height / rows, width / columns);
    let mut sampled = Vec::new();
    for channel in 0..channels {
        for row in 0..rows {
            for column in 0..columns {
                sampled.push(all[(channel * height + row * down) * width + column * across]);
            }
        }
    }
    // Twenty times the reference's own noise, and never below what f32 resolves at this magnitude.
    let largest = c
        .golden
        .f64(name)
        .iter()
        .fold(0.0, |m: f64, v| m.max(v.abs()));
    let tolerance = (20.0 * c.golden.noise(name)).max(2e-6 * largest);
    c.close(name, &sampled, tolerance);
}

/// Compares the output of the module `key` where the golden file has it.
fn module(c: &mut Comparison<'_>, key: &str, output: &Tensor<4>) {
    if c.golden.names().any(|name| name == key) {
        activation(c, key, output);
    }
}

/// Compares the outputs of a stage's block and attention, and, where the stage is the last of its
/// entry in the official list of blocks, under the entry's name.
fn stage(
    c: &mut Comparison<'_>,
    prefix: &str,
    [at, next]: [Option<&Stage>; 2],
    block: &Tensor<4>,
    out: &Tensor<4>,
) {
    let at = at.unwrap();
    module(c, &format!("{prefix}.{}", at.key), block);
    if let Some(key) = &at.attention {
        module(c, &format!("{prefix}.{key}"), out);
    }
    let entry = |stage: &Stage| stage.key.rsplit_once('.').unwrap().0.to_owned();
    if next.map(entry) != Some(entry(at)) {
        module(c, &format!("{prefix}.{}", entry(at)), out);
    }
}

/// Compares the modules of a head under its name, and the last of them as the head's output.
fn head(c: &mut Comparison<'_>, name: &str, outputs: &[Tensor<4>]) {
    for (i, output) in outputs.iter().enumerate() {
        module(c, &format!("{name}.{i}"), output);
    }
    module(c, name, outputs.last().unwrap());
}

pub(super) fn encoder(c: &mut Comparison<'_>, nets: &Nets) {
    let encoder = &nets.encoder;
    let img: Tensor<4> = c.golden.tensor("in.img", &nets.device);
    let mut h = ops::conv2d(ops::Input::new(img.clone()), &encoder.stem, None);
    module(c, "act.enc.input_blocks.0", &h);
    let geometry = |i: usize| encoder.stages.get(i).map(|stage| &stage.geometry);
    for (i, at) in encoder.stages.iter().enumerate() {
        let block = at.block.forward(h.clone());
        h = at.forward(h);
        stage(c, "act.enc", [geometry(i), geometry(i + 1)], &block, &h);
    }

    let normed = ops::group_norm(h, &encoder.out_norm);
    let active = ops::silu(normed.clone());
    let pooled = active.clone().mean_dims(&[2, 3]);
    let z = ops::conv2d(ops::Input::new(pooled.clone()), &encoder.out_conv, None);
    head(c, "act.enc.out", &[normed, active, pooled, z.clone(), z]);
    c.close("z_sem", &values(encoder.forward(img)), Z_SEM);
}

pub(super) fn unet(c: &mut Comparison<'_>, nets: &Nets) {
    let (unet, device) = (&nets.unet, &nets.device);
    let x: Tensor<4> = c.golden.tensor("in.x_t", device);
    let z: Tensor<2> = c.golden.tensor("z_sem", device);
    let t = c.golden.usize("in.t");
    let embedding = "act.unet.time_embed.time_embed";
    if c.golden.names().any(|name| name == embedding) {
        let found = unet.time_embed.forward(&t[..1], device);
        c.close(embedding, &values(found), 2e-6);
    }

    let times = unet.project_time(&t, device);
    let modulations = times.modulate(unet.project_style(z.clone()).as_ref());
    let mut h = ops::conv2d(ops::Input::new(x.clone()), &unet.stem, None);
    module(c, "act.unet.input_blocks.0", &h);
    let mut skips = vec![h.clone()];
    let geometry = |i: usize| unet.stages.get(i).map(|stage| &stage.geometry);
    for (i, at) in unet.stages.iter().enumerate() {
        let skip = (at.geometry.skip > 0).then(|| skips.pop().unwrap());
        let block = at.block.forward(h.clone(), skip.clone(), &modulations);
        h = at.forward(h, skip, &modulations);
        if at.geometry.kept {
            skips.push(h.clone());
        }
        stage(c, "act.unet", [geometry(i), geometry(i + 1)], &block, &h);
    }
    let normed = ops::group_norm(h, &unet.out_norm);
    let active = ops::silu(normed.clone());
    let out = ops::conv2d(ops::Input::new(active.clone()), &unet.out_conv, None);
    head(c, "act.unet.out", &[normed, active, out]);

    let eps = values(nets.eps(x.clone(), &t, z.clone()));
    c.close("eps", &eps, EPS);
    let t2 = c.golden.usize("in.t2");
    c.close("eps2", &values(nets.eps(x, &t2, z)), EPS);
    // The raw weights' output is there to catch a loader that reads `model.` for `ema_model.`.
    let raw = c.golden.f32("neg.eps_raw_model");
    let apart = eps
        .iter()
        .zip(&raw)
        .fold(0.0f32, |m, (a, b)| m.max((a - b).abs()));
    assert!(apart > 1e-2, "eps equals that of the raw weights");
    c.covered.push("neg.eps_raw_model".to_owned());
}

pub(super) fn q_sample(schedule: &Schedule, x0: &[f32], noise: &[f32], t: &[usize]) -> Vec<f32> {
    let row = x0.len() / t.len();
    x0.iter()
        .zip(noise)
        .enumerate()
        .map(|(i, (x0, noise))| {
            let alpha_bar = schedule.alpha_bar[t[i / row]];
            alpha_bar.sqrt() as f32 * x0 + (1.0 - alpha_bar).sqrt() as f32 * noise
        })
        .collect()
}

pub(super) fn mean_per_row(rows: usize, errors: &[f32]) -> Vec<f32> {
    let row = errors.len() / rows;
    errors
        .chunks(row)
        .map(|r| (r.iter().map(|v| f64::from(*v)).sum::<f64>() / row as f64) as f32)
        .collect()
}

pub(super) fn training_losses(c: &mut Comparison<'_>, nets: &Nets) {
    let device = &nets.device;
    let schedule = nets.schedule(1000);
    let t = c.golden.usize("in.t_q");
    let noise = c.golden.f32("in.q_noise");
    let x_t = q_sample(&schedule, &c.golden.f32("in.img"), &noise, &t);
    c.close("q_sample", &x_t, 1e-6);
    let z: Tensor<2> = c.golden.tensor("z_sem", device);
    let x_t: Tensor<4> = c.golden.tensor("q_sample", device);
    let errors: Vec<f32> = values(nets.eps(x_t, &t, z))
        .iter()
        .zip(&noise)
        .map(|(a, b)| (a - b).powi(2))
        .collect();
    c.close("loss_mse", &mean_per_row(t.len(), &errors), 1e-6);
}
