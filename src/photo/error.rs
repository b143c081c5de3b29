//! The one error type of reading, framing and writing photos.

use crate::picture::PictureError;
use std::{io, path::PathBuf};
use thiserror::Error;

/// Why a photo could not be read, brought to a model's square, or written.
#[derive(Debug, Error)]
pub enum PhotoError {
    /// The file system refused.
    #[error("cannot read the picture {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// What is wrong with the contents of a named file.
    #[error("{}: {source}", path.display())]
    InFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<PhotoError>,
    },
    /// A file without bytes.
    #[error("the file is empty; a picture as PNG, JPEG or WebP is needed")]
    EmptyFile,
    /// More bytes than are read.
    #[error("the file is larger than {} MiB, the most that is read for one picture", limit >> 20)]
    FileTooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// Not a PNG, JPEG or WebP file.
    #[error("this is {found}, which cannot be read; give the picture as PNG, JPEG or WebP")]
    Unsupported {
        /// What it seems to be, with its article.
        found: &'static str,
    },
    /// More pixels than are decoded.
    #[error(
        "the {format} picture has {width} x {height} pixels; at most {} million are read, so make it smaller first",
        limit / 1_000_000
    )]
    TooManyPixels {
        /// The format's name.
        format: &'static str,
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
        /// The limit in pixels.
        limit: u64,
    },
    /// A file that breaks off or contradicts itself.
    #[error("the {format} file is damaged ({reason}); save or download it again")]
    Damaged {
        /// The format's name.
        format: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A variant of an accepted format that the decoder does not know.
    #[error(
        "this is a {kind}, which cannot be read here; open it in an image editor and save it as an ordinary JPEG or PNG"
    )]
    UnusualKind {
        /// The format's name and what is unusual.
        kind: &'static str,
    },
    /// Bytes and size of a picture disagree.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The resizer refused.
    #[error("the picture could not be resized ({reason})")]
    Resize {
        /// What the library said.
        reason: String,
    },

    /// A coordinate that is infinite or not a number.
    #[error("{what} is not a finite number; pixel coordinates of the photo are needed")]
    NotFinite {
        /// Which value.
        what: &'static str,
    },
    /// Eyes less than a pixel apart.
    #[error(
        "both eyes are at ({x:.1}, {y:.1}); they must be at least one pixel of the photo apart"
    )]
    EyesCoincide {
        /// The left eye's x.
        x: f64,
        /// The left eye's y.
        y: f64,
    },
    /// A position that cannot belong to the photo.
    #[error(
        "{what} at ({x:.1}, {y:.1}) lies more than one photo size outside the photo of {width} x {height} pixels"
    )]
    Outside {
        /// Which value.
        what: &'static str,
        /// Its x.
        x: f64,
        /// Its y.
        y: f64,
        /// The photo's width.
        width: u32,
        /// The photo's height.
        height: u32,
    },
    /// A frame of less than a pixel or beyond all proportion to the photo.
    #[error(
        "a frame of {size:.1} pixels does not suit a photo of {width} x {height}; it must be at least one pixel and at most {limit} times the photo's shorter side"
    )]
    FrameSize {
        /// Its side in photo pixels.
        size: f64,
        /// The photo's width.
        width: u32,
        /// The photo's height.
        height: u32,
        /// The limit as a multiple of the shorter side.
        limit: u32,
    },
    /// A change whose two pictures do not belong together.
    #[error(
        "a change needs two square pictures of one size, not {} x {} before and {} x {} after",
        before[0], before[1], after[0], after[1]
    )]
    UnequalChange {
        /// Width and height of the picture before.
        before: [u32; 2],
        /// Width and height of the picture after.
        after: [u32; 2],
    },
    /// A model's framing that describes no face.
    #[error(
        "the model's framing has its eyes {eye_distance} apart around ({x}, {y}); fractions of the picture's side are needed, the distance above 0"
    )]
    Framing {
        /// The midpoint's x as a fraction of the side.
        x: f64,
        /// The midpoint's y as a fraction of the side.
        y: f64,
        /// The distance as a fraction of the side.
        eye_distance: f64,
    },

    /// A contact sheet of nothing.
    #[error("a contact sheet needs at least one picture")]
    EmptySheet,
    /// A contact sheet of pictures of different sizes.
    #[error(
        "picture {index} of the contact sheet is {width} x {height}, but the first is {first_width} x {first_height}; all must have one size"
    )]
    UnequalSheet {
        /// Its number, from 1.
        index: usize,
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
        /// The width of the first.
        first_width: u32,
        /// The height of the first.
        first_height: u32,
    },
    /// A contact sheet beyond what a picture can hold.
    #[error("a contact sheet of {count} pictures of {width} x {height} is too large")]
    SheetTooLarge {
        /// How many pictures.
        count: usize,
        /// The width of each.
        width: u32,
        /// The height of each.
        height: u32,
    },
    /// An encoder refused.
    #[error("the picture could not be written as {format} ({reason})")]
    Encode {
        /// The format's name.
        format: &'static str,
        /// What the library said.
        reason: String,
    },
    /// A quality that JPEG does not have.
    #[error("a JPEG file has a quality from 1 to 100, not {quality}")]
    Quality {
        /// What was asked for.
        quality: u8,
    },
    /// A side longer than JPEG can say.
    #[error(
        "a picture of {width} x {height} pixels does not fit into a JPEG file, whose sides are at most 65535; write it as PNG"
    )]
    JpegSize {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
    },
    /// The file system refused to take the result.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
}
