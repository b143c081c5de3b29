//! An edit of the model's small picture brought back into the photo that it was cut from.
//!
//! What the edit moves is told apart from what it recolours: parts of the photo are moved with all
//! their detail, which a model of 64 or 128 pixels does not have, and only the difference that motion
//! does not explain is enlarged and added. Enlarging the whole difference instead draws a second outline
//! beside the mouth's and a shadow around the head; a local linear model of the difference in the
//! photo's colours (a guided filter) does not take them away either, and amplifies grain. At 128 pixels
//! the second outlines are fainter, but still there, and the guided filter takes the white from teeth
//! and the red from lips.
//!
//! Differences are added to sRGB values, not to linear light. The square was averaged in sRGB
//! values and the model computes in them, so that a difference there is what the network meant: cut
//! out again, the edited photo gives the edited picture. In linear light the same difference covers
//! the texture of dark hair with a grey veil where it brightens, and leaves black holes where it
//! darkens.

mod edited;
mod grid;
mod motion;
mod outside;
mod tone;

pub use self::edited::Edited;
pub use self::outside::{Compared, Outside, outside};

use self::grid::{Grid, b_spline, catmull_rom};
use super::{PhotoError, Similarity, frame};
use crate::picture::Picture;

/// Width of the soft edge of the square, as a fraction of its side.
const FEATHER: f32 = 0.12;
/// Differences of about this many levels (of 255) are noise of the two decodes.
const NOISE: f32 = 2.5;
/// Points a side on which motion is estimated; it is smooth, and more would cost time.
const MOTION_SIDE: usize = 64;
/// How many times finer than the model's picture the change is worked out for large photos; from
/// there on it is interpolated linearly.
const FINEST: f64 = 4.0;
/// Displacements below this many photo pixels are not worth resampling for.
const STILL: f32 = 0.02;

/// Pixels on each axis of the square by which the photo's tone is judged.
const SAMPLES: u32 = 64;

/// What a model changed in the square that it was given.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// From the model's square to the photo.
    pub photo_from_frame: Similarity,
    /// The model's picture without the edit; square.
    pub before: &'a Picture,
    /// The model's picture with the edit, of the same size.
    pub after: &'a Picture,
}

/// The whole photo with the change in it.
///
/// Alpha and everything outside the soft edge of the square stay as they are, byte for byte, and
/// with `before` equal to `after` so does the whole photo. The photo is copied once; beside that
/// copy a few hundred bytes per pixel of the model's picture are needed.
///
/// # Errors
/// Pictures that are not square or differ in size, or a place that is no place in this photo.
pub fn composite(photo: &Picture, change: &Change<'_>) -> Result<Picture, PhotoError> {
    Edited::new(&Srgb, photo, change)?.whole()
}

/// The colours that a photo's numbers mean.
pub(super) trait Space {
    /// Adds differences of sRGB levels to levels of the photo, of as many pixels.
    fn add(&self, levels: &mut [[f32; 3]], differences: &[[f32; 3]]);
}

/// The colours of most photos.
pub(super) struct Srgb;

impl Space for Srgb {
    fn add(&self, levels: &mut [[f32; 3]], differences: &[[f32; 3]]) {
        let levels = levels.as_flattened_mut().iter_mut();
        for (level, difference) in levels.zip(differences.as_flattened()) {
            *level += difference;
        }
    }
}

fn check(photo: &Picture, change: &Change<'_>) -> Result<u32, PhotoError> {
    let size = |picture: &Picture| [picture.width(), picture.height()];
    let (before, after) = (size(change.before), size(change.after));
    if before != after || before[0] != before[1] {
        return Err(PhotoError::UnequalChange { before, after });
    }
    frame::check(photo, &change.photo_from_frame, before[0])?;
    Ok(before[0])
}

/// The change at every point of a fine grid over the square: colour in levels, then displacement
/// in photo pixels.
struct Field {
    grid: Grid<8>,
    /// Points of the grid per pixel of the model.
    fineness: f32,
}

impl Field {
    fn new(change: &Change<'_>, side: u32) -> Self {
        let transform = &change.photo_from_frame;
        let [before, after] = [change.before, change.after].map(colours);
        let brightness = |grid: &Grid<3>| grid.map(|[r, g, b]| [0.299 * r + 0.587 * g + 0.114 * b]);
        let factor = (side as usize).div_ceil(MOTION_SIDE);
        let [small_before, small_after] =
            [&before, &after].map(|grid| brightness(grid).shrunk(factor));
        let step = factor as f32;
        let motion = motion::motion(&small_before, &small_after)
            .resampled(side as usize, 1.0 / step, b_spline)
            .map(|v| v.map(|v| v * step));

        let colour = after.zip(&motion::moved(&before, &motion), |after, moved| {
            std::array::from_fn(|i| after[i] - moved[i])
        });
        let (sin, cos) = transform.rotation.sin_cos();
        let (sin, cos) = (
            (sin * transform.scale) as f32,
            (cos * transform.scale) as f32,
        );
        let motion = motion.map(|[x, y]| [cos * x - sin * y, sin * x + cos * y]);

        let fineness = transform.scale.ceil().clamp(1.0, FINEST) as f32;
        let fine = side as usize * fineness as usize;
        let enlarged = (
            without_noise(&colour).resampled(fine, 1.0 / fineness, catmull_rom),
            motion.resampled(fine, 1.0 / fineness, b_spline),
        );
        let mut grid = enlarged.0.zip(&enlarged.1, |[r, g, b], [x, y]| {
            [*r, *g, *b, 0.0, *x, *y, 0.0, 0.0]
        });
        if transform.scale < 1.0 {
            // A photo coarser than the model's picture takes the mean of what falls on a pixel.
            grid = grid.blurred(0.5 / transform.scale as f32);
        }
        Self { grid, fineness }
    }

    /// The change at a position in the model's square, linearly between grid points.
    fn at(&self, u: f32, v: f32) -> [f32; 8] {
        let last = (self.grid.side() - 1) as f32;
        let x = (u * self.fineness - 0.5).clamp(0.0, last);
        let y = (v * self.fineness - 0.5).clamp(0.0, last);
        let (left, top) = (x as usize, y as usize);
        let (fx, fy) = (x - left as f32, y - top as f32);
        let side = self.grid.side();
        let points = self.grid.points();
        let right = (left + 1).min(side - 1);
        let bottom = (top + 1).min(side - 1);
        let [a, b] = [top * side + left, top * side + right].map(|i| &points[i]);
        let [c, d] = [bottom * side + left, bottom * side + right].map(|i| &points[i]);
        let weights = [
            (1.0 - fx) * (1.0 - fy),
            fx * (1.0 - fy),
            (1.0 - fx) * fy,
            fx * fy,
        ];
        std::array::from_fn(|i| {
            weights[0] * a[i] + weights[1] * b[i] + weights[2] * c[i] + weights[3] * d[i]
        })
    }
}

/// A picture's levels without alpha.
fn colours(picture: &Picture) -> Grid<3> {
    let side = picture.width() as usize;
    let rgba = picture.rgba();
    Grid::from_fn(side, |x, y| {
        let at = (y * side + x) * 4;
        std::array::from_fn(|i| f32::from(rgba[at + i]))
    })
}

/// The difference with what is no larger than noise faded out, so that untouched regions keep
/// their pixels.
fn without_noise(difference: &Grid<3>) -> Grid<3> {
    let power = difference.map(|d| [d.iter().map(|d| d * d).sum::<f32>() / 3.0]);
    difference.zip(&power.blurred(1.0), |d, [power]| {
        let kept = (1.0 - NOISE * NOISE / power.max(NOISE * NOISE)).max(0.0);
        d.map(|d| d * kept)
    })
}

/// The photo's square in few pixels, whose colours are free of the noise of compression.
fn framed(
    photo: &Picture,
    photo_from_frame: &Similarity,
    side: u32,
) -> Result<Picture, PhotoError> {
    let place = Similarity {
        scale: photo_from_frame.scale * f64::from(side) / f64::from(SAMPLES),
        ..*photo_from_frame
    };
    frame::frame_colours(photo, &place, SAMPLES)
}

/// How much of the change is shown at a fraction of the side: nothing at the edge and beyond.
fn feather(at: f32) -> f32 {
    let t = (at.min(1.0 - at) / FEATHER).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

#[cfg(test)]
mod tests;
