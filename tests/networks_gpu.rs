//! Whole networks on WebGPU, natively: the golden tensors, the bundled int8 model against the CPU,
//! and how many dispatches and how much memory a step takes. Without an adapter (a software one
//! will do) every test says so and does nothing.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

#[path = "support/adapter.rs"]
mod adapter;
mod support;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use burn::tensor::{Device, Tensor};
use diffae::config::{BetaSchedule, ModelConfig, Prediction};
use diffae::diffusion::{Denoiser, LatentDenoiser, PictureDenoiser, Schedule, Stream, ddim, noise};
use diffae::networks::{self, Encoder, LatentNet, Loader, Network, UNet};
use diffae::ops::{Kernels, gpu};
use diffae::self_test;
use diffae::unwatched;
use diffae::weights::directory::ModelDirectory;
use diffae::weights::random::RandomWeights;
use diffae::weights::{Part, PartReader, Precision};
use pollster::block_on;
use serde_json::Value;
use support::{
    Comparison, Golden, checkpoints, golden_config, golden_dir, noise_table, values, worst,
};

/// The device, for one test at a time: dispatches are counted for the whole program.
fn device() -> Option<(Device, MutexGuard<'static, ()>)> {
    static ALONE: Mutex<()> = Mutex::new(());
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    Some((adapter::device()?, alone))
}

#[test]
fn the_self_test_trusts_the_kernels() {
    let Some((device, _alone)) = device() else {
        return;
    };
    for precision in [Precision::F32, Precision::Int8] {
        for kernels in [Kernels::Own, Kernels::OwnF32] {
            let compared = self_test::difference(precision, kernels, &device);
            let difference = block_on(compared).unwrap();
            println!("self-test of {kernels:?} in {precision:?}: {difference:e}");
            let tolerance = self_test::tolerance(precision, kernels, &device);
            assert!(difference < tolerance / 5.0, "{difference}");
        }
    }
}

struct Nets {
    encoder: Encoder,
    unet: UNet,
    latent: LatentNet,
}

fn golden_nets(config: &ModelConfig, device: &Device) -> Nets {
    let mut source = checkpoints(&[golden_dir().join("checkpoints/tiny_autoenc_latent/last.ckpt")]);
    let mut part = |part| {
        networks::load_part(config, part, &mut Loader::new(&mut source, device, "")).unwrap()
    };
    match (part(Part::Encoder), part(Part::Decoder), part(Part::Latent)) {
        (Network::Encoder(encoder), Network::Decoder(unet), Network::Latent(latent)) => Nets {
            encoder: *encoder,
            unet: *unet,
            latent: *latent,
        },
        _ => panic!("parts mixed up"),
    }
}

#[test]
fn golden_tensors() {
    let Some((device, _alone)) = device() else {
        return;
    };
    let dir = golden_dir();
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(dir.join("manifest.json")).unwrap()).unwrap();
    let golden = Golden::open(
        &dir.join("golden.safetensors"),
        noise_table(&manifest["tensors"]),
    );
    let nets = golden_nets(&golden_config(&manifest), &device);
    let mut c = Comparison::new(&golden);
    // The tolerances of the CPU's test: the kernels sum in f32 throughout.
    let image: Tensor<4> = golden.tensor("in.img", &device);
    c.close("z_sem", &values(nets.encoder.forward(image.clone())), 1e-5);
    let z_sem: Tensor<2> = golden.tensor("z_sem", &device);
    let style = nets.unet.project_style(z_sem.clone());
    for (times, name) in [("in.t", "eps"), ("in.t2", "eps2")] {
        let times = nets.unet.project_time(&golden.usize(times), &device);
        let x = golden.tensor("in.x_t", &device);
        let eps = nets.unet.forward(x, &times.modulate(style.as_ref()));
        c.close(name, &values(eps), 2e-5);
    }
    let schedule = |betas| Schedule::new(betas, 1000).respace(10).unwrap();
    let net = |z_sem: &str| {
        let (schedule, z_sem) = (
            schedule(BetaSchedule::Linear),
            golden.tensor(z_sem, &device),
        );
        PictureDenoiser::new(
            &nets.unet,
            schedule,
            Prediction::Epsilon,
            Some(z_sem),
            &device,
        )
    };
    let x_t = block_on(ddim::encode(&net("z_sem"), image, true, &mut unwatched())).unwrap();
    c.close("x_T.T10", &values(x_t), 2e-3);
    for (x_t, z_sem, name) in [
        ("x_T.T10", "z_sem", "render.T10.from_x_T_T10"),
        ("x_T.T10", "edit.0.z_sem", "edit.0.render.T10"),
    ] {
        let x_t = golden.tensor(x_t, &device);
        let x = block_on(ddim::sample(&net(z_sem), x_t, true, &mut unwatched())).unwrap();
        c.close(name, &values((x + 1.0) / 2.0), 1e-3);
    }
    let net = LatentDenoiser::new(
        &nets.latent,
        schedule(BetaSchedule::Constant(0.008)),
        &device,
    );
    let start = golden.tensor("in.latent_noise", &device);
    let sampled = block_on(ddim::sample(&net, start, false, &mut unwatched())).unwrap();
    c.close("latent.sample.normalized.T10", &values(sampled), 2e-3);
    c.finish();
}

/// A bundled model's decoder.
fn portrait(name: &str, device: &Device, kernels: Kernels) -> (ModelConfig, UNet) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("models")
        .join(name);
    let directory = ModelDirectory::open(&folder).unwrap();
    let config = directory.manifest().config.clone();
    let mut reader = PartReader::open("decoder", directory.part(Part::Decoder).unwrap()).unwrap();
    let mut loader = Loader::new(&mut reader, device, "").kernels(kernels);
    match networks::load_part(&config, Part::Decoder, &mut loader).unwrap() {
        Network::Decoder(unet) => (config, *unet),
        _ => panic!("parts mixed up"),
    }
}

fn denoiser<'a>(config: &ModelConfig, unet: &'a UNet, device: &Device) -> PictureDenoiser<'a> {
    let schedule = Schedule::new(config.schedule, 1000).respace(10).unwrap();
    let shape = [1, config.style_channels().unwrap()];
    let z_sem = noise(1, Stream::Latents, 0, shape, device);
    PictureDenoiser::new(unet, schedule, config.prediction, Some(z_sem), device)
}

#[test]
fn the_bundled_models_compute_what_the_cpu_computes() {
    let Some((device, _alone)) = device() else {
        return;
    };
    let eps = |name, device: &Device, kernels| {
        let (config, unet) = portrait(name, device, kernels);
        let net = denoiser(&config, &unet, device);
        let side = config.image_size;
        let x = noise(2, Stream::Pictures, 0, [2, 3, side, side], device);
        [9, 4, 0]
            .map(|index| values(net.eps(x.clone(), index)))
            .concat()
    };
    for name in ["portrait64", "portrait128"] {
        let expected = eps(name, &Device::flex(), Kernels::Composed);
        // Half precision rounds what every layer hands on by up to 2^-11 of its size; forty layers in a
        // row add up a few such roundings of values of a few units.
        for (kernels, tolerance) in [(Kernels::OwnF32, 5e-5), (Kernels::Own, 2e-2)] {
            let found = eps(name, &device, kernels);
            let differences = expected.iter().zip(&found).map(|(a, b)| (a - b).abs());
            let worst = worst(differences.clone());
            let squares: f32 = differences.map(|d| d * d).sum();
            let rms = (squares / expected.len() as f32).sqrt();
            println!("{name}, {kernels:?}: eps differs by {worst:e}, {rms:e} on average");
            assert!(worst < tolerance, "{worst}");
        }
    }
}

#[test]
fn half_precision_is_not_seen_in_a_picture() {
    let Some((device, _alone)) = device() else {
        return;
    };
    if !gpu::computes_in_half(&device) {
        println!("skipped, the adapter has no half precision");
        return;
    }
    let [half, single] = [Kernels::Own, Kernels::OwnF32].map(|kernels| {
        let (config, unet) = portrait("portrait64", &device, kernels);
        let net = denoiser(&config, &unet, &device);
        let x_t = noise(2, Stream::Pictures, 0, [1, 3, 64, 64], &device);
        values(block_on(ddim::sample(&net, x_t, true, &mut unwatched())).unwrap())
    });
    // Pictures from -1 to 1.
    let squares: f32 = half.iter().zip(&single).map(|(a, b)| (a - b).powi(2)).sum();
    let psnr = 10.0 * (4.0 * half.len() as f32 / squares).log10();
    println!("portrait64, 10 steps: half precision changes the picture by {psnr:.1} dB");
    // A level of 8 bits is 48 dB.
    assert!(psnr > 54.0, "{psnr}");
}

#[test]
fn a_step_of_the_bundled_model_takes_few_dispatches() {
    let Some((device, _alone)) = device() else {
        return;
    };
    let (config, unet) = portrait("portrait64", &device, Kernels::Own);
    let net = denoiser(&config, &unet, &device);
    let x = noise(2, Stream::Pictures, 0, [1, 3, 64, 64], &device);
    let x = ddim::step(&net, x, 9, true).x;
    let before = gpu::launches();
    ddim::step(&net, x, 8, true);
    let launches = gpu::launches() - before;
    println!("portrait64: {launches} dispatches of own kernels in a step");
    // burn's own arithmetic around the network takes up to 16 more; all together, at most 110.
    assert!(launches <= 94, "{launches}");
}

/// One step at 256x256 takes minutes on a software adapter.
#[test]
#[ignore = "takes minutes"]
fn a_step_at_256_pixels_runs_in_int8() {
    let Some((device, _alone)) = device() else {
        return;
    };
    let config = ModelConfig::preset("ffhq256_autoenc").unwrap();
    let mut weights = RandomWeights::new(0, Precision::Int8);
    let mut loader = Loader::new(&mut weights, &device, "");
    let network = networks::load_part(&config, Part::Decoder, &mut loader).unwrap();
    let Network::Decoder(unet) = network else {
        panic!("parts mixed up")
    };
    println!("weights: {:?}", device.memory_pool_usage());
    let net = denoiser(&config, &unet, &device);
    let x = noise(2, Stream::Pictures, 0, [1, 3, 256, 256], &device);
    let start = Instant::now();
    let eps = values(net.eps(x, 5));
    println!(
        "{:.1} s, {:?}",
        start.elapsed().as_secs_f64(),
        device.memory_pool_usage()
    );
    assert!(eps.iter().all(|v| v.is_finite()));
}
