//! Shapes of layers, of which many meet no vector's, tile's or panel's width.

use diffae::ops::Resample;

/// A convolution with nothing around it.
pub(crate) struct Bare {
    pub(crate) batch: usize,
    pub(crate) grid: [usize; 2],
    pub(crate) kernel: usize,
    pub(crate) channels: usize,
    pub(crate) out: usize,
}

/// Convolutions of both kernels over many grids, widths and batches.
pub(crate) fn bare() -> Vec<Bare> {
    let grids = [
        [1, 1],
        [2, 2],
        [3, 3],
        [4, 4],
        [5, 7],
        [8, 8],
        [9, 4],
        [13, 13],
        [16, 16],
        [32, 32],
        [1, 40],
        [64, 64],
    ];
    let widths = [
        [1, 1],
        [3, 5],
        [5, 3],
        [9, 12],
        [12, 32],
        [33, 17],
        [64, 40],
    ];
    let mut all = Vec::new();
    for (index, grid) in grids.into_iter().enumerate() {
        for kernel in [1, 3] {
            for [channels, out] in [widths[index % 7], widths[(index + 3) % 7]] {
                all.push(Bare {
                    batch: 1 + index % 4,
                    grid,
                    kernel,
                    channels,
                    out,
                });
            }
        }
    }
    all
}

/// The grid that a map has behind resampling.
pub(crate) fn resampled([height, width]: [usize; 2], resample: Resample) -> [usize; 2] {
    match resample {
        Resample::Keep => [height, width],
        Resample::Up => [2 * height, 2 * width],
        Resample::Down => [height / 2, width / 2],
    }
}

/// The grid of a residual that resampling takes to that of the output.
pub(crate) fn under_residual([height, width]: [usize; 2], resample: Resample) -> [usize; 2] {
    match resample {
        Resample::Keep => [height, width],
        Resample::Up => [height.div_ceil(2), width.div_ceil(2)],
        Resample::Down => [2 * height, 2 * width],
    }
}
