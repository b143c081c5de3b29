//! The loss of the linear attribute classifier over normalized z_sem (paper, section 5.3), whose rows
//! are the directions of edits.

use burn::tensor::{Device, Tensor, TensorData};

use super::heads::binary_cross_entropy;
use super::objective::{Loss, Objective};
use super::{Leaves, Recipe, TrainError};
use crate::config::ModelConfig;
use crate::networks::{self, Loader};
use crate::ops;
use crate::weights::{Layout, Part};

/// What trains a classifier.
#[derive(Debug)]
pub struct ClassifierTraining {
    config: ModelConfig,
    recipe: Recipe,
    style: usize,
}

/// Normalized z_sem and attributes of a step, or of a part of it.
#[derive(Debug, Clone)]
pub struct LabelledLatents {
    /// Values [B, Z], row-major.
    pub values: Vec<f32>,
    /// Labels [B, attributes] in 0..=1, row-major.
    pub labels: Vec<f32>,
}

impl ClassifierTraining {
    /// For a configuration with attributes.
    ///
    /// # Errors
    /// [`TrainError::NoStage`], [`TrainError::Config`], [`TrainError::Recipe`].
    pub fn new(config: ModelConfig, recipe: Recipe) -> Result<Self, TrainError> {
        config.validate()?;
        recipe.validate()?;
        let no_stage = || TrainError::NoStage {
            config: config.name.clone(),
            what: "attributes",
        };
        let style = config.style_channels().ok_or_else(no_stage)?;
        if config.attributes.is_empty() {
            return Err(no_stage());
        }
        Ok(Self {
            config,
            recipe,
            style,
        })
    }

    /// Width of z_sem.
    pub fn style(&self) -> usize {
        self.style
    }
}

impl Objective for ClassifierTraining {
    type Batch = LabelledLatents;

    fn layout(&self) -> Result<Layout, TrainError> {
        Ok(networks::layout(&self.config, Part::Attributes)?)
    }

    fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    fn loss(
        &self,
        leaves: &mut Leaves,
        batch: &LabelledLatents,
        _step: u64,
        device: &Device,
    ) -> Result<Loss, TrainError> {
        let device = &device.clone().autodiff();
        let attributes = self.config.attributes.len();
        let count = batch.values.len() / self.style;
        let rows = |values: &[f32], width: usize| -> Tensor<2> {
            Tensor::from_data(TensorData::new(values.to_vec(), [count, width]), device)
        };
        let layer = Loader::new(leaves, device, "classifier.").linear(self.style, attributes)?;
        let logits = ops::linear(rows(&batch.values, self.style), &layer); // [B, A]
        let labels = rows(&batch.labels, attributes);
        let error = binary_cross_entropy(logits, labels).mean();
        Ok(Loss::new("cross-entropy", error))
    }
}
