//! The one error type of finding faces.

use thiserror::Error;

use crate::photo::PhotoError;
use crate::picture::PictureError;
use crate::weights::WeightsError;

/// Why faces could not be looked for. That there is none is no error.
#[derive(Debug, Error)]
pub enum FaceError {
    /// The bytes are not the file that this version was written for.
    #[error(
        "the face detector's weights have SHA-256 {found}, not {expected}; fetch blazeface.safetensors again, from the same release as the program"
    )]
    Hash {
        /// The hash of the right file.
        expected: &'static str,
        /// The hash of the bytes.
        found: String,
    },
    /// The file holds other tensors than the network has.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The photo could not be scaled.
    #[error(transparent)]
    Photo(#[from] PhotoError),
    /// The network's answer could not be read.
    #[error("the face detector stopped computing: {0}; reload it")]
    Device(String),
}

impl From<PictureError> for FaceError {
    fn from(error: PictureError) -> Self {
        Self::Photo(error.into())
    }
}
