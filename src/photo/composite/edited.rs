//! A photo with a change in it, whose rows are drawn as they are asked for: one of many megapixels is saved without a copy.

use std::cell::RefCell;
use std::ops::Range;

use super::tone::Tone;
use super::{Change, Field, STILL, Space, catmull_rom, check, feather, framed};
use crate::photo::{PhotoError, Rows, Similarity};
use crate::picture::Picture;

/// See [`super::composite`]; this is the same picture, row by row.
pub struct Edited<'a> {
    photo: &'a Picture,
    /// None where nothing changes.
    canvas: Option<Canvas<'a>>,
    pixels: RefCell<Pixels>,
}

impl<'a> Edited<'a> {
    pub(in crate::photo) fn new(
        space: &'a dyn Space,
        photo: &'a Picture,
        change: &Change<'_>,
    ) -> Result<Self, PhotoError> {
        let side = check(photo, change)?;
        let canvas = match change.before.rgba() == change.after.rgba() {
            true => None,
            false => Some(Canvas::new(space, photo, change, side)?),
        };
        Ok(Self {
            photo,
            canvas,
            pixels: RefCell::default(),
        })
    }

    /// Whether any pixel differs from the photo's: a change of nothing but noise is none.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        let rows = self.canvas.iter().flat_map(|canvas| canvas.rows.clone());
        let mut room = Vec::new();
        let mut rows = rows.map(|y| y as u32);
        rows.any(|y| self.photo.row(y) != self.row(y, &mut room))
    }

    /// All of it.
    pub(in crate::photo) fn whole(&self) -> Result<Picture, PhotoError> {
        let (width, height) = (self.photo.width(), self.photo.height());
        let mut rgba = self.photo.rgba().to_vec();
        if let Some(canvas) = &self.canvas {
            let length = width as usize * 4;
            let rows = rgba.chunks_exact_mut(length).enumerate();
            for (y, row) in rows.take(canvas.rows.end).skip(canvas.rows.start) {
                canvas.paint(y, row, &mut self.pixels.borrow_mut());
            }
        }
        Ok(Picture::new(width, height, rgba)?)
    }
}

impl Rows for Edited<'_> {
    fn width(&self) -> u32 {
        self.photo.width()
    }

    fn height(&self) -> u32 {
        self.photo.height()
    }

    fn is_opaque(&self) -> bool {
        self.photo.is_opaque()
    }

    fn row<'a>(&'a self, y: u32, room: &'a mut Vec<u8>) -> &'a [u8] {
        let row = self.photo.row(y);
        match &self.canvas {
            Some(canvas) if canvas.rows.contains(&(y as usize)) => {
                room.clear();
                room.extend_from_slice(row);
                canvas.paint(y as usize, room, &mut self.pixels.borrow_mut());
                room
            }
            _ => row,
        }
    }
}

/// The photo and what is to happen to it.
struct Canvas<'a> {
    photo: &'a Picture,
    space: &'a dyn Space,
    /// What the photo's colours have in common.
    tone: Option<Tone>,
    field: Field,
    /// Of the model's square, in its pixels.
    side: f64,
    frame_from_photo: Similarity,
    /// What the square spans of the photo.
    columns: Range<usize>,
    rows: Range<usize>,
}

impl<'a> Canvas<'a> {
    fn new(
        space: &'a dyn Space,
        photo: &'a Picture,
        change: &Change<'_>,
        side: u32,
    ) -> Result<Self, PhotoError> {
        let place = &change.photo_from_frame;
        let length = f64::from(side);
        let corners = [[0.0, 0.0], [length, 0.0], [0.0, length], [length, length]];
        let corners = corners.map(|corner| place.apply(corner));
        Ok(Self {
            photo,
            space,
            tone: Tone::of(&framed(photo, place, side)?),
            field: Field::new(change, side),
            side: length,
            frame_from_photo: place.inverse(),
            columns: span(corners.map(|c| c[0]), photo.width()),
            rows: span(corners.map(|c| c[1]), photo.height()),
        })
    }

    /// Changes the pixels of `rgba`, a copy of row `y` of the photo, whose centres lie in the square.
    fn paint(&self, y: usize, rgba: &mut [u8], row: &mut Pixels) {
        row.clear();
        let places = self.frame_from_photo.row(self.columns.start, y);
        for (x, [u, v]) in self.columns.clone().zip(places) {
            let weight = feather((u / self.side) as f32) * feather((v / self.side) as f32);
            if weight > 0.0 {
                self.change([x, y], [u as f32, v as f32], weight, row);
            }
        }
        row.before.clone_from(&row.levels);
        self.space.add(&mut row.levels, &row.differences);
        if let Some(tone) = &self.tone {
            for (after, before) in row.levels.iter_mut().zip(&row.before) {
                *after = tone.kept(*before, *after);
            }
        }
        for (x, levels) in row.columns.iter().zip(&row.levels) {
            for (value, level) in rgba.iter_mut().skip(x * 4).zip(levels) {
                // `as` saturates.
                *value = (level + 0.5) as u8;
            }
        }
    }

    /// Adds to the row what is to become of a pixel.
    fn change(&self, [x, y]: [usize; 2], [u, v]: [f32; 2], weight: f32, row: &mut Pixels) {
        let at = (y * self.photo.width() as usize + x) * 4;
        let pixel = self
            .photo
            .rgba()
            .get(at..)
            .and_then(|rgba| rgba.first_chunk());
        let Some(&[red, green, blue, alpha]) = pixel else {
            return;
        };
        // What cannot be seen is not touched.
        if alpha == 0 {
            return;
        }
        let [r, g, b, _, dx, dy, _, _] = self.field.at(u, v).map(|value| value * weight);
        let mut levels = [red, green, blue].map(f32::from);
        if dx.abs().max(dy.abs()) > STILL
            && let Some(moved) = self.sample(x as f32 + dx, y as f32 + dy)
        {
            levels = moved;
        }
        row.columns.push(x);
        row.levels.push(levels);
        row.differences.push([r, g, b]);
    }

    /// The photo between its pixels; `None` next to transparency, where colours mean nothing.
    fn sample(&self, x: f32, y: f32) -> Option<[f32; 3]> {
        let (width, height) = (self.photo.width() as isize, self.photo.height() as isize);
        let (left, top) = (x.floor(), y.floor());
        let (columns, rows) = (catmull_rom(x - left), catmull_rom(y - top));
        let (left, top) = (left as isize - 1, top as isize - 1);
        let rgba = self.photo.rgba();
        let offsets: [usize; 4] =
            std::array::from_fn(|i| (left + i as isize).clamp(0, width - 1) as usize * 4);
        let mut sum = [0.0; 4];
        let mut opaque = 255;
        for (j, weight) in rows.iter().enumerate() {
            let row = (top + j as isize).clamp(0, height - 1) as usize * width as usize * 4;
            let mut line = [0.0; 4];
            for (offset, weight) in offsets.iter().zip(&columns) {
                let pixel: &[u8; 4] = rgba.get(row + offset..)?.first_chunk()?;
                opaque &= pixel[3];
                for (sum, value) in line.iter_mut().zip(pixel) {
                    *sum += weight * f32::from(*value);
                }
            }
            for (sum, value) in sum.iter_mut().zip(line) {
                *sum += weight * value;
            }
        }
        let [r, g, b, _] = sum;
        (opaque == 255).then_some([r, g, b])
    }
}

/// The pixels of a row that change: where they are, their levels once what moves has moved, and what
/// is added to those.
#[derive(Default)]
struct Pixels {
    columns: Vec<usize>,
    levels: Vec<[f32; 3]>,
    before: Vec<[f32; 3]>,
    differences: Vec<[f32; 3]>,
}

impl Pixels {
    fn clear(&mut self) {
        self.columns.clear();
        self.levels.clear();
        self.differences.clear();
    }
}

/// The pixels of an axis that the corners span.
fn span(corners: [f64; 4], size: u32) -> Range<usize> {
    let low = corners.into_iter().fold(f64::INFINITY, f64::min);
    let high = corners.into_iter().fold(f64::NEG_INFINITY, f64::max);
    let inside = |at: f64| at.clamp(0.0, f64::from(size)) as usize;
    inside(low.floor())..inside(high.ceil())
}
