//! Gradients of a convolution's weights: of 3x3 filters in Winograd's domain, where a tile costs as few products as on
//! the way forward, and of 1x1 filters as products of pixels. How the sums are cut into parts depends on the shapes
//! alone, so that the number of threads changes no bit of them.

use super::outer::product;
use super::pixels::{self, PARTS, TOGETHER, add};
use super::tiles::{Filters, OfInput, OfOutput, Tiles};
use crate::ops::Resample;
use crate::ops::cpu::input::{Input, Strip};
use crate::ops::cpu::map::Map;
use crate::ops::cpu::memory::Values;
use crate::ops::cpu::parallel::{for_each_part, for_each_piece};
use crate::ops::cpu::scratch;
use crate::ops::cpu::simd::{self, panel_width};
use crate::ops::cpu::transform::{HALO, OUT, PLACES};

/// Values of transformed tiles that stay in the second level cache until they are multiplied.
const CACHED: usize = 512 * 1024 / 4;
/// Values of sums that each part of the pictures has its own of.
const OWN: usize = 1024 * 1024 / 4;
/// Values of transformed tiles that are held at a time.
const CHUNK: usize = 8 * 1024 * 1024 / 4;
/// Values between the places of transformed tiles, which keep them from falling into the same cache sets.
const GAP: usize = 16;

/// The gradient of the weights [O, I, k, k] from what the convolution read and the gradient of its output.
pub(super) fn of_weights(input: &Input<'_>, output: &Map, kernel: usize) -> Vec<f32> {
    let mut out = vec![0.0; output.channels * input.channels * kernel * kernel];
    if out.is_empty() || output.grid.contains(&0) {
        return out;
    }
    let outputs = [output.clone()];
    let output = Input::new(&outputs, None, false, Resample::Keep);
    if kernel == 3 {
        of_tiles(input, &output, &mut out);
    } else {
        pixels::of_weights(input, &output, &mut out);
    }
    out
}

/// Some tiles that are transformed together: those of whole pictures, or some rows of one.
#[derive(Clone, Copy)]
struct Unit {
    picture: usize,
    pictures: usize,
    row: usize,
    rows: usize,
}

/// How a layer's tiles are cut into units.
struct Cut {
    units: Vec<Unit>,
    /// Tiles in a row.
    columns: usize,
    /// Tiles of the largest unit.
    most: usize,
}

impl Cut {
    /// Units of about so many tiles.
    fn new([batch, height, width]: [usize; 3], together: usize) -> Self {
        let (rows, columns) = (height.div_ceil(OUT), width.div_ceil(OUT));
        let pictures = (together / (rows * columns)).max(1);
        let pictures = batch.div_ceil(batch.div_ceil(pictures));
        let rows_here = (together / columns).clamp(1, rows);
        let mut units = Vec::new();
        for picture in (0..batch).step_by(pictures) {
            for row in (0..rows).step_by(rows_here) {
                units.push(Unit {
                    picture,
                    pictures: pictures.min(batch - picture),
                    row,
                    rows: rows_here.min(rows - row),
                });
            }
        }
        Self {
            units,
            columns,
            most: pictures * rows_here * columns,
        }
    }

    fn tiles(&self, unit: Unit) -> usize {
        unit.pictures * unit.rows * self.columns
    }
}

/// Transformed tiles of the input and of the output's gradient.
struct Layer<'a> {
    sides: [&'a Input<'a>; 2],
    cut: Cut,
    /// Values of a row of each side.
    strides: [usize; 2],
    /// Values between the places of a unit.
    place_lens: [usize; 2],
}

impl<'a> Layer<'a> {
    fn new(sides: [&'a Input<'a>; 2], together: usize) -> Self {
        let cut = Cut::new(sides[1].grid(), together);
        let strides = sides.map(|side| side.stride);
        Self {
            sides,
            strides,
            place_lens: strides.map(|stride| cut.most * stride + GAP),
            cut,
        }
    }

    /// Values of a place's sums.
    fn sums_len(&self) -> usize {
        self.strides[0] * self.strides[1]
    }

    fn transform(&self, unit: Unit, [of_input, of_output]: [&mut [f32]; 2]) {
        self.tiles(unit, 0, HALO, of_input, |tiles| simd::run(OfInput(tiles)));
        self.tiles(unit, 1, 0, of_output, |tiles| simd::run(OfOutput(tiles)));
    }

    /// Calls `work` with the pixels of each row of a unit's tiles on one side, which overlap by `halo` pixels.
    fn tiles(
        &self,
        unit: Unit,
        side: usize,
        halo: usize,
        to: &mut [f32],
        work: impl Fn(Tiles<'_>),
    ) {
        let (side, place_len) = (self.sides[side], self.place_lens[side]);
        let columns = OUT * self.cut.columns + halo;
        let row_len = columns * side.stride;
        let rows = OUT * unit.rows + halo;
        let before = (halo / 2) as isize;
        scratch::with(rows * row_len, |pixels| {
            for picture in 0..unit.pictures {
                let strip = Strip {
                    picture: unit.picture + picture,
                    top: (OUT * unit.row) as isize - before,
                    left: -before,
                    rows,
                    columns,
                };
                side.fill(strip, pixels);
                for row in 0..unit.rows {
                    let tile = (picture * unit.rows + row) * self.cut.columns;
                    work(Tiles {
                        pixels: &pixels[OUT * row * row_len..],
                        row_len,
                        channels: side.stride,
                        count: self.cut.columns,
                        to: &mut to[tile * side.stride..],
                        place_len,
                    });
                }
            }
        });
    }

    /// Adds a transformed unit's products at a place.
    fn multiply(&self, unit: Unit, tiles: [&[f32]; 2], place: usize, sums: &mut [f32], add: bool) {
        let at = |side: usize| &tiles[side][place * self.place_lens[side]..];
        let rows = self.cut.tiles(unit);
        product(rows, [at(0), at(1)], self.strides, sums, add);
    }

    /// The sums of all tiles at each place, for few channels: parts of the units have sums of their own, and a unit is
    /// multiplied while it is in the cache.
    fn sums_of_parts(&self) -> Values {
        let (units, length) = (&self.cut.units, PLACES * self.sums_len());
        let per_part = units.len().div_ceil(PARTS);
        let mut parts = Values::new(units.len().div_ceil(per_part) * length);
        let [left, right] = self.place_lens.map(|length| PLACES * length);
        for_each_piece(&mut parts, length, |part, sums| {
            scratch::with(left + right, |memory| {
                let (left, right) = memory.split_at_mut(left);
                let units = units.iter().skip(part * per_part).take(per_part);
                for (index, unit) in units.enumerate() {
                    self.transform(*unit, [&mut *left, &mut *right]);
                    for (place, sums) in sums.chunks_exact_mut(self.sums_len()).enumerate() {
                        self.multiply(*unit, [left, right], place, sums, index > 0);
                    }
                }
            });
        });
        let (sums, others) = parts.split_at_mut(length);
        let others = &*others;
        for_each_piece(sums, self.sums_len(), |place, sums| {
            for other in others.chunks_exact(length) {
                add(sums, &other[place * sums.len()..]);
            }
        });
        parts
    }

    /// The sums of all tiles at each place, for many channels: every place's are taken on their own, of as many units as
    /// can be held at a time.
    fn sums_of_places(&self) -> Values {
        let units = &self.cut.units;
        let lengths = self.place_lens.map(|length| PLACES * length);
        let together = (CHUNK / (lengths[0] + lengths[1])).max(2);
        let room = together.min(units.len());
        let [mut of_input, mut of_output] = lengths.map(|length| Values::new(room * length));
        let mut sums = Values::new(PLACES * self.sums_len());
        for (chunk, units) in units.chunks(together).enumerate() {
            for_each_part(
                units.len(),
                [&mut *of_input, &mut *of_output],
                lengths,
                |index, tiles| self.transform(units[index], tiles),
            );
            for_each_piece(&mut sums, self.sums_len(), |place, sums| {
                for (index, unit) in units.iter().enumerate() {
                    let tiles = [
                        &of_input[index * lengths[0]..],
                        &of_output[index * lengths[1]..],
                    ];
                    self.multiply(*unit, tiles, place, sums, chunk + index > 0);
                }
            });
        }
        sums
    }
}

fn of_tiles(input: &Input<'_>, output: &Input<'_>, out: &mut [f32]) {
    let strides = [input.stride, output.stride];
    let few = PLACES * strides[0] * strides[1] <= OWN;
    let cached = CACHED / (PLACES * (strides[0] + strides[1]));
    let together = if few {
        cached.clamp(16, TOGETHER)
    } else {
        TOGETHER
    };
    let layer = Layer::new([input, output], together);
    let sums = match few {
        true => layer.sums_of_parts(),
        false => layer.sums_of_places(),
    };
    let lanes = panel_width() / 2;
    for_each_piece(out, lanes * input.channels * 9, |block, to| {
        simd::run(Filters {
            sums: &sums[block * lanes..],
            place_len: layer.sums_len(),
            outputs: strides[1],
            inputs: input.channels,
            to,
        });
    });
}
