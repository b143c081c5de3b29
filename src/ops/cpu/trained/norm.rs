//! GroupNorm and modulation of a layer's input, and what becomes of their parameters' gradients.

use std::ops::Range;

use crate::ops::cpu::map::{Map, Matrix};
use crate::ops::cpu::parallel::for_each_part;
use crate::ops::cpu::scratch;
use crate::ops::cpu::stats::{channel_moments, combine};

/// A layer's normalization of a batch.
#[derive(Debug)]
pub(super) struct Normal {
    parameters: Parameters,
    /// Scale and shift from a value to the normalized and modulated one, for each channel, [B, 2, C].
    pub(super) affine: Vec<f32>,
    /// Scale and shift from a value to the normalized one, without gain and bias, [B, 2, C].
    pub(super) standard: Vec<f32>,
}

/// What a normalization multiplies and adds.
#[derive(Debug)]
pub(super) struct Parameters {
    pub(super) groups: usize,
    /// `[C]`.
    pub(super) gain: Vec<f32>,
    /// `[C]`.
    pub(super) bias: Vec<f32>,
    pub(super) modulation: Option<Rows>,
}

/// Scales and shifts of all layers, [B or 1, ΣC], and the columns of this one.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) scales: Matrix,
    pub(super) shifts: Matrix,
    pub(super) columns: Range<usize>,
}

/// Gradients of what a normalization multiplies and adds.
pub(super) struct ParameterGradients {
    /// `[C]`.
    pub(super) gain: Vec<f32>,
    /// `[C]`.
    pub(super) bias: Vec<f32>,
}

impl Parameters {
    /// Scale and shift of a channel of a picture behind the normalization.
    fn modulation(&self, picture: usize, channel: usize) -> [f64; 2] {
        match &self.modulation {
            Some(rows) => [&rows.scales, &rows.shifts]
                .map(|matrix| f64::from(matrix.row(picture)[rows.columns.start + channel])),
            None => [1.0, 0.0],
        }
    }
}

impl Normal {
    /// The statistics of the concatenated sources.
    pub(super) fn new(sources: &[Map], parameters: Parameters) -> Self {
        let channels = parameters.gain.len();
        let batch = sources.first().map_or(0, |source| source.grid[0]);
        let mut affine = vec![0.0; 2 * batch * channels];
        let mut standard = affine.clone();
        let per_group = channels / parameters.groups.max(1);
        let size = 2 * channels;
        for_each_part(
            batch,
            [&mut affine, &mut standard],
            [size; 2],
            |picture, [affine, standard]| {
                scratch::with(size, |moments| {
                    let pixels = channel_moments(sources, picture, moments);
                    let (means, squares) = moments.split_at(channels);
                    for group in 0..parameters.groups {
                        let members = group * per_group..(group + 1) * per_group;
                        let [mean, inverse] =
                            combine(&means[members.clone()], &squares[members.clone()], pixels);
                        for channel in members {
                            standard[channel] = inverse as f32;
                            standard[channels + channel] = (-mean * inverse) as f32;
                            let [by, plus] = parameters.modulation(picture, channel);
                            let scale = inverse * f64::from(parameters.gain[channel]);
                            let shift = f64::from(parameters.bias[channel]) - mean * scale;
                            affine[channel] = (scale * by) as f32;
                            affine[channels + channel] = (shift * by + plus) as f32;
                        }
                    }
                });
            },
        );
        Self {
            parameters,
            affine,
            standard,
        }
    }

    /// How the gradient of a picture's values follows from that of the normalized and modulated ones and the values:
    /// its factors for both and what is added, for each channel. `sums` holds the sum of the latter gradient over
    /// `pixels`, and of its product with the normalized value, [2, C].
    pub(super) fn way_back(
        &self,
        picture: usize,
        pixels: usize,
        sums: [&[f32]; 2],
        [by, of_value, plus]: [&mut [f32]; 3],
    ) {
        let Parameters { groups, gain, .. } = &self.parameters;
        let channels = gain.len();
        let per_group = channels / (*groups).max(1);
        let standard = &self.standard[2 * picture * channels..][..2 * channels];
        for group in 0..*groups {
            let members = group * per_group..(group + 1) * per_group;
            let count = (per_group * pixels) as f64;
            let [mean, product] = sums.map(|sums| {
                let each = members.clone().map(|channel| {
                    let [by, _] = self.parameters.modulation(picture, channel);
                    by * f64::from(gain[channel]) * f64::from(sums[channel])
                });
                each.sum::<f64>() / count
            });
            for channel in members {
                let inverse = f64::from(standard[channel]);
                let shift = f64::from(standard[channels + channel]);
                by[channel] = self.affine[2 * picture * channels + channel];
                of_value[channel] = (-inverse * inverse * product) as f32;
                plus[channel] = (-inverse * (mean + shift * product)) as f32;
            }
        }
    }

    /// Gradients of gain and bias from the sums of each picture, [B, 2, C] (see [`way_back`](Self::way_back)).
    pub(super) fn of_parameters(&self, sums: &[f32]) -> ParameterGradients {
        let channels = self.parameters.gain.len();
        let total = |which: usize| -> Vec<f32> {
            let each = |channel: usize| {
                let pictures = sums.chunks_exact((2 * channels).max(1)).enumerate();
                let each = pictures.map(|(picture, sums)| {
                    let [by, _] = self.parameters.modulation(picture, channel);
                    by * f64::from(sums[which * channels + channel])
                });
                each.sum::<f64>() as f32
            };
            (0..channels).map(each).collect()
        };
        ParameterGradients {
            gain: total(1),
            bias: total(0),
        }
    }

    /// Gradients of the scales and of the shifts of all layers, which are zero in other layers' columns, and the number
    /// of their rows and columns.
    pub(super) fn of_modulation(&self, sums: &[f32]) -> Option<([Vec<f32>; 2], [usize; 2])> {
        let Parameters {
            gain,
            bias,
            modulation,
            ..
        } = &self.parameters;
        let rows = modulation.as_ref()?;
        let shape = [rows.scales.rows, rows.scales.columns];
        let mut scales = vec![0.0; shape[0] * shape[1]];
        let mut shifts = scales.clone();
        let channels = gain.len();
        for (picture, sums) in sums.chunks_exact((2 * channels).max(1)).enumerate() {
            let row = picture.min(shape[0] - 1) * shape[1] + rows.columns.start;
            let (sum, product) = sums.split_at(channels);
            for channel in 0..channels {
                scales[row + channel] +=
                    gain[channel] * product[channel] + bias[channel] * sum[channel];
                shifts[row + channel] += sum[channel];
            }
        }
        Some(([scales, shifts], shape))
    }
}
