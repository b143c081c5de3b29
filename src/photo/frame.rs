//! The model's square cut out of a photo at any scale and turn, without aliasing.

use std::borrow::Cow;

use super::resize::{Filter, Part, resize};
use super::{PhotoError, Similarity};
use crate::picture::{Picture, PictureError};

/// Photo pixels per frame pixel that are left to the turned kernel; what is beyond is first
/// removed by the fast axis-aligned resizer. At 4 that first step widens the kernel by 2 %.
const KERNEL_SCALE: f64 = 4.0;

/// How many times the photo's shorter side a frame may be long; far beyond any real face, and it
/// bounds the work.
const MAX_FRAME: u32 = 64;

/// Cuts the square that `photo_from_frame` places in the photo and brings it to `side` pixels.
///
/// Shrinking averages with a triangle two output pixels wide, in the square's own axes, as
/// Pillow's antialiased bilinear does for upright squares, because the models were trained on such
/// pictures; enlarging is bilinear. Beyond its border the photo continues mirrored. Where the photo
/// is transparent, the square shows white.
///
/// # Errors
/// [`PhotoError::Picture`] for a side of 0, [`PhotoError::NotFinite`] or [`PhotoError::FrameSize`] for a
/// place that is none.
pub fn frame(
    photo: &Picture,
    photo_from_frame: &Similarity,
    side: u32,
) -> Result<Picture, PhotoError> {
    frame_colours(&photo.on_white(), photo_from_frame, side)
}

/// [`frame`] with transparent pixels in whatever colours they carry, for which the photo need not be
/// copied.
pub(super) fn frame_colours(
    photo: &Picture,
    photo_from_frame: &Similarity,
    side: u32,
) -> Result<Picture, PhotoError> {
    check(photo, photo_from_frame, side)?;
    let kernel = Kernel::new(photo_from_frame);
    let source = Source::new(photo, photo_from_frame, side, &kernel)?;
    let mut rgba = Vec::with_capacity(side as usize * side as usize * 4);
    let (mut columns, mut rows) = (Vec::new(), Vec::new());
    for v in 0..side {
        for u in 0..side {
            let centre = photo_from_frame.apply([f64::from(u) + 0.5, f64::from(v) + 0.5]);
            source.x.taps(centre[0], kernel.reach, &mut columns);
            source.y.taps(centre[1], kernel.reach, &mut rows);
            rgba.extend(source.average(&columns, &rows, &kernel));
        }
    }
    Ok(Picture::new(side, side, rgba)?)
}

/// Accepts a place of the square in the photo that is finite and of sensible size.
pub(crate) fn check(photo: &Picture, t: &Similarity, side: u32) -> Result<(), PhotoError> {
    if side == 0 {
        return Err(PictureError::Empty {
            width: side,
            height: side,
        }
        .into());
    }
    if !t.rotation.is_finite() || !t.translation.iter().all(|v| v.is_finite()) {
        return Err(PhotoError::NotFinite {
            what: "the frame's place",
        });
    }
    let (width, height) = (photo.width(), photo.height());
    let size = t.scale * f64::from(side);
    let largest = f64::from(MAX_FRAME) * f64::from(width.min(height));
    if !(1.0..=largest).contains(&size) {
        return Err(PhotoError::FrameSize {
            size,
            width,
            height,
            limit: MAX_FRAME,
        });
    }
    Ok(())
}

/// The triangle kernel: separable along the frame's axes when shrinking and along the photo's when
/// enlarging.
struct Kernel {
    /// Takes an offset in photo pixels to units of the triangle's half width.
    rows: [[f64; 2]; 2],
    /// How far it reaches along the photo's axes, in photo pixels.
    reach: f64,
}

impl Kernel {
    fn new(photo_from_frame: &Similarity) -> Self {
        let scale = photo_from_frame.scale;
        if scale < 1.0 {
            return Self {
                rows: [[1.0, 0.0], [0.0, 1.0]],
                reach: 1.0,
            };
        }
        let (sin, cos) = photo_from_frame.rotation.sin_cos();
        Self {
            rows: [[cos / scale, sin / scale], [-sin / scale, cos / scale]],
            reach: scale * (sin.abs() + cos.abs()),
        }
    }

    fn weight(&self, dx: f64, dy: f64) -> f64 {
        let [a, b] = self.rows.map(|[x, y]| (x * dx + y * dy).abs());
        (1.0 - a).max(0.0) * (1.0 - b).max(0.0)
    }
}

/// The part of the photo that a frame touches, at a resolution that suits the frame.
struct Source<'a> {
    rgba: Cow<'a, [u8]>,
    x: Axis,
    y: Axis,
}

impl<'a> Source<'a> {
    fn new(
        photo: &'a Picture,
        photo_from_frame: &Similarity,
        side: u32,
        kernel: &Kernel,
    ) -> Result<Self, PhotoError> {
        let (width, height) = (photo.width(), photo.height());
        let factor = photo_from_frame.scale / KERNEL_SCALE;
        if factor <= 1.0 {
            return Ok(Self {
                rgba: Cow::Borrowed(photo.rgba()),
                x: Axis::whole(width),
                y: Axis::whole(height),
            });
        }
        let side = f64::from(side);
        let corners = [[0.0, 0.0], [side, 0.0], [0.0, side], [side, side]]
            .map(|corner| photo_from_frame.apply(corner));
        // One reduced pixel more than the kernel reaches, since reduced pixels are not aligned.
        let reach = kernel.reach + factor;
        let x = Axis::reduced(corners.map(|c| c[0]), reach, width, factor);
        let y = Axis::reduced(corners.map(|c| c[1]), reach, height, factor);

        let part = Part {
            rectangle: [x.start, y.start, x.length(), y.length()],
            by_alpha: false,
        };
        let reduced = resize(photo, part, [x.count, y.count], Filter::Hamming)?;
        Ok(Self {
            rgba: Cow::Owned(reduced.into_rgba()),
            x,
            y,
        })
    }

    /// The weighted mean over all pairs of a column and a row, opaque.
    fn average(&self, columns: &[Tap], rows: &[Tap], kernel: &Kernel) -> [u8; 4] {
        let mut sums = [0.0; 3];
        let mut total = 0.0;
        for row in rows {
            let start = row.index * self.x.count as usize;
            for column in columns {
                let weight = kernel.weight(column.offset, row.offset);
                if weight > 0.0 {
                    let at = (start + column.index) * 4;
                    for (sum, &value) in sums.iter_mut().zip(&self.rgba[at..at + 3]) {
                        *sum += weight * f64::from(value);
                    }
                    total += weight;
                }
            }
        }
        let [r, g, b] = sums.map(|sum| (sum / total + 0.5) as u8);
        [r, g, b, 255]
    }
}

/// One axis of a [`Source`]: `count` pixels of `step` photo pixels each, from `start` on.
struct Axis {
    start: f64,
    step: f64,
    count: u32,
}

/// A pixel under the kernel: its index in the source and how far its centre is from the kernel's,
/// in photo pixels.
struct Tap {
    index: usize,
    offset: f64,
}

impl Axis {
    fn whole(size: u32) -> Self {
        Self {
            start: 0.0,
            step: 1.0,
            count: size,
        }
    }

    /// The pixels that the corners span, widened by `reach`; where that crosses a border, the
    /// pixels mirrored there are included and the axis begins or ends at the border, so that
    /// mirroring the axis is mirroring the photo.
    fn reduced(corners: [f64; 4], reach: f64, size: u32, factor: f64) -> Self {
        let size = f64::from(size);
        let low = corners.into_iter().fold(f64::INFINITY, f64::min) - reach;
        let high = corners.into_iter().fold(f64::NEG_INFINITY, f64::max) + reach;
        let (mut start, mut end) = (low, high);
        if low < 0.0 {
            start = 0.0;
            end = end.max(-low);
        }
        if high > size {
            end = size;
            start = start.min(2.0 * size - high);
        }
        let start = start.clamp(0.0, size - 1.0).floor();
        let end = end.clamp(start + 1.0, size).ceil();
        let count = ((end - start) / factor).ceil();
        Self {
            start,
            step: (end - start) / count,
            count: count as u32,
        }
    }

    fn length(&self) -> f64 {
        self.step * f64::from(self.count)
    }

    /// All pixels whose centre is within `reach` of `centre`, mirrored at the axis's ends.
    fn taps(&self, centre: f64, reach: f64, taps: &mut Vec<Tap>) {
        let position = (centre - self.start) / self.step - 0.5;
        let reach = reach / self.step;
        let count = i64::from(self.count);
        taps.clear();
        taps.extend(
            ((position - reach).ceil() as i64..=(position + reach).floor() as i64).map(|i| {
                let folded = i.rem_euclid(2 * count);
                Tap {
                    index: folded.min(2 * count - 1 - folded) as usize,
                    offset: (i as f64 - position) * self.step,
                }
            }),
        );
    }
}

#[cfg(test)]
mod tests;
