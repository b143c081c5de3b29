//! Between pixels and channels: maps of any order in memory to channels last, with blocks of pixels
//! folded into channels on the way, and back.

use burn::tensor::{Shape, Tensor};
use burn_flex::{FlexTensor, Layout};

use super::flex::{primitive, tensor};
use super::gather::gather;
use super::map::Map;
use super::memory::Values;

/// See [`unfold`](crate::ops::unfold).
pub fn unfold(x: Tensor<4>, patch: usize) -> Tensor<4> {
    let shape = x.dims();
    let (values, grid, channels) = unfolded(&primitive(x), shape, patch);
    Map::tensor(values, grid, channels)
}

/// What [`unfold`] makes of a tensor of this shape, its grid and its channels.
pub(super) fn unfolded(
    x: &FlexTensor,
    [batch, channels, height, width]: [usize; 4],
    patch: usize,
) -> (Values, [usize; 3], usize) {
    let grid = [batch, height / patch, width / patch];
    let channels = channels * patch * patch;
    (gather(x, grid, channels, patch), grid, channels)
}

/// See [`fold`](crate::ops::fold).
pub fn fold(x: Tensor<4>, patch: usize) -> Tensor<4> {
    let (values, layout) = folded(&Map::new(x), patch);
    tensor(values.into_bytes(), layout)
}

/// What [`fold`] makes of a map.
pub(super) fn folded(x: &Map, patch: usize) -> (Values, Layout) {
    let [batch, rows, columns] = x.grid;
    let channels = x.channels / (patch * patch);
    let (height, width) = (rows * patch, columns * patch);
    let mut out = Values::new(batch * channels * height * width);
    for (row, to) in out.chunks_exact_mut(width.max(1)).enumerate() {
        let (y, plane) = (row % height, row / height);
        let (channel, picture) = (plane % channels, plane / channels);
        let from = x.from(picture, y / patch, 0);
        let first = (channel * patch + y % patch) * patch;
        for (x_out, to) in to.iter_mut().enumerate() {
            *to = from[x_out / patch * x.channels + first + x_out % patch];
        }
    }
    let shape = Shape::from([batch, channels, height, width]);
    (out, Layout::contiguous(shape))
}
