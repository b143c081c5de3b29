//! The one error of the engine, over the errors of its boundaries.

use thiserror::Error;

use crate::code::CodeError;
use crate::config::ConfigError;
use crate::diffusion::{ScheduleError, Stopped};
use crate::edit::EditError;
use crate::picture::PictureError;
use crate::weights::WeightsError;

/// Anything that can go wrong between a picture, a model file and a device.
#[derive(Debug, Error)]
pub enum Error {
    /// The configuration cannot be built.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A model file is missing something or was damaged.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// A number of steps that no schedule offers.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// A code that cannot be used.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// An edit that the model cannot make.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// A picture of the wrong shape.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// A picture that is not of the model's size.
    #[error(
        "the picture is {width} x {height} pixels, but this model works on {side} x {side}; frame the face first"
    )]
    PictureSize {
        /// Its width.
        width: usize,
        /// Its height.
        height: usize,
        /// The model's side.
        side: usize,
    },
    /// The device failed while computing or while its result was read back.
    #[error("the device stopped computing: {0}; reload the model, or choose the CPU")]
    Device(String),
    /// What was computed cannot be what a network gives.
    #[error(
        "what was computed holds {0}, by a fault of the device or of the model's weights; reload the model, or choose the CPU"
    )]
    Values(&'static str),
    /// The caller asked to stop.
    #[error("stopped before it was finished, as asked")]
    Cancelled,
}

impl From<Stopped> for Error {
    fn from(why: Stopped) -> Self {
        match why {
            Stopped::Asked => Self::Cancelled,
            Stopped::Device(reason) => Self::Device(reason),
            Stopped::Values(what) => Self::Values(what),
        }
    }
}
