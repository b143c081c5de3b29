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

/// What can happen to a layer's input and output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Around {
    pub(crate) resample: Resample,
    pub(crate) residual: Option<Resample>,
    pub(crate) kernel: usize,
    pub(crate) norm: bool,
    pub(crate) modulation: usize,
    pub(crate) silu: bool,
}

/// Everything that can happen around a layer, one after the other.
pub(crate) fn around() -> Vec<Around> {
    let resamples = [Resample::Keep, Resample::Up, Resample::Down];
    let mut all = Vec::new();
    for resample in resamples {
        for residual in std::iter::once(None).chain(resamples.map(Some)) {
            for kernel in [1, 3] {
                for (norm, modulation, silu) in [
                    (false, 0, false),
                    (false, 0, true),
                    (true, 0, false),
                    (true, 0, true),
                    (true, 1, true),
                    (true, 2, true),
                ] {
                    all.push(Around {
                        resample,
                        residual,
                        kernel,
                        norm,
                        modulation,
                        silu,
                    });
                }
            }
        }
    }
    all
}

impl Around {
    /// A grid for it. An odd one is not what doubling a residual gives.
    pub(crate) fn grid(&self, wanted: [usize; 2]) -> [usize; 2] {
        match self.residual == Some(Resample::Up) && self.resample != Resample::Up {
            true => [8, 12],
            false => wanted,
        }
    }
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
