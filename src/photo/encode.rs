//! Pictures into the bytes of PNG and JPEG files, natively and in the browser. Beside pixels the files hold what they are
//! told to say: what the colours mean, how a photo was taken, and whether a model drew in it.

use super::metadata::{JPEG_NAME, PNG_NAME};
use super::{Maker, Metadata, PhotoError, Profile, Rows};
use jpeg_encoder::{ImageBuffer, JpegColorType, rgb_to_ycbcr};
use png::chunk::ChunkType;
use png::{BitDepth, ColorType, Compression, Info};
use std::cell::RefCell;
use std::io::Write;

/// The longest side that a JPEG file can have.
const MAX_JPEG_SIDE: u32 = 65_535;
/// The segment of JPEG files in which EXIF and XMP have their place.
const APP1: u8 = 1;

/// What a file says beside its pixels. By itself nothing, which means sRGB.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// The colours, where they are not those of sRGB.
    pub profile: Option<&'a Profile>,
    /// How the photo was taken,
    pub metadata: Option<&'a Metadata>,
    /// and whether that tells where.
    pub place: bool,
    /// Who made it.
    pub maker: Maker,
}

impl<'a> From<Option<&'a Profile>> for Beside<'a> {
    fn from(profile: Option<&'a Profile>) -> Self {
        Self {
            profile,
            ..Self::default()
        }
    }
}

/// The picture as a PNG file, lossless; opaque pictures are written without an alpha channel.
///
/// # Errors
/// [`PhotoError::Encode`] where the encoder refuses, which it does for no ordinary picture.
pub fn write_png<'a>(
    picture: &dyn Rows,
    beside: impl Into<Beside<'a>>,
) -> Result<Vec<u8>, PhotoError> {
    // What most photos take. Growing there in steps would leave holes in a browser's memory, which
    // never shrinks.
    let mut bytes = Vec::with_capacity(pixels(picture) * 2);
    png(picture, beside.into(), &mut bytes).map_err(|error| PhotoError::Encode {
        format: "PNG",
        reason: error.to_string(),
    })?;
    Ok(bytes)
}

fn pixels(picture: &dyn Rows) -> usize {
    picture.width() as usize * picture.height() as usize
}

fn png(
    picture: &dyn Rows,
    Beside {
        profile,
        metadata,
        place,
        maker,
    }: Beside<'_>,
    bytes: &mut Vec<u8>,
) -> Result<(), png::EncodingError> {
    let opaque = picture.is_opaque();
    let mut info = Info::with_size(picture.width(), picture.height());
    let chunks = profile.map(Profile::png_chunks).unwrap_or_default();
    if chunks.is_empty() {
        info.icc_profile = profile.map(|profile| profile.icc().into());
    }
    info.exif_metadata = metadata
        .and_then(|metadata| metadata.exif(place))
        .map(Into::into);
    let mut encoder = png::Encoder::with_info(bytes, info)?;
    encoder.set_depth(BitDepth::Eight);
    encoder.set_color(if opaque {
        ColorType::Rgb
    } else {
        ColorType::Rgba
    });
    // A seventh larger than the default's files of photos, in a tenth of the time.
    encoder.set_compression(Compression::Fast);
    if let Some(xmp) = maker.xmp() {
        encoder.add_itxt_chunk(PNG_NAME.to_owned(), xmp)?;
    }
    let mut writer = encoder.write_header()?;
    for (name, contents) in chunks {
        writer.write_chunk(ChunkType(*name), contents)?;
    }
    let mut rows = writer.stream_writer()?;
    let (mut row, mut room) = (Vec::new(), Vec::new());
    for y in 0..picture.height() {
        let rgba = picture.row(y, &mut room);
        if opaque {
            row.clear();
            row.extend(
                rgba.as_chunks()
                    .0
                    .iter()
                    .flat_map(|&[r, g, b, _]| [r, g, b]),
            );
            rows.write_all(&row)?;
        } else {
            rows.write_all(rgba)?;
        }
    }
    rows.finish()?;
    writer.finish()
}

/// The picture as a JPEG file of a quality from 1 to 100, on white where it is transparent.
///
/// # Errors
/// [`PhotoError::Quality`], or [`PhotoError::JpegSize`] for sides beyond what the format holds.
pub fn write_jpeg<'a>(
    picture: &dyn Rows,
    beside: impl Into<Beside<'a>>,
    quality: u8,
) -> Result<Vec<u8>, PhotoError> {
    if !(1..=100).contains(&quality) {
        return Err(PhotoError::Quality { quality });
    }
    let (width, height) = (picture.width(), picture.height());
    if width.max(height) > MAX_JPEG_SIDE {
        return Err(PhotoError::JpegSize { width, height });
    }
    let mut bytes = Vec::with_capacity(pixels(picture));
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, quality);
    let Beside {
        profile,
        metadata,
        place,
        maker,
    } = beside.into();
    let exif = metadata.and_then(|metadata| metadata.exif(place));
    let exif = exif.map(|exif| [b"Exif\0\0", exif.as_slice()].concat());
    let xmp = maker.xmp().map(|xmp| [JPEG_NAME, xmp.as_bytes()].concat());
    let mut segments = exif.into_iter().chain(xmp);
    let said = segments.try_for_each(|segment| encoder.add_app_segment(APP1, segment));
    said.and_then(|()| profile.map_or(Ok(()), |profile| encoder.add_icc_profile(profile.icc())))
        .and_then(|()| {
            encoder.encode_image(OnWhite {
                picture,
                room: RefCell::default(),
            })
        })
        .map_err(|error| PhotoError::Encode {
            format: "JPEG",
            reason: error.to_string(),
        })?;
    Ok(bytes)
}

/// A picture on white as the JPEG encoder asks for it, row by row.
struct OnWhite<'a> {
    picture: &'a dyn Rows,
    room: RefCell<Vec<u8>>,
}

impl ImageBuffer for OnWhite<'_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        JpegColorType::Ycbcr
    }

    fn width(&self) -> u16 {
        self.picture.width() as u16
    }

    fn height(&self) -> u16 {
        self.picture.height() as u16
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        let [luma, blue, red, _] = buffers;
        let mut room = self.room.borrow_mut();
        let row = self.picture.row(u32::from(y), &mut room);
        for &pixel in row.as_chunks().0 {
            let [r, g, b] = crate::picture::on_white(pixel);
            let (y, cb, cr) = rgb_to_ycbcr(r, g, b);
            luma.push(y);
            blue.push(cb);
            red.push(cr);
        }
    }
}

#[cfg(feature = "image")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::photo::Original;
    use crate::picture::Picture;

    /// Smooth, as photos are, with a hole in it where `alpha` says so.
    fn gradient(alpha: u8) -> Picture {
        let rgba: Vec<u8> = (0..40 * 24u32)
            .flat_map(|i| {
                let (x, y) = (i % 40, i / 40);
                [
                    (x * 6) as u8,
                    (y * 10) as u8,
                    90,
                    if x < 20 { 255 } else { alpha },
                ]
            })
            .collect();
        Picture::new(40, 24, rgba).expect("fits")
    }

    #[test]
    fn png_is_lossless_and_keeps_alpha() {
        for (alpha, colour_type) in [(255, 2), (254, 6), (0, 6)] {
            let picture = gradient(alpha);
            let bytes = write_png(&picture, None).expect("encodes");
            assert_eq!(
                *Original::decode(&bytes).expect("decodes").picture(),
                picture
            );
            assert_eq!(bytes[25], colour_type, "alpha {alpha}");
        }
    }

    #[test]
    fn jpeg_is_close_and_on_white() {
        let worst = |quality, alpha| {
            let bytes = write_jpeg(&gradient(alpha), None, quality).expect("encodes");
            let found = Original::decode(&bytes).expect("decodes").into_srgb();
            let wanted = gradient(alpha).over_white();
            let pairs = found.rgba().iter().zip(wanted.rgba());
            let worst = pairs.map(|(a, b)| a.abs_diff(*b)).max().expect("pixels");
            (worst, bytes.len())
        };
        let (good, large) = worst(95, 255);
        let (poor, small) = worst(20, 255);
        assert!(good <= 6 && good < poor, "{good} and {poor}");
        assert!(small < large, "{small} against {large} bytes");
        // The step to white rings a little.
        assert!(worst(100, 0).0 <= 12, "{:?}", worst(100, 0));
    }

    #[test]
    fn what_jpeg_cannot_hold_is_refused() {
        let long = Picture::new(65_536, 1, vec![9; 4 * 65_536]).expect("fits");
        let says = |picture: &Picture, quality| {
            let error = write_jpeg(picture, None, quality).expect_err("must be refused");
            error.to_string()
        };
        assert!(says(&long, 90).contains("65536 x 1"));
        assert!(says(&gradient(9), 0).contains("from 1 to 100"));
        assert!(says(&gradient(9), 101).contains("101"));
        assert!(write_png(&long, None).is_ok());
    }
}
