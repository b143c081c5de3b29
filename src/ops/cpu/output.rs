//! What is added to a convolution's sums on the way out: the bias, and the residual on its own way to
//! the output's grid.

use super::input::{load_part, store_part};
use super::map::Map;
use super::simd::{F32, Simd, lanes, load, splat, store};
use crate::ops::Resample;

/// A convolution's output.
pub(super) struct Output<'a> {
    /// Bias of each channel.
    pub(super) bias: &'a [f32],
    /// Feature map that is added.
    pub(super) residual: Option<(Map, Resample)>,
    /// Pictures, rows and columns.
    pub(super) grid: [usize; 3],
}

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

    /// Writes a vector of sums to a pixel (or, at the last channels, what there is room for), from
    /// channel `at` on.
    #[inline(always)]
    pub(super) fn write<S: Simd>(&self, pixel: Pixel, at: usize, sums: F32<S>, to: &mut [f32]) {
        let lanes = lanes::<S>();
        if at + lanes <= self.channels() {
            let sums = sums + load(&self.bias[at..]);
            store(&mut to[at..], self.add(pixel, sums, |x| load(&x[at..])));
        } else {
            let end = self.channels();
            let sums = sums + load_part(&self.bias[at..]);
            let sums = self.add(pixel, sums, |x| load_part(&x[at..end]));
            store_part(&mut to[at..end], sums);
        }
    }

    #[inline(always)]
    fn add<S: Simd>(&self, pixel: Pixel, sums: F32<S>, read: impl Fn(&[f32]) -> F32<S>) -> F32<S> {
        let Some((map, resample)) = &self.residual else {
            return sums;
        };
        let Pixel { picture, y, x } = pixel;
        sums + match resample {
            Resample::Keep => read(map.from(picture, y, x)),
            Resample::Up => read(map.from(picture, y / 2, x / 2)),
            Resample::Down => {
                let (y, x) = (2 * y, 2 * x);
                let above = read(map.from(picture, y, x)) + read(map.from(picture, y, x + 1));
                let below =
                    read(map.from(picture, y + 1, x)) + read(map.from(picture, y + 1, x + 1));
                (above + below) * splat(0.25)
            }
        }
    }
}
