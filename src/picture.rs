//! A picture at any boundary of the crate: 8-bit RGBA on the host, and its conversion to and from
//! the channel-first float values that the networks and the metrics work on.

use std::borrow::Cow;
use thiserror::Error;

/// Why bytes or values do not make a [`Picture`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PictureError {
    /// A side of zero pixels.
    #[error("a picture needs at least one pixel, but its size is {width} x {height}")]
    Empty {
        /// The width asked for.
        width: u32,
        /// The height asked for.
        height: u32,
    },
    /// More or fewer values than the size needs.
    #[error(
        "a {width} x {height} picture of {channels} channels has {expected} values, but {found} were given"
    )]
    Length {
        /// The width asked for.
        width: u32,
        /// The height asked for.
        height: u32,
        /// Values to a pixel.
        channels: u32,
        /// The product of the three.
        expected: u64,
        /// How many values came.
        found: usize,
    },
    /// A NaN, which only a broken computation produces.
    #[error("value {index} of a {width} x {height} picture is not a number")]
    NotANumber {
        /// The picture's width.
        width: u32,
        /// The picture's height.
        height: u32,
        /// Where in the values it is.
        index: usize,
    },
}

/// 8-bit RGBA pixels, row by row from the top left, without padding; alpha is not premultiplied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    rgba: Vec<u8>,
}

impl Picture {
    /// Takes `4 * width * height` bytes of RGBA.
    ///
    /// # Errors
    /// [`PictureError`] for another number of bytes, or for a picture without pixels.
    pub fn new(width: u32, height: u32, rgba: Vec<u8>) -> Result<Self, PictureError> {
        check_length(width, height, 4, rgba.len())?;
        Ok(Self {
            width,
            height,
            rgba,
        })
    }

    /// Takes `3 * width * height` bytes of RGB; the picture is opaque.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn from_rgb(width: u32, height: u32, rgb: &[u8]) -> Result<Self, PictureError> {
        check_length(width, height, 3, rgb.len())?;
        let mut rgba = Vec::with_capacity(rgb.len() / 3 * 4);
        for pixel in rgb.chunks_exact(3) {
            rgba.extend_from_slice(pixel);
            rgba.push(255);
        }
        Self::new(width, height, rgba)
    }

    /// Takes `[3, height, width]` values, of which 0 is black and 1 is full intensity, and rounds
    /// them as the reference does: `floor(255 y + 0.5)`, clamped to a byte.
    ///
    /// Values outside [0, 1] are clamped; a NaN is an error, since it would pass for black.
    ///
    /// # Errors
    /// As [`Self::new`], and [`PictureError::NotANumber`].
    pub fn from_chw(width: u32, height: u32, values: &[f32]) -> Result<Self, PictureError> {
        check_length(width, height, 3, values.len())?;
        if let Some(index) = values.iter().position(|value| value.is_nan()) {
            return Err(PictureError::NotANumber {
                width,
                height,
                index,
            });
        }
        let plane = values.len() / 3;
        let (red, rest) = values.split_at(plane);
        let (green, blue) = rest.split_at(plane);
        // `as u8` saturates, which is the clamp.
        let byte = |value: f32| (255.0 * value + 0.5).floor() as u8;
        let rgba = red
            .iter()
            .zip(green)
            .zip(blue)
            .flat_map(|((&r, &g), &b)| [byte(r), byte(g), byte(b), 255])
            .collect();
        Self::new(width, height, rgba)
    }

    /// `[3, height, width]` values in [-1, 1], alpha dropped: `(byte / 255 - 0.5) / 0.5` in f32,
    /// the arithmetic of the reference's data preparation.
    #[must_use]
    pub fn to_chw(&self) -> Vec<f32> {
        let value = |byte: u8| (f32::from(byte) / 255.0 - 0.5) / 0.5;
        (0..3)
            .flat_map(|channel| self.rgba.iter().skip(channel).step_by(4))
            .map(|&byte| value(byte))
            .collect()
    }

    /// The colours as [3, H, W] in [0, 1], as [`crate::metrics`] compare them; alpha is left out.
    #[must_use]
    pub fn to_unit_chw(&self) -> Vec<f32> {
        self.to_chw().iter().map(|v| (v + 1.0) / 2.0).collect()
    }

    /// The same picture on white paper, every pixel opaque.
    ///
    /// Fully transparent pixels usually carry the colour black, so merely dropping alpha would put
    /// a cut-out portrait before a black wall; white is what viewers and printers show.
    #[must_use]
    pub fn over_white(mut self) -> Self {
        for pixel in self.rgba.as_chunks_mut().0 {
            let [r, g, b] = on_white(*pixel);
            *pixel = [r, g, b, 255];
        }
        self
    }

    /// [`Picture::over_white`] without a copy where nothing is transparent.
    #[must_use]
    pub fn on_white(&self) -> Cow<'_, Self> {
        if self.is_opaque() {
            Cow::Borrowed(self)
        } else {
            Cow::Owned(self.clone().over_white())
        }
    }

    /// Pixels in a row.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Rows of pixels.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// `4 * width * height` bytes.
    #[must_use]
    pub fn rgba(&self) -> &[u8] {
        &self.rgba
    }

    /// The `4 * width` bytes of row `y`; none below the last row.
    #[must_use]
    pub fn row(&self, y: u32) -> &[u8] {
        let length = self.width as usize * 4;
        let start = (y as usize).saturating_mul(length);
        let row = self.rgba.get(start..).unwrap_or_default();
        row.get(..length).unwrap_or_default()
    }

    /// The bytes of [`Picture::rgba`], to be changed in place.
    #[cfg(feature = "files")]
    pub(crate) fn rgba_mut(&mut self) -> &mut [u8] {
        &mut self.rgba
    }

    /// The bytes of [`Picture::rgba`] without a copy.
    #[must_use]
    pub fn into_rgba(self) -> Vec<u8> {
        self.rgba
    }

    /// `3 * width * height` bytes, alpha dropped.
    #[must_use]
    pub fn rgb(&self) -> Vec<u8> {
        self.rgba
            .chunks_exact(4)
            .flat_map(|pixel| pixel.iter().take(3))
            .copied()
            .collect()
    }

    /// The picture with left and right exchanged.
    #[must_use]
    pub fn mirrored(&self) -> Self {
        let rows = self.rgba.chunks_exact(4 * self.width.max(1) as usize);
        let rgba = rows.flat_map(|row| row.chunks_exact(4).rev().flatten());
        Self {
            rgba: rgba.copied().collect(),
            ..*self
        }
    }

    /// Whether every pixel has alpha 255.
    #[must_use]
    pub fn is_opaque(&self) -> bool {
        self.rgba.iter().skip(3).step_by(4).all(|&a| a == 255)
    }
}

/// The colour that a pixel of straight alpha shows on white paper.
pub(crate) fn on_white([r, g, b, alpha]: [u8; 4]) -> [u8; 3] {
    let alpha = u32::from(alpha);
    [r, g, b].map(|colour| {
        let sum = u32::from(colour) * alpha + 255 * (255 - alpha);
        ((sum + 127) / 255) as u8
    })
}

fn check_length(width: u32, height: u32, channels: u32, found: usize) -> Result<(), PictureError> {
    if width == 0 || height == 0 {
        return Err(PictureError::Empty { width, height });
    }
    let expected = u64::from(width)
        .saturating_mul(u64::from(height))
        .saturating_mul(u64::from(channels));
    if expected != found as u64 {
        return Err(PictureError::Length {
            width,
            height,
            channels,
            expected,
            found,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_must_fit() {
        assert!(Picture::new(2, 1, vec![0; 8]).is_ok());
        assert!(matches!(
            Picture::new(0, 5, vec![]),
            Err(PictureError::Empty { .. })
        ));
        let error = Picture::new(2, 2, vec![0; 15]).expect_err("one byte short");
        assert_eq!(
            error.to_string(),
            "a 2 x 2 picture of 4 channels has 16 values, but 15 were given"
        );
        assert!(Picture::from_rgb(2, 1, &[0; 8]).is_err());
        assert!(Picture::from_chw(2, 1, &[0.0; 5]).is_err());
        assert!(Picture::new(u32::MAX, u32::MAX, vec![0; 4]).is_err());
    }

    #[test]
    fn a_mirrored_picture_has_its_rows_turned_round() {
        let picture = Picture::new(2, 2, (0..16).collect()).expect("four pixels");
        let rows = [4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11];
        assert_eq!(picture.mirrored().rgba(), rows);
        assert_eq!(picture.mirrored().mirrored(), picture);
    }

    #[test]
    fn every_byte_survives_the_round_trip() {
        let rgb: Vec<u8> = (0..=255u8)
            .flat_map(|v| [v, 255 - v, v.wrapping_mul(7)])
            .collect();
        let picture = Picture::from_rgb(32, 8, &rgb).expect("fits");
        let values = picture.to_chw();
        assert_eq!(values.len(), 3 * 256);
        // Channel first: the green plane starts after all of red.
        assert_eq!((values[0], values[255], values[256]), (-1.0, 1.0, 1.0));
        let unit: Vec<f32> = values.iter().map(|v| (v + 1.0) / 2.0).collect();
        assert_eq!(Picture::from_chw(32, 8, &unit).expect("fits"), picture);
        assert_eq!(picture.rgb(), rgb);
    }

    #[test]
    fn values_round_half_up_clamp_and_refuse_nan() {
        let picture = Picture::from_chw(1, 1, &[0.5, -3.0, f32::INFINITY]).expect("fits");
        // 127.5 goes up.
        assert_eq!(picture.rgba(), [128, 0, 255, 255]);
        let error = Picture::from_chw(1, 1, &[0.5, f32::NAN, 0.0]).expect_err("NaN");
        assert!(error.to_string().starts_with("value 1 "), "{error}");
    }

    #[test]
    fn transparency_becomes_white() {
        let rgba = vec![0, 0, 0, 0, 200, 0, 100, 255, 0, 255, 100, 128];
        let picture = Picture::new(3, 1, rgba).expect("fits");
        assert!(!picture.is_opaque());
        let picture = picture.over_white();
        assert!(picture.is_opaque());
        assert_eq!(picture.rgb(), [255, 255, 255, 200, 0, 100, 127, 255, 177]);
    }
}
