//! A tiny autoencoder learns sixteen pictures by heart: what training is for, seen from the outside.
//! Run by `./build.sh test --all`.
#![cfg(feature = "train")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use diffae::config::ModelConfig;
use diffae::diffusion::unwatched;
use diffae::metrics;
use diffae::train::{
    Autoencoder, Decay, Objective, PictureBatch, Recipe, Trainer, Weighting, model, order,
};
use diffae::{Device, Picture, Variations, block_on};

const SIDE: usize = 16;
const PICTURES: usize = 16;
/// Each of them at two noise levels.
const BATCH: usize = 2 * PICTURES;
const STEPS: u64 = 12_000;

/// A picture of shapes and shades that no other number has.
fn picture(number: usize) -> Picture {
    let mut rgb = Vec::new();
    for y in 0..SIDE {
        for x in 0..SIDE {
            let inside = x.abs_diff(4 + number % 4 * 2) + y.abs_diff(4 + number / 4 * 2) < 5;
            let shade = 2 * x + y * (number % 5);
            let colour = match inside {
                true => [220, 60 + 10 * number, 40],
                false => [30 + shade, 90 + shade, 230 - 8 * number],
            };
            rgb.extend(colour.map(|v| v as u8));
        }
    }
    Picture::from_rgb(SIDE as u32, SIDE as u32, &rgb).unwrap()
}

fn config() -> ModelConfig {
    let mut config = ModelConfig {
        image_size: SIDE,
        net_ch: 16,
        net_ch_mult: vec![1, 2],
        attn_resolutions: vec![4],
        embed_channels: 32,
        group_channels: 4,
        latent: None,
        attributes: Vec::new(),
        ..ModelConfig::preset("portrait64").unwrap()
    };
    let encoder = config.encoder.as_mut().unwrap();
    encoder.ch_mult = vec![1, 2, 2];
    encoder.attn_resolutions = vec![4];
    encoder.style_channels = 32;
    config
}

/// Takes some minutes on two cores.
#[test]
#[ignore = "slow"]
fn sixteen_pictures_are_learned_by_heart() {
    let recipe = Recipe {
        batch: BATCH,
        samples: STEPS * BATCH as u64,
        rate: 3e-3,
        warmup: 50,
        decay: Decay::Cosine,
        average: 0.99,
        weighting: Weighting::Uniform,
        heads: false,
        droplets: 0.0,
        ..Recipe::autoencoder("portrait64")
    };
    let device = Device::flex();
    let autoencoder = Autoencoder::new(config(), recipe.clone()).unwrap();
    let mut trainer = Trainer::new(autoencoder.initial(&device).unwrap(), recipe, &device);
    let pictures: Vec<Picture> = (0..PICTURES).map(picture).collect();
    for step in 0..STEPS {
        let places = order(0, step, BATCH, PICTURES);
        let batch = PictureBatch {
            first: 0,
            of: BATCH,
            pixels: places.iter().flat_map(|p| pictures[*p].to_chw()).collect(),
            attributes: vec![None; BATCH],
        };
        trainer.step(&autoencoder, &[batch]).unwrap();
    }
    let average = trainer.average.parameters();
    let model = model::of_parameters(autoencoder.config(), average, &device).unwrap();
    let (mut worst, mut mean) = (f64::INFINITY, 0.0);
    for (number, picture) in pictures.iter().enumerate() {
        // From noise that knows nothing of the picture, so that z_sem alone says which it is.
        let z_sem = block_on(model.encode_semantic(picture)).unwrap();
        let variations = Variations {
            seed: number as u64,
            steps: 50,
            ..Default::default()
        };
        let made = block_on(model.variations(&z_sem, variations, &mut unwatched())).unwrap();
        let psnr = metrics::psnr(&picture.to_unit_chw(), &made[0].to_unit_chw());
        let psnr = psnr.unwrap();
        worst = worst.min(psnr);
        mean += psnr / PICTURES as f64;
    }
    println!("{PICTURES} pictures: {mean:.1} dB, the worst {worst:.1} dB");
    // Each is much nearer to itself than to what all have in common, so that none is forgotten.
    let common: Vec<f32> = (0..3 * SIDE * SIDE)
        .map(|i| pictures.iter().map(|p| p.to_unit_chw()[i]).sum::<f32>() / PICTURES as f32)
        .collect();
    let far = |picture: &Picture| metrics::psnr(&picture.to_unit_chw(), &common).unwrap();
    let nearest = pictures.iter().map(far).fold(0.0, f64::max);
    assert!(nearest < 20.0, "{nearest} dB: the pictures are all alike");
    assert!(mean > 30.0 && worst > 25.0, "{mean} dB, {worst} dB");
}
