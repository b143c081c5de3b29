//! 3x3 convolution by Winograd's F(4x4, 3x3): 36 products instead of 144 for a tile of 4x4 outputs.
//!
//! A block of tiles goes through three passes, whose intermediate values stay in the second level
//! cache: transform the input's 6x6 tiles, multiply the channels at each of the 36 places with the
//! transformed weights, transform back ([`transform`](super::transform)).

use std::marker::PhantomData;

use super::gemm::{Rows, product_with};
use super::input::{Input, Strip, padded};
use super::output::{Output, Pixel};
use super::panels::{Numbers, PanelValues, padded_width, put, word};
use super::parallel::{for_each_light_piece, for_each_piece};
use super::scratch;
use super::simd::{self, panel_width};
use super::transform::{
    HALO, Half, LANES, Lanes, OUT, PLACES, Points, RootTwo, TransformInput, TransformOutput,
    transform_kernel,
};

/// Values of a block's intermediate results: as many as fit the second level cache of a small core.
const BLOCK: usize = 256 * 1024 / 4;
/// Values of a band's prepared pixels: as many as stay in that cache next to a block.
const PIXELS: usize = 384 * 1024 / 4;
/// Rows of pixels that are prepared in one go.
const FILLED: usize = 8;
/// Values between transformed tiles, which keep them from falling into the same cache sets.
const GAP: usize = 16;

/// The transformed weights: at each place, a matrix from input to output channels.
#[derive(Debug)]
pub(super) struct Weights {
    /// The panels of every place.
    panels: PanelValues,
    inputs: usize,
    outputs: usize,
}

impl Weights {
    /// From weights [O, I, 3, 3].
    pub(super) fn new(weights: &Numbers, inputs: usize, outputs: usize) -> Self {
        let place_len = padded_width(outputs) * inputs;
        let (width, half) = (panel_width(), panel_width() / 2);
        let panels = match weights {
            Numbers::Float(weights) => {
                let mut values = vec![0.0; PLACES * place_len];
                let number = |place: usize| f64::from(weights[place]);
                transform::<RootTwo>([inputs, outputs], number, |place, input, output, from| {
                    let first = place * place_len + input * width;
                    let columns = output..outputs;
                    let together = width.min(LANES);
                    for (column, from) in columns.step_by(together).zip(from.chunks(together)) {
                        let panel = column / width * width * inputs + column % width;
                        for (to, number) in values[first + panel..].iter_mut().zip(from) {
                            *to = *number as f32;
                        }
                    }
                });
                PanelValues::Float(values)
            }
            Numbers::Whole(weights) => {
                let mut words = vec![0; PLACES * place_len / 2];
                let number = |place: usize| i32::from(weights[place]);
                transform::<Half>([inputs, outputs], number, |place, input, output, from| {
                    let first = place * place_len / 2 + input * half;
                    if half == LANES / 2 {
                        // Both halves of a browser's panel in one go, the columns that fill it up included.
                        let to = &mut words[first + output / width * half * inputs..][..half];
                        let (low, high) = from.split_at(half);
                        for ((to, low), high) in to.iter_mut().zip(low).zip(high) {
                            *to = low & 0xffff | high << 16;
                        }
                        return;
                    }
                    let columns = output..outputs;
                    let together = half.min(LANES);
                    for (column, from) in columns.step_by(together).zip(from.chunks(together)) {
                        let [panel, shift] = word(column, inputs);
                        for (to, number) in words[first + panel..].iter_mut().zip(from) {
                            put(to, shift, *number);
                        }
                    }
                });
                PanelValues::Packed(words)
            }
        };
        Self {
            panels,
            inputs,
            outputs,
        }
    }

    /// From the panels of every place, as [`new`](Self::new) makes them of single-precision weights.
    #[cfg(feature = "train")]
    pub(super) fn of(panels: Vec<f32>, inputs: usize, outputs: usize) -> Self {
        Self {
            panels: PanelValues::Float(panels),
            inputs,
            outputs,
        }
    }

    /// Takes the memory of single-precision panels away.
    #[cfg(feature = "train")]
    pub(super) fn take_panels(&mut self) -> Vec<f32> {
        match &mut self.panels {
            PanelValues::Float(panels) => std::mem::take(panels),
            PanelValues::Packed(_) => Vec::new(),
        }
    }

    /// What a restored sum of an output is worth, by the weights' own unit.
    pub(super) fn unit(&self, output: usize) -> f32 {
        self.panels.unit(output)
            * match self.panels {
                PanelValues::Float(_) => RootTwo::UNIT,
                PanelValues::Packed(_) => Half::UNIT,
            }
    }

    /// Convolves with zero padding.
    pub(super) fn convolve(&self, input: &Input<'_>, output: &Output<'_>, out: &mut [f32]) {
        let [_, height, width] = output.grid;
        let (rows, columns) = (height.div_ceil(OUT), width.div_ceil(OUT));
        let room = self.room();
        let picture_len = height * width * self.outputs;
        let row_len = OUT * width * self.outputs;
        if rows * columns <= room {
            // As many pictures as fit a block share the weights.
            let pictures = room / (rows * columns).max(1);
            for_each_piece(out, pictures * picture_len, |index, out| {
                let band = Band {
                    picture: index * pictures,
                    pictures: out.len() / picture_len,
                    row: 0,
                    rows,
                    columns,
                };
                self.band(input, output, band, out);
            });
            return;
        }
        let pixels_len = OUT * (OUT * columns + HALO) * input.stride;
        let rows = (PIXELS / pixels_len).clamp(1, rows);
        for_each_piece(out, picture_len, |picture, out| {
            for_each_piece(out, rows * row_len, |index, out| {
                let band = Band {
                    picture,
                    pictures: 1,
                    row: index * rows,
                    rows: out.len().div_ceil(row_len),
                    columns,
                };
                self.band(input, output, band, out);
            });
        });
    }

    /// Tiles of a block.
    fn room(&self) -> usize {
        let tile = PLACES * (padded(self.inputs) + padded_width(self.outputs));
        (BLOCK / tile).max(OUT)
    }

    /// Prepares the pixels of a band once, and convolves it block by block.
    fn band(&self, input: &Input<'_>, output: &Output<'_>, band: Band, out: &mut [f32]) {
        let strip_rows = OUT * band.rows + HALO;
        let row_len = (OUT * band.columns + HALO) * input.stride;
        scratch::with(band.pictures * strip_rows * row_len, |pixels| {
            for_each_light_piece(pixels, strip_rows * row_len, |picture, pixels| {
                for_each_light_piece(pixels, FILLED * row_len, |index, pixels| {
                    let strip = Strip {
                        picture: band.picture + picture,
                        top: (OUT * band.row + FILLED * index) as isize - 1,
                        left: -1,
                        rows: pixels.len() / row_len,
                        columns: OUT * band.columns + HALO,
                    };
                    input.fill(strip, pixels);
                });
            });
            let room = self.room();
            let rows = (room / band.columns).clamp(1, band.rows);
            let width = output.grid[2];
            let block_len = if band.pictures > 1 {
                out.len()
            } else {
                rows * OUT * width * self.outputs
            };
            for_each_piece(out, block_len, |index, out| {
                for column in (0..band.columns).step_by(room) {
                    let block = Block {
                        band,
                        row: index * rows,
                        rows: rows.min(band.rows - index * rows),
                        column,
                        columns: room.min(band.columns - column),
                    };
                    match self.panels {
                        PanelValues::Float(_) => {
                            self.block::<RootTwo>(input.stride, pixels, output, block, out);
                        }
                        PanelValues::Packed(_) => {
                            self.block::<Half>(input.stride, pixels, output, block, out);
                        }
                    }
                }
            });
        });
    }

    /// Convolves a block from the pixels of its band.
    fn block<P: Points>(
        &self,
        channels: usize,
        pixels: &[f32],
        output: &Output<'_>,
        block: Block,
        out: &mut [f32],
    ) {
        let Block { band, .. } = block;
        let tiles = band.pictures * block.rows * block.columns;
        let tile_len = PLACES * channels + GAP;
        let sums_len = tiles * padded_width(self.outputs) + GAP;
        scratch::with(tiles * tile_len + PLACES * sums_len, |memory| {
            let (transformed, sums) = memory.split_at_mut(tiles * tile_len);
            let row_len = (OUT * band.columns + HALO) * channels;
            for_each_light_piece(transformed, block.columns * tile_len, |row, tiles| {
                let (picture, row) = (row / block.rows, block.row + row % block.rows);
                let first = picture * (OUT * band.rows + HALO) + OUT * row;
                simd::run(TransformInput::<P> {
                    points: PhantomData,
                    pixels: &pixels[first * row_len + OUT * block.column * channels..],
                    row_len,
                    channels,
                    tiles,
                    tile_len,
                });
            });
            let transformed = &*transformed;
            let panels_len = self.panels.len() / PLACES;
            for_each_piece(sums, sums_len, |place, sums| {
                let rows = Rows {
                    values: &transformed[place * channels..],
                    stride: tile_len,
                    count: tiles,
                };
                let panels = self.panels.part(place * panels_len, panels_len);
                product_with(rows, panels, self.inputs, sums, false);
            });
            let sums = &*sums;
            let row_len = OUT * output.grid[2] * self.outputs;
            let picture_len = out.len() / band.pictures;
            for_each_light_piece(out, picture_len, |picture, out| {
                for_each_light_piece(out, row_len, |row, out| {
                    simd::run(TransformOutput::<P> {
                        points: PhantomData,
                        sums,
                        place_len: sums_len,
                        tile: (picture * block.rows + row) * block.columns,
                        tiles: block.columns,
                        first: Pixel {
                            picture: band.picture + picture,
                            y: OUT * (band.row + block.row + row),
                            x: OUT * block.column,
                        },
                        output,
                        out,
                    });
                });
            });
        });
    }
}

/// Transforms weights, given by their place, and hands over the place, the input, the first of some
/// outputs, and their values; those beyond the last output are the last one's again.
fn transform<P: Points>(
    [inputs, outputs]: [usize; 2],
    number: impl Fn(usize) -> P::Number,
    mut put: impl FnMut(usize, usize, usize, &Lanes<P::Number>),
) {
    for output in (0..outputs).step_by(LANES) {
        let first: Lanes<usize> =
            std::array::from_fn(|lane| (output + lane).min(outputs - 1) * inputs * 9);
        for input in 0..inputs {
            let kernel: [Lanes<P::Number>; 9] =
                std::array::from_fn(|k| first.map(|first| number(first + input * 9 + k)));
            for (place, values) in transform_kernel::<P>(&kernel)
                .as_flattened()
                .iter()
                .enumerate()
            {
                put(place, input, output, values);
            }
        }
    }
}

/// Rows of tiles whose pixels are prepared together: whole pictures, or some rows of one.
#[derive(Clone, Copy)]
struct Band {
    picture: usize,
    pictures: usize,
    row: usize,
    rows: usize,
    /// Tiles in a row.
    columns: usize,
}

/// Tiles of a band that are convolved together: some rows of each of its pictures, or a part of one.
#[derive(Clone, Copy)]
struct Block {
    band: Band,
    /// The first row, counted from the band's.
    row: usize,
    rows: usize,
    column: usize,
    columns: usize,
}
