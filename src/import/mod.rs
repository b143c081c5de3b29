//! Reading official checkpoints: what torch, PyTorch Lightning and safetensors wrote, by tensor name, from any
//! seekable source. Nothing in such a file is trusted and nothing in it is ever executed.
//!
//! * [`Checkpoint`] opens one file and reads one tensor at a time; the rest of the file is never held in memory.
//! * [`OfficialTensors`] maps one or several checkpoints to the model's own keys.
//! * [`guess`] finds the published configurations that they fit, and [`convert`] writes a model of them.
//! * [`packed`] reads a model directory that comes as a zip file.
//!
//! A Lightning checkpoint is a zip container whose `data.pkl` is a Python pickle; torch before 1.6 wrote bare pickles
//! with the storages behind them. The pickle names classes that do
//! not exist here, also as keys of dictionaries, so it is followed by a small interpreter with fixed limits that
//! knows the handful of names torch needs to describe a tensor and treats every other object as opaque.

mod archive;
mod checkpoint;
pub mod convert;
mod cursor;
mod dtype;
pub mod guess;
mod legacy;
mod official;
pub mod origins;
pub mod packed;
mod pickle;
mod tensor;
mod torch;
mod value;
pub mod window;

#[cfg(test)]
mod tests;

pub use checkpoint::{Checkpoint, Kind};
pub use official::OfficialTensors;

/// Why a checkpoint could not be imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The source itself failed, or ended before the bytes it promised.
    #[error("the checkpoint cannot be read ({0})")]
    Io(#[from] std::io::Error),
    /// The file is recognisably something else than a checkpoint.
    #[error("the file is {0}, and neither a checkpoint of torch nor a safetensors file")]
    NotACheckpoint(&'static str),
    /// The file was never fetched.
    #[error("the file is {}", crate::lfs::NOTE)]
    Pointer,
    /// The zip container is damaged or not laid out as torch does.
    #[error("the checkpoint's container is not usable: {0}")]
    Container(String),
    /// The pickle is damaged, exceeds a limit, or does not describe tensors.
    #[error("the checkpoint's pickle is not usable at byte {at}: {what}")]
    Pickle {
        /// Offset within `data.pkl`.
        at: usize,
        /// What was found there, and what would be right.
        what: String,
    },
    /// The safetensors header is damaged or contradicts the file.
    #[error("the safetensors header is not usable: {0}")]
    Header(String),
    /// One tensor is not what it claims to be.
    #[error("tensor `{name}` {what}")]
    Tensor {
        /// The tensor's name in the checkpoint.
        name: String,
        /// What is wrong with it.
        what: String,
    },
}

impl ImportError {
    fn tensor(name: &str, what: impl Into<String>) -> Self {
        Self::Tensor {
            name: name.to_owned(),
            what: what.into(),
        }
    }
}
