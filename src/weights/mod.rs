//! Model files: a directory with a `manifest.json` and one safetensors file per part.
//!
//! [`Manifest`] says what the model is, [`PartReader`] reads a part tensor by tensor,
//! [`part::write`] writes one, and [`quantize`] lowers its precision.

mod array;
#[doc(hidden)]
pub mod blank;
pub mod directory;
pub mod hash;
pub mod layout;
mod manifest;
pub mod part;
pub mod quantize;
#[doc(hidden)]
pub mod random;

use thiserror::Error;

#[cfg(feature = "train")]
pub use array::Trained;
pub use array::{Array, Values};
pub use layout::{Layout, TensorSource};
pub use manifest::{Cost, FORMAT, Manifest, Part, PartFile, Precision};
pub use part::{PartReader, ReadAt};

/// Why a model file cannot be used.
#[derive(Debug, Error)]
pub enum WeightsError {
    /// The bytes could not be read at all.
    #[error("cannot read {file}: {reason}")]
    Read {
        /// The file, by name.
        file: String,
        /// What the system said.
        reason: String,
    },
    /// The file is not a safetensors file, or not a whole one.
    #[error("{file} is not a whole model part: {reason}; download or convert it again")]
    Damaged {
        /// The file, by name.
        file: String,
        /// What was wrong with it.
        reason: String,
    },
    /// The file was never fetched.
    #[error("{file} is {}", crate::lfs::NOTE)]
    Pointer {
        /// The file, by name.
        file: String,
    },
    /// The bytes differ from those the manifest was written for.
    #[error(
        "{file} has SHA-256 {found}, but the manifest says {expected}; download or convert it again"
    )]
    Hash {
        /// The file, by name.
        file: String,
        /// The hash in the manifest.
        expected: String,
        /// The hash of the bytes.
        found: String,
    },
    /// The manifest is not one.
    #[error("{file} is not a usable manifest: {reason}")]
    Manifest {
        /// The file, by name.
        file: String,
        /// What was wrong with it.
        reason: String,
    },
    /// The tensors of a file are not those of the configuration.
    #[error("the tensors do not fit the configuration `{config}`: {differences}")]
    Layout {
        /// Name of the configuration.
        config: String,
        /// Missing, unexpected and mis-shaped tensors by name.
        differences: layout::Differences,
    },
    /// A configuration that no machine could hold.
    #[error(
        "the {part} part of this configuration consists of {parameters} numbers, but at most {limit} are possible; a narrower network is needed"
    )]
    TooLarge {
        /// The part.
        part: Part,
        /// Numbers that it consists of.
        parameters: u64,
        /// The largest possible number of them.
        limit: u64,
    },
    /// A weight is NaN or infinite.
    #[error(
        "tensor `{name}` holds a value that is not finite; the file is damaged or training diverged"
    )]
    NotFinite {
        /// The tensor.
        name: String,
    },
    /// A tensor has a data type that model files do not use.
    #[error(
        "tensor `{name}` has data type {found}, but model files hold F32, F16 or I8 with a scale per row"
    )]
    DataType {
        /// The tensor.
        name: String,
        /// Its type.
        found: String,
    },
    /// The source that tensors are taken from, other than a model part, does not give one.
    #[error("{0}")]
    Source(String),
    /// A file could not be written.
    #[error("cannot write {file}: {reason}")]
    Write {
        /// The file, by name.
        file: String,
        /// What the system said.
        reason: String,
    },
    /// The model has no such part.
    #[error("this model has no {0} part, which that needs; choose a model that has one")]
    NoPart(Part),
    /// The model has this part, but it was not loaded.
    #[error("the {0} part is not loaded yet; load it first")]
    NotLoaded(Part),
}
