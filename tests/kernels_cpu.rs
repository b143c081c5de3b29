//! Every kernel of the CPU against the same layer composed of burn's operations, over shapes that
//! meet no vector's, tile's or panel's width.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

#[path = "support/compare.rs"]
mod compare;
#[path = "support/draws.rs"]
mod draws;
#[path = "support/shapes.rs"]
mod shapes;

use burn::tensor::{Device, Tensor};
use diffae::ops::{self, Input, Kernels, Modulation, Resample, Residual, prepare, profile};
use diffae::weights::quantize::quantize;
use diffae::weights::{Array, Precision};
use draws::Draws;
use shapes::{around, bare, resampled, under_residual};

/// Differences are allowed up to this part of the largest value: sums of up to a few thousand
/// products in f32 differ by 1e-6 of it when taken in another order, and Winograd's transforms add
/// about one decimal digit.
const TOLERANCE: f32 = 2e-5;

/// One convolution with everything around it.
#[derive(Debug, Clone)]
struct Case {
    batch: usize,
    grid: [usize; 2],
    channels: usize,
    skip: usize,
    out: usize,
    kernel: usize,
    norm: bool,
    /// Rows of the modulation; none where it is 0.
    modulation: usize,
    silu: bool,
    resample: Resample,
    residual: Option<Resample>,
    int8: bool,
}

impl Case {
    /// A bare 3x3 convolution.
    fn new(batch: usize, grid: [usize; 2], channels: usize, out: usize) -> Self {
        Self {
            batch,
            grid,
            channels,
            skip: 0,
            out,
            kernel: 3,
            norm: false,
            modulation: 0,
            silu: false,
            resample: Resample::Keep,
            residual: None,
            int8: false,
        }
    }

    fn check(&self) {
        let device = Device::flex();
        let mut values = Draws(7);
        let input = self.channels + self.skip;
        let [height, width] = self.grid;
        let weight = values.array(&[self.out, input, self.kernel, self.kernel], 0.0);
        let weight = if self.int8 {
            quantize("", weight, Precision::Int8)
        } else {
            weight
        };
        let bias = values.array(&[self.out], 0.0);
        let norm = prepare::norm(
            values.array(&[input], 1.0),
            values.array(&[input], 0.0),
            1,
            &device,
        );
        let x: Tensor<4> = values.tensor([self.batch, self.channels, height, width], 0.5);
        let skip =
            (self.skip > 0).then(|| values.tensor([self.batch, self.skip, height, width], -0.5));
        let modulation = (self.modulation > 0).then(|| Modulation {
            scales: values.tensor([self.modulation, input + 7], 1.0),
            shifts: values.tensor([self.modulation, input + 7], 0.0),
            columns: 3..3 + input,
        });
        let [height, width] = resampled(self.grid, self.resample);
        let residual = self.residual.map(|resample| {
            let [height, width] = under_residual([height, width], resample);
            let x = values.tensor([self.batch, self.out, height, width], 0.0);
            Residual { x, resample }
        });
        let run = |kernels| {
            let conv = prepare::conv(weight.clone(), bias.clone(), kernels, &device);
            let mut input = Input::new(x.clone())
                .skip(skip.clone())
                .resample(self.resample);
            if self.norm {
                input = input.norm(&norm);
            }
            if let Some(modulation) = &modulation {
                input = input.modulate(modulation.clone());
            }
            if self.silu {
                input = input.silu();
            }
            ops::conv2d(input, &conv, residual.clone())
        };
        let expected = run(Kernels::Composed);
        let found = run(Kernels::Own);
        assert_eq!(
            found.dims(),
            [self.batch, self.out, height, width],
            "{self:?}"
        );
        compare(&expected, &found, self);
    }
}

fn compare<const D: usize>(expected: &Tensor<D>, found: &Tensor<D>, case: &impl std::fmt::Debug) {
    let [expected, found] = [expected, found].map(read);
    compare::close(&expected, &found, 1.0, TOLERANCE, &format!("{case:?}"));
}

fn read<const D: usize>(tensor: &Tensor<D>) -> Vec<f32> {
    tensor.to_data().try_into_vec().unwrap()
}

#[test]
fn a_nan_is_far_from_every_number() {
    for values in [[f32::NAN, 1.0], [1.0, f32::NAN]] {
        assert!(compare::worst(values.into_iter()).is_nan());
        let close = || compare::close(&[1.0, 1.0], &values, 1.0, TOLERANCE, "NaN");
        assert!(std::panic::catch_unwind(close).is_err());
    }
    assert_eq!(compare::worst([1.0f32, 3.0, 2.0].into_iter()), 3.0);
}

#[test]
fn convolutions_of_many_shapes() {
    for bare in bare() {
        Case {
            kernel: bare.kernel,
            ..Case::new(bare.batch, bare.grid, bare.channels, bare.out)
        }
        .check();
    }
}

#[test]
fn wide_convolutions_and_many_pictures() {
    Case::new(4, [8, 8], 192, 192).check();
    Case::new(1, [4, 4], 384, 96).check();
    Case::new(4, [16, 16], 96, 64).check();
    Case::new(1, [2, 200], 130, 130).check();
    Case {
        kernel: 1,
        ..Case::new(3, [16, 16], 288, 96)
    }
    .check();
    // Whole numbers are multiplied out of registers for few rows, out of memory for many.
    for (kernel, grid) in [(3, [4, 4]), (3, [32, 32]), (1, [2, 2]), (1, [16, 16])] {
        Case {
            kernel,
            int8: true,
            ..Case::new(1, grid, 400, 72)
        }
        .check();
    }
}

#[test]
fn everything_on_the_way_in_and_out() {
    let grids = [[4, 4], [8, 6], [7, 9], [16, 16]];
    for (index, around) in around().into_iter().enumerate() {
        let [channels, skip, out] =
            [[12, 0, 9], [64, 32, 16], [33, 31, 5], [192, 96, 24]][index % 4];
        Case {
            kernel: around.kernel,
            skip,
            norm: around.norm,
            modulation: around.modulation,
            silu: around.silu,
            resample: around.resample,
            residual: around.residual,
            int8: index % 3 == 0,
            ..Case::new(2, around.grid(grids[index / 4 % 4]), channels, out)
        }
        .check();
    }
}

/// Statistics hold where the mean is a thousand times the deviation, and where a channel is constant.
#[test]
fn normalization_far_from_zero() {
    let device = Device::flex();
    let mut values = Draws(3);
    let weight = values.array(&[4, 6, 1, 1], 0.0);
    let bias = values.array(&[4], 0.0);
    let norm = prepare::norm(values.array(&[6], 1.0), values.array(&[6], 0.0), 1, &device);
    for x in [
        values.tensor([1, 6, 64, 64], 1000.0),
        Tensor::ones([1, 6, 8, 8], &device),
    ] {
        let run = |kernels| {
            let conv = prepare::conv(weight.clone(), bias.clone(), kernels, &device);
            ops::conv2d(Input::new(x.clone()).norm(&norm), &conv, None)
        };
        // Values near 1000 carry six digits of what is left of them.
        let [expected, found] =
            [Kernels::Composed, Kernels::Own].map(|kernels| read(&run(kernels)));
        let worst = compare::worst_between(&expected, &found);
        assert!(worst < 1e-3, "{worst}");
    }
}

#[test]
fn attention_over_grids() {
    let device = Device::flex();
    for (index, (grid, heads, depth)) in [
        ([1, 1], 1, 4),
        ([3, 3], 1, 5),
        ([8, 8], 1, 192),
        ([16, 16], 1, 96),
        ([7, 5], 3, 9),
        ([16, 16], 4, 8),
    ]
    .into_iter()
    .enumerate()
    {
        let mut values = Draws(5);
        let channels = heads * depth;
        let qkv = values.tensor([1 + index % 3, 3 * channels, grid[0], grid[1]], 0.1) * 2.0;
        let run = |kernels| {
            let weight = Array::f32(&[1, 1, 1], vec![1.0]);
            let like = prepare::conv(weight, Array::f32(&[1], vec![0.0]), kernels, &device);
            ops::attention(qkv.clone(), heads, &like)
        };
        compare(
            &run(Kernels::Composed),
            &run(Kernels::Own),
            &(grid, heads, depth),
        );
    }
}

#[test]
fn linear_layers() {
    let device = Device::flex();
    let mut values = Draws(9);
    for (rows, input, out) in [
        (1, 1, 1),
        (1, 256, 300),
        (3, 5, 7),
        (20, 32, 33),
        (4, 192, 64),
    ] {
        let weight = values.array(&[out, input], 0.0);
        let weight = if rows == 1 {
            quantize("", weight, Precision::Int8)
        } else {
            weight
        };
        let bias = values.array(&[out], 0.0);
        let x: Tensor<2> = values.tensor([rows, input], 0.0);
        // A column of a wider matrix, too, whose rows are not next to each other.
        let wide: Tensor<2> = values.tensor([rows, input + 3], 0.0);
        for x in [x, wide.narrow(1, 2, input)] {
            let run = |kernels| {
                let layer = prepare::linear(weight.clone(), bias.clone(), kernels, &device);
                ops::linear(x.clone(), &layer)
            };
            compare(
                &run(Kernels::Composed),
                &run(Kernels::Own),
                &(rows, input, out),
            );
        }
    }
}

#[test]
fn a_profile_tells_what_ran() {
    profile::start(|| 0.0);
    Case::new(1, [8, 8], 12, 16).check();
    let entries = profile::take();
    // Tests beside this one record themselves, too.
    let convolutions = entries
        .iter()
        .find(|entry| entry.kernel == "3x3 convolution")
        .unwrap();
    assert!(convolutions.calls >= 1);
    assert!(convolutions.flop >= 2 * 8 * 8 * 9 * 12 * 16);
    assert!(profile::take().is_empty());
}
