//! What the network is shown: squares of the photo at any place, scale and turn, black where the
//! photo ends.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::f64::consts::FRAC_PI_2;

use super::detection::Detection;
use super::network::INPUT;
use crate::photo::resize::{Filter, Part, resize};
use crate::photo::{PhotoError, Similarity};
use crate::picture::Picture;

/// The longer side of the copy that all large views are cut from, so that a large photo is read
/// once.
const COPY: f64 = 768.0;

/// A square that the network looks at.
#[derive(Debug, Clone)]
pub(super) struct View {
    /// 192 x 192 opaque pixels.
    pub(super) picture: Picture,
    /// From its pixels, before they were mirrored, to those of the photo.
    photo_from_view: Similarity,
    mirrored: bool,
}

impl View {
    /// The same square turned counter-clockwise by quarters, so that a face which is turned
    /// clockwise by as much in the photo is upright in the view.
    pub(super) fn turned(&self, quarters: u8) -> Result<Self, PhotoError> {
        let last = INPUT as usize - 1;
        let picture = self.rearranged(|x, y| match quarters % 4 {
            0 => (x, y),
            1 => (last - y, x),
            2 => (last - x, last - y),
            _ => (y, last - x),
        })?;
        let t = self.photo_from_view;
        let centre = t.apply([f64::from(INPUT) / 2.0; 2]);
        let rotation = t.rotation + f64::from(quarters % 4) * FRAC_PI_2;
        Ok(Self {
            picture,
            photo_from_view: square(centre, t.scale * f64::from(INPUT), rotation),
            mirrored: false,
        })
    }

    /// The same square as in a mirror.
    pub(super) fn mirrored(&self) -> Result<Self, PhotoError> {
        let last = INPUT as usize - 1;
        Ok(Self {
            picture: self.rearranged(|x, y| (last - x, y))?,
            photo_from_view: self.photo_from_view,
            mirrored: !self.mirrored,
        })
    }

    /// Its pixels in another order; `before` says where each one was.
    fn rearranged(
        &self,
        before: impl Fn(usize, usize) -> (usize, usize),
    ) -> Result<Picture, PhotoError> {
        let side = INPUT as usize;
        let (pixels, _) = self.picture.rgba().as_chunks::<4>();
        let mut rgba = Vec::with_capacity(4 * side * side);
        for i in 0..side * side {
            let (x, y) = before(i % side, i / side);
            rgba.extend(pixels.get(y * side + x).copied().unwrap_or_default());
        }
        Ok(Picture::new(INPUT, INPUT, rgba)?)
    }

    /// What was detected in the view, in photo pixels.
    pub(super) fn to_photo(&self, detection: &Detection) -> Detection {
        if self.mirrored {
            let unmirrored = detection.mirrored(f64::from(INPUT));
            unmirrored.map(&self.photo_from_view)
        } else {
            detection.map(&self.photo_from_view)
        }
    }
}

/// From a view to the square of the photo with this centre, side and turn.
fn square(centre: [f64; 2], size: f64, rotation: f64) -> Similarity {
    let scale = size / f64::from(INPUT);
    let linear = Similarity {
        scale,
        rotation,
        translation: [0.0; 2],
    };
    let middle = linear.apply([f64::from(INPUT) / 2.0; 2]);
    Similarity {
        translation: [centre[0] - middle[0], centre[1] - middle[1]],
        ..linear
    }
}

/// A photo that is looked at many times.
pub(super) struct Scene<'a> {
    photo: &'a Picture,
    /// A smaller copy and how many photo pixels one of its pixels spans on each axis; made when it
    /// is needed first, and none where little would be saved, since a copy is a blur.
    copy: OnceCell<(Picture, [f64; 2])>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(photo: &'a Picture) -> Self {
        Self {
            photo,
            copy: OnceCell::new(),
        }
    }

    /// The copy, if it is fine enough for views of this scale.
    fn copy(&self, scale: f64) -> Result<Option<(&Picture, [f64; 2])>, PhotoError> {
        let size = self.size();
        let factor = size[0].max(size[1]) / COPY;
        // Rounded up to whole pixels, the copy is finer than that at most.
        if factor <= 1.5 || scale < factor * 0.99 {
            return Ok(None);
        }
        if self.copy.get().is_none() {
            let made = reduce(self.photo, [0.0; 2], size, factor)?;
            let _ = self.copy.set(made);
        }
        Ok(self
            .copy
            .get()
            .map(|(copy, steps)| (copy, *steps))
            .filter(|(_, steps)| scale >= steps[0].max(steps[1])))
    }

    /// Width and height of the photo.
    pub(super) fn size(&self) -> [f64; 2] {
        [
            f64::from(self.photo.width()),
            f64::from(self.photo.height()),
        ]
    }

    /// The whole photo in the middle of a square.
    pub(super) fn whole(&self) -> Result<View, PhotoError> {
        let size = self.size();
        self.view(size.map(|side| side / 2.0), size[0].max(size[1]), 0.0)
    }

    /// The square of the photo with this centre and side, turned clockwise by `rotation` radians
    /// together with the view's own axes.
    pub(super) fn view(
        &self,
        centre: [f64; 2],
        size: f64,
        rotation: f64,
    ) -> Result<View, PhotoError> {
        let photo_from_view = square(centre, size, rotation);
        let side = f64::from(INPUT);
        let corners = [[0.0, 0.0], [side, 0.0], [0.0, side], [side, side]]
            .map(|corner| photo_from_view.apply(corner));
        let copy = self.copy(photo_from_view.scale)?;
        let (from, steps) = copy.unwrap_or((self.photo, [1.0; 2]));
        let patch = Patch::new(from, steps, corners, photo_from_view.scale)?;
        let mut rgba = Vec::with_capacity(4 * (INPUT * INPUT) as usize);
        for y in 0..INPUT {
            for x in 0..INPUT {
                let place = [f64::from(x) + 0.5, f64::from(y) + 0.5];
                rgba.extend(patch.at(photo_from_view.apply(place)));
            }
        }
        Ok(View {
            picture: Picture::new(INPUT, INPUT, rgba)?.over_white(),
            photo_from_view,
            mirrored: false,
        })
    }
}

/// The part of the photo that a view shows, at about the view's scale.
struct Patch<'a> {
    rgba: Cow<'a, [[u8; 4]]>,
    columns: usize,
    rows: usize,
    /// Photo coordinates of its upper left corner.
    start: [f64; 2],
    /// Photo pixels that one of its pixels spans.
    steps: [f64; 2],
    /// Width and height of the photo.
    size: [f64; 2],
}

impl<'a> Patch<'a> {
    fn new(
        from: &'a Picture,
        steps: [f64; 2],
        corners: [[f64; 2]; 4],
        scale: f64,
    ) -> Result<Self, PhotoError> {
        let (columns, rows) = (from.width() as usize, from.height() as usize);
        let size = [columns as f64 * steps[0], rows as f64 * steps[1]];
        let factor = scale / steps[0].max(steps[1]);
        if factor <= 1.0 {
            return Ok(Self {
                rgba: Cow::Borrowed(from.rgba().as_chunks().0),
                columns,
                rows,
                start: [0.0; 2],
                steps,
                size,
            });
        }
        // The corners' bounding box in pixels of the source, within it, at least a pixel wide.
        let [low, high] = [f64::min as fn(f64, f64) -> f64, f64::max].map(|extreme| {
            let [x, y] = [0, 1].map(|axis| {
                let at = corners.map(|corner| corner[axis] / steps[axis]);
                at.into_iter().reduce(extreme).unwrap_or_default()
            });
            [x, y]
        });
        let limits = [columns as f64, rows as f64];
        let start = [0, 1].map(|axis| (low[axis] - factor).floor().clamp(0.0, limits[axis] - 1.0));
        let end = [0, 1].map(|axis| {
            let end = (high[axis] + factor).ceil();
            end.clamp(start[axis] + 1.0, limits[axis])
        });
        let lengths = [end[0] - start[0], end[1] - start[1]];
        let (reduced, reduced_steps) = reduce(from, start, lengths, factor)?;
        Ok(Self {
            columns: reduced.width() as usize,
            rows: reduced.height() as usize,
            rgba: Cow::Owned(reduced.rgba().as_chunks().0.to_vec()),
            start: [start[0] * steps[0], start[1] * steps[1]],
            steps: [reduced_steps[0] * steps[0], reduced_steps[1] * steps[1]],
            size,
        })
    }

    /// The colour at a place in the photo, black outside.
    fn at(&self, place: [f64; 2]) -> [u8; 4] {
        if !(0..2).all(|axis| (0.0..self.size[axis]).contains(&place[axis])) {
            return [0, 0, 0, 255];
        }
        let limits = [self.columns, self.rows];
        // The two nearest pixels on each axis and the second one's share.
        let [(x, u), (y, v)] = [0, 1].map(|axis| {
            let position = (place[axis] - self.start[axis]) / self.steps[axis] - 0.5;
            let last = limits[axis] - 1;
            let first = position.clamp(0.0, last as f64) as usize;
            let share = (position - first as f64).clamp(0.0, 1.0) as f32;
            ([first, (first + 1).min(last)], share)
        });
        let pixel = |x: usize, y: usize| {
            let pixel = self.rgba.get(y * self.columns + x);
            pixel.copied().unwrap_or_default().map(f32::from)
        };
        let [upper, lower] = y.map(|y| mix(pixel(x[0], y), pixel(x[1], y), u));
        mix(upper, lower, v).map(|value| (value + 0.5) as u8)
    }
}

fn mix(a: [f32; 4], b: [f32; 4], share: f32) -> [f32; 4] {
    std::array::from_fn(|i| a[i] + share * (b[i] - a[i]))
}

/// The part of a picture from `start` on, `lengths` long, with each axis reduced by at most
/// `factor`, and how many pixels one pixel of the result spans.
fn reduce(
    picture: &Picture,
    start: [f64; 2],
    lengths: [f64; 2],
    factor: f64,
) -> Result<(Picture, [f64; 2]), PhotoError> {
    let counts = lengths.map(|length| (length / factor).ceil().max(1.0));
    let part = Part {
        rectangle: [start[0], start[1], lengths[0], lengths[1]],
        by_alpha: false,
    };
    let reduced = resize(picture, part, counts.map(|n| n as u32), Filter::Triangle)?;
    Ok((reduced, [lengths[0] / counts[0], lengths[1] / counts[1]]))
}
