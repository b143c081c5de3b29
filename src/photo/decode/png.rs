//! PNG files, with the chunks that say what their colours mean.

use super::{CORRUPT, CUT, Stored, check_size, damaged, max_alloc, partly};
use crate::photo::PhotoError;
use crate::photo::colour::Statement;
use crate::photo::container::png::statements;
use image::{DynamicImage, ImageBuffer, RgbaImage};
use png::{BitDepth, ColorType, DecodingError, InterlaceInfo, Limits, Transformations};
use std::io::{Cursor, ErrorKind};

const FORMAT: &str = "PNG";

pub(super) fn decode(bytes: &[u8], max_pixels: u64) -> Result<Stored, PhotoError> {
    let read = match read(bytes, false, max_pixels) {
        Ok(whole @ Read { flaw: None, .. }) => whole,
        // Most files with a wrong checksum are whole otherwise.
        strict => match (read(bytes, true, max_pixels), &strict) {
            (Ok(mut lenient), Ok(Read { flaw, .. })) => {
                lenient.flaw = lenient.flaw.or(*flaw);
                lenient
            }
            (Ok(mut lenient), Err(PhotoError::Damaged { reason, .. })) => {
                lenient.flaw = lenient.flaw.or(Some(*reason));
                lenient
            }
            _ => strict?,
        },
    };
    if let Some(flaw) = read.flaw
        && read.nothing
    {
        return Err(damaged(FORMAT, flaw));
    }
    Ok(Stored {
        pixels: read.pixels,
        grey: read.grey,
        statements: read.statements,
        remarks: read
            .flaw
            .map(|flaw| partly(FORMAT, flaw))
            .into_iter()
            .collect(),
    })
}

/// A file read as far as it goes.
struct Read {
    pixels: RgbaImage,
    grey: bool,
    statements: Vec<Statement>,
    /// What ended the reading early.
    flaw: Option<&'static str>,
    /// Whether not a single row was there.
    nothing: bool,
}

fn read(bytes: &[u8], ignore_checksums: bool, max_pixels: u64) -> Result<Read, PhotoError> {
    let failed = |error: DecodingError| match error {
        DecodingError::LimitsExceeded => PhotoError::UnusualKind {
            kind: "PNG with rows of too many pixels",
        },
        error => damaged(FORMAT, flaw(&error)),
    };
    let limits = Limits {
        bytes: usize::try_from(max_alloc(max_pixels)).unwrap_or(usize::MAX),
    };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.ignore_checksums(ignore_checksums);
    decoder.set_ignore_text_chunk(true);
    // Inflated elsewhere, within its own limit.
    decoder.set_ignore_iccp_chunk(true);
    let info = decoder.read_header_info().map_err(failed)?;
    let (width, height) = info.size();
    check_size(FORMAT, width, height, max_pixels)?;
    decoder.set_transformations(Transformations::EXPAND);
    let mut reader = decoder.read_info().map_err(failed)?;
    let (colour, depth) = reader.output_color_type();
    let too_large = || failed(DecodingError::LimitsExceeded);
    let stride = reader.output_line_size(width).ok_or_else(too_large)?;
    let length = reader.output_buffer_size().ok_or_else(too_large)?;
    let mut samples = Vec::new();
    samples.try_reserve_exact(length).map_err(|_| too_large())?;
    samples.resize(length, 0);
    let bits = colour.samples() as u8 * depth as u8;
    let expected = match reader.info().interlaced {
        true => interlaced_rows(width, height),
        false => height as usize,
    };
    let (mut rows, mut flawed) = (0, None);
    loop {
        match reader.next_interlaced_row() {
            Ok(Some(row)) => {
                match row.interlace() {
                    // What a later pass would bring is filled in with its neighbours meanwhile.
                    InterlaceInfo::Adam7(pass) => {
                        png::splat_interlaced_row(&mut samples, stride, row.data(), pass, bits);
                    }
                    InterlaceInfo::Null(_) => {
                        if let Some(place) = samples.chunks_exact_mut(stride).nth(rows) {
                            place.copy_from_slice(row.data());
                        }
                    }
                }
                rows += 1;
            }
            Ok(None) => break,
            Err(error) => {
                // With all rows there, only what closes a file is missing from its end.
                let matters = rows < expected || flaw(&error) != CUT;
                flawed = matters.then(|| flaw(&error));
                break;
            }
        }
    }
    Ok(Read {
        grey: matches!(colour, ColorType::Grayscale | ColorType::GrayscaleAlpha),
        statements: statements(bytes),
        pixels: rgba(width, height, colour, depth, samples)
            .ok_or_else(|| damaged(FORMAT, CORRUPT))?,
        flaw: flawed,
        nothing: rows == 0,
    })
}

/// Rows of all passes of an interlaced picture. A pass without columns has no rows.
fn interlaced_rows(width: u32, height: u32) -> usize {
    // Where each pass begins, x and y, and how far its rows are apart.
    let passes = [
        [0, 0, 8],
        [4, 0, 8],
        [0, 4, 8],
        [2, 0, 4],
        [0, 2, 4],
        [1, 0, 2],
        [0, 1, 2],
    ];
    let rows = passes.map(|[x, y, step]| match width > x {
        true => height.saturating_sub(y).div_ceil(step) as usize,
        false => 0,
    });
    rows.iter().sum()
}

fn flaw(error: &DecodingError) -> &'static str {
    match error {
        DecodingError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => CUT,
        error if error.to_string().starts_with("CRC error") => "a checksum does not match",
        _ => CORRUPT,
    }
}

fn rgba(
    width: u32,
    height: u32,
    colour: ColorType,
    depth: BitDepth,
    samples: Vec<u8>,
) -> Option<RgbaImage> {
    fn buffer<P: image::Pixel>(
        width: u32,
        height: u32,
        samples: Vec<P::Subpixel>,
    ) -> Option<DynamicImage>
    where
        DynamicImage: From<ImageBuffer<P, Vec<P::Subpixel>>>,
    {
        ImageBuffer::<P, _>::from_raw(width, height, samples).map(DynamicImage::from)
    }
    use image::{Luma, LumaA, Rgb, Rgba};
    let decoded = if depth == BitDepth::Sixteen {
        let (pairs, _) = samples.as_chunks();
        let samples: Vec<u16> = pairs.iter().map(|&pair| u16::from_be_bytes(pair)).collect();
        match colour {
            ColorType::Grayscale => buffer::<Luma<u16>>(width, height, samples),
            ColorType::GrayscaleAlpha => buffer::<LumaA<u16>>(width, height, samples),
            ColorType::Rgb => buffer::<Rgb<u16>>(width, height, samples),
            _ => buffer::<Rgba<u16>>(width, height, samples),
        }
    } else {
        match colour {
            ColorType::Grayscale => buffer::<Luma<u8>>(width, height, samples),
            ColorType::GrayscaleAlpha => buffer::<LumaA<u8>>(width, height, samples),
            ColorType::Rgb => buffer::<Rgb<u8>>(width, height, samples),
            _ => buffer::<Rgba<u8>>(width, height, samples),
        }
    };
    decoded.map(DynamicImage::into_rgba8)
}
