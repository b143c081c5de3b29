//! The transforms of Winograd's F(4x4, 3x3), at the points 0, ±1/√2, ±√2 and ∞: of those of this size
//! they amplify rounding least.

use macerator::WithSimd;

use super::gemm::padded_width;
use super::output::{Output, Pixel};
use super::simd::{F32, Simd, Window, WindowMut, lanes, splat};

/// Outputs along a side of a tile.
pub(super) const OUT: usize = 4;
/// Inputs along a side of a tile.
pub(super) const IN: usize = 6;
/// Inputs that neighbouring tiles share along a side.
pub(super) const HALO: usize = IN - OUT;
/// Places of a transformed tile.
pub(super) const PLACES: usize = IN * IN;

const SQRT_2: f32 = std::f32::consts::SQRT_2;
const FRAC_1_SQRT_2: f32 = std::f32::consts::FRAC_1_SQRT_2;

/// Output channels whose weights are transformed together: no more than a panel has.
pub(super) const LANES: usize = 8;

/// A value for each of these channels.
pub(super) type Lanes = [f64; LANES];

/// G g Gᵀ.
pub(super) fn transform_kernel(kernel: &[Lanes; 9]) -> [[Lanes; IN]; IN] {
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
pub(super) struct TransformInput<'a> {
    pub(super) pixels: &'a [f32],
    pub(super) row_len: usize,
    pub(super) channels: usize,
    pub(super) tiles: &'a mut [f32],
    pub(super) tile_len: usize,
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
pub(super) struct TransformOutput<'a> {
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
