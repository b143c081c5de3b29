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

#[path = "parity/codes.rs"]
mod codes;
#[path = "parity/layers.rs"]
mod layers;
mod support;

use std::ops::ControlFlow;

use burn::tensor::{Device, Tensor};
use diffae::config::{BetaSchedule, ModelConfig, Prediction, Stage};
use diffae::diffusion::{Denoiser, LatentDenoiser, PictureDenoiser, Schedule, Step, ddim};
use diffae::edit::{self, AttributeChange, Statistics};
use diffae::metrics;
use diffae::networks::{self, Classifier, Encoder, LatentNet, Loader, Network, UNet};
use diffae::ops;
use diffae::photo;
use diffae::picture::Picture;
use diffae::unwatched;
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
        networks::load_part(&config, part, &mut loader).unwrap()
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
        (block_on(ddim::sample(&net, x_t, true, &mut unwatched())).unwrap() + 1.0) / 2.0
    }
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
    use diffae::import::convert::{Conversion, convert};
    use diffae::weights::directory::ModelDirectory;
    use diffae::weights::{PartReader, Precision};

    let dir = golden_dir();
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(dir.join("manifest.json")).unwrap()).unwrap();
    let golden = Golden::open(
        &dir.join("golden.safetensors"),
        noise_table(&manifest["tensors"]),
    );
    let tensors = checkpoints(&[
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
    convert(tensors, conversion, out.path(), &mut |_, _| {}).unwrap();

    let model = ModelDirectory::open(out.path()).unwrap();
    let mut source = AllParts {
        readers: Part::ALL
            .map(|part| PartReader::open(part.name(), model.part(part).unwrap()).unwrap())
            .into(),
        manifest: model.manifest().clone(),
    };
    let nets = nets(model.manifest().config.clone(), &mut source);
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
    layers::schedules(&mut c);
    layers::time_features(&mut c, nets);
    layers::encoder(&mut c, nets);
    layers::unet(&mut c, nets);
    layers::training_losses(&mut c, nets);
    sampling(&mut c, nets);
    codes::latents(&mut c, nets);
    codes::edits(&mut c, nets);
    codes::interpolation(&mut c, nets);
    codes::preparation(&mut c, nets);

    let given = |name: &str| name.starts_with("in.") || name == "prep.src_u8_hwc";
    for name in golden.names() {
        let checked = c.covered.iter().any(|n| n == name);
        if !checked && !given(name) {
            c.failures.push(format!("{name}: not checked"));
        }
    }
    // Sets with and without named activations have at least these in common.
    let inputs = golden.names().filter(|name| given(name)).count();
    let (compared, all) = (c.covered.len(), c.covered.len() + inputs);
    println!("{compared} tensors compared, computed from {inputs} given ones");
    assert!(all >= 70, "only {all} golden tensors: this is no whole set");
    c.finish();
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
        let x_t = block_on(ddim::encode(&net, img.clone(), true, &mut unwatched())).unwrap();
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
    let unclipped = block_on(ddim::sample(&ten, random, false, &mut unwatched())).unwrap();
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
