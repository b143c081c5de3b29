//! 3x3 convolution by Winograd's F(4x4, 3x3): 36 products instead of 144 for a tile of 4x4 outputs.
//!
//! The points are 0, ±1/√2, ±√2 and ∞, whose transforms amplify rounding least among those of this
//! size. A block of tiles goes through three passes, whose intermediate values stay in the second
//! level cache: transform the input's 6x6 tiles, multiply the channels at each of the 36 places with
//! the transformed weights, transform back.

use macerator::WithSimd;

use super::gemm::{Panels, Rows, padded_width, product};
use super::input::{Input, Strip};
use super::output::{Output, Pixel};
use super::parallel::for_each_piece;
use super::scratch;
use super::simd::{self, F32, Simd, lanes, load, splat, store};

/// Outputs along a side of a tile.
const OUT: usize = 4;
/// Inputs along a side of a tile.
const IN: usize = 6;
/// Places of a transformed tile.
const PLACES: usize = IN * IN;
/// Values of a block's intermediate results: as many as fit the second level cache of a small core.
const BLOCK: usize = 512 * 1024 / 4;
/// Values between transformed tiles, which keep them from falling into the same cache sets.
const GAP: usize = 16;

const SQRT_2: f32 = std::f32::consts::SQRT_2;
const FRAC_1_SQRT_2: f32 = std::f32::consts::FRAC_1_SQRT_2;

/// The transformed weights: at each place, a matrix from input to output channels.
#[derive(Debug)]
pub(super) struct Weights {
    places: Vec<Panels>,
    outputs: usize,
}

impl Weights {
    /// From weights [O, I, 3, 3].
    pub(super) fn new(weights: &[f32], inputs: usize, outputs: usize) -> Self {
        let mut places: Vec<_> = (0..PLACES)
            .map(|_| Panels::zeros(inputs, outputs))
            .collect();
        for (index, kernel) in weights.chunks_exact(9).enumerate() {
            let (output, input) = (index / inputs, index % inputs);
            let transformed = transform_kernel(kernel);
            for (place, value) in places.iter_mut().zip(transformed.as_flattened()) {
                place.set(input, output, *value);
            }
        }
        Self { places, outputs }
    }

    /// Convolves with zero padding.
    pub(super) fn convolve(&self, input: &Input<'_>, output: &Output<'_>, out: &mut [f32]) {
        let [_, height, width] = output.grid;
        let (rows, columns) = (height.div_ceil(OUT), width.div_ceil(OUT));
        let tile = PLACES * (input.stride + padded_width(self.outputs)) + GAP;
        let room = (BLOCK / tile).max(OUT);
        let picture_len = height * width * self.outputs;
        let row_len = OUT * width * self.outputs;
        let pass = |block: Block, out: &mut [f32]| self.block(input, output, block, out);
        if rows * columns <= room {
            let pictures = room / (rows * columns).max(1);
            for_each_piece(out, pictures * picture_len, |index, out| {
                let block = Block {
                    picture: index * pictures,
                    pictures: out.len() / picture_len,
                    row: 0,
                    rows,
                    column: 0,
                    columns,
                };
                pass(block, out);
            });
            return;
        }
        let rows = (room / columns).max(1);
        for_each_piece(out, picture_len, |picture, out| {
            for_each_piece(out, rows * row_len, |index, out| {
                for column in (0..columns).step_by(room) {
                    let block = Block {
                        picture,
                        pictures: 1,
                        row: index * rows,
                        rows: out.len().div_ceil(row_len),
                        column,
                        columns: room.min(columns - column),
                    };
                    pass(block, out);
                }
            });
        });
    }

    fn block(&self, input: &Input<'_>, output: &Output<'_>, block: Block, out: &mut [f32]) {
        let channels = input.stride;
        let tiles = block.pictures * block.rows * block.columns;
        let tile_len = PLACES * channels + GAP;
        let sums_len = tiles * padded_width(self.outputs);
        scratch::with(tiles * tile_len + PLACES * sums_len, |memory| {
            let (transformed, sums) = memory.split_at_mut(tiles * tile_len);
            for_each_piece(transformed, block.columns * tile_len, |row, tiles| {
                let strip = block.strip(row);
                scratch::with(strip.rows * strip.columns * channels, |pixels| {
                    input.fill(strip, pixels);
                    simd::run(TransformInput {
                        pixels,
                        row_len: strip.columns * channels,
                        channels,
                        tiles,
                        tile_len,
                    });
                });
            });
            let transformed = &*transformed;
            for_each_piece(sums, sums_len, |place, sums| {
                let rows = Rows {
                    values: &transformed[place * channels..],
                    stride: tile_len,
                    count: tiles,
                };
                product(rows, &self.places[place], sums, false);
            });
            let sums = &*sums;
            let [_, height, width] = output.grid;
            let row_len = OUT * width * self.outputs;
            let picture_len = out.len() / block.pictures;
            for_each_piece(
                out,
                picture_len.min(height * width * self.outputs),
                |picture, out| {
                    for_each_piece(out, row_len, |row, out| {
                        simd::run(TransformOutput {
                            sums,
                            place_len: sums_len,
                            tile: (picture * block.rows + row) * block.columns,
                            block,
                            first: Pixel {
                                picture: block.picture + picture,
                                y: OUT * (block.row + row),
                                x: OUT * block.column,
                            },
                            output,
                            out,
                        });
                    });
                },
            );
        });
    }
}

/// Tiles that are convolved together: whole pictures, or some rows of tiles of one picture, or a part
/// of one row.
#[derive(Clone, Copy)]
struct Block {
    picture: usize,
    pictures: usize,
    row: usize,
    rows: usize,
    column: usize,
    columns: usize,
}

impl Block {
    /// The pixels that a row of its tiles reads.
    fn strip(self, row: usize) -> Strip {
        Strip {
            picture: self.picture + row / self.rows,
            top: (OUT * (self.row + row % self.rows)) as isize - 1,
            left: (OUT * self.column) as isize - 1,
            rows: IN,
            columns: OUT * self.columns + IN - OUT,
        }
    }
}

/// G g Gᵀ.
fn transform_kernel(kernel: &[f32]) -> [[f32; IN]; IN] {
    let line = |g: [f64; 3]| {
        let at = |point: f64, over: f64| (g[0] + point * (g[1] + point * g[2])) / over;
        let (inner, outer) = (f64::sqrt(0.5), f64::sqrt(2.0));
        [
            g[0],
            at(inner, -1.5),
            at(-inner, -1.5),
            at(outer, 6.0),
            at(-outer, 6.0),
            g[2],
        ]
    };
    let at = |row: usize, column: usize| f64::from(kernel[3 * row + column]);
    let columns: [[f64; IN]; 3] = std::array::from_fn(|j| line([at(0, j), at(1, j), at(2, j)]));
    std::array::from_fn(|i| line([columns[0][i], columns[1][i], columns[2][i]]).map(|v| v as f32))
}

/// Bᵀ d.
#[inline(always)]
fn transform_line<S: Simd>(d: [F32<S>; IN]) -> [F32<S>; IN] {
    let [d0, d1, d2, d3, d4, d5] = d;
    let inner_even = d4 - (d2 + d2);
    let inner_odd = d3.mul_add(splat(FRAC_1_SQRT_2), d1 * splat(-SQRT_2));
    let outer_even = d2.mul_add(splat(-0.5), d4);
    let outer_odd = d3.mul_add(splat(SQRT_2), d1 * splat(-FRAC_1_SQRT_2));
    [
        d2.mul_add(splat(-2.5), d0 + d4),
        inner_even + inner_odd,
        inner_even - inner_odd,
        outer_even + outer_odd,
        outer_even - outer_odd,
        d3.mul_add(splat(-2.5), d1 + d5),
    ]
}

/// Aᵀ m.
#[inline(always)]
fn restore_line<S: Simd>(m: [F32<S>; IN]) -> [F32<S>; OUT] {
    let [m0, m1, m2, m3, m4, m5] = m;
    let (inner_even, inner_odd) = (m1 + m2, m1 - m2);
    let (outer_even, outer_odd) = (m3 + m4, m3 - m4);
    [
        m0 + inner_even + outer_even,
        inner_odd.mul_add(splat(FRAC_1_SQRT_2), outer_odd * splat(SQRT_2)),
        inner_even.mul_add(splat(0.5), outer_even + outer_even),
        inner_odd.mul_add(
            splat(0.5 * FRAC_1_SQRT_2),
            outer_odd.mul_add(splat(2.0 * SQRT_2), m5),
        ),
    ]
}

/// Bᵀ d B of a row of tiles.
struct TransformInput<'a> {
    pixels: &'a [f32],
    row_len: usize,
    channels: usize,
    tiles: &'a mut [f32],
    tile_len: usize,
}

impl WithSimd for TransformInput<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        let channels = self.channels;
        for (index, tile) in self.tiles.chunks_exact_mut(self.tile_len).enumerate() {
            let pixels = &self.pixels[OUT * index * channels..];
            for at in (0..channels).step_by(lanes::<S>()) {
                let mut columns = [[splat::<S>(0.0); IN]; IN];
                for (j, column) in columns.iter_mut().enumerate() {
                    let pixel = |i: usize| load(&pixels[i * self.row_len + j * channels + at..]);
                    *column = transform_line(std::array::from_fn(pixel));
                }
                for i in 0..IN {
                    let row = transform_line(columns.map(|column| column[i]));
                    for (j, value) in row.into_iter().enumerate() {
                        store(&mut tile[(IN * i + j) * channels + at..], value);
                    }
                }
            }
        }
    }
}

/// Aᵀ m A of a row of tiles, and bias and residual.
struct TransformOutput<'a> {
    sums: &'a [f32],
    place_len: usize,
    /// The row's first tile in `sums`.
    tile: usize,
    block: Block,
    /// The row's first output.
    first: Pixel,
    output: &'a Output<'a>,
    /// The output's rows that these tiles are in, whole.
    out: &'a mut [f32],
}

impl WithSimd for TransformOutput<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        let channels = self.output.channels();
        let stride = padded_width(channels);
        let width = self.output.grid[2];
        let rows = self.out.len() / (width * channels);
        for index in 0..self.block.columns {
            let sums = &self.sums[(self.tile + index) * stride..];
            let left = self.first.x + OUT * index;
            for at in (0..channels).step_by(lanes::<S>()) {
                let mut columns = [[splat::<S>(0.0); OUT]; IN];
                for (j, column) in columns.iter_mut().enumerate() {
                    let place = |i: usize| load(&sums[(IN * i + j) * self.place_len + at..]);
                    *column = restore_line(std::array::from_fn(place));
                }
                for i in 0..OUT.min(rows) {
                    let row = restore_line(columns.map(|column| column[i]));
                    for (j, value) in row.into_iter().enumerate().take(width - left) {
                        let pixel = Pixel {
                            y: self.first.y + i,
                            x: left + j,
                            ..self.first
                        };
                        let to = &mut self.out[(i * width + pixel.x) * channels..][..channels];
                        self.output.write(pixel, at, value, to);
                    }
                }
            }
        }
    }
}
