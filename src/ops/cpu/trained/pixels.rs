//! Gradients that are sums over pixels: those of the weights of a 1x1 convolution, and those of any convolution's bias.

use macerator::WithSimd;

use super::outer::product;
use crate::ops::cpu::input::{Input, Strip};
use crate::ops::cpu::map::Map;
use crate::ops::cpu::memory::Values;
use crate::ops::cpu::parallel::for_each_piece;
use crate::ops::cpu::scratch;
use crate::ops::cpu::simd::{self, Simd};

/// Pixels, or tiles of them, that are multiplied together.
pub(super) const TOGETHER: usize = 64;
/// Parts that pictures are shared out to where each has sums of its own.
pub(super) const PARTS: usize = 8;

/// The gradient of the bias: the sum of the gradient of the output over all pixels.
pub(super) fn of_bias(output: &Map) -> Vec<f32> {
    let [batch, _, width] = output.grid;
    let channels = output.channels;
    let mut sums = vec![0.0; batch * channels];
    for_each_piece(&mut sums, channels, |picture, sums| {
        scratch::with(channels, |row| {
            simd::run(PixelSums {
                rows: output.picture(picture).chunks(width * channels),
                row,
                sums,
            });
        });
    });
    let total = |channel: usize| {
        let each = sums.iter().skip(channel).step_by(channels);
        each.map(|sum| f64::from(*sum)).sum::<f64>() as f32
    };
    (0..channels).map(total).collect()
}

/// Sums of the pixels of each row, and of all rows.
struct PixelSums<'a> {
    rows: std::slice::Chunks<'a, f32>,
    row: &'a mut [f32],
    sums: &'a mut [f32],
}

impl WithSimd for PixelSums<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        for pixels in self.rows {
            self.row.fill(0.0);
            for pixel in pixels.chunks_exact(self.row.len()) {
                add(self.row, pixel);
            }
            add(self.sums, self.row);
        }
    }
}

/// Adds values to sums.
#[inline(always)]
pub(super) fn add(sums: &mut [f32], values: &[f32]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += value;
    }
}

/// The gradient of the weights [O, I] of a 1x1 convolution. Neither they nor the grid are empty.
pub(super) fn of_weights(input: &Input<'_>, output: &Input<'_>, out: &mut [f32]) {
    let [batch, height, width] = output.grid();
    let strides = [input.stride, output.stride];
    let sums_len = strides[0] * strides[1];
    let pictures = batch.div_ceil(PARTS);
    let mut sums = Values::new(batch.div_ceil(pictures) * sums_len);
    let rows = (TOGETHER / width).clamp(1, height);
    for_each_piece(&mut sums, sums_len, |part, sums| {
        sums.fill(0.0);
        let most = rows * width;
        scratch::with(most * (strides[0] + strides[1]), |memory| {
            let (left, right) = memory.split_at_mut(most * strides[0]);
            for picture in part * pictures..batch.min((part + 1) * pictures) {
                for top in (0..height).step_by(rows) {
                    let strip = Strip {
                        picture,
                        top: top as isize,
                        left: 0,
                        rows: rows.min(height - top),
                        columns: width,
                    };
                    let pixels = strip.rows * width;
                    input.fill(strip, &mut left[..pixels * strides[0]]);
                    output.fill(strip, &mut right[..pixels * strides[1]]);
                    product(pixels, [&*left, &*right], strides, sums, true);
                }
            }
        });
    });
    for (output, to) in out.chunks_exact_mut(input.channels).enumerate() {
        for (input, to) in to.iter_mut().enumerate() {
            let parts = sums.iter().skip(input * strides[1] + output);
            *to = parts.step_by(sums_len).sum();
        }
    }
}
