//! The way of gradients back through resampling: each direction's is the other one times a number.

use crate::ops::Resample;
use crate::ops::cpu::input::{Input, Strip};
use crate::ops::cpu::map::Map;
use crate::ops::cpu::memory::Values;
use crate::ops::cpu::parallel::for_each_part;
use crate::ops::cpu::scratch;

/// The resampling that leads gradients back, and what its values count: four pixels are copies of one, or one is a
/// quarter of each of four.
pub(super) fn opposite(resample: Resample) -> (Resample, f32) {
    match resample {
        Resample::Keep => (Resample::Keep, 1.0),
        Resample::Up => (Resample::Down, 4.0),
        Resample::Down => (Resample::Up, 0.25),
    }
}

/// From the gradient of a resampled map to that of the map on its own grid.
pub(super) fn back(gradient: Map, resample: Resample, grid: [usize; 3]) -> Map {
    if resample == Resample::Keep {
        return gradient;
    }
    let (opposite, factor) = opposite(resample);
    let channels = gradient.channels;
    let gradient = [gradient];
    let input = Input::new(&gradient, None, false, opposite);
    let [batch, rows, columns] = grid;
    let mut out = Values::new(batch * rows * columns * channels);
    let size = rows * columns * channels;
    for_each_part(batch, [&mut *out], [size], |picture, [out]| {
        scratch::with(rows * columns * input.stride, |values| {
            let strip = Strip {
                picture,
                top: 0,
                left: 0,
                rows,
                columns,
            };
            input.fill(strip, values);
            copy_channels(values, input.stride, out, channels);
            for value in out {
                *value *= factor;
            }
        });
    });
    Map::of(out, grid, channels)
}

/// Copies the first channels of pixels `stride` apart to pixels of these channels alone.
pub(super) fn copy_channels(from: &[f32], stride: usize, to: &mut [f32], channels: usize) {
    if stride == channels {
        to.copy_from_slice(from);
        return;
    }
    let pixels = from.chunks_exact(stride);
    for (to, from) in to.chunks_exact_mut(channels.max(1)).zip(pixels) {
        to.copy_from_slice(&from[..channels]);
    }
}
