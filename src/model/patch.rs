//! Folding blocks of pixels into channels and back (PyTorch's `pixel_unshuffle` and
//! `pixel_shuffle`), so that a small network can work on a coarser grid than the picture's.

use burn::tensor::Tensor;

/// Pixels to channels: channel c·p² + i·p + j of the output is row i, column j of channel c's blocks.
///
/// # Shapes
/// - x: [B, C, H, W], output: [B, C·p², H/p, W/p]
pub fn unfold(x: Tensor<4>, patch: usize) -> Tensor<4> {
    if patch == 1 {
        return x;
    }
    let [batch, channels, height, width] = x.dims();
    let (rows, columns) = (height / patch, width / patch);
    x.reshape([batch, channels, rows, patch, columns, patch])
        .permute([0, 1, 3, 5, 2, 4]) // [B, C, p, p, H/p, W/p]
        .reshape([batch, channels * patch * patch, rows, columns])
}

/// Channels to pixels, the inverse of [`unfold`].
///
/// # Shapes
/// - x: [B, C·p², H, W], output: [B, C, H·p, W·p]
pub fn fold(x: Tensor<4>, patch: usize) -> Tensor<4> {
    if patch == 1 {
        return x;
    }
    let [batch, channels, rows, columns] = x.dims();
    let channels = channels / (patch * patch);
    x.reshape([batch, channels, patch, patch, rows, columns])
        .permute([0, 1, 4, 2, 5, 3]) // [B, C, H, p, W, p]
        .reshape([batch, channels, rows * patch, columns * patch])
}
