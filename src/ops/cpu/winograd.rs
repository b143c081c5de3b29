//! 3x3 convolution by Winograd's F(4x4, 3x3): 36 products instead of 144 for a tile of 4x4 outputs.
//!
//! The points are 0, ±1/√2, ±√2 and ∞, whose transforms amplify rounding least among those of this
//! size. A block of tiles goes through three passes, whose intermediate values stay in the second
//! level cache: transform the input's 6x6 tiles, multiply the channels at each of the 36 places with
//! the transformed weights, transform back.

use macerator::WithSimd;

use super::gemm::{Rows, padded_width, panel_width, product_with};
use super::input::{Input, Strip, padded};
use super::output::{Output, Pixel};
use super::parallel::for_each_piece;
use super::scratch;
use super::simd::{self, F32, Simd, Window, WindowMut, lanes, splat};

/// Outputs along a side of a tile.
const OUT: usize = 4;
/// Inputs along a side of a tile.
const IN: usize = 6;
/// Inputs that neighbouring tiles share along a side.
const HALO: usize = IN - OUT;
/// Places of a transformed tile.
const PLACES: usize = IN * IN;
/// Values of a block's intermediate results: as many as fit the second level cache of a small core.
const BLOCK: usize = 256 * 1024 / 4;
/// Values of a band's prepared pixels: as many as stay in that cache next to a block.
const PIXELS: usize = 384 * 1024 / 4;
/// Rows of pixels that are prepared in one go.
const FILLED: usize = 8;
/// Values between transformed tiles, which keep them from falling into the same cache sets.
const GAP: usize = 16;

const SQRT_2: f32 = std::f32::consts::SQRT_2;
const FRAC_1_SQRT_2: f32 = std::f32::consts::FRAC_1_SQRT_2;

/// The transformed weights: at each place, a matrix from input to output channels.
#[derive(Debug)]
pub(super) struct Weights {
    /// The panels of every place.
    panels: Vec<f32>,
    inputs: usize,
    outputs: usize,
}

impl Weights {
    /// From weights [O, I, 3, 3].
    pub(super) fn new(weights: &[f32], inputs: usize, outputs: usize) -> Self {
        let width = panel_width();
        let place_len = padded_width(outputs) * inputs;
        let mut panels = vec![0.0; PLACES * place_len];
        for output in (0..outputs).step_by(LANES) {
            let lanes = LANES.min(outputs - output);
            let at = output / width * width * inputs + output % width;
            for input in 0..inputs {
                let kernel: [Lanes; 9] = std::array::from_fn(|k| {
                    std::array::from_fn(|lane| {
                        let output = (output + lane).min(outputs - 1);
                        f64::from(weights[(output * inputs + input) * 9 + k])
                    })
                });
                let transformed = transform_kernel(&kernel);
                for (place, values) in transformed.as_flattened().iter().enumerate() {
                    let to = &mut panels[place * place_len + at + input * width..][..lanes];
                    for (to, value) in to.iter_mut().zip(values) {
                        *to = *value as f32;
                    }
                }
            }
        }
        Self {
            panels,
            inputs,
            outputs,
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
            for_each_piece(pixels, strip_rows * row_len, |picture, pixels| {
                for_each_piece(pixels, FILLED * row_len, |index, pixels| {
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
                    self.block(input.stride, pixels, output, block, out);
                }
            });
        });
    }

    /// Convolves a block from the pixels of its band.
    fn block(
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
        let sums_len = tiles * padded_width(self.outputs);
        scratch::with(tiles * tile_len + PLACES * sums_len, |memory| {
            let (transformed, sums) = memory.split_at_mut(tiles * tile_len);
            let row_len = (OUT * band.columns + HALO) * channels;
            for_each_piece(transformed, block.columns * tile_len, |row, tiles| {
                let (picture, row) = (row / block.rows, block.row + row % block.rows);
                let first = picture * (OUT * band.rows + HALO) + OUT * row;
                simd::run(TransformInput {
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
                let panels = &self.panels[place * panels_len..][..panels_len];
                product_with(rows, panels, self.inputs, sums, false);
            });
            let sums = &*sums;
            let row_len = OUT * output.grid[2] * self.outputs;
            let picture_len = out.len() / band.pictures;
            for_each_piece(out, picture_len, |picture, out| {
                for_each_piece(out, row_len, |row, out| {
                    simd::run(TransformOutput {
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

/// Output channels whose weights are transformed together: no more than a panel has.
const LANES: usize = 8;

type Lanes = [f64; LANES];

/// G g Gᵀ.
fn transform_kernel(kernel: &[Lanes; 9]) -> [[Lanes; IN]; IN] {
    let columns: [[Lanes; IN]; 3] =
        std::array::from_fn(|j| transform_kernel_line([kernel[j], kernel[3 + j], kernel[6 + j]]));
    std::array::from_fn(|i| transform_kernel_line([columns[0][i], columns[1][i], columns[2][i]]))
}

/// G g.
fn transform_kernel_line(g: [Lanes; 3]) -> [Lanes; IN] {
    let at = |point: f64, over: f64| {
        std::array::from_fn(|l| (g[0][l] + point * (g[1][l] + point * g[2][l])) * (1.0 / over))
    };
    let (inner, outer) = (f64::sqrt(0.5), f64::sqrt(2.0));
    [
        g[0],
        at(inner, -1.5),
        at(-inner, -1.5),
        at(outer, 6.0),
        at(-outer, 6.0),
        g[2],
    ]
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
                let pixels = Window::<S, IN, IN>::new(&pixels[at..], self.row_len, channels);
                let mut to = WindowMut::<S, IN, IN>::new(&mut tile[at..], IN * channels, channels);
                let mut columns = [[splat(0.0); IN]; IN];
                for (j, column) in columns.iter_mut().enumerate() {
                    *column = transform_line(std::array::from_fn(|i| pixels.load(i, j)));
                }
                for i in 0..IN {
                    let row = transform_line(columns.map(|column| column[i]));
                    for (j, value) in row.into_iter().enumerate() {
                        to.store(i, j, value);
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
    /// Tiles in the row.
    tiles: usize,
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
        for index in 0..self.tiles {
            let sums = &self.sums[(self.tile + index) * stride..];
            let pixel = Pixel {
                x: self.first.x + OUT * index,
                ..self.first
            };
            let out = &mut self.out[pixel.x * channels..];
            let size = [rows.min(OUT), (width - pixel.x).min(OUT)];
            for at in (0..channels).step_by(lanes::<S>()) {
                let sums =
                    Window::<S, IN, IN>::new(&sums[at..], IN * self.place_len, self.place_len);
                let mut columns = [[splat(0.0); OUT]; IN];
                for (j, column) in columns.iter_mut().enumerate() {
                    *column = restore_line(std::array::from_fn(|i| sums.load(i, j)));
                }
                let rows = std::array::from_fn(|i| restore_line(columns.map(|column| column[i])));
                if size == [OUT; 2] && at + lanes::<S>() <= channels {
                    self.output.write_tile::<S>(pixel, at, rows, out);
                    continue;
                }
                for (i, row) in rows.into_iter().enumerate().take(size[0]) {
                    for (j, value) in row.into_iter().enumerate().take(size[1]) {
                        let to = &mut out[(i * width + j) * channels..][..channels];
                        let pixel = Pixel {
                            y: pixel.y + i,
                            x: pixel.x + j,
                            ..pixel
                        };
                        self.output.write(pixel, at, value, to);
                    }
                }
            }
        }
    }
}
