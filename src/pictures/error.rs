//! What can go wrong between a set of pictures and a model's square.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::photo::PhotoError;

/// Why a set of pictures, or one of them, cannot be used.
#[derive(Debug, Error)]
pub enum SetError {
    /// A file or folder that cannot be read.
    #[error("cannot read {}: {reason}", path.display())]
    Read {
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
    /// A database that does not hold pictures as the reference's do.
    #[error("{} is no LMDB of pictures that can be used: {reason}", path.display())]
    Lmdb {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it, or what it lacks.
        reason: String,
    },
    /// A source that was there when the set was opened.
    #[error(
        "{} is no longer what it was when it was opened: it was moved, deleted, or cut short", path.display()
    )]
    Gone {
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
    /// A picture in which no face was found.
    #[error("no face was found in the picture {name}")]
    NoFace {
        /// Its name in the set.
        name: String,
    },
    /// A crop to faces without what finds them.
    #[error("the crop face needs a face detector, and where the model expects the eyes")]
    NoDetector,
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
    /// A crop that cannot be understood.
    #[error("`{0}` is no crop; celeba, centre, face and box=LEFT,TOP,WIDTH,HEIGHT are")]
    UnknownCrop(String),
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
    /// An attribute file of more bytes than are read.
    #[error("the attribute file {file} is larger than {} MiB, the most that is read of one", limit >> 20)]
    AttributesTooLarge {
        /// Its name.
        file: String,
        /// The limit in bytes.
        limit: u64,
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
    /// A number past the last picture.
    #[error("there is no picture number {index}, counted from 0, in a set of {count}")]
    PastEnd {
        /// The number asked for.
        index: usize,
        /// Pictures in the set.
        count: usize,
    },
    /// A set of which nothing remains.
    #[error("not one of the {count} pictures can be used; the first of them: {first}")]
    NoneUsable {
        /// How many there are.
        count: usize,
        /// What is wrong with the first one.
        first: String,
    },
    /// A device that failed while it looked for faces.
    #[error("the device stopped computing: {0}")]
    Device(String),
    /// Reading ahead ended before its time.
    #[error("the pictures could not be read ahead: {0}")]
    Reading(String),
}

impl SetError {
    pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> Self {
        Self::Read {
            path: path.to_owned(),
            reason: error.to_string(),
        }
    }

    /// Whether something is wrong with one picture rather than with the set.
    pub fn is_of_picture(&self) -> bool {
        matches!(
            self,
            Self::Broken { .. } | Self::NoFace { .. } | Self::CropOutside { .. }
        )
    }
}
