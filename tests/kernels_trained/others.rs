//! Attention, and pixels to channels and back.

use burn::tensor::{Device, Tensor};
use diffae::ops::{self, Conv, Kernels, prepare};
use diffae::weights::{Array, Trained, Values};

use crate::draws::Draws;
use crate::gradients::{Leaves, close, constant, differences, gradients};

/// Attention over the grids of some pictures.
#[derive(Debug)]
pub(crate) struct Attention {
    pub(crate) batch: usize,
    pub(crate) grid: [usize; 2],
    pub(crate) heads: usize,
    pub(crate) depth: usize,
}

impl Attention {
    /// Values of the output.
    fn len(&self) -> usize {
        self.batch * self.grid.iter().product::<usize>() * self.heads * self.depth
    }

    fn leaves(&self) -> Leaves {
        vec![("qkv", Draws(5).values(3 * self.len(), 0.1))]
    }

    fn counts(&self) -> Vec<f32> {
        Draws(3).values(self.len(), 0.1)
    }

    fn forward(&self, kernels: Kernels, leaf: &dyn Fn(&str) -> Tensor<1>) -> Tensor<4> {
        let ([height, width], channels) = (self.grid, self.heads * self.depth);
        let qkv = leaf("qkv").reshape([self.batch, 3 * channels, height, width]) * 2.0;
        ops::attention(qkv, self.heads, &like(kernels))
    }

    pub(crate) fn gradients(&self, kernels: Kernels) -> Leaves {
        gradients(&self.leaves(), &self.counts(), &|leaf| {
            self.forward(kernels, leaf)
        })
    }
}

/// A layer whose kernels others take.
fn like(kernels: Kernels) -> Conv {
    let one = |shape: &[usize]| Array {
        shape: shape.to_vec(),
        values: Values::Trained(Trained(constant(&[1.0]))),
    };
    let device = Device::flex().autodiff();
    prepare::conv(one(&[1, 1, 1]), one(&[1]), kernels, &device)
}

#[test]
fn attention_over_grids() {
    for (index, (grid, heads, depth)) in [
        ([1, 1], 1, 4),
        ([3, 3], 1, 5),
        ([8, 8], 1, 40),
        ([16, 16], 1, 24),
        ([7, 5], 3, 9),
        ([16, 16], 4, 8),
    ]
    .into_iter()
    .enumerate()
    {
        let attention = Attention {
            batch: 1 + index % 3,
            grid,
            heads,
            depth,
        };
        let what = format!("{attention:?}");
        let [expected, found] =
            [Kernels::Composed, Kernels::Own].map(|kernels| attention.gradients(kernels));
        close(&expected[0].1, &found[0].1, &what);
        differences(&attention.leaves(), &attention.counts(), &what, &|leaf| {
            attention.forward(Kernels::Own, leaf)
        });
    }
}

#[test]
fn pixels_to_channels_and_back() {
    let leaves: Leaves = vec![("x", Draws(5).values(2 * 12 * 6 * 4, 0.0))];
    let counts = Draws(3).values(2 * 12 * 6 * 4, 0.0);
    for unfolds in [true, false] {
        let [expected, found] = [Kernels::Composed, Kernels::Own].map(|kernels| {
            let like = like(kernels);
            gradients(&leaves, &counts, &|leaf| {
                let x = leaf("x").reshape([2, 12, 6, 4]);
                match unfolds {
                    true => ops::unfold(x, 2, &like),
                    false => ops::fold(x, 2, &like),
                }
            })
        });
        assert_eq!(expected, found);
    }
}
