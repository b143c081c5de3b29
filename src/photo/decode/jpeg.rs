//! JPEG files, in the colours that their profile describes.

use super::{CORRUPT, CUT, Stored, check_size, damaged, partly};
use crate::photo::colour::{self, Statement};
use crate::photo::container::jpeg::{END_OF_IMAGE, START_OF_SCAN, Segment, all, profile, segments};
use crate::photo::{PhotoError, Remark};
use image::RgbaImage;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

const FORMAT: &str = "JPEG";
const END: [u8; 2] = [0xff, END_OF_IMAGE];

pub(super) fn decode(bytes: &[u8], max_pixels: u64) -> Result<Stored, PhotoError> {
    if let Some(kind) = unusual(bytes) {
        return Err(PhotoError::UnusualKind { kind });
    }
    let mut headers = decoder(bytes, false, ColorSpace::RGBA);
    headers
        .decode_headers()
        .map_err(|error| damaged(FORMAT, flaw(&error, bytes)))?;
    let (width, height) = headers.dimensions().unwrap_or_default();
    // Neither is above 65535.
    let (width, height) = (width as u32, height as u32);
    check_size(FORMAT, width, height, max_pixels)?;
    let stored = headers.input_colorspace().unwrap_or(ColorSpace::YCbCr);
    let wanted = match stored {
        ColorSpace::CMYK | ColorSpace::YCCK => stored,
        ColorSpace::RGB => ColorSpace::RGB,
        _ => ColorSpace::RGBA,
    };
    let mut remarks = Vec::new();
    let (pixels, missing) = pixels(bytes, wanted)?;
    remarks.extend(missing.map(|flaw| partly(FORMAT, flaw)));
    let (rgba, statements) = match (wanted, profile(bytes)) {
        (ColorSpace::CMYK | ColorSpace::YCCK, profile) => {
            let (rgba, remark) = from_inks(pixels, wanted, profile);
            remarks.extend(remark);
            (rgba, Vec::new())
        }
        (_, profile) => {
            let statement = profile.map(Statement::Icc);
            (opaque(pixels, wanted), statement.into_iter().collect())
        }
    };
    Ok(Stored {
        pixels: RgbaImage::from_raw(width, height, rgba).ok_or_else(|| damaged(FORMAT, CORRUPT))?,
        grey: stored == ColorSpace::Luma,
        statements,
        remarks,
    })
}

fn decoder(bytes: &[u8], strict: bool, wanted: ColorSpace) -> JpegDecoder<ZCursor<&[u8]>> {
    let options = DecoderOptions::default()
        .jpeg_set_out_colorspace(wanted)
        .set_strict_mode(strict)
        .set_max_width(usize::MAX)
        .set_max_height(usize::MAX);
    JpegDecoder::new_with_options(ZCursor::new(bytes), options)
}

/// The pixels, and what kept the rest of them from being read.
fn pixels(bytes: &[u8], wanted: ColorSpace) -> Result<(Vec<u8>, Option<&'static str>), PhotoError> {
    let read = |bytes: &[u8], strict| decoder(bytes, strict, wanted).decode();
    let error = match read(bytes, true) {
        Ok(pixels) => return Ok((pixels, None)),
        Err(error) => error,
    };
    // A file that lacks nothing but its end is whole: what would follow makes no difference.
    let progressive = segments(bytes).any(|segment| segment.marker == 0xc2);
    if progressive && let Ok(ended) = read(&[bytes, &END].concat(), true) {
        let noise = [0x55; 1024];
        let whole = read(&[bytes, &noise, &END].concat(), true).is_ok_and(|other| other == ended);
        return Ok((ended, (!whole).then_some(CUT)));
    }
    let refused = |error: &DecodeErrors| damaged(FORMAT, flaw(error, bytes));
    let pixels = read(bytes, false).map_err(|error| refused(&error))?;
    // The decoder fills what it cannot read with grey.
    if pixels.iter().all(|&value| value == 128) {
        return Err(refused(&error));
    }
    Ok((pixels, Some(flaw(&error, bytes))))
}

/// Where a file is cut decides what the decoder stumbles over; that its end is missing shows anyway.
fn flaw(error: &DecodeErrors, bytes: &[u8]) -> &'static str {
    // Films and other pictures may follow it.
    let mut ends = all(bytes).skip_while(|segment| segment.marker != START_OF_SCAN);
    let ended = ends.any(|segment| segment.marker == END_OF_IMAGE);
    match error {
        DecodeErrors::ExhaustedData | DecodeErrors::IoErrors(_) => CUT,
        _ if !ended => CUT,
        _ => CORRUPT,
    }
}

fn opaque(pixels: Vec<u8>, from: ColorSpace) -> Vec<u8> {
    if from == ColorSpace::RGB {
        let (rgb, _) = pixels.as_chunks();
        return rgb.iter().flat_map(|&[r, g, b]| [r, g, b, 255]).collect();
    }
    let mut rgba = pixels;
    // What the decoder filled in is grey throughout.
    rgba.iter_mut()
        .skip(3)
        .step_by(4)
        .for_each(|alpha| *alpha = 255);
    rgba
}

/// Colours of a picture in printing inks: by its profile if it has a good one, else as if the inks
/// were perfect.
fn from_inks(
    mut pixels: Vec<u8>,
    from: ColorSpace,
    profile: Option<Result<Vec<u8>, &'static str>>,
) -> (Vec<u8>, Option<Remark>) {
    // Both hold how much light each ink lets through.
    if from == ColorSpace::YCCK {
        for [y, blue, red, _] in pixels.as_chunks_mut().0 {
            let (luma, b, r) = (
                f32::from(*y),
                f32::from(*blue) - 128.0,
                f32::from(*red) - 128.0,
            );
            // `as` saturates.
            let through = |value: f32| 255 - (value + 0.5) as u8;
            *y = through(luma + 1.402 * r);
            *red = through(luma + 1.772 * b);
            *blue = through(luma - 0.344_136 * b - 0.714_136 * r);
        }
    }
    let ideal = |mut pixels: Vec<u8>| {
        for [c, m, y, k] in pixels.as_chunks_mut().0 {
            let black = u16::from(*k);
            for ink in [c, m, y] {
                *ink = ((u16::from(*ink) * black + 127) / 255) as u8;
            }
            *k = 255;
        }
        pixels
    };
    match profile {
        None => (ideal(pixels), None),
        Some(profile) => match profile.and_then(|icc| colour::from_inks(&icc, &pixels)) {
            Ok(rgba) => (rgba, None),
            Err(reason) => (ideal(pixels), Some(Remark::Profile { reason })),
        },
    }
}

/// The name of a kind of JPEG that is valid and yet not read.
fn unusual(bytes: &[u8]) -> Option<&'static str> {
    segments(bytes).find_map(|Segment { marker, held, .. }| match marker {
        0xc3 => Some("JPEG with lossless coding"),
        0xc5..=0xc7 => Some("JPEG with hierarchical coding"),
        0xc9..=0xcb | 0xcd..=0xcf => Some("JPEG with arithmetic coding"),
        0xf7 => Some("JPEG-LS"),
        0xc0..=0xc2 if held.first().is_some_and(|&bits| bits > 8) => {
            Some("JPEG with more than 8 bits to a colour")
        }
        _ => None,
    })
}
