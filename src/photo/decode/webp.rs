//! WebP files. A damaged one shows nothing: its pixels come out of the decoder all at once.

use super::{CORRUPT, CUT, Stored, check_size, damaged, max_alloc};
use crate::photo::PhotoError;
use crate::photo::colour::Statement;
use crate::photo::container::webp::profile;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};
use std::io::{Cursor, ErrorKind};

const FORMAT: &str = "WebP";

pub(super) fn decode(bytes: &[u8], max_pixels: u64) -> Result<Stored, PhotoError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), ImageFormat::WebP);
    let mut limits = Limits::default();
    limits.max_alloc = Some(max_alloc(max_pixels));
    reader.limits(limits);
    // Parses headers only.
    let failed = |error: ImageError| refusal(&error, bytes);
    let decoder = reader.into_decoder().map_err(failed)?;
    let (width, height) = decoder.dimensions();
    check_size(FORMAT, width, height, max_pixels)?;
    let decoded = DynamicImage::from_decoder(decoder).map_err(failed)?;
    Ok(Stored {
        pixels: decoded.into_rgba8(),
        grey: false,
        statements: profile(bytes)
            .map(|icc| Statement::icc(icc.to_vec()))
            .into_iter()
            .collect(),
        remarks: Vec::new(),
    })
}

fn refusal(error: &ImageError, bytes: &[u8]) -> PhotoError {
    if matches!(error, ImageError::Unsupported(_)) {
        return PhotoError::UnusualKind {
            kind: "WebP file of a rare kind",
        };
    }
    // The length that the container claims for itself, after its first eight bytes.
    let claimed = bytes.get(4..8).and_then(|length| length.first_chunk());
    let claimed = claimed.map_or(0, |&length| u64::from(u32::from_le_bytes(length)) + 8);
    let cut = matches!(error, ImageError::IoError(e) if e.kind() == ErrorKind::UnexpectedEof);
    damaged(
        FORMAT,
        if cut || claimed > bytes.len() as u64 {
            CUT
        } else {
            CORRUPT
        },
    )
}
