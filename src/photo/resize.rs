//! The library's axis-aligned resizer, over this crate's pictures.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x4;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

use super::PhotoError;
use crate::picture::Picture;

/// The kernels in use, all of them widened where a picture is made smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filter {
    /// Pillow's "bilinear".
    Triangle,
    /// As short as the triangle, with less blur.
    Hamming,
    /// Sharper, for people to look at in a browser.
    #[cfg(feature = "web-photo")]
    CatmullRom,
}

/// Which pixels are read, and as what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    /// Left, top, width and height in pixels, which may be fractions.
    pub(crate) rectangle: [f64; 4],
    /// Whether a colour counts by its alpha: transparent pixels may carry any.
    pub(crate) by_alpha: bool,
}

/// A part of a picture in `size`, width and height.
///
/// # Errors
/// [`PhotoError::Resize`] for a part that is not inside the picture, [`PhotoError::Picture`] for a
/// size of 0.
pub(crate) fn resize(
    picture: &Picture,
    part: Part,
    size: [u32; 2],
    filter: Filter,
) -> Result<Picture, PhotoError> {
    let failed = |reason: String| PhotoError::Resize { reason };
    let [left, top, across, down] = part.rectangle;
    let [width, height] = size;
    let (from, rgba) = ([picture.width(), picture.height()], picture.rgba());
    let source = TypedImageRef::<U8x4>::from_buffer(from[0], from[1], rgba)
        .map_err(|error| failed(error.to_string()))?;
    let mut resized = TypedImage::<U8x4>::new(width, height);
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(match filter {
            Filter::Triangle => FilterType::Bilinear,
            Filter::Hamming => FilterType::Hamming,
            #[cfg(feature = "web-photo")]
            Filter::CatmullRom => FilterType::CatmullRom,
        }))
        .use_alpha(part.by_alpha)
        .crop(left, top, across, down);
    Resizer::new()
        .resize_typed(&source, &mut resized, &options)
        .map_err(|error| failed(error.to_string()))?;
    let rgba = resized.pixels().iter().flat_map(|pixel| pixel.0).collect();
    Ok(Picture::new(width, height, rgba)?)
}
