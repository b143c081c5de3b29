//! What can go wrong between pictures and a table.

use std::path::PathBuf;

use thiserror::Error;

use crate::import::ImportError;

/// Why something cannot be measured.
#[derive(Debug, Error)]
pub enum EvalError {
    /// Two lists that belong together have different lengths.
    #[error("{first} values cannot go with {second}: there must be as many")]
    Unequal {
        /// Length of the first.
        first: usize,
        /// Length of the second.
        second: usize,
    },
    /// A NaN or an infinite number.
    #[error("a value to measure is not a finite number")]
    NotFinite,
    /// A classifier has nothing to tell apart.
    #[error("all pictures to learn from have the same label, so nothing can be learned")]
    OneClass,
    /// A system of equations without a solution.
    #[error("the numbers leave a system of equations without a solution")]
    Singular,
    /// Too few rows for a statistic.
    #[error("{what} needs at least {needed} pictures, but there are {found}")]
    TooFew {
        /// The statistic.
        what: &'static str,
        /// Pictures needed.
        needed: usize,
        /// Pictures there.
        found: usize,
    },
    /// Pictures that AlexNet has nothing left of in the end.
    #[error("LPIPS needs pictures of at least {needed} pixels a side, but these have {found}")]
    TooSmall {
        /// The side needed.
        needed: usize,
        /// The shorter side there is.
        found: usize,
    },
    /// A file or folder that cannot be read.
    #[error("cannot read {}: {reason}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A file that cannot be written.
    #[error("cannot write {}: {reason}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A network file that is not the public one.
    #[error(
        "{} is not {name}: its SHA-256 is {found}, but that of the public file is {expected}; figures made with other weights could not be compared, so none are made", path.display()
    )]
    OtherNetwork {
        /// The file that was named.
        path: PathBuf,
        /// The public file's name.
        name: &'static str,
        /// The file's hash.
        found: String,
        /// The public file's hash.
        expected: &'static str,
    },
    /// A network file that cannot be read as a checkpoint.
    #[error("{name}: {source}")]
    NetworkFile {
        /// The public file's name.
        name: &'static str,
        /// What is wrong with it.
        source: ImportError,
    },
    /// A tensor of another shape than the network has.
    #[error("{name}: tensor `{tensor}` has shape {found:?}, not {expected:?}")]
    NetworkShape {
        /// The public file's name.
        name: &'static str,
        /// The tensor.
        tensor: String,
        /// Its shape.
        found: Vec<usize>,
        /// The network's shape.
        expected: Vec<usize>,
    },
    /// A device that failed.
    #[error("the device stopped computing: {0}")]
    Device(String),
    /// Stored rows that are damaged.
    #[error("{} holds no stored rows of `diffae eval`: {reason}", path.display())]
    Rows {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Shards of different runs.
    #[error(
        "{} was measured otherwise than {}: {what} differs, so their rows do not belong together", path.display(), other.display()
    )]
    OtherRun {
        /// The file.
        path: PathBuf,
        /// The first file.
        other: PathBuf,
        /// What differs.
        what: String,
    },
    /// A shard missing from a merge.
    #[error(
        "{missing} rows of `{table}` are missing, the first of them number {first}: give the files of all shards"
    )]
    MissingRows {
        /// The table.
        table: String,
        /// How many rows.
        missing: usize,
        /// The first one's index.
        first: usize,
    },
    /// The same row twice.
    #[error("row {index} of `{table}` is in {} and in an earlier file: give each shard once", path.display())]
    RowTwice {
        /// The table.
        table: String,
        /// Its index.
        index: usize,
        /// The file.
        path: PathBuf,
    },
    /// No picture of a table could be used.
    #[error("none of {count} pictures could be used, the first because: {why}")]
    NoneUsable {
        /// How many were tried.
        count: usize,
        /// What was wrong with the first one.
        why: String,
    },
    /// Nothing that was measured remains.
    #[error("no picture could be measured, so there is nothing to report")]
    NothingMeasured,
}
