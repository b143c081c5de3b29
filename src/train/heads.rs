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

/// Side of the coarse picture.
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
            side: COARSE.min(config.image_size),
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

    /// Adds the heads' losses. `x_0` is [B, 3, S, S], `z_sem` [B, Z].
    pub(super) fn add(
        &self,
        loss: &mut Loss,
        leaves: &mut dyn TensorSource,
        z_sem: Tensor<2>,
        x_0: Tensor<4>,
        attributes: &[Option<Vec<f32>>],
        device: &Device,
    ) -> Result<(), TrainError> {
        let mut loader = Loader::new(leaves, device, PREFIX);
        let [count, _, size, _] = x_0.dims();
        let head = loader.at("coarse").linear(self.style, self.coarse())?;
        let block = size / self.side;
        let coarse: Tensor<2> = x_0
            .reshape([count, 3, self.side, block, self.side, block])
            .mean_dims(&[3, 5])
            .reshape([count, self.coarse()]);
        let error = ops::linear(z_sem.clone(), &head) - coarse;
        *loss = loss.clone().plus("coarse", error.square().mean(), 1.0);

        let known = attributes.iter().flatten().count();
        if self.attributes == 0 || known == 0 {
            return Ok(());
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
        let error = binary_cross_entropy(logits, labels).mean_dim(1) * mask; // [B, 1]
        let error = error.sum() / known as f64;
        *loss = loss.clone().plus("attributes", error, ATTRIBUTES);
        Ok(())
    }
}

/// Cross-entropy of labels in 0..=1 and the probabilities of logits, for each of them.
pub(super) fn binary_cross_entropy(logits: Tensor<2>, labels: Tensor<2>) -> Tensor<2> {
    let magnitude = logits.clone().abs();
    let rest = (magnitude.neg().exp() + 1.0).log();
    logits.clone().clamp_min(0.0) - logits * labels + rest
}
