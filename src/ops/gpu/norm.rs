//! The statistics of GroupNorm, in one dispatch before the convolution that applies them.
//!
//! A workgroup takes a whole group of channels of one picture, so that no second pass is needed to
//! combine partial results, and groups may straddle a concatenation. Sums are means and squared
//! differences combined by Chan's method, never E[x²] − E[x]², which cancels. With 32 groups this
//! leaves most of a large GPU idle, but each value is read once: at 256x256 positions of 128
//! channels that is 34 MB, a millisecond beside the 20 that the convolution takes.

use burn::tensor::Tensor;
use cubecl::server::Handle;

use super::launch::{Reached, Shader, launch};
use super::map::Map;
use super::primitive::primitive;
use crate::ops::{Modulation, Norm};

/// Values of a group from which 256 threads share it, not 64: with fewer, combining the threads'
/// results would take longer than reading.
const MANY: usize = 8192;

/// One compiled form of the shader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Variant {
    skip: bool,
    modulation: bool,
    many: bool,
    half: bool,
}

impl Shader for Variant {
    const FILE: &'static str = include_str!("statistics.wgsl");

    fn name(&self) -> &'static str {
        "statistics"
    }

    fn constants(&self) -> Vec<(&'static str, usize)> {
        vec![("THREADS", if self.many { 256 } else { 64 })]
    }

    fn lines(&self) -> Vec<(&'static str, bool)> {
        vec![
            ("skip", self.skip),
            ("modulation", self.modulation),
            ("half", self.half),
        ]
    }
}

/// Scales, then shifts, of every picture's channels.
pub(super) fn statistics(
    x: &Map,
    skip: Option<&Map>,
    norm: &Norm,
    modulation: Option<&Modulation>,
) -> Handle {
    let channels = x.channels + skip.map_or(0, |skip| skip.channels);
    let outs = channels.next_multiple_of(4);
    let positions = x.height * x.width;
    let per_group = channels / norm.groups;
    let output = x.client().empty(2 * x.batch * outs * size_of::<f32>());

    let gain = primitive(norm.gain.clone()).handle;
    let bias = primitive(norm.bias.clone()).handle;
    let modulated = modulation.map(|modulation| {
        let scales = in_rows(modulation.scales.clone());
        (
            scales,
            in_rows(modulation.shifts.clone()),
            modulation.columns.start,
        )
    });
    let of = |values: usize| values * size_of::<f32>();
    let mut buffers = vec![x.whole()];
    buffers.extend(skip.map(Map::whole));
    buffers.extend([&gain, &bias].map(|values| Reached(values, of(channels))));
    let (mut scale_row, mut shift_row, mut column) = (0, 0, 0);
    if let Some((scales, shifts, start)) = &modulated {
        buffers.extend([scales, shifts].map(|(rows, stride)| {
            let last = stride * (x.batch - 1) + start;
            Reached(rows, of(last + channels))
        }));
        (scale_row, shift_row, column) = (scales.1, shifts.1, *start);
    }
    buffers.push(Reached(&output, of(2 * x.batch * outs)));

    let info = [
        positions,
        channels,
        x.channels,
        4 * x.vectors(),
        4 * skip.map_or(0, Map::vectors),
        per_group,
        outs,
        scale_row,
        shift_row,
        column,
    ];
    let variant = Variant {
        skip: skip.is_some(),
        modulation: modulation.is_some(),
        many: positions * per_group > MANY,
        half: x.half,
    };
    let grid = [norm.groups, x.batch, 1];
    launch(x.client(), variant, grid, &buffers, &info, 0);
    output
}

/// The buffer of rows whose columns lie next to each other, and the values from one row to the
/// next: none where all pictures share one row.
fn in_rows(rows: Tensor<2>) -> (Handle, usize) {
    let rows = primitive(Map::from_rows(rows).into_rows());
    let stride = match rows.meta.shape()[0] {
        1 => 0,
        _ => rows.meta.strides()[0],
    };
    (rows.handle, stride)
}
