//! What a stage is to training: a loss, and what it consists of.

use burn::tensor::{Device, Tensor};

use super::{InitialWeights, Leaves, Parameters, Recipe, TrainError};
use crate::weights::Layout;

/// What is trained: a loss of some parameters on a batch.
pub trait Objective {
    /// What a loss is taken of.
    type Batch;

    /// Everything that is trained.
    ///
    /// # Errors
    /// [`TrainError::Weights`].
    fn layout(&self) -> Result<Layout, TrainError>;

    /// How it is trained.
    fn recipe(&self) -> &Recipe;

    /// Weights to begin with.
    ///
    /// # Errors
    /// [`TrainError::Weights`].
    fn initial(&self, device: &Device) -> Result<Parameters, TrainError> {
        let layout = self.layout()?;
        let mut weights = InitialWeights::new(&layout, self.recipe().seed);
        Ok(Parameters::new(&layout, &mut weights, device)?)
    }

    /// The loss of a batch, averaged over it. What it draws at random depends on the step and on
    /// the places of what is in the batch.
    ///
    /// # Errors
    /// Whatever the networks say of their tensors.
    fn loss(
        &self,
        leaves: &mut Leaves,
        batch: &Self::Batch,
        step: u64,
        device: &Device,
    ) -> Result<Loss, TrainError>;
}

/// A loss and what it consists of.
#[derive(Debug, Clone)]
pub struct Loss {
    /// The sum of the terms by their weights, `[1]`.
    pub total: Tensor<1>,
    /// Name and value of each term, `[1]`.
    pub terms: Vec<(&'static str, Tensor<1>)>,
}

impl Loss {
    /// A loss of one term.
    pub fn new(name: &'static str, value: Tensor<1>) -> Self {
        Self {
            total: value.clone(),
            terms: vec![(name, value)],
        }
    }

    /// With one term more.
    #[must_use]
    pub fn plus(mut self, name: &'static str, value: Tensor<1>, weight: f64) -> Self {
        self.total = self.total + value.clone() * weight;
        self.terms.push((name, value));
        self
    }
}
