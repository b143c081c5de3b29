//! Every tensor of the golden file, computed here: the port against the official code.
//!
//! The configuration comes from the golden set's manifest, and its folder from `DIFFAE_GOLDEN` when
//! that is set, so that another set with other widths, depths, resolutions and heads runs through the
//! same test.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

mod support;

use std::ops::ControlFlow;

use burn::tensor::{Device, Tensor};
use diffae::config::{BetaSchedule, ModelConfig, Prediction};
use diffae::diffusion::{Denoiser, LatentDenoiser, PictureDenoiser, Schedule, Step, ddim};
use diffae::edit::{self, AttributeChange, Statistics};
use diffae::metrics;
use diffae::model::{self, Classifier, Encoder, LatentNet, Loader, Network, UNet};
use diffae::ops;
use diffae::photo;
use diffae::picture::Picture;
use diffae::weights::{Array, Part, TensorSource, WeightsError};
use pollster::block_on;
use serde_json::Value;
use support::{Comparison, Golden, checkpoints, golden_config, golden_dir, noise_table, values};

// Tolerances of the reference specification (section 21), as the largest absolute difference.
const Z_SEM: f64 = 1e-5;
const EPS: f64 = 2e-5;
const X_T: f64 = 2e-3;
const RENDER: f64 = 1e-3;

struct Nets {
    config: ModelConfig,
    device: Device,
    encoder: Encoder,
    unet: UNet,
    latent: LatentNet,
    classifier: Classifier,
    statistics: Statistics,
}

fn nets(config: ModelConfig, source: &mut dyn TensorSource) -> Nets {
    let device = Device::flex();
    let style = config.style_channels().unwrap();
    let mut vector = |name: &str| source.tensor(name, &[style]).unwrap().into_f32();
    let statistics = Statistics::new(vector("conds_mean"), vector("conds_std"));
    let mut part = |part| {
        let mut loader = Loader::new(&mut *source, &device, "");
        model::load_part(&config, part, &mut loader).unwrap()
    };
    let (
        Network::Encoder(encoder),
        Network::Decoder(unet),
        Network::Latent(latent),
        Network::Attributes(classifier),
    ) = (
        part(Part::Encoder),
        part(Part::Decoder),
        part(Part::Latent),
        part(Part::Attributes),
    )
    else {
        panic!("parts mixed up")
    };
    Nets {
        encoder: *encoder,
        unet: *unet,
        latent: *latent,
        classifier,
        statistics,
        config,
        device,
    }
}

impl Nets {
    fn schedule(&self, steps: usize) -> Schedule {
        Schedule::new(BetaSchedule::Linear, 1000)
            .respace(steps)
            .unwrap()
    }

    fn denoiser(&self, steps: usize, z_sem: Tensor<2>) -> PictureDenoiser<'_> {
        let schedule = self.schedule(steps);
        PictureDenoiser::new(
            &self.unet,
            schedule,
            Prediction::Epsilon,
            Some(z_sem),
            &self.device,
        )
    }

    fn eps(&self, x: Tensor<4>, t: &[usize], z_sem: Tensor<2>) -> Tensor<4> {
        let style = self.unet.project_style(z_sem);
        let times = self.unet.project_time(t, &self.device);
        self.unet.forward(x, &times.modulate(style.as_ref()))
    }

    fn render(&self, steps: usize, x_t: Tensor<4>, z_sem: Tensor<2>) -> Tensor<4> {
        let net = self.denoiser(steps, z_sem);
        (block_on(ddim::sample(&net, x_t, true, &mut go_on)).unwrap() + 1.0) / 2.0
    }
}

async fn go_on<const D: usize>(_: Step<D>) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

#[test]
fn every_golden_tensor_from_the_checkpoints() {
    let dir = golden_dir();
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(dir.join("manifest.json")).unwrap()).unwrap();
    let golden = Golden::open(
        &dir.join("golden.safetensors"),
        noise_table(&manifest["tensors"]),
    );
    let mut source = checkpoints(&[
        dir.join("checkpoints/tiny_autoenc_latent/last.ckpt"),
        dir.join("checkpoints/tiny_autoenc_cls/last.ckpt"),
    ]);
    check_everything(&nets(golden_config(&manifest), &mut source), &golden);
}

#[test]
fn every_golden_tensor_from_a_converted_model() {
    use diffae::weights::convert::{Conversion, convert};
    use diffae::weights::directory::ModelDirectory;
    use diffae::weights::{PartReader, Precision};

    let dir = golden_dir();
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(dir.join("manifest.json")).unwrap()).unwrap();
    let golden = Golden::open(
        &dir.join("golden.safetensors"),
        noise_table(&manifest["tensors"]),
    );
    let mut tensors = checkpoints(&[
        dir.join("checkpoints/tiny_autoenc_latent/last.ckpt"),
        dir.join("checkpoints/tiny_autoenc_cls/last.ckpt"),
    ]);
    let conversion = Conversion {
        config: golden_config(&manifest),
        precision: Precision::F32,
        framing: None,
        licence: "test".to_owned(),
        origin: "test".to_owned(),
    };
    let out = tempfile::tempdir().unwrap();
    convert(&mut tensors, &conversion, out.path(), &mut |_, _| {}).unwrap();

    let model = ModelDirectory::open(out.path()).unwrap();
    let mut source = AllParts {
        readers: Part::ALL
            .map(|part| PartReader::open(part.name(), model.part(part).unwrap()).unwrap())
            .into(),
        manifest: model.manifest().clone(),
    };
    let nets = nets(model.manifest().config.clone(), &mut source);
    for reader in &source.readers {
        reader.finish("golden").unwrap();
    }
    check_everything(&nets, &golden);
}

/// All parts of a model directory as one source.
struct AllParts {
    readers: Vec<diffae::weights::PartReader<diffae::weights::part::PartOnDisk>>,
    manifest: diffae::weights::Manifest,
}

impl TensorSource for AllParts {
    fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Array, WeightsError> {
        let statistic = |values: &Option<Vec<f32>>| Array::f32(shape, values.clone().unwrap());
        match name {
            "conds_mean" => return Ok(statistic(&self.manifest.conds_mean)),
            "conds_std" => return Ok(statistic(&self.manifest.conds_std)),
            _ => {}
        }
        let holder = self
            .readers
            .iter_mut()
            .find(|reader| reader.names().iter().any(|known| known == name));
        holder
            .unwrap_or_else(|| panic!("no part holds {name}"))
            .tensor(name, shape)
    }
}

fn check_everything(nets: &Nets, golden: &Golden) {
    let mut c = Comparison::new(golden);
    schedules(&mut c);
    time_features(&mut c, nets);
    encoder(&mut c, nets);
    unet(&mut c, nets);
    training_losses(&mut c, nets);
    sampling(&mut c, nets);
    latents(&mut c, nets);
    edits(&mut c, nets);
    interpolation(&mut c, nets);
    preparation(&mut c, nets);

    for name in golden.names() {
        let checked = c.covered.iter().any(|n| n == name);
        if !checked && !name.starts_with("in.") && name != "prep.src_u8_hwc" {
            c.failures.push(format!("{name}: not checked"));
        }
    }
    c.finish();
}

fn schedules(c: &mut Comparison<'_>) {
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

fn time_features(c: &mut Comparison<'_>, nets: &Nets) {
    let t = c.golden.usize("in.t_list");
    let device = &nets.device;
    // The reference's vectorized exponential is off by up to one unit in the last place, which
    // moves an angle t·w by t·2⁻²⁴.
    let tolerance = t.iter().copied().max().unwrap_or(0) as f64 * 2f64.powi(-24);
    c.close(
        "temb.sinusoid",
        &values(model::sinusoid(&t, nets.config.net_ch, device)),
        tolerance,
    );
    c.close(
        "temb.latent_sinusoid64",
        &values(model::sinusoid(&t, 64, device)),
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

/// Compares the modules of one block entry and, under the entry's own name, their last output.
fn entry(c: &mut Comparison<'_>, name: &str, outputs: &[Tensor<4>]) {
    let known = |c: &Comparison<'_>, name: &str| c.golden.names().any(|n| n == name);
    for (i, output) in outputs.iter().enumerate() {
        let inner = format!("{name}.{i}");
        if known(c, &inner) {
            activation(c, &inner, output);
        }
    }
    if known(c, name) {
        activation(c, name, outputs.last().unwrap());
    }
}

fn encoder(c: &mut Comparison<'_>, nets: &Nets) {
    let encoder = &nets.encoder;
    let img: Tensor<4> = c.golden.tensor("in.img", &nets.device);
    let mut h = ops::conv2d(ops::Input::new(img.clone()), &encoder.stem, None);
    entry(c, "act.enc.input_blocks.0", &[h.clone()]);
    for (i, stage) in encoder.input_blocks.iter().enumerate() {
        let mut outputs = vec![stage.block.forward(h)];
        if let Some(attention) = &stage.attention {
            outputs.push(attention.forward(outputs[0].clone()));
        }
        entry(c, &format!("act.enc.input_blocks.{}", i + 1), &outputs);
        h = outputs.pop().unwrap();
    }
    let first = encoder.middle_in.forward(h);
    let second = encoder.middle_attention.forward(first.clone());
    let third = encoder.middle_out.forward(second.clone());
    entry(c, "act.enc.middle_block", &[first, second, third.clone()]);

    let normed = ops::group_norm(third, &encoder.out_norm);
    let active = ops::silu(normed.clone());
    let pooled = active.clone().mean_dims(&[2, 3]);
    let z = ops::conv2d(ops::Input::new(pooled.clone()), &encoder.out_conv, None);
    entry(c, "act.enc.out", &[normed, active, pooled, z.clone(), z]);
    c.close("z_sem", &values(encoder.forward(img)), Z_SEM);
}

fn unet(c: &mut Comparison<'_>, nets: &Nets) {
    let (unet, device) = (&nets.unet, &nets.device);
    let x: Tensor<4> = c.golden.tensor("in.x_t", device);
    let z: Tensor<2> = c.golden.tensor("z_sem", device);
    let t = c.golden.usize("in.t");
    let embedding = unet.time_embed.forward(&t[..1], device);
    c.close("act.unet.time_embed.time_embed", &values(embedding), 2e-6);

    let times = unet.project_time(&t, device);
    let modulations = times.modulate(unet.project_style(z.clone()).as_ref());
    let mut h = ops::conv2d(ops::Input::new(x.clone()), &unet.stem, None);
    entry(c, "act.unet.input_blocks.0", &[h.clone()]);
    let mut skips = vec![h.clone()];
    let run = |stage: &model::Stage, h: Tensor<4>, skip: Option<Tensor<4>>| {
        let mut outputs = vec![stage.block.forward(h, skip, &modulations)];
        if let Some(attention) = &stage.attention {
            outputs.push(attention.forward(outputs[0].clone()));
        }
        if let Some(up) = &stage.up {
            outputs.push(up.forward(outputs[outputs.len() - 1].clone(), None, &modulations));
        }
        outputs
    };
    for (i, stage) in unet.input_blocks.iter().enumerate() {
        let mut outputs = run(stage, h, None);
        entry(c, &format!("act.unet.input_blocks.{}", i + 1), &outputs);
        h = outputs.pop().unwrap();
        skips.push(h.clone());
    }
    let first = unet.middle_in.forward(h, None, &modulations);
    let second = unet.middle_attention.forward(first.clone());
    h = unet.middle_out.forward(second.clone(), None, &modulations);
    entry(c, "act.unet.middle_block", &[first, second, h.clone()]);
    for (i, stage) in unet.output_blocks.iter().enumerate() {
        let mut outputs = run(stage, h, skips.pop());
        entry(c, &format!("act.unet.output_blocks.{i}"), &outputs);
        h = outputs.pop().unwrap();
    }
    let normed = ops::group_norm(h, &unet.out_norm);
    let active = ops::silu(normed.clone());
    let out = ops::conv2d(ops::Input::new(active.clone()), &unet.out_conv, None);
    entry(c, "act.unet.out", &[normed, active, out]);

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

fn q_sample(schedule: &Schedule, x0: &[f32], noise: &[f32], t: &[usize]) -> Vec<f32> {
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

fn mean_per_row(rows: usize, errors: &[f32]) -> Vec<f32> {
    let row = errors.len() / rows;
    errors
        .chunks(row)
        .map(|r| (r.iter().map(|v| f64::from(*v)).sum::<f64>() / row as f64) as f32)
        .collect()
}

fn training_losses(c: &mut Comparison<'_>, nets: &Nets) {
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

fn sampling(c: &mut Comparison<'_>, nets: &Nets) {
    let device = &nets.device;
    let img: Tensor<4> = c.golden.tensor("in.img", device);
    let z: Tensor<2> = c.golden.tensor("z_sem", device);
    let random: Tensor<4> = c.golden.tensor("in.x_T_random", device);
    let ten = nets.denoiser(10, z.clone());

    let step = ddim::step(&ten, c.golden.tensor("in.x_t", device), 4, true);
    c.close("step.ddim.T10.i4.sample", &values(step.x), EPS);
    c.close("step.ddim.T10.i4.pred_xstart", &values(step.x0), 10.0 * EPS);
    let step = ddim::reverse_step(&ten, img.clone(), 4, true);
    c.close("step.rev.T10.i4.sample", &values(step.x), EPS);
    c.close("step.rev.T10.i4.pred_xstart", &values(step.x0), 10.0 * EPS);

    for steps in [10, 20] {
        let net = nets.denoiser(steps, z.clone());
        let x_t = block_on(ddim::encode(&net, img.clone(), true, &mut go_on)).unwrap();
        c.close(&format!("x_T.T{steps}"), &values(x_t), X_T);
    }
    let x_t10: Tensor<4> = c.golden.tensor("x_T.T10", device);
    let x_t20: Tensor<4> = c.golden.tensor("x_T.T20", device);
    let decoded = values(nets.render(10, x_t10.clone(), z.clone()));
    c.close("render.T10.from_x_T_T10", &decoded, RENDER);
    c.close(
        "render.T5.from_x_T_T20",
        &values(nets.render(5, x_t20, z.clone())),
        RENDER,
    );
    c.close(
        "render.T10.from_random",
        &values(nets.render(10, random.clone(), z.clone())),
        RENDER,
    );
    let unclipped = block_on(ddim::sample(&ten, random, false, &mut go_on)).unwrap();
    c.close("sample_noclip.T10.from_random", &values(unclipped), X_T);

    // The share of predicted values at the clamp, step by step.
    let mut fractions = Vec::new();
    let mut watch = async |step: Step<4>| {
        let x0 = values(step.x0);
        let clipped = x0.iter().filter(|v| v.abs() >= 1.0).count();
        fractions.push(clipped as f32 / x0.len() as f32);
        ControlFlow::Continue(())
    };
    block_on(ddim::sample(&ten, x_t10, true, &mut watch)).unwrap();
    let values_per_step = c.golden.f64("in.img").len() as f64;
    // A value may fall on either side of the clamp: a few of them.
    c.close("clip_fraction.render", &fractions, 8.0 / values_per_step);

    let side = nets.config.image_size;
    let area = 3 * side * side;
    let original: Vec<f32> = c
        .golden
        .f32("in.img")
        .iter()
        .map(|v| (v + 1.0) / 2.0)
        .collect();
    let pairs: Vec<(&[f32], &[f32])> = original.chunks(area).zip(decoded.chunks(area)).collect();
    let each = |f: &dyn Fn(&[f32], &[f32]) -> f64| -> Vec<f32> {
        pairs.iter().map(|(a, b)| f(a, b) as f32).collect()
    };
    c.close(
        "metric.mse",
        &each(&|a, b| metrics::mse(a, b).unwrap()),
        1e-6,
    );
    c.close(
        "metric.psnr",
        &each(&|a, b| metrics::psnr(a, b).unwrap()),
        1e-3,
    );
    c.close(
        "metric.ssim",
        &each(&|a, b| metrics::ssim(a, b, [3, side, side]).unwrap()),
        1e-5,
    );

    let bytes: Vec<f32> = decoded
        .chunks(area)
        .flat_map(|chw| {
            let picture = Picture::from_chw(side as u32, side as u32, chw).unwrap();
            let rgba = picture.into_rgba();
            (0..3).flat_map(move |channel| {
                rgba.iter()
                    .skip(channel)
                    .step_by(4)
                    .map(|v| f32::from(*v))
                    .collect::<Vec<_>>()
            })
        })
        .collect();
    c.close("render.T10.uint8", &bytes, 1.0);
}

fn latents(c: &mut Comparison<'_>, nets: &Nets) {
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
    let sampled = values(block_on(ddim::sample(&net, start, false, &mut go_on)).unwrap());
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

fn edits(c: &mut Comparison<'_>, nets: &Nets) {
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

fn interpolation(c: &mut Comparison<'_>, nets: &Nets) {
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

fn preparation(c: &mut Comparison<'_>, nets: &Nets) {
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
