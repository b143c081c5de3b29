//! Picture files into upright pixels. Everything about a file is checked before its pixels
//! are decoded, since the file comes from anywhere.

use super::PhotoError;
use crate::picture::Picture;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};
use std::{
    fs::File,
    io::{Cursor, Read},
    path::Path,
};

/// The largest picture file that is read, in bytes.
pub const MAX_FILE_BYTES: u64 = 64 << 20;

/// The largest picture that is decoded, in pixels (400 MB as RGBA).
pub const MAX_PIXELS: u64 = 100_000_000;

/// What a decoder may allocate: `MAX_PIXELS` of the widest kind, 16-bit RGBA, and its own tables.
const MAX_ALLOC: u64 = MAX_PIXELS * 8 + (64 << 20);

/// Reads and decodes a picture file; see [`decode`]. Errors name the file.
pub fn open(path: &Path) -> Result<Picture, PhotoError> {
    let read = |source| PhotoError::Read {
        path: path.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    // The limit is on what is read rather than on the length that the file system reports, which
    // is 0 for pipes and devices.
    File::open(path)
        .and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes))
        .map_err(read)?;
    decode(&bytes).map_err(|error| PhotoError::InFile {
        path: path.to_owned(),
        source: Box::new(error),
    })
}

/// Decodes a PNG, JPEG or WebP file, told apart by content, into an upright picture.
///
/// The EXIF orientation is applied; 16-bit samples are rounded to 8 bits; grey, palette and CMYK
/// become RGB; of an animation only the first picture is taken; transparency is kept. Embedded colour profiles are not applied, as in the pipeline
/// that the models were trained with.
pub fn decode(bytes: &[u8]) -> Result<Picture, PhotoError> {
    if bytes.is_empty() {
        return Err(PhotoError::EmptyFile);
    }
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(PhotoError::FileTooLarge {
            limit: MAX_FILE_BYTES,
        });
    }
    let (kind, format) = match image::guess_format(bytes) {
        Ok(kind @ ImageFormat::Png) => (kind, "PNG"),
        Ok(kind @ ImageFormat::Jpeg) => (kind, "JPEG"),
        Ok(kind @ ImageFormat::WebP) => (kind, "WebP"),
        other => {
            return Err(PhotoError::Unsupported {
                found: describe(bytes, other.ok()),
            });
        }
    };
    let failed = |error: ImageError| {
        // Some decoders put line breaks into their messages.
        let reason = error.to_string();
        let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
        match error {
            ImageError::Unsupported(_) => PhotoError::UnusualKind { format, reason },
            _ => PhotoError::Damaged { format, reason },
        }
    };

    let mut reader = ImageReader::with_format(Cursor::new(bytes), kind);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_ALLOC);
    reader.limits(limits);
    // Parses headers only.
    let mut decoder = reader.into_decoder().map_err(failed)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(PhotoError::TooManyPixels {
            format,
            width,
            height,
            limit: MAX_PIXELS,
        });
    }
    if kind == ImageFormat::Jpeg && !jpeg_is_complete(bytes) {
        // The decoder would paint the missing part grey and report success.
        return Err(PhotoError::Damaged {
            format,
            reason: "it ends in the middle of the picture".into(),
        });
    }
    let orientation = decoder.orientation().map_err(failed)?;
    let decoded = DynamicImage::from_decoder(decoder).map_err(failed)?;
    let mut upright = DynamicImage::ImageRgba8(decoded.into_rgba8());
    upright.apply_orientation(orientation);
    let (width, height) = (upright.width(), upright.height());
    Ok(Picture::new(
        width,
        height,
        upright.into_rgba8().into_raw(),
    )?)
}

/// Whether the end-of-image marker follows the first scan of a JPEG file.
///
/// Segments before the scan are skipped by their length, because an EXIF thumbnail is a JPEG file
/// of its own with its own end. Inside a scan the byte pair of the marker cannot occur.
fn jpeg_is_complete(bytes: &[u8]) -> bool {
    const START_OF_SCAN: u8 = 0xda;
    let mut at = 2;
    loop {
        match bytes.get(at..at + 4) {
            Some([0xff, 0xff, ..]) => at += 1,
            Some(&[0xff, marker, high, low]) => {
                at += 2 + usize::from(u16::from_be_bytes([high, low]));
                if marker == START_OF_SCAN {
                    break;
                }
            }
            // Not a marker: whether the file can still be read is the decoder's to say.
            Some(_) => break,
            None => return false,
        }
    }
    bytes
        .get(at..)
        .is_some_and(|scan| scan.windows(2).any(|pair| pair == [0xff, 0xd9]))
}

/// Names the kind of file that was given instead of a readable picture.
fn describe(bytes: &[u8], guess: Option<ImageFormat>) -> &'static str {
    // Text comes first: the two-letter signatures of BMP and PNM also begin words.
    if let Some(text) = leading_text(bytes) {
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let is_markup = text.starts_with('<');
        return if is_markup && text.contains("<svg") {
            "an SVG drawing"
        } else if is_markup {
            "a web page or XML file"
        } else {
            "a text file"
        };
    }
    if bytes.get(4..8) == Some(b"ftyp") {
        // The brands of an ISO container: AVIF files may also list HEIF's general ones.
        let length = bytes.first_chunk().map_or(0, |&b| u32::from_be_bytes(b));
        let brands = bytes.get(8..bytes.len().min(length as usize));
        let has = |names: &[&[u8; 4]]| {
            brands
                .into_iter()
                .flat_map(|b| b.chunks_exact(4))
                .any(|brand| names.iter().any(|name| brand == name.as_slice()))
        };
        return if has(&[b"avif", b"avis"]) {
            "an AVIF picture"
        } else if has(&[
            b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1",
        ]) {
            "a HEIC picture"
        } else {
            "a video"
        };
    }
    match guess {
        Some(ImageFormat::Gif) => "a GIF picture",
        Some(ImageFormat::Tiff) => "a TIFF picture or a camera's raw file",
        Some(ImageFormat::Bmp) => "a BMP picture",
        Some(ImageFormat::Ico) => "an icon file",
        Some(_) => "a picture of a rarely used kind",
        None if bytes.starts_with(b"%PDF") => "a PDF document",
        None if bytes.starts_with(b"PK\x03\x04") => "a ZIP archive",
        None if bytes.starts_with(b"8BPS") => "a Photoshop file",
        None if bytes.starts_with(&[0xff, 0x0a]) || bytes.get(4..8) == Some(b"JXL ") => {
            "a JPEG XL picture"
        }
        None => "a file of unknown kind",
    }
}

/// The first kilobyte, if it reads as text.
fn leading_text(bytes: &[u8]) -> Option<&str> {
    let head = bytes.get(..1024).unwrap_or(bytes);
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // A character may be cut in two at the end of the kilobyte.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(head.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    let is_text = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    (!text.is_empty() && text.chars().all(is_text)).then_some(text)
}
