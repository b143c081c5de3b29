//! One layer with everything around it, on burn's operations and on this crate's kernels.

use burn::tensor::{Device, Tensor};
use diffae::ops::{self, Conv, Dropout, Input, Kernels, Modulation, Resample, Residual, prepare};
use diffae::weights::{Array, Trained, Values};

use crate::draws::Draws;
use crate::gradients::{Leaves, close, differences, gradients};
use crate::shapes::{Around, around, resampled, under_residual};

/// One layer with everything around it.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) batch: usize,
    pub(crate) grid: [usize; 2],
    pub(crate) channels: usize,
    pub(crate) skip: usize,
    pub(crate) out: usize,
    pub(crate) kernel: usize,
    /// Channels of a group of the norm; none where it is 0.
    pub(crate) group: usize,
    /// Rows of the modulation; none where it is 0.
    pub(crate) modulation: usize,
    pub(crate) silu: bool,
    pub(crate) resample: Resample,
    pub(crate) residual: Option<Resample>,
    pub(crate) dropout: Option<Dropout>,
}

impl Case {
    /// A bare 3x3 convolution.
    pub(crate) fn new(batch: usize, grid: [usize; 2], channels: usize, out: usize) -> Self {
        Self {
            batch,
            grid,
            channels,
            skip: 0,
            out,
            kernel: 3,
            group: 0,
            modulation: 0,
            silu: false,
            resample: Resample::Keep,
            residual: None,
            dropout: None,
        }
    }

    pub(crate) fn out_grid(&self) -> [usize; 2] {
        resampled(self.grid, self.resample)
    }

    pub(crate) fn residual_grid(&self) -> Option<[usize; 2]> {
        let resample = self.residual?;
        Some(under_residual(self.out_grid(), resample))
    }

    pub(crate) fn leaves(&self) -> Leaves {
        let mut draws = Draws(7);
        let input = self.channels + self.skip;
        let pixels = |[height, width]: [usize; 2]| self.batch * height * width;
        let mut leaves = vec![
            ("x", draws.values(pixels(self.grid) * self.channels, 0.5)),
            (
                "weight",
                draws.values(self.out * input * self.kernel.pow(2), 0.0),
            ),
            ("bias", draws.values(self.out, 0.0)),
        ];
        if self.skip > 0 {
            leaves.push(("skip", draws.values(pixels(self.grid) * self.skip, -0.5)));
        }
        if self.group > 0 {
            leaves.push(("gain", draws.values(input, 1.0)));
            leaves.push(("norm bias", draws.values(input, 0.0)));
        }
        if self.modulation > 0 {
            let count = self.modulation * (input + 7);
            leaves.push(("scales", draws.values(count, 1.0)));
            leaves.push(("shifts", draws.values(count, 0.0)));
        }
        if let Some(grid) = self.residual_grid() {
            let count = pixels(grid) * self.out;
            leaves.push(("residual", draws.values(count, 0.0)));
        }
        leaves
    }

    /// The layer's output, from leaves in a graph.
    pub(crate) fn forward(&self, kernels: Kernels, leaf: &dyn Fn(&str) -> Tensor<1>) -> Tensor<4> {
        let device = Device::flex().autodiff();
        let trained = |name: &str, shape: &[usize]| Array {
            shape: shape.to_vec(),
            values: Values::Trained(Trained(leaf(name))),
        };
        let map = |name: &str, channels: usize, [height, width]: [usize; 2]| {
            leaf(name).reshape([self.batch, channels, height, width])
        };
        let input = self.channels + self.skip;
        let shape = [self.out, input, self.kernel, self.kernel];
        let conv = prepare::conv(
            trained("weight", &shape),
            trained("bias", &[self.out]),
            kernels,
            &device,
        );
        assert_eq!(matches!(conv, Conv::Trained(_)), kernels == Kernels::Own);
        let norm = (self.group > 0).then(|| {
            let [gain, bias] = ["gain", "norm bias"].map(|name| trained(name, &[input]));
            prepare::norm(gain, bias, self.group, &device)
        });
        let mut layer = Input::new(map("x", self.channels, self.grid))
            .skip((self.skip > 0).then(|| map("skip", self.skip, self.grid)))
            .dropout(self.dropout)
            .resample(self.resample);
        if let Some(norm) = &norm {
            layer = layer.norm(norm);
        }
        if self.modulation > 0 {
            let rows = |name: &str| leaf(name).reshape([self.modulation, input + 7]);
            layer = layer.modulate(Modulation {
                scales: rows("scales"),
                shifts: rows("shifts"),
                columns: 3..3 + input,
            });
        }
        if self.silu {
            layer = layer.silu();
        }
        let residual = self.residual.zip(self.residual_grid());
        let residual = residual.map(|(resample, grid)| Residual {
            x: map("residual", self.out, grid),
            resample,
        });
        let out = ops::conv2d(layer, &conv, residual);
        let [height, width] = self.out_grid();
        assert_eq!(
            out.dims(),
            [self.batch, self.out, height, width],
            "{self:?}"
        );
        out
    }

    /// What the output's values count in the loss.
    pub(crate) fn counts(&self) -> Vec<f32> {
        let [height, width] = self.out_grid();
        Draws(3).values(self.batch * self.out * height * width, 0.1)
    }

    /// The loss's gradient for each leaf.
    pub(crate) fn gradients(&self, kernels: Kernels) -> Leaves {
        let leaves = self.leaves();
        gradients(&leaves, &self.counts(), &|leaf| self.forward(kernels, leaf))
    }

    pub(crate) fn check(&self) {
        let (expected, found) = (
            self.gradients(Kernels::Composed),
            self.gradients(Kernels::Own),
        );
        for ((name, expected), (_, found)) in expected.iter().zip(&found) {
            close(expected, found, &format!("{self:?}: {name}"));
        }
    }

    pub(crate) fn check_differences(&self) {
        let leaves = self.leaves();
        differences(&leaves, &self.counts(), &format!("{self:?}"), &|leaf| {
            self.forward(Kernels::Own, leaf)
        });
    }
}

/// Layers with everything that can happen to their input and output, one after the other.
pub(crate) fn cases() -> Vec<Case> {
    let grids = [[4, 4], [8, 6], [7, 9], [12, 10]];
    let case = |(index, around): (usize, Around)| {
        // The groups of the second and third reach over both sources.
        let [channels, skip, out, group] = [
            [12, 0, 9, 4],
            [18, 14, 16, 4],
            [9, 12, 5, 7],
            [32, 16, 24, 2],
        ][index % 4];
        Case {
            kernel: around.kernel,
            skip,
            group: if around.norm { group } else { 0 },
            modulation: around.modulation,
            silu: around.silu,
            resample: around.resample,
            residual: around.residual,
            ..Case::new(2, around.grid(grids[index / 4 % 4]), channels, out)
        }
    };
    around().into_iter().enumerate().map(case).collect()
}
