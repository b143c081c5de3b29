//! What picture files say beside their pixels: of their colours, and of how they were taken. The containers alone are
//! read, so that this is known of a file whose pixels somebody else decodes, as a browser does.

pub(super) mod jpeg;
pub(super) mod png;
pub(super) mod webp;

use super::colour::Statement;
use std::ops::Range;

/// What a file says of its colours.
#[derive(Default)]
pub(super) struct Said {
    /// What is said of the colours of red, green and blue, the word that counts first.
    pub(super) statements: Vec<Statement>,
    /// Whether there is one number to a pixel.
    pub(super) grey: bool,
    /// What makes of the file one that says nothing of its colours.
    pub(super) colourless: Vec<Replacement>,
}

/// Bytes of a file, and what is to stand in their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Replacement {
    pub(super) at: Range<usize>,
    pub(super) with: Vec<u8>,
}

impl Replacement {
    fn nothing(at: Range<usize>) -> Self {
        Self {
            at,
            with: Vec::new(),
        }
    }
}

/// What a file says of how its picture came about.
#[derive(Default)]
pub(super) struct Origin<'a> {
    /// A TIFF file of its own, in which EXIF keeps its tags.
    pub(super) exif: Option<&'a [u8]>,
    /// An XMP packet.
    pub(super) xmp: Option<&'a [u8]>,
}

/// What a PNG, JPEG or WebP file says of how its picture came about; nothing for any other.
pub(super) fn origin(bytes: &[u8]) -> Origin<'_> {
    match bytes {
        [0xff, 0xd8, ..] => jpeg::origin(bytes),
        [0x89, b'P', b'N', b'G', ..] => png::origin(bytes),
        [b'R', b'I', b'F', b'F', ..] => webp::origin(bytes),
        _ => Origin::default(),
    }
}

/// What a PNG, JPEG or WebP file says of its colours; nothing for any other.
pub(super) fn said(bytes: &[u8]) -> Said {
    match bytes {
        [0xff, 0xd8, ..] => jpeg::said(bytes),
        [0x89, b'P', b'N', b'G', ..] => png::said(bytes),
        [b'R', b'I', b'F', b'F', ..] => webp::said(bytes),
        _ => Said::default(),
    }
}

/// EXIF data without the words that stand before it in JPEG files, and by mistake in others.
fn tiff(exif: &[u8]) -> &[u8] {
    exif.strip_prefix(b"Exif\0\0").unwrap_or(exif)
}

#[cfg(feature = "image")]
#[cfg(test)]
mod tests;
