//! GroupNorm as one multiplication and one addition per value: its statistics, gain and bias and the
//! modulation behind it, folded into a scale and a shift for every channel.

use macerator::WithSimd;

use super::input::{load_part, store_part};
use super::map::{Map, Matrix};
use super::scratch;
use super::simd::{self, F32, Simd, lanes, load, mul_add, splat, store};
use crate::ops::{Modulation, Norm};

/// Added to variances before the square root, as PyTorch's norms do by default.
const EPS: f64 = 1e-5;

/// Pixels whose sums are taken on their own before they join the others', so that rounding grows
/// with the number of such runs and not of pixels.
const RUN: usize = 256;

/// Length of the result of [`affine`].
pub(super) fn affine_len(sources: &[Map]) -> usize {
    let channels: usize = sources.iter().map(|source| source.channels).sum();
    2 * channels * sources.first().map_or(0, |source| source.grid[0])
}

/// Scale and shift of every channel of the concatenated sources, [B, 2, C].
pub(super) fn affine(
    sources: &[Map],
    norm: &Norm,
    modulation: Option<Modulation>,
    affine: &mut [f32],
) {
    let gain = Matrix::new(norm.gain.clone().unsqueeze());
    let bias = Matrix::new(norm.bias.clone().unsqueeze());
    let modulation =
        modulation.map(|modulation| [modulation.scale(), modulation.shift()].map(Matrix::new));
    let channels: usize = sources.iter().map(|source| source.channels).sum();
    let per_group = channels / norm.groups.max(1);
    for (picture, affine) in affine.chunks_exact_mut((2 * channels).max(1)).enumerate() {
        scratch::with(2 * channels, |moments| {
            let pixels = channel_moments(sources, picture, moments);
            let (means, squares) = moments.split_at(channels);
            let (scale, shift) = affine.split_at_mut(channels);
            for group in 0..norm.groups {
                let members = group * per_group..(group + 1) * per_group;
                let [mean, inverse] =
                    combine(&means[members.clone()], &squares[members.clone()], pixels);
                for channel in members {
                    let mut a = inverse * f64::from(gain.row(0)[channel]);
                    let mut b = f64::from(bias.row(0)[channel]) - mean * a;
                    if let Some([by, plus]) = &modulation {
                        let by = f64::from(by.row(picture)[channel]);
                        a *= by;
                        b = b * by + f64::from(plus.row(picture)[channel]);
                    }
                    scale[channel] = a as f32;
                    shift[channel] = b as f32;
                }
            }
        });
    }
}

/// The mean of every channel of the concatenated sources in a picture, then the sum of each one's squared
/// distances from it, [2, C]; the output is the number of pixels.
pub(super) fn channel_moments(sources: &[Map], picture: usize, moments: &mut [f32]) -> usize {
    let (mut means, mut squares) = moments.split_at_mut(moments.len() / 2);
    let mut pixels = 0;
    for source in sources {
        let (mean, rest_means) = means.split_at_mut(source.channels);
        let (square, rest_squares) = squares.split_at_mut(source.channels);
        pixels = source.grid[1] * source.grid[2];
        simd::run(Moments {
            values: source.picture(picture),
            pixels,
            mean,
            square,
        });
        (means, squares) = (rest_means, rest_squares);
    }
    pixels
}

/// Mean and inverse standard deviation of a group, from the mean of each of its channels and the sum
/// of their squared distances from it (Chan's formula).
pub(super) fn combine(means: &[f32], squares: &[f32], pixels: usize) -> [f64; 2] {
    let count = means.len() as f64;
    let mean = means.iter().map(|m| f64::from(*m)).sum::<f64>() / count;
    let within: f64 = squares.iter().map(|s| f64::from(*s)).sum();
    let between: f64 = means.iter().map(|m| (f64::from(*m) - mean).powi(2)).sum();
    let variance = (within / pixels as f64 + between) / count;
    [mean, (variance + EPS).sqrt().recip()]
}

/// Mean of each channel, and the sum of the squared distances from it.
struct Moments<'a> {
    values: &'a [f32],
    pixels: usize,
    mean: &'a mut [f32],
    square: &'a mut [f32],
}

impl WithSimd for Moments<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        let lanes = lanes::<S>();
        let channels = self.mean.len();
        let whole = channels / lanes * lanes;
        let mut at = 0;
        while at < whole {
            let [mean, square] = moments(
                self.pixels,
                #[inline(always)]
                |pixel| load::<S>(&self.values[pixel * channels + at..]),
            );
            store(&mut self.mean[at..], mean);
            store(&mut self.square[at..], square);
            at += lanes;
        }
        if whole < channels {
            let [mean, square] = moments(
                self.pixels,
                #[inline(always)]
                |pixel| load_part::<S>(&self.values[pixel * channels..][whole..channels]),
            );
            store_part(&mut self.mean[whole..], mean);
            store_part(&mut self.square[whole..], square);
        }
    }
}

/// Sums of distances from the first pixel, and of their squares: unlike sums of the values
/// themselves they do not cancel where the mean is large against the deviation.
#[inline(always)]
fn moments<S: Simd>(pixels: usize, read: impl Fn(usize) -> F32<S>) -> [F32<S>; 2] {
    let pivot = read(0);
    let (mut sum, mut square) = (splat(0.0), splat(0.0));
    let mut start = 0;
    while start < pixels {
        let (mut run_sum, mut run_square) = (splat(0.0), splat(0.0));
        let end = pixels.min(start + RUN);
        for pixel in start..end {
            let distance = read(pixel) - pivot;
            run_sum += distance;
            run_square = mul_add(distance, distance, run_square);
        }
        sum += run_sum;
        square += run_square;
        start = end;
    }
    let mean = sum * splat(1.0 / pixels as f32);
    [pivot + mean, (square - sum * mean).max(splat(0.0))]
}
