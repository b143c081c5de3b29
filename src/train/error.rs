//! What can go wrong in training.

use thiserror::Error;

use crate::config::ConfigError;
use crate::weights::WeightsError;

/// Why training cannot begin or go on.
#[derive(Debug, Error)]
pub enum TrainError {
    /// The recipe asks for what no training can do.
    #[error("`{field}` of the recipe is {value}, but {allowed}")]
    Recipe {
        /// The field.
        field: &'static str,
        /// What it holds.
        value: String,
        /// What would be right.
        allowed: &'static str,
    },
    /// The loss is no number any more.
    #[error(
        "the loss at step {step} is not a finite number: training diverged; go on from an earlier state with a lower learning rate"
    )]
    Diverged {
        /// The step, counted from 0.
        step: u64,
    },
    /// The configuration has no such stage.
    #[error("the configuration `{config}` has no {what}, so there is nothing to train")]
    NoStage {
        /// The configuration's name.
        config: String,
        /// What it lacks.
        what: &'static str,
    },
    /// The configuration makes no sense.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A tensor is missing or has another shape.
    #[error(transparent)]
    Weights(#[from] WeightsError),
}
