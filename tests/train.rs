//! Training against PyTorch: gradients of the whole autoencoder and ten optimizer steps, as
//! `tests/train/golden.py` computed them in double precision; on burn's operations and on this
//! crate's kernels.
#![cfg(feature = "train")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/compare.rs"]
mod compare;

use std::collections::BTreeMap;

use diffae::Device;
use diffae::config::{BetaSchedule, EncoderConfig, ModelConfig, Prediction};
use diffae::ops::Kernels;
use diffae::train::{
    Autoencoder, Decay, Leaves, Loss, Objective, Parameters, PictureBatch, Recipe, TrainError,
    Trainer, Weighting,
};
use diffae::weights::{Array, Layout, TensorSource, WeightsError};
use safetensors::SafeTensors;

const BATCH: usize = 3;
const SIDE: usize = 8;
const STEPS: usize = 10;
/// All places of a batch.
const WHOLE: std::ops::Range<usize> = 0..BATCH;

struct Golden(BTreeMap<String, Vec<f32>>);

impl Golden {
    fn open() -> Self {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/train/golden.safetensors"
        );
        let bytes = std::fs::read(path).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let tensors = file.tensors().into_iter().map(|(name, view)| {
            let values = match view.dtype() {
                safetensors::Dtype::F16 => (view.data().chunks_exact(2))
                    .map(|b| half::f16::from_le_bytes([b[0], b[1]]).to_f32())
                    .collect(),
                _ => (view.data().chunks_exact(4))
                    .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                    .collect(),
            };
            (name, values)
        });
        Self(tensors.collect())
    }

    fn get(&self, name: &str) -> &[f32] {
        &self.0[name]
    }

    fn levels(&self, step: usize) -> Vec<usize> {
        let levels = &self.get("levels")[step * BATCH..][..BATCH];
        levels.iter().map(|t| *t as usize).collect()
    }

    fn noise(&self, step: usize) -> Vec<f32> {
        let length = BATCH * 3 * SIDE * SIDE;
        self.get("noise")[step * length..][..length].to_vec()
    }

    fn batch(&self) -> PictureBatch {
        PictureBatch {
            first: 0,
            of: BATCH,
            pixels: self.get("x_0").to_vec(),
            attributes: vec![None; BATCH],
        }
    }
}

/// The weights that the golden run began with.
struct Start<'a>(&'a Golden);

impl TensorSource for Start<'_> {
    fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Array, WeightsError> {
        Ok(Array::f32(
            shape,
            self.0.get(&format!("start.{name}")).to_vec(),
        ))
    }
}

/// The autoencoder at the golden run's noise levels and noise.
struct AsRecorded<'a>(&'a Autoencoder, &'a Golden);

impl Objective for AsRecorded<'_> {
    /// The places of the batch's pictures that a part holds.
    type Batch = std::ops::Range<usize>;

    fn layout(&self) -> Result<Layout, TrainError> {
        self.0.layout()
    }

    fn recipe(&self) -> &Recipe {
        self.0.recipe()
    }

    fn loss(
        &self,
        leaves: &mut Leaves,
        part: &Self::Batch,
        step: u64,
        device: &Device,
    ) -> Result<Loss, TrainError> {
        let Self(autoencoder, golden) = self;
        let length = 3 * SIDE * SIDE;
        let values = part.start * length..part.end * length;
        let mut batch = golden.batch();
        batch.pixels = batch.pixels[values.clone()].to_vec();
        batch.attributes.truncate(part.len());
        let levels = &golden.levels(step as usize)[part.clone()];
        let noise = golden.noise(step as usize)[values].to_vec();
        autoencoder.loss_at(leaves, &batch, levels, noise, None, device)
    }
}

fn config() -> ModelConfig {
    ModelConfig {
        name: "tiny".to_owned(),
        image_size: SIDE,
        patch_size: 2,
        net_ch: 8,
        net_ch_mult: vec![1, 2],
        num_res_blocks: 1,
        attn_resolutions: vec![2],
        group_channels: 4,
        heads: 1,
        embed_channels: 8,
        schedule: BetaSchedule::Linear,
        timesteps: 1000,
        prediction: Prediction::V,
        encoder: Some(EncoderConfig {
            ch_mult: vec![1, 2],
            num_res_blocks: 1,
            attn_resolutions: vec![2],
            style_channels: 6,
        }),
        latent: None,
        attributes: Vec::new(),
    }
}

fn recipe() -> Recipe {
    Recipe {
        batch: BATCH,
        rate: 1e-3,
        decay: Decay::Constant,
        warmup: 0,
        betas: [0.9, 0.99],
        weight_decay: 0.01,
        clip: Some(0.5),
        average: 0.9,
        average_warmup: false,
        weighting: Weighting::Uniform,
        heads: false,
        droplets: 0.0,
        ..Recipe::autoencoder("portrait64")
    }
}

fn begin(golden: &Golden, kernels: Kernels) -> (Autoencoder, Trainer) {
    let device = Device::flex();
    let autoencoder = Autoencoder::new(config(), recipe())
        .unwrap()
        .kernels(kernels);
    let layout = autoencoder.layout().unwrap();
    let parameters = Parameters::new(&layout, &mut Start(golden), &device).unwrap();
    (autoencoder, Trainer::new(parameters, recipe(), &device))
}

/// Largest difference, as a part of the largest expected value.
fn off(found: &[f32], expected: &[f32]) -> f64 {
    let largest = expected.iter().fold(1e-12f32, |max, v| max.max(v.abs()));
    compare::worst_between(expected, found) / f64::from(largest)
}

const KERNELS: [Kernels; 2] = [Kernels::Composed, Kernels::Own];

#[test]
fn gradients_of_the_whole_autoencoder_are_pytorchs() {
    let golden = Golden::open();
    for kernels in KERNELS {
        let (autoencoder, trainer) = begin(&golden, kernels);
        let mut leaves = trainer.parameters.leaves();
        let recorded = AsRecorded(&autoencoder, &golden);
        let device = Device::flex();
        let loss = recorded.loss(&mut leaves, &(0..BATCH), 0, &device).unwrap();
        let mut gradients = loss.total.backward();
        let gradients = leaves.gradients(&mut gradients);
        assert_eq!(
            gradients.arrays().len(),
            golden.0.keys().filter(|k| k.starts_with("start.")).count()
        );
        for (name, gradient) in gradients.arrays() {
            let expected = golden.get(&format!("gradient.{name}"));
            // Single precision through some forty layers and back.
            let off = off(&gradient.into_f32(), expected);
            assert!(off < 2e-4, "{kernels:?} {name}: {off}");
        }
    }
}

#[test]
fn in_bf16_gradients_point_the_same_way() {
    let golden = Golden::open();
    let (autoencoder, trainer) = begin(&golden, Kernels::Composed);
    let mut leaves = trainer.parameters.leaves().in_bf16();
    let recorded = AsRecorded(&autoencoder, &golden);
    let device = Device::flex();
    let loss = recorded.loss(&mut leaves, &(0..BATCH), 0, &device).unwrap();
    let gradients = leaves.gradients(&mut loss.total.backward());
    let (mut product, mut found_square, mut square) = (0.0, 0.0, 0.0);
    for (name, gradient) in gradients.arrays() {
        let expected = golden.get(&format!("gradient.{name}"));
        for (found, expected) in gradient.into_f32().into_iter().zip(expected) {
            let (found, expected) = (f64::from(found), f64::from(*expected));
            product += found * expected;
            found_square += found * found;
            square += expected * expected;
        }
    }
    // Eight bits of mantissa: each product is off by up to 0.4 %, and errors are of either sign.
    let cosine = product / (found_square * square).sqrt();
    assert!(cosine > 0.999 && cosine < 0.999_999_9, "{cosine}");
}

#[test]
fn ten_steps_are_pytorchs() {
    let golden = Golden::open();
    for kernels in KERNELS {
        let (autoencoder, mut trainer) = begin(&golden, kernels);
        let recorded = AsRecorded(&autoencoder, &golden);
        for step in 0..STEPS {
            let done = trainer.step(&recorded, &[WHOLE]).unwrap();
            let (loss, norm) = (done.terms[0].1, done.norm.unwrap());
            assert!(
                off(&[loss], &golden.get("losses")[step..=step]) < 1e-4,
                "{kernels:?} {step}: {loss}"
            );
            assert!(
                off(&[norm], &golden.get("norms")[step..=step]) < 1e-4,
                "{kernels:?} {step}: {norm}"
            );
        }
        for (name, values) in trainer.parameters.arrays() {
            let values = values.into_f32();
            let start = golden.get(&format!("start.{name}"));
            let end = golden.get(&format!("end.{name}"));
            // What the ten steps moved it by. A gradient near zero has an uncertain sign, which Adam makes a whole
            // step of; so the mean is held.
            let moved = |to: &[f32]| {
                to.iter()
                    .zip(start)
                    .map(|(a, b)| a - b)
                    .collect::<Vec<f32>>()
            };
            let (mut found, mut expected) = (moved(&values), moved(end));
            if name.ends_with("qkv.bias") {
                // A bias of the keys moves all products of a query by the same, which softmax does not see: its gradient
                // is rounding alone.
                let part = found.len() / 3;
                for moved in [&mut found, &mut expected] {
                    moved.drain(part..2 * part);
                }
            }
            let size = expected.iter().map(|v| v.abs()).sum::<f32>();
            let wrong: f32 = found
                .iter()
                .zip(&expected)
                .map(|(f, e)| (f - e).abs())
                .sum();
            assert!(wrong < 1e-2 * size, "{kernels:?} {name}: {}", wrong / size);
        }
        for name in ["out.2.weight", "encoder.out.3.bias"] {
            let average = trainer.average.parameters().arrays().remove(name).unwrap();
            let off = off(&average.into_f32(), golden.get(&format!("average.{name}")));
            assert!(off < 1e-4, "{kernels:?} {name}: {off}");
        }
    }
}

#[test]
fn a_batch_in_parts_is_the_whole_batch() {
    let golden = Golden::open();
    for kernels in KERNELS {
        let (autoencoder, mut whole) = begin(&golden, kernels);
        let (_, mut parts) = begin(&golden, kernels);
        let recorded = AsRecorded(&autoencoder, &golden);
        let one = whole.step(&recorded, &[WHOLE]).unwrap();
        let three = parts.step(&recorded, &[0..1, 1..2, 2..3]).unwrap();
        assert!((one.terms[0].1 / three.terms[0].1 - 1.0).abs() < 1e-6);
        assert!((one.norm.unwrap() / three.norm.unwrap() - 1.0).abs() < 1e-5);
        for (name, mean) in whole.adam.moments()[0].arrays() {
            let other = parts.adam.moments()[0].arrays().remove(&name).unwrap();
            let off = off(&other.into_f32(), &mean.into_f32());
            assert!(off < 1e-4, "{kernels:?} {name}: {off}");
        }
    }
}

/// The autoencoder of the golden run with heads, droplets and attributes that some pictures lack, in `accumulate` parts.
fn step_of_everything(golden: &Golden, accumulate: usize) -> (diffae::train::Step, Parameters) {
    let config = ModelConfig {
        attributes: vec!["A".to_owned(), "B".to_owned()],
        ..config()
    };
    let recipe = Recipe {
        accumulate,
        heads: true,
        droplets: 0.02,
        stratified: true,
        weighting: Weighting::MinSnr(5.0),
        ..recipe()
    };
    let device = Device::flex();
    let autoencoder = Autoencoder::new(config, recipe.clone()).unwrap();
    let mut trainer = Trainer::new(autoencoder.initial(&device).unwrap(), recipe, &device);
    let each = BATCH / accumulate;
    let length = 3 * SIDE * SIDE;
    let attributes = [Some(vec![1.0, 0.0]), None, Some(vec![1.0, 1.0])];
    let parts: Vec<PictureBatch> = (0..BATCH)
        .step_by(each)
        .map(|first| PictureBatch {
            first,
            of: BATCH,
            pixels: golden.get("x_0")[first * length..(first + each) * length].to_vec(),
            attributes: attributes[first..first + each].to_vec(),
        })
        .collect();
    let step = trainer.step(&autoencoder, &parts).unwrap();
    (step, trainer.adam.moments()[0].clone())
}

#[test]
fn heads_and_levels_are_worth_the_same_in_parts() {
    let golden = Golden::open();
    let (whole, mean) = step_of_everything(&golden, 1);
    let (parts, mean_of_parts) = step_of_everything(&golden, 3);
    // The second of several pictures has no attributes, so that terms cannot go by their places.
    let named = |step: &diffae::train::Step| step.terms.iter().copied().collect::<BTreeMap<_, _>>();
    let (one, three) = (named(&whole), named(&parts));
    assert_eq!(
        one.keys().collect::<Vec<_>>(),
        three.keys().collect::<Vec<_>>()
    );
    for (name, value) in one {
        assert!(
            (value - three[name]).abs() <= 1e-5 * value.abs(),
            "{name}: {value} {}",
            three[name]
        );
    }
    for (name, mean) in mean.arrays() {
        let other = mean_of_parts.read(&name).unwrap().into_f32();
        let off = off(&other, &mean.into_f32());
        assert!(off < 1e-4, "{name}: {off}");
    }
}
