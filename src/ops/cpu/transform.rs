//! The transforms of Winograd's F(4x4, 3x3), at points for weights of any kind and at points for whole
//! numbers.

use std::marker::PhantomData;
use std::ops::{Add, Mul};

use macerator::WithSimd;

use super::output::{Output, Pixel};
use super::panels::padded_width;
use super::simd::{F32, Simd, WIDEST, Window, WindowMut, across, lanes, mul_add, splat, store};

/// Outputs along a side of a tile.
pub(super) const OUT: usize = 4;
/// Inputs along a side of a tile.
pub(super) const IN: usize = 6;
/// Inputs that neighbouring tiles share along a side.
pub(super) const HALO: usize = IN - OUT;
/// Places of a transformed tile.
pub(super) const PLACES: usize = IN * IN;

/// Output channels whose weights are transformed together.
pub(super) const LANES: usize = 8;

/// A value for each of some output channels.
pub(super) type Lanes<T> = [T; LANES];

/// The points 0, ±a, ±1/a and ∞ of a transform.
pub(super) trait Points: 'static {
    /// What a weight is computed with.
    type Number: Copy + Add<Output = Self::Number> + Mul<Output = Self::Number>;

    /// The point a.
    const INNER: f32;
    /// The point 1/a.
    const OUTER: f32;
    /// The part of Aᵀ's columns for ±1/a that is not in G's rows.
    const OUTER_PART: f32;
    /// What a restored sum is worth.
    const UNIT: f32;

    /// G, for the points 0, a, -a, 1/a, -1/a, ∞ in this order.
    fn rows() -> [[Self::Number; 3]; IN];
}

/// The points 0, ±1/√2, ±√2 and ∞: of all of this size they amplify rounding least.
pub(super) struct RootTwo;

impl Points for RootTwo {
    type Number = f64;

    const INNER: f32 = std::f32::consts::FRAC_1_SQRT_2;
    const OUTER: f32 = std::f32::consts::SQRT_2;
    const OUTER_PART: f32 = 1.0;
    const UNIT: f32 = 1.0;

    fn rows() -> [[f64; 3]; IN] {
        let at = |point: f64, over: f64| [1.0, point, point * point].map(|power| power / over);
        let (inner, outer) = (f64::sqrt(0.5), f64::sqrt(2.0));
        [
            [1.0, 0.0, 0.0],
            at(inner, -1.5),
            at(-inner, -1.5),
            at(outer, 6.0),
            at(-outer, 6.0),
            [0.0, 0.0, 1.0],
        ]
    }
}

/// The points 0, ±1/2, ±2 and ∞, with G's rows scaled to whole numbers: whole weights up to 127 become
/// whole numbers up to 28575, and nothing is rounded. The other transforms' factors are powers of two,
/// and they amplify rounding 1.4 times as much as [`RootTwo`]'s.
pub(super) struct Half;

impl Points for Half {
    type Number = i32;

    const INNER: f32 = 0.5;
    const OUTER: f32 = 2.0;
    const OUTER_PART: f32 = 0.5;
    const UNIT: f32 = 1.0 / 225.0;

    fn rows() -> [[i32; 3]; IN] {
        [
            [15, 0, 0],
            [-8, -4, -2],
            [-8, 4, -2],
            [1, 2, 4],
            [1, -2, 4],
            [0, 0, 15],
        ]
    }
}

/// G g Gᵀ.
pub(super) fn transform_kernel<P: Points>(
    kernel: &[Lanes<P::Number>; 9],
) -> [[Lanes<P::Number>; IN]; IN] {
    let columns: [_; 3] = std::array::from_fn(|j| {
        transform_kernel_line::<P>([kernel[j], kernel[3 + j], kernel[6 + j]])
    });
    std::array::from_fn(|i| {
        transform_kernel_line::<P>([columns[0][i], columns[1][i], columns[2][i]])
    })
}

/// G g.
fn transform_kernel_line<P: Points>(g: [Lanes<P::Number>; 3]) -> [Lanes<P::Number>; IN] {
    P::rows().map(|row| {
        std::array::from_fn(|lane| g[0][lane] * row[0] + g[1][lane] * row[1] + g[2][lane] * row[2])
    })
}

/// Bᵀ d.
#[inline(always)]
pub(super) fn transform_line<S: Simd, P: Points>(d: [F32<S>; IN]) -> [F32<S>; IN] {
    let (inner, outer) = (P::INNER, P::OUTER);
    let [d0, d1, d2, d3, d4, d5] = d;
    let inner_even = mul_add(d2, splat(-outer * outer), d4);
    let inner_odd = mul_add(d3, splat(inner), d1 * splat(-outer));
    let outer_even = mul_add(d2, splat(-inner * inner), d4);
    let outer_odd = mul_add(d3, splat(outer), d1 * splat(-inner));
    let squares = splat(-inner * inner - outer * outer);
    [
        mul_add(d2, squares, d0 + d4),
        inner_even + inner_odd,
        inner_even - inner_odd,
        outer_even + outer_odd,
        outer_even - outer_odd,
        mul_add(d3, squares, d1 + d5),
    ]
}

/// Aᵀ m.
#[inline(always)]
fn restore_line<S: Simd, P: Points>(m: [F32<S>; IN]) -> [F32<S>; OUT] {
    let (inner, outer, part) = (P::INNER, P::OUTER, P::OUTER_PART);
    let [m0, m1, m2, m3, m4, m5] = m;
    let (inner_even, inner_odd) = (m1 + m2, m1 - m2);
    let (outer_even, outer_odd) = (m3 + m4, m3 - m4);
    let even = outer_even * splat(part * outer * outer);
    let odd = outer_odd * splat(part * outer);
    let cube = splat(part * outer * outer * outer);
    [
        mul_add(outer_even, splat(part), m0 + inner_even),
        mul_add(inner_odd, splat(inner), odd),
        mul_add(inner_even, splat(inner * inner), even),
        mul_add(
            inner_odd,
            splat(inner * inner * inner),
            mul_add(outer_odd, cube, m5),
        ),
    ]
}

/// Bᵀ d B of a row of tiles.
pub(super) struct TransformInput<'a, P> {
    pub(super) points: PhantomData<P>,
    pub(super) pixels: &'a [f32],
    pub(super) row_len: usize,
    pub(super) channels: usize,
    pub(super) tiles: &'a mut [f32],
    pub(super) tile_len: usize,
}

impl<P: Points> WithSimd for TransformInput<'_, P> {
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
                    *column = transform_line::<S, P>(pixels.column(j));
                }
                for i in 0..IN {
                    let row = transform_line::<S, P>(across(&columns, i));
                    for (j, value) in row.into_iter().enumerate() {
                        to.store(i, j, value);
                    }
                }
            }
        }
    }
}

/// Aᵀ m A of a row of tiles, and bias and residual.
pub(super) struct TransformOutput<'a, P> {
    pub(super) points: PhantomData<P>,
    pub(super) sums: &'a [f32],
    pub(super) place_len: usize,
    /// The row's first tile in `sums`.
    pub(super) tile: usize,
    /// Tiles in the row.
    pub(super) tiles: usize,
    /// The row's first output.
    pub(super) first: Pixel,
    pub(super) output: &'a Output<'a>,
    /// The output's rows that these tiles are in, whole.
    pub(super) out: &'a mut [f32],
}

impl<P: Points> WithSimd for TransformOutput<'_, P> {
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
                    *column = restore_line::<S, P>(sums.column(j));
                }
                let mut rows = [[splat(0.0); OUT]; OUT];
                for (i, row) in rows.iter_mut().enumerate() {
                    *row = restore_line::<S, P>(across(&columns, i));
                }
                if size == [OUT; 2] && at + lanes::<S>() <= channels {
                    self.output.write_tile::<S>(pixel, at, rows, out);
                    continue;
                }
                for (i, row) in rows.into_iter().enumerate().take(size[0]) {
                    for (j, value) in row.into_iter().enumerate().take(size[1]) {
                        let to = &mut out[(i * width + j) * channels..][..channels];
                        let end = channels.min(at + lanes::<S>());
                        let mut sums = [0.0; WIDEST];
                        store(&mut sums, value);
                        let pixel = Pixel {
                            y: pixel.y + i,
                            x: pixel.x + j,
                            ..pixel
                        };
                        self.output.write::<S>(pixel, at, &sums, &mut to[at..end]);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_weights_fit_sixteen_bits() {
        let mut most = 0;
        for signs in 0..1 << 9 {
            let weights: [Lanes<i32>; 9] =
                std::array::from_fn(|k| [if signs >> k & 1 == 0 { 127 } else { -127 }; LANES]);
            let transformed = transform_kernel::<Half>(&weights);
            let values = transformed.as_flattened().as_flattened();
            most = values
                .iter()
                .fold(most, |most, value| most.max(value.abs()));
        }
        assert_eq!(most, 28575);
        assert!(most <= i32::from(i16::MAX));
    }
}
