//! Heads that read a coarse picture and the attributes from z_sem while an autoencoder is trained,
//! and are thrown away afterwards. They keep a small model's z_sem from leaving everything to x_T.

use burn::tensor::{Device, Tensor, TensorData};

use super::TrainError;
use super::objective::Loss;
use crate::config::ModelConfig;
use crate::networks::Loader;
use crate::ops;
use crate::weights::{Layout, TensorSource};

/// Names of the heads' tensors begin with this.
pub(super) const PREFIX: &str = "heads.";

/// Most pixels of the coarse picture's side.
const COARSE: usize = 16;

/// What the attributes count beside the coarse picture.
const ATTRIBUTES: f64 = 0.1;

/// The heads of a configuration.
#[derive(Debug, Clone)]
pub struct Heads {
    style: usize,
    side: usize,
    attributes: usize,
}

impl Heads {
    pub(super) fn new(config: &ModelConfig, style: usize) -> Self {
        Self {
            style,
            // A block of the coarse picture is a whole number of pixels.
            side: (1..=COARSE)
                .rev()
                .find(|side| config.image_size.is_multiple_of(*side))
                .unwrap_or(1),
            attributes: config.attributes.len(),
        }
    }

    fn coarse(&self) -> usize {
        3 * self.side * self.side
    }

    /// The heads' tensors.
    pub(super) fn layout(&self) -> Layout {
        let mut tensors = Vec::new();
        let heads = [("coarse", self.coarse()), ("attributes", self.attributes)];
        for (name, outputs) in heads {
            if outputs > 0 {
                tensors.push((format!("{PREFIX}{name}.weight"), vec![outputs, self.style]));
                tensors.push((format!("{PREFIX}{name}.bias"), vec![outputs]));
            }
        }
        Layout { tensors }
    }

    /// A loss with the heads' ones added. `x_0` is [B, 3, S, S], `z_sem` [B, Z].
    pub(super) fn add(
        &self,
        loss: Loss,
        leaves: &mut dyn TensorSource,
        z_sem: Tensor<2>,
        x_0: Tensor<4>,
        attributes: &[Option<Vec<f32>>],
        device: &Device,
    ) -> Result<Loss, TrainError> {
        let mut loader = Loader::new(leaves, device, PREFIX);
        let [count, _, size, _] = x_0.dims();
        let head = loader.at("coarse").linear(self.style, self.coarse())?;
        let block = size / self.side;
        let coarse: Tensor<2> = x_0
            .reshape([count, 3, self.side, block, self.side, block])
            .mean_dims(&[3, 5])
            .reshape([count, self.coarse()]);
        let error = ops::linear(z_sem.clone(), &head) - coarse;
        let loss = loss.plus("coarse", error.square().mean(), 1.0);
        if self.attributes == 0 || attributes.iter().all(Option::is_none) {
            return Ok(loss);
        }
        let head = loader
            .at("attributes")
            .linear(self.style, self.attributes)?;
        let logits = ops::linear(z_sem, &head); // [B, A]
        let shape = [count, self.attributes];
        let unknown = vec![0.0; self.attributes];
        let labels: Vec<f32> = (attributes.iter())
            .flat_map(|labels| labels.as_ref().unwrap_or(&unknown).clone())
            .collect();
        let labels = Tensor::from_data(TensorData::new(labels, shape), device);
        let mask: Vec<f32> = (attributes.iter())
            .map(|labels| f32::from(u8::from(labels.is_some())))
            .collect();
        let mask = Tensor::<2>::from_data(TensorData::new(mask, [count, 1]), device);
        // A picture whose attributes are not known counts as one without an error, so that a batch is worth the same in
        // parts and as a whole.
        let error = binary_cross_entropy(logits, labels).mean_dim(1) * mask; // [B, 1]
        Ok(loss.plus("attributes", error.mean(), ATTRIBUTES))
    }
}

/// Cross-entropy of labels in 0..=1 and the probabilities of logits, for each of them.
pub(super) fn binary_cross_entropy(logits: Tensor<2>, labels: Tensor<2>) -> Tensor<2> {
    let magnitude = logits.clone().abs();
    let rest = (magnitude.neg().exp() + 1.0).log();
    logits.clone().clamp_min(0.0) - logits * labels + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cross_entropy_is_that_of_the_formula() {
        let device = Device::flex();
        let tensor =
            |v: [f32; 4]| Tensor::<2>::from_data(TensorData::new(v.to_vec(), [2, 2]), &device);
        let (logits, labels) = ([0.3, -2.0, 60.0, -60.0], [1.0, 0.0, 0.0, 0.25]);
        let found = binary_cross_entropy(tensor(logits), tensor(labels)).into_data();
        let found = found.try_to_vec::<f32>().unwrap();
        for ((x, y), found) in logits.into_iter().zip(labels).zip(found) {
            let (x, y) = (f64::from(x), f64::from(y));
            // -y ln s(x) - (1 - y) ln (1 - s(x)), where ln (1 - s(x)) = ln s(-x).
            let log_sigmoid = |x: f64| -(-x).exp().ln_1p();
            let expected = -y * log_sigmoid(x) - (1.0 - y) * log_sigmoid(-x);
            assert!(
                (f64::from(found) - expected).abs() < 1e-5 * expected.max(1.0),
                "{x} {y}"
            );
        }
    }

    #[test]
    fn coarse_pictures_are_of_whole_pixels() {
        let side = |image_size| {
            let config = ModelConfig {
                image_size,
                ..ModelConfig::preset("portrait64").unwrap()
            };
            Heads::new(&config, 8).side
        };
        assert_eq!([64, 40, 24, 8].map(side), [16, 10, 12, 8]);
    }
}
