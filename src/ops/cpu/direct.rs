//! Convolutions as plain matrix products: 1x1 ones, and 3x3 ones whose transformed weights would
//! take too much memory. A kernel row of a pixel is contiguous in a strip of channels-last pixels, so
//! that nothing is gathered.

use super::gemm::{Rows, product};
use super::input::{Input, Strip, padded};
use super::output::{Output, Pixel};
use super::panels::{Numbers, Panels, padded_width};
use super::parallel::for_each_piece;
use super::scratch;
use super::simd::{self, Simd};

/// Pixels that are computed together.
const BLOCK: usize = 64;

/// The weights, a matrix from the input channels of a kernel row to the output channels for each row
/// of the kernel.
#[derive(Debug)]
pub(super) struct Weights {
    rows: Vec<Panels>,
    outputs: usize,
}

impl Weights {
    /// From weights [O, I, k, k].
    pub(super) fn new(weights: &Numbers, inputs: usize, outputs: usize, kernel: usize) -> Self {
        let stride = padded(inputs);
        let row = |y: usize| {
            Panels::new(kernel * stride, outputs, weights, |row, output| {
                let (x, input) = (row / stride, row % stride);
                let place = ((output * inputs + input) * kernel + y) * kernel + x;
                (input < inputs).then_some(place)
            })
        };
        let rows = (0..kernel).map(row).collect();
        Self { rows, outputs }
    }

    /// What a sum of an output is worth, by the weights' own unit.
    pub(super) fn unit(&self, output: usize) -> f32 {
        self.rows.first().map_or(1.0, |row| row.unit(output))
    }

    /// Convolves with zero padding.
    pub(super) fn convolve(&self, input: &Input<'_>, output: &Output<'_>, out: &mut [f32]) {
        let [_, height, width] = output.grid;
        let rows = (BLOCK / width.max(1)).max(1);
        let row_len = width * self.outputs;
        for_each_piece(out, height * row_len, |picture, out| {
            for_each_piece(out, rows * row_len, |index, out| {
                let rows_here = out.len() / row_len;
                for left in (0..width).step_by(BLOCK) {
                    let first = Pixel {
                        picture,
                        y: index * rows,
                        x: left,
                    };
                    let columns = BLOCK.min(width - left);
                    self.block(input, output, first, [rows_here, columns], out);
                }
            });
        });
    }

    /// A rectangle of pixels; `out` holds the output's rows that they are in, whole.
    fn block(
        &self,
        input: &Input<'_>,
        output: &Output<'_>,
        first: Pixel,
        [rows, columns]: [usize; 2],
        out: &mut [f32],
    ) {
        let kernel = self.rows.len();
        let halo = kernel / 2;
        let strip = Strip {
            picture: first.picture,
            top: first.y as isize - halo as isize,
            left: first.x as isize - halo as isize,
            rows: rows + 2 * halo,
            columns: columns + 2 * halo,
        };
        let row_len = strip.columns * input.stride;
        let stride = padded_width(self.outputs);
        let pixels_len = strip.rows * row_len;
        scratch::with(pixels_len + rows * columns * stride, |memory| {
            let (pixels, sums) = memory.split_at_mut(pixels_len);
            input.fill(strip, pixels);
            for (y, sums) in sums.chunks_exact_mut(columns * stride).enumerate() {
                for (k, panels) in self.rows.iter().enumerate() {
                    let rows = Rows {
                        values: &pixels[(y + k) * row_len..],
                        stride: input.stride,
                        count: columns,
                    };
                    product(rows, panels, sums, k > 0);
                }
            }
            simd::run(Write {
                sums,
                stride,
                first,
                columns,
                output,
                out,
            });
        });
    }
}

/// Adds bias and residual.
struct Write<'a> {
    sums: &'a [f32],
    stride: usize,
    first: Pixel,
    columns: usize,
    output: &'a Output<'a>,
    out: &'a mut [f32],
}

impl macerator::WithSimd for Write<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        let channels = self.output.channels();
        let width = self.output.grid[2];
        for (index, sums) in self.sums.chunks_exact(self.stride).enumerate() {
            let (y, x) = (index / self.columns, self.first.x + index % self.columns);
            let pixel = Pixel {
                y: self.first.y + y,
                x,
                ..self.first
            };
            let to = &mut self.out[(y * width + x) * channels..][..channels];
            self.output.write::<S>(pixel, 0, sums, to);
        }
    }
}
