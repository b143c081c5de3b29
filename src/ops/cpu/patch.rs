//! Between pixels and channels: maps of any order in memory to channels last, with blocks of pixels
//! folded into channels on the way, and back.

use burn::tensor::{Shape, Tensor};
use burn_flex::Layout;

use super::flex::{primitive, tensor};
use super::gather::gather;
use super::map::Map;
use super::memory::Values;

/// See [`unfold`](crate::ops::unfold).
pub(super) fn unfold(x: Tensor<4>, patch: usize) -> Tensor<4> {
    let [batch, channels, height, width] = x.dims();
    let grid = [batch, height / patch, width / patch];
    let channels = channels * patch * patch;
    Map::tensor(gather(&primitive(x), grid, channels, patch), grid, channels)
}

/// See [`fold`](crate::ops::fold).
pub(super) fn fold(x: Tensor<4>, patch: usize) -> Tensor<4> {
    let x = Map::new(x);
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
    tensor(out.into_bytes(), Layout::contiguous(shape))
}
