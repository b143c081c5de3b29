//! What becomes of a convolution's sums on the way out: their scale, the bias, and the residual on its own way to
//! the output's grid.

use super::input::{load_part, store_part};
use super::map::Map;
use super::simd::{F32, Simd, Window, WindowMut, lanes, load, mul_add, splat, store};
use crate::ops::Resample;

/// A convolution's output.
pub(super) struct Output<'a> {
    /// What a sum is worth, for each channel.
    pub(super) scale: &'a [f32],
    /// Bias of each channel.
    pub(super) bias: &'a [f32],
    /// Feature map that is added.
    pub(super) residual: Option<(Map, Resample)>,
    /// Pictures, rows and columns.
    pub(super) grid: [usize; 3],
}

/// Pixels along a side of a tile.
const TILE: usize = 4;

/// A pixel of the output.
#[derive(Clone, Copy)]
pub(super) struct Pixel {
    pub(super) picture: usize,
    pub(super) y: usize,
    pub(super) x: usize,
}

impl Output<'_> {
    /// Output channels.
    pub(super) fn channels(&self) -> usize {
        self.bias.len()
    }

    /// Number of values.
    pub(super) fn len(&self) -> usize {
        self.grid.iter().product::<usize>() * self.channels()
    }

    /// Writes the sums of some channels, those from `at` on, to a pixel.
    #[inline(always)]
    pub(super) fn write<S: Simd>(&self, pixel: Pixel, at: usize, sums: &[f32], to: &mut [f32]) {
        let part = at..at + to.len();
        let of_channel = [&self.scale[part.clone()], &self.bias[part.clone()]];
        let Some((map, resample)) = &self.residual else {
            return write_sums::<S, 0>(sums, of_channel, [], to);
        };
        let from = |y, x| &map.from(pixel.picture, y, x)[part.clone()];
        let Pixel { y, x, .. } = pixel;
        match resample {
            Resample::Keep => write_sums::<S, 1>(sums, of_channel, [from(y, x)], to),
            Resample::Up => write_sums::<S, 1>(sums, of_channel, [from(y / 2, x / 2)], to),
            Resample::Down => {
                let (y, x) = (2 * y, 2 * x);
                let above = [from(y, x), from(y, x + 1)];
                let below = [from(y + 1, x), from(y + 1, x + 1)];
                let four = [above[0], above[1], below[0], below[1]];
                write_sums::<S, 4>(sums, of_channel, four, to);
            }
        }
    }

    /// Writes a vector of sums to each pixel of a tile, from channel `at` on; `to` starts at the
    /// tile's first pixel.
    #[inline(always)]
    pub(super) fn write_tile<S: Simd>(
        &self,
        pixel: Pixel,
        at: usize,
        mut sums: [[F32<S>; TILE]; TILE],
        to: &mut [f32],
    ) {
        let channels = self.channels();
        let (scale, bias) = (load(&self.scale[at..]), load(&self.bias[at..]));
        each(
            &mut sums,
            #[inline(always)]
            |_, _, sum| *sum = mul_add(*sum, scale, bias),
        );
        if let Some((map, resample)) = &self.residual {
            let Pixel { picture, y, x } = pixel;
            let row = map.grid[2] * channels;
            match resample {
                Resample::Keep => {
                    let from = &map.from(picture, y, x)[at..];
                    let from = Window::<S, TILE, TILE>::new(from, row, channels);
                    each(
                        &mut sums,
                        #[inline(always)]
                        |i, j, sum| *sum += from.load(i, j),
                    );
                }
                Resample::Up => {
                    let from = &map.from(picture, y / 2, x / 2)[at..];
                    let from = Window::<S, { TILE / 2 }, { TILE / 2 }>::new(from, row, channels);
                    each(
                        &mut sums,
                        #[inline(always)]
                        |i, j, sum| *sum += from.load(i / 2, j / 2),
                    );
                }
                Resample::Down => {
                    let from = &map.from(picture, 2 * y, 2 * x)[at..];
                    let from = Window::<S, { 2 * TILE }, { 2 * TILE }>::new(from, row, channels);
                    each(
                        &mut sums,
                        #[inline(always)]
                        |i, j, sum| {
                            let (i, j) = (2 * i, 2 * j);
                            let above = from.load(i, j) + from.load(i, j + 1);
                            let below = from.load(i + 1, j) + from.load(i + 1, j + 1);
                            *sum = mul_add(above + below, splat(0.25), *sum);
                        },
                    );
                }
            }
        }
        let row = self.grid[2] * channels;
        let mut to = WindowMut::<S, TILE, TILE>::new(&mut to[at..], row, channels);
        each(
            &mut sums,
            #[inline(always)]
            |i, j, sum| to.store(i, j, *sum),
        );
    }
}

/// Sums, by the scale and bias of each channel, and the mean of N pixels added.
#[inline(always)]
fn write_sums<S: Simd, const N: usize>(
    sums: &[f32],
    [scale, bias]: [&[f32]; 2],
    from: [&[f32]; N],
    to: &mut [f32],
) {
    let lanes = lanes::<S>();
    let whole = to.len() / lanes * lanes;
    for at in (0..whole).step_by(lanes) {
        let mut sum = mul_add(
            load::<S>(&sums[at..]),
            load(&scale[at..]),
            load(&bias[at..]),
        );
        for from in from {
            let from = load(&from[at..]);
            sum = if N == 1 {
                sum + from
            } else {
                mul_add(from, splat(1.0 / N as f32), sum)
            };
        }
        store(&mut to[at..], sum);
    }
    let rest = whole..to.len();
    if !rest.is_empty() {
        let [sums, scale, bias] = [sums, scale, bias].map(|values| &values[rest.clone()]);
        let mut sum = mul_add(load_part::<S>(sums), load_part(scale), load_part(bias));
        for from in from {
            sum = mul_add(load_part(&from[rest.clone()]), splat(1.0 / N as f32), sum);
        }
        store_part(&mut to[rest], sum);
    }
}

/// Calls `work` for each place of a tile.
#[inline(always)]
fn each<T>(tile: &mut [[T; TILE]; TILE], mut work: impl FnMut(usize, usize, &mut T)) {
    for (i, row) in tile.iter_mut().enumerate() {
        for (j, value) in row.iter_mut().enumerate() {
            work(i, j, value);
        }
    }
}
