//! How a time step enters a network: sinusoidal features, then a two-layer perceptron.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};

use super::Loader;
use crate::ops::{self, Linear};
use crate::weights::WeightsError;

/// The time embedding of the U-Net and of the latent DPM.
#[derive(Module, Debug)]
pub struct TimeEmbedding {
    first: Linear,
    second: Linear,
    features: usize,
}

impl TimeEmbedding {
    /// Loads `0.*` and `2.*`: `features` → `hidden` → `hidden`.
    ///
    /// # Errors
    /// Whatever the source says of its tensors.
    pub fn load(
        loader: &mut Loader<'_>,
        features: usize,
        hidden: usize,
    ) -> Result<Self, WeightsError> {
        Ok(Self {
            first: loader.at("0").linear(features, hidden)?,
            second: loader.at("2").linear(hidden, hidden)?,
            features,
        })
    }

    /// Embeds time steps of the training schedule (0..T, never rescaled).
    ///
    /// # Shapes
    /// - output: [timesteps.len(), hidden]
    pub fn forward(&self, timesteps: &[usize], device: &Device) -> Tensor<2> {
        let h = sinusoid(timesteps, self.features, device); // [N, features]
        let h = ops::linear(h, &self.first); // [N, hidden]
        ops::linear(ops::silu(h), &self.second) // [N, hidden]
    }
}

/// Sinusoidal features of time steps: cosines first, then sines, of t · 10000^(−j / half) for
/// j = 0..half. An odd width ends in a zero.
///
/// # Shapes
/// - output: [timesteps.len(), width]
pub fn sinusoid(timesteps: &[usize], width: usize, device: &Device) -> Tensor<2> {
    let half = width / 2;
    let mut features = Vec::with_capacity(timesteps.len() * width);
    for t in timesteps {
        // Frequencies and angles are rounded to single precision, as the reference's are. The
        // exponential itself is taken in f64, so that it is the same on every platform.
        let angle = |j: usize| {
            let exponent = -(10_000f32.ln()) * j as f32 / half as f32;
            *t as f32 * f64::from(exponent).exp() as f32
        };
        features.extend((0..half).map(|j| angle(j).cos()));
        features.extend((0..half).map(|j| angle(j).sin()));
        features.extend(std::iter::repeat_n(0.0, width % 2));
    }
    Tensor::from_data(TensorData::new(features, [timesteps.len(), width]), device)
}
