//! Whether a device computes gradients rightly, found out before hours are spent on it: a tiny
//! network's gradients there beside the same on the CPU. Some drivers get them wrong without a word
//! (tracel-ai/burn issues 5162 and 5257).

use burn::tensor::Device;

use super::{Autoencoder, Objective, Parameters, PictureBatch, Recipe, TrainError, Weighting};
use crate::config::{BetaSchedule, EncoderConfig, ModelConfig, Prediction};
use crate::ops::Kernels;
use crate::weights::Precision;
use crate::weights::random::RandomWeights;

/// Largest difference of a gradient, as a part of the largest value in its tensor: what other
/// orders of summation in single precision make, a few times over.
const ALLOWED: f32 = 2e-3;

/// Compares the gradients of every layer with those that burn's operations take on the CPU.
///
/// # Errors
/// [`TrainError::Gradients`] names the tensor that is off most.
pub fn check_gradients(device: &Device) -> Result<(), TrainError> {
    let expected = gradients(&Device::flex(), Kernels::Composed)?.arrays();
    let found = gradients(device, Kernels::Own)?.arrays();
    let mut worst = (String::new(), 0.0f32);
    for (name, array) in expected {
        let expected = array.into_f32();
        let found = found
            .get(&name)
            .cloned()
            .map(crate::weights::Array::into_f32);
        let off = found.map_or(f32::INFINITY, |found| off(&found, &expected));
        // Not a number is worse than any number.
        if off.is_nan() || off > worst.1 {
            worst = (name, off);
        }
    }
    if worst.1 <= ALLOWED {
        return Ok(());
    }
    Err(TrainError::Gradients {
        tensor: worst.0,
        off: worst.1,
    })
}

fn off(found: &[f32], expected: &[f32]) -> f32 {
    let largest = expected.iter().fold(0.0f32, |max, v| max.max(v.abs()));
    let differences = found.iter().zip(expected).map(|(f, e)| (f - e).abs());
    // `f32::max` would lose a NaN.
    let worst = differences.fold(
        0.0f32,
        |max, d| if max.is_nan() || d <= max { max } else { d },
    );
    worst / largest.max(1e-6)
}

fn gradients(device: &Device, kernels: Kernels) -> Result<Parameters, TrainError> {
    let recipe = Recipe {
        batch: 2,
        dropout: 0.0,
        heads: false,
        droplets: 0.0,
        weighting: Weighting::Uniform,
        ..Recipe::autoencoder("portrait64")
    };
    let autoencoder = Autoencoder::new(config(), recipe)?.kernels(kernels);
    let mut weights = RandomWeights::new(1, Precision::F32);
    let parameters = Parameters::new(&autoencoder.layout()?, &mut weights, device)?;
    let mut leaves = parameters.leaves();
    let side = autoencoder.config().image_size;
    let batch = PictureBatch {
        first: 0,
        of: 2,
        pixels: (0..2 * 3 * side * side)
            .map(|i| ((i * 37 % 101) as f32 / 50.0) - 1.0)
            .collect(),
        attributes: vec![None; 2],
    };
    let loss = autoencoder.loss(&mut leaves, &batch, 0, device)?;
    Ok(leaves.gradients(&mut loss.total.backward()))
}

/// Every kind of layer of decoder and encoder, and sizes that no vector's width divides.
fn config() -> ModelConfig {
    ModelConfig {
        name: "gradient check".to_owned(),
        image_size: 24,
        patch_size: 2,
        net_ch: 6,
        net_ch_mult: vec![1, 2],
        num_res_blocks: 1,
        attn_resolutions: vec![6],
        group_channels: 3,
        heads: 2,
        embed_channels: 8,
        schedule: BetaSchedule::Linear,
        timesteps: 1000,
        prediction: Prediction::V,
        encoder: Some(EncoderConfig {
            ch_mult: vec![1, 2],
            num_res_blocks: 1,
            attn_resolutions: vec![6],
            style_channels: 5,
        }),
        latent: None,
        attributes: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_passes_and_a_number_that_is_none_does_not() {
        check_gradients(&Device::flex()).unwrap();
        assert!(off(&[1.0, f32::NAN], &[1.0, 1.0]).is_nan());
        assert!(off(&[f32::NAN, 1.0], &[1.0, 1.0]).is_nan());
        assert!(off(&[1.0, 1.1], &[1.0, 1.0]) > ALLOWED);
    }
}
