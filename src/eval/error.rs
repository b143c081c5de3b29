//! What can go wrong between a set of pictures and a table.

use std::path::PathBuf;

use thiserror::Error;

use crate::import::ImportError;
use crate::photo::PhotoError;

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
    /// A source of pictures without any.
    #[error("there is no picture in {} (PNG, JPEG or WebP files are looked for)", path.display())]
    NoPictures {
        /// The folder or zip.
        path: PathBuf,
    },
    /// A picture of a set cannot be decoded.
    #[error("the picture {name} cannot be used: {source}")]
    Broken {
        /// Its name in the set.
        name: String,
        /// What is wrong with it.
        source: Box<PhotoError>,
    },
    /// An attribute file that is not understood.
    #[error("the attribute file {file} is not usable at line {line}: {reason}")]
    AttributeFile {
        /// Its name.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
    /// A set without attributes where they are needed.
    #[error(
        "the pictures of {} have no attributes: there is no list_attr_celeba.txt or .csv beside them, so name such a file with --attributes", path.display()
    )]
    NoAttributes {
        /// The folder or zip.
        path: PathBuf,
    },
    /// Pictures that the attribute file says nothing of.
    #[error(
        "the attribute file has no row for {count} of the pictures, the first of them {first}; complete it, or leave those pictures out with --skip-unlabelled"
    )]
    Unlabelled {
        /// How many.
        count: usize,
        /// The first one's name.
        first: String,
    },
    /// An attribute that the file does not have.
    #[error("the attribute file has no attribute `{name}`; the nearest is `{nearest}`")]
    UnknownAttribute {
        /// The name asked for.
        name: String,
        /// The known name that resembles it most.
        nearest: String,
    },
    /// A crop that cannot be understood.
    #[error("`{0}` is no crop; celeba, centre, face and box=LEFT,TOP,WIDTH,HEIGHT are")]
    UnknownCrop(String),
    /// A crop that does not lie within the picture.
    #[error(
        "the crop of {width} x {height} pixels from ({left}, {top}) does not lie within the picture {name} of {picture_width} x {picture_height}"
    )]
    CropOutside {
        /// The picture.
        name: String,
        /// Left edge.
        left: u32,
        /// Top edge.
        top: u32,
        /// Width.
        width: u32,
        /// Height.
        height: u32,
        /// The picture's width.
        picture_width: u32,
        /// The picture's height.
        picture_height: u32,
    },
    /// A picture in which no face was found.
    #[error("no face was found in the picture {name}")]
    NoFace {
        /// Its name in the set.
        name: String,
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
    /// Nothing that was measured remains.
    #[error("no picture could be measured, so there is nothing to report")]
    NothingMeasured,
}
