//! What can go wrong in training.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::config::ConfigError;
use crate::pictures::SetError;
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
        "the loss at step {step} is not a finite number: training diverged; begin again in another directory with a lower learning rate, an autoencoder or DDPM with `--start` and an earlier state"
    )]
    Diverged {
        /// The step, counted from 0.
        step: u64,
    },
    /// A step got nothing to learn from.
    #[error("step {step} got no pictures or latents")]
    NoBatch {
        /// The step, counted from 0.
        step: u64,
    },
    /// The directory holds states, but none of them is whole.
    #[error(
        "no state in {} is whole ({reason}); begin anew in an empty directory",
        path.display()
    )]
    NoWholeState {
        /// The directory.
        path: PathBuf,
        /// What was wrong with the last one that was tried.
        reason: String,
    },
    /// The configuration has no such stage.
    #[error("the configuration `{config}` has no {what}, so there is nothing to train")]
    NoStage {
        /// The configuration's name.
        config: String,
        /// What it lacks.
        what: &'static str,
    },
    /// A file of the run cannot be read or written.
    #[error("cannot use {}: {source}; what was saved before is still there", path.display())]
    Directory {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file of the run is damaged.
    #[error("{} is not a whole file of a run: {reason}", path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// What was wrong with it.
        reason: String,
    },
    /// The directory holds states of a run that was told otherwise.
    #[error(
        "{} is of a run with another {differs}; choose an empty directory, or the {differs} from before",
        path.display()
    )]
    AnotherRun {
        /// The file or directory.
        path: PathBuf,
        /// What differs.
        differs: &'static str,
    },
    /// The directory holds states, but nobody asked to go on from them.
    #[error(
        "{} already holds a run of {steps} steps; go on with it by --resume, or choose an empty directory",
        path.display()
    )]
    Occupied {
        /// The directory.
        path: PathBuf,
        /// Steps of its latest state.
        steps: u64,
    },
    /// Another process trains in the directory.
    #[error(
        "another run is under way in {}; wait for its end, or choose another directory",
        path.display()
    )]
    UnderWay {
        /// The directory.
        path: PathBuf,
    },
    /// The device computes gradients wrongly.
    #[error(
        "this device computes wrong gradients (of `{tensor}`, by {off} of its largest value), as some drivers do; train on the CPU or another device"
    )]
    Gradients {
        /// The tensor that is off most.
        tensor: String,
        /// By how much, as a part of its largest value.
        off: f32,
    },
    /// The parts of a set of latents do not go together.
    #[error("these parts do not make up a set of latents: {reason}")]
    Parts {
        /// Why.
        reason: String,
    },
    /// One cannot train on these latents.
    #[error("these latents do not serve: {reason}")]
    Latents {
        /// Why.
        reason: String,
    },
    /// A set of latents is too small for what is asked of it.
    #[error("{found} pictures with a z_sem are too few; at least two are needed")]
    TooFewLatents {
        /// How many there are.
        found: usize,
    },
    /// The pictures cannot be used.
    #[error(transparent)]
    Pictures(#[from] SetError),
    /// The model in training cannot be used.
    #[error(transparent)]
    Model(Box<crate::Error>),
    /// The configuration makes no sense.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A tensor is missing or has another shape.
    #[error(transparent)]
    Weights(#[from] WeightsError),
}

impl TrainError {
    /// What is wrong with a file that a run wrote: nobody can download or convert that again.
    pub(super) fn of_file(path: &Path, error: WeightsError) -> Self {
        match error {
            WeightsError::Damaged { reason, .. } => Self::State {
                path: path.to_owned(),
                reason,
            },
            other => other.into(),
        }
    }
}
