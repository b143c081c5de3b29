//! What happens to a layer's input before it is convolved, and the way of gradients back through it: concatenation,
//! GroupNorm, modulation, SiLU, dropout and resampling.

use std::sync::Arc;

use super::deactivation::{Deactivate, Denormalize};
use super::dropout;
use super::norm::Normal;
use super::resample::{back, copy_channels};
use crate::ops::cpu::input::{Input, Strip, padded};
use crate::ops::cpu::map::Map;
use crate::ops::cpu::memory::Values;
use crate::ops::cpu::parallel::for_each_part;
use crate::ops::cpu::scratch;
use crate::ops::cpu::simd;
use crate::ops::{Dropout, Resample};

/// A layer's input and what happens to it.
#[derive(Debug, Clone)]
pub(super) struct Activation {
    /// One or two feature maps on the same grid.
    pub(super) sources: Vec<Map>,
    pub(super) normal: Option<Arc<Normal>>,
    pub(super) silu: bool,
    pub(super) dropout: Option<Dropout>,
    pub(super) resample: Resample,
}

/// Gradients of what a layer reads.
pub(super) struct InputGradients {
    /// Those of the sources, where they are wanted.
    pub(super) sources: Vec<Option<Map>>,
    /// Of the values behind the normalization: the sum over a picture's pixels, and that of the product with the
    /// normalized value, for each channel, [B, 2, C].
    pub(super) sums: Vec<f32>,
}

impl Activation {
    /// Pictures, rows and columns of the sources.
    fn grid(&self) -> [usize; 3] {
        self.sources.first().map_or([0; 3], |source| source.grid)
    }

    /// Channels of all sources.
    fn channels(&self) -> usize {
        self.sources.iter().map(|source| source.channels).sum()
    }

    /// A picture's own pixels.
    fn picture(&self, picture: usize) -> Strip {
        let [_, rows, columns] = self.grid();
        Strip {
            picture,
            top: 0,
            left: 0,
            rows,
            columns,
        }
    }

    /// Hands the input over to a convolution.
    pub(super) fn read<R>(&self, work: impl FnOnce(&Input<'_>) -> R) -> R {
        let affine = self.normal.as_ref().map(|normal| normal.affine.as_slice());
        match self.dropout {
            None => work(&Input::new(&self.sources, affine, self.silu, self.resample)),
            Some(dropout) => {
                let input = Input::new(&self.sources, affine, self.silu, Resample::Keep);
                let kept = [self.kept(&input, dropout)];
                work(&Input::new(&kept, None, false, self.resample))
            }
        }
    }

    /// What dropout leaves of the activated input.
    fn kept(&self, input: &Input<'_>, dropout: Dropout) -> Map {
        let grid = self.grid();
        let (channels, stride) = (input.channels, input.stride);
        let pixels = grid[1] * grid[2];
        let mut out = Values::new(grid[0] * pixels * channels);
        let sizes = [pixels * channels];
        for_each_part(grid[0], [&mut *out], sizes, |picture, [out]| {
            scratch::with(pixels * stride, |values| {
                input.fill(self.picture(picture), values);
                dropout::apply(dropout, picture, channels, stride, values);
                copy_channels(values, stride, out, channels);
            });
        });
        Map::of(out, grid, channels)
    }

    /// From the gradient of what the convolution read to those of the sources that are wanted.
    pub(super) fn gradients(&self, gradient: Map, wanted: [bool; 2]) -> InputGradients {
        let (grid, channels) = (self.grid(), self.channels());
        let untouched = self.normal.is_none() && !self.silu && self.dropout.is_none();
        if untouched && self.sources.len() == 1 {
            return InputGradients {
                sources: vec![Some(back(gradient, self.resample, grid))],
                sums: Vec::new(),
            };
        }
        let [batch, height, width] = grid;
        let (pixels, stride) = (height * width, padded(channels));
        let (opposite, factor) = super::resample::opposite(self.resample);
        let gradient = [gradient];
        let gradient = Input::new(&gradient, None, false, opposite);
        let values = Input::new(&self.sources, None, false, Resample::Keep);
        let sizes = [0, 1].map(|which| match self.sources.get(which) {
            Some(source) if wanted[which] => pixels * source.channels,
            _ => 0,
        });
        let [mut first, mut second] = sizes.map(|size| Values::new(batch * size));
        let mut sums = vec![0.0; 2 * batch * channels];
        for_each_part(
            batch,
            [&mut *first, &mut *second, &mut sums],
            [sizes[0], sizes[1], 2 * channels],
            |picture, [first, second, sums]| {
                let length = pixels * stride;
                scratch::with(2 * length + 9 * stride, |memory| {
                    let (x, rest) = memory.split_at_mut(length);
                    let (d, parameters) = rest.split_at_mut(length);
                    values.fill(self.picture(picture), x);
                    gradient.fill(self.picture(picture), d);
                    if let Some(dropout) = self.dropout {
                        dropout::apply(dropout, picture, channels, stride, d);
                    }
                    let (of_values, way_back) = parameters.split_at_mut(6 * stride);
                    self.put_affine(picture, stride, of_values);
                    simd::run(Deactivate {
                        x,
                        d,
                        stride,
                        row: width * stride,
                        factor,
                        silu: self.silu,
                        affine: of_values,
                    });
                    let totals = &of_values[4 * stride..];
                    let totals = [&totals[..channels], &totals[stride..][..channels]];
                    let (sum, product) = sums.split_at_mut(channels);
                    sum.copy_from_slice(totals[0]);
                    product.copy_from_slice(totals[1]);
                    self.put_way_back(picture, pixels, totals, stride, way_back);
                    let mut start = 0;
                    for (source, to) in self.sources.iter().zip([first, second]) {
                        if !to.is_empty() {
                            simd::run(Denormalize {
                                x: &x[start..],
                                d: &d[start..],
                                stride,
                                way_back: &way_back[start..],
                                to,
                                channels: source.channels,
                            });
                        }
                        start += source.channels;
                    }
                });
            },
        );
        let maps = self.sources.iter().zip([first, second]).zip(wanted);
        let maps = maps.map(|((source, values), wanted)| {
            wanted.then(|| Map::of(values, grid, source.channels))
        });
        InputGradients {
            sources: maps.collect(),
            sums,
        }
    }

    /// Scale and shift of each channel to the activation's input and to the normalized value, [4, `stride`], of the six
    /// rows that [`Deactivate`] takes.
    fn put_affine(&self, picture: usize, stride: usize, to: &mut [f32]) {
        let channels = self.channels();
        to.fill(0.0);
        to[..channels].fill(1.0);
        if let Some(normal) = &self.normal {
            let from = [&normal.affine, &normal.standard]
                .map(|from| &from[2 * picture * channels..][..2 * channels]);
            let from = from
                .into_iter()
                .flat_map(|from| from.chunks_exact(channels));
            for (to, from) in to.chunks_exact_mut(stride).zip(from) {
                to[..channels].copy_from_slice(from);
            }
        }
    }

    /// See [`Normal::way_back`]; [3, `stride`].
    fn put_way_back(
        &self,
        picture: usize,
        pixels: usize,
        sums: [&[f32]; 2],
        stride: usize,
        to: &mut [f32],
    ) {
        let (by, rest) = to.split_at_mut(stride);
        let (of_value, plus) = rest.split_at_mut(stride);
        match &self.normal {
            Some(normal) => normal.way_back(picture, pixels, sums, [by, of_value, plus]),
            None => {
                by.fill(1.0);
                of_value.fill(0.0);
                plus.fill(0.0);
            }
        }
    }
}
