//! Picture files into upright pixels, with what the file says of their colours. Everything about a
//! file is checked before its pixels are decoded, since the file comes from anywhere.
//!
//! A damaged file is read as far as it goes, as every viewer does, and what was wrong with it is
//! told; only one of which nothing can be seen is refused.

mod foreign;
mod jpeg;
mod png;
#[cfg(test)]
mod tests;
mod webp;

use super::colour::Statement;
use super::{PhotoError, Remark, container};
use crate::lfs;
use crate::picture::Picture;
use image::metadata::Orientation;
use image::{DynamicImage, ImageFormat, RgbaImage};
use std::{fs::File, io::Read, path::Path};

/// The largest picture file that is read, in bytes.
pub const MAX_FILE_BYTES: u64 = 64 << 20;

/// The largest picture that is decoded, in pixels (400 MB as RGBA).
pub const MAX_PIXELS: u64 = 100_000_000;

/// What a decoder may allocate: `max_pixels` of the widest kind, 16-bit RGBA, and its own tables.
fn max_alloc(max_pixels: u64) -> u64 {
    max_pixels * 8 + (64 << 20)
}

/// What is wrong with a file that stops short.
const CUT: &str = "it ends in the middle of the picture";
/// What is wrong with a file whose contents make no sense.
const CORRUPT: &str = "its data is corrupt";

/// A decoded file.
pub(super) struct Decoded {
    /// Upright pixels in the file's own numbers.
    pub(super) picture: Picture,
    /// Whether the file has one number to a pixel.
    pub(super) grey: bool,
    /// What it says of its colours, the word that counts first.
    pub(super) statements: Vec<Statement>,
    /// What was wrong with it.
    pub(super) remarks: Vec<Remark>,
}

/// What a format's decoder hands over: a [`Decoded`] that is not upright yet.
struct Stored {
    pixels: RgbaImage,
    grey: bool,
    statements: Vec<Statement>,
    remarks: Vec<Remark>,
}

/// The bytes of a picture file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, PhotoError> {
    let mut bytes = Vec::new();
    // The limit is on what is read rather than on the length that the file system reports, which
    // is 0 for pipes and devices.
    File::open(path)
        .and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|source| PhotoError::Read {
            path: path.to_owned(),
            source,
        })?;
    Ok(bytes)
}

/// Decodes a PNG, JPEG or WebP file, told apart by content.
///
/// The EXIF orientation is applied; 16-bit samples are rounded to 8 bits; grey, palette and CMYK
/// become RGB; of an animation only the first picture is taken; transparency is kept. More than `max_pixels`, at most
/// [`MAX_PIXELS`], are refused.
pub(super) fn decode(bytes: &[u8], max_pixels: u64) -> Result<Decoded, PhotoError> {
    if bytes.is_empty() {
        return Err(PhotoError::EmptyFile);
    }
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(PhotoError::FileTooLarge {
            limit: MAX_FILE_BYTES,
        });
    }
    if lfs::is_pointer(bytes) {
        return Err(PhotoError::Pointer);
    }
    let stored = match image::guess_format(bytes) {
        Ok(ImageFormat::Png) => png::decode(bytes, max_pixels),
        Ok(ImageFormat::Jpeg) => jpeg::decode(bytes, max_pixels),
        Ok(ImageFormat::WebP) => webp::decode(bytes, max_pixels),
        other => Err(PhotoError::Unsupported {
            found: foreign::describe(bytes, other.ok()),
        }),
    }?;
    let mut upright = DynamicImage::ImageRgba8(stored.pixels);
    // As the container has it, not the decoder: what the file's copy says of itself comes from there, too.
    upright.apply_orientation(orientation(container::origin(bytes).exif));
    let (width, height) = (upright.width(), upright.height());
    let rgba = upright.into_rgba8().into_raw();
    Ok(Decoded {
        picture: Picture::new(width, height, rgba)?,
        grey: stored.grey,
        statements: stored.statements,
        remarks: stored.remarks,
    })
}

/// Refuses more pixels than are decoded.
fn check_size(
    format: &'static str,
    width: u32,
    height: u32,
    max_pixels: u64,
) -> Result<(), PhotoError> {
    if u64::from(width) * u64::from(height) > max_pixels {
        return Err(PhotoError::TooManyPixels {
            format,
            width,
            height,
            limit: max_pixels,
        });
    }
    Ok(())
}

fn orientation(exif: Option<&[u8]>) -> Orientation {
    exif.and_then(Orientation::from_exif_chunk)
        .unwrap_or(Orientation::NoTransforms)
}

fn damaged(format: &'static str, reason: &'static str) -> PhotoError {
    PhotoError::Damaged { format, reason }
}

/// The remark on a file that was read as far as it goes.
fn partly(format: &'static str, reason: &'static str) -> Remark {
    Remark::Damaged { format, reason }
}
