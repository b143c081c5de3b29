//! The linear attribute classifier over normalized z_sem, whose rows are the directions of edits.

use super::Loader;
use crate::dot::dot;
use crate::weights::WeightsError;

/// One direction and bias per attribute. It lives on the host: an edit is a vector addition.
#[derive(Debug, Clone, PartialEq)]
pub struct Classifier {
    /// Directions, row-major [attributes, Z].
    weight: Vec<f32>,
    bias: Vec<f32>,
    width: usize,
}

impl Classifier {
    /// Loads `classifier.weight` [attributes, width] and `classifier.bias` `[attributes]`.
    ///
    /// # Errors
    /// Whatever the source says of its tensors.
    pub fn load(
        attributes: usize,
        width: usize,
        loader: &mut Loader<'_>,
    ) -> Result<Self, WeightsError> {
        let mut at = loader.at("classifier");
        Ok(Self {
            weight: at.array("weight", &[attributes, width])?.into_f32(),
            bias: at.array("bias", &[attributes])?.into_f32(),
            width,
        })
    }

    /// The direction of an attribute in normalized z_sem, `[Z]`.
    pub fn direction(&self, attribute: usize) -> Option<&[f32]> {
        self.weight.chunks(self.width).nth(attribute)
    }

    /// The logit of every attribute for one normalized z_sem.
    pub fn logits(&self, normalized: &[f32]) -> Vec<f32> {
        self.weight
            .chunks(self.width)
            .zip(&self.bias)
            .map(|(row, bias)| (dot(row, normalized) + f64::from(*bias)) as f32)
            .collect()
    }
}
