//! The GPU kernels against burn's own operations on the CPU, natively through WebGPU: every kernel
//! over many shapes, then whole networks. Without an adapter (a software one will do) every test
//! says so and does nothing.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

#[path = "support/adapter.rs"]
mod adapter;
#[path = "support/compare.rs"]
mod compare;

use burn::tensor::{DType, Device, FloatDType, Tensor, TensorData};
use diffae::ops::{
    self, Conv, Input, Kernels, Linear, Modulation, Norm, Resample, Residual, gpu, prepare,
};
use diffae::weights::quantize::quantize;
use diffae::weights::{Array, Precision};
use half::f16;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

/// Sums are taken in another order than on the CPU. A sum of n products of unit size then differs
/// by about √n rounding errors of its own size: for the largest n here, 9 · 384, by 4e-6 relative to
/// values of a few units. A wrong index or weight differs by about 1.
const TOLERANCE: f32 = 5e-5;

/// In half precision every product carries the rounding of its input, 2^-12 on average, which a sum
/// of products of random signs hands on, and its output is rounded once more.
const TOLERANCE_HALF: f32 = 2e-3;

/// Random tensors that are the same on both devices.
struct Pair {
    gpu: Device,
    random: ChaCha8Rng,
    half: bool,
}

impl Pair {
    /// For kernels that work in single precision or in half, where the adapter has that.
    fn new(seed: u64, half: bool) -> Option<Self> {
        let gpu = adapter::device()?;
        if half && !gpu::computes_in_half(&gpu) {
            println!("skipped, the adapter has no half precision");
            return None;
        }
        Some(Self {
            gpu,
            random: ChaCha8Rng::seed_from_u64(seed),
            half,
        })
    }

    fn kernels(&self) -> Kernels {
        if self.half {
            Kernels::Own
        } else {
            Kernels::OwnF32
        }
    }

    fn values(&mut self, count: usize, mean: f32, spread: f32) -> Vec<f32> {
        let normal = || self.random.sample::<f32, _>(StandardNormal);
        std::iter::repeat_with(normal)
            .take(count)
            .map(|v| mean + spread * v)
            .collect()
    }

    fn tensor<const D: usize>(&mut self, shape: [usize; D]) -> [Tensor<D>; 2] {
        let mut values = self.values(shape.iter().product(), 0.3, 1.0);
        if self.half {
            // What the kernels round their input to is no difference between the devices.
            for value in &mut values {
                *value = f16::from_f32(*value).to_f32();
            }
        }
        let data = TensorData::new(values, shape);
        [
            Tensor::from_data(data.clone(), &Device::flex()),
            Tensor::from_data(data, &self.gpu),
        ]
    }

    /// A weight with as many rows as `shape` begins with, in one of the precisions, and a bias.
    fn weight(&mut self, shape: &[usize], int8: bool) -> (Array, Array) {
        let inputs: usize = shape[1..].iter().product();
        let count = shape.iter().product();
        let weight = Array::f32(shape, self.values(count, 0.0, 1.0 / (inputs as f32).sqrt()));
        let precision = match (int8, self.half) {
            (true, _) => Precision::Int8,
            (false, true) => Precision::F16,
            (false, false) => Precision::F32,
        };
        let weight = quantize("weight", weight, precision);
        (
            weight,
            Array::f32(&shape[..1], self.values(shape[0], 0.0, 0.5)),
        )
    }

    fn conv(&mut self, shape: &[usize], int8: bool) -> [Conv; 2] {
        let (weight, bias) = self.weight(shape, int8);
        let cpu = Device::flex();
        [
            prepare::conv(weight.clone(), bias.clone(), Kernels::Composed, &cpu),
            prepare::conv(weight, bias, self.kernels(), &self.gpu),
        ]
    }

    fn linear(&mut self, shape: &[usize], int8: bool) -> [Linear; 2] {
        let (weight, bias) = self.weight(shape, int8);
        let cpu = Device::flex();
        [
            prepare::linear(weight.clone(), bias.clone(), Kernels::Composed, &cpu),
            prepare::linear(weight, bias, self.kernels(), &self.gpu),
        ]
    }

    fn norm(&mut self, channels: usize) -> [Norm; 2] {
        let gain = Array::f32(&[channels], self.values(channels, 1.0, 0.2));
        let bias = Array::f32(&[channels], self.values(channels, 0.0, 0.2));
        [
            prepare::norm(gain.clone(), bias.clone(), 1, &Device::flex()),
            prepare::norm(gain, bias, 1, &self.gpu),
        ]
    }

    /// The columns of one layer among those of others.
    fn modulation(&mut self, rows: usize, channels: usize) -> [Modulation; 2] {
        let shape = [rows, channels + 7];
        let scales = self.tensor(shape);
        let shifts = self.tensor(shape);
        let columns = 3..3 + channels;
        let [a, b] = [0, 1].map(|i| Modulation {
            scales: scales[i].clone(),
            shifts: shifts[i].clone(),
            columns: columns.clone(),
        });
        [a, b]
    }
}

/// What [`ops::conv2d`] is asked for.
#[derive(Debug, Clone, Copy)]
struct Case {
    batch: usize,
    channels: usize,
    skip: usize,
    outs: usize,
    grid: [usize; 2],
    kernel: usize,
    int8: bool,
    half: bool,
    norm: bool,
    /// Rows of the modulation: none, one for all pictures, or one each.
    modulation: Option<bool>,
    silu: bool,
    resample: Resample,
    residual: Option<Resample>,
}

const PLAIN: Case = Case {
    batch: 1,
    channels: 8,
    skip: 0,
    outs: 8,
    grid: [8, 8],
    kernel: 3,
    int8: false,
    half: false,
    norm: false,
    modulation: None,
    silu: false,
    resample: Resample::Keep,
    residual: None,
};

impl Case {
    fn check(self, seed: u64) {
        let Some(mut pair) = Pair::new(seed, self.half) else {
            return;
        };
        let Self {
            batch,
            channels,
            skip,
            outs,
            grid,
            kernel,
            ..
        } = self;
        let [height, width] = grid;
        let x = pair.tensor([batch, channels, height, width]);
        let skips = (skip > 0).then(|| pair.tensor([batch, skip, height, width]));
        let conv = pair.conv(&[outs, channels + skip, kernel, kernel], self.int8);
        let norm = self.norm.then(|| pair.norm(channels + skip));
        let modulation = self
            .modulation
            .map(|each| pair.modulation(if each { batch } else { 1 }, channels + skip));
        let output = match self.resample {
            Resample::Keep => [height, width],
            Resample::Up => [2 * height, 2 * width],
            Resample::Down => [height / 2, width / 2],
        };
        let residual = self.residual.map(|resample| {
            let [h, w] = match resample {
                Resample::Keep => output,
                Resample::Up => output.map(|n| n / 2),
                Resample::Down => output.map(|n| 2 * n),
            };
            (pair.tensor([batch, outs, h, w]), resample)
        });
        let [expected, found] = [0, 1].map(|i| {
            let input = Input {
                x: x[i].clone(),
                skip: skips.as_ref().map(|skip| skip[i].clone()),
                norm: norm.as_ref().map(|norm| &norm[i]),
                modulation: modulation.as_ref().map(|modulation| modulation[i].clone()),
                silu: self.silu,
                resample: self.resample,
                dropout: None,
            };
            let residual = residual.as_ref().map(|(x, resample)| Residual {
                x: x[i].clone(),
                resample: *resample,
            });
            ops::conv2d(input, &conv[i], residual)
        });
        assert_eq!(
            found.dims(),
            [batch, outs, output[0], output[1]],
            "{self:?}"
        );
        let stored = if self.half { DType::F16 } else { DType::F32 };
        assert_eq!(found.dtype(), stored, "{self:?}");
        close(&expected, &found, &format!("{self:?}"));
    }
}

fn close<const D: usize>(expected: &Tensor<D>, found: &Tensor<D>, what: &str) {
    let tolerance = match found.dtype() {
        DType::F16 => TOLERANCE_HALF,
        _ => TOLERANCE,
    };
    let values = |tensor: &Tensor<D>| -> Vec<f32> {
        tensor.to_data().convert::<f32>().try_into_vec().unwrap()
    };
    let (expected, found) = (values(expected), values(found));
    assert_eq!(expected.len(), found.len(), "{what}");
    let largest = expected.iter().fold(1.0, |m: f32, v| m.max(v.abs()));
    for (i, (a, b)) in expected.iter().zip(&found).enumerate() {
        let difference = (a - b).abs() / largest;
        assert!(difference <= tolerance, "{what}: value {i} is {b}, not {a}");
    }
}

#[test]
fn convolutions_of_every_width_and_grid() {
    let grids = [[1, 1], [2, 3], [4, 4], [5, 9], [8, 8], [17, 13], [32, 32]];
    let widths = [(1, 1), (3, 12), (12, 3), (5, 9), (9, 5), (32, 33), (96, 64)];
    for (g, grid) in grids.into_iter().enumerate() {
        for (w, (channels, outs)) in widths.into_iter().enumerate() {
            for (kernel, half) in [(1, false), (3, false), (1, true), (3, true)] {
                let batch = 1 + (g + w) % 4;
                let int8 = (g + w + kernel / 2) % 2 == 0;
                let case = Case {
                    batch,
                    channels,
                    outs,
                    grid,
                    kernel,
                    int8,
                    half,
                    ..PLAIN
                };
                case.check((g * 100 + w * 10 + kernel) as u64);
            }
        }
    }
}

#[test]
fn convolutions_with_everything_that_goes_in_and_out() {
    use Resample::{Down, Keep, Up};
    let residuals = [None, Some(Keep), Some(Up), Some(Down)];
    let mut seed = 1000;
    for resample in [Keep, Up, Down] {
        for residual in residuals {
            for (channels, skip) in [(32, 0), (64, 32), (192, 96), (5, 4), (12, 9)] {
                for modulation in [None, Some(false), Some(true)] {
                    seed += 1;
                    let case = Case {
                        batch: 1 + (seed % 3) as usize,
                        channels,
                        skip,
                        outs: [9, 24, 32][seed as usize % 3],
                        grid: [[4, 4], [8, 12], [16, 16]][(seed / 3) as usize % 3],
                        kernel: if seed % 4 == 0 { 1 } else { 3 },
                        int8: seed % 2 == 0,
                        half: false,
                        norm: modulation.is_some() || seed % 5 != 0,
                        modulation,
                        silu: seed % 7 != 0,
                        resample,
                        residual,
                    };
                    case.check(seed);
                    Case { half: true, ..case }.check(seed);
                }
            }
        }
    }
}

#[test]
fn convolutions_that_fill_a_gpu_and_feed_each_other() {
    let case = Case {
        channels: 64,
        outs: 64,
        grid: [64, 64],
        int8: true,
        norm: true,
        silu: true,
        ..PLAIN
    };
    let other = Case {
        batch: 2,
        kernel: 1,
        residual: Some(Resample::Keep),
        ..case
    };
    for half in [false, true] {
        Case { half, ..case }.check(7);
        Case { half, ..other }.check(8);
    }
    // The layout and the precision that one layer leaves are those that the next reads.
    let chains = [(9, [6, 5]), (64, [8, 8]), (3, [1, 1]), (7, [1, 2])];
    for ((channels, grid), half) in chains.into_iter().flat_map(|c| [(c, false), (c, true)]) {
        let Some(mut pair) = Pair::new(9, half) else {
            return;
        };
        let [height, width] = grid;
        let x = pair.tensor([2, channels, height, width]);
        let first = pair.conv(&[channels, channels, 3, 3], false);
        let second = pair.conv(&[channels, 2 * channels, 3, 3], true);
        let norm = pair.norm(2 * channels);
        let [expected, found] = [0, 1].map(|i| {
            let h = ops::conv2d(Input::new(x[i].clone()), &first[i], None);
            let input = Input::new(h.clone())
                .skip(Some(x[i].clone()))
                .norm(&norm[i])
                .silu();
            let residual = Residual {
                x: x[i].clone(),
                resample: Resample::Keep,
            };
            ops::conv2d(input, &second[i], Some(residual)) * 0.5 + h
        });
        close(&expected, &found, &format!("{channels} channels"));
    }
}

#[test]
fn an_input_that_is_its_own_residual_and_skip() {
    let Some(mut pair) = Pair::new(10, false) else {
        return;
    };
    let x = pair.tensor([1, 16, 8, 8]);
    let conv = pair.conv(&[16, 32, 3, 3], false);
    let [expected, found] = [0, 1].map(|i| {
        let x = x[i].clone();
        let residual = Residual {
            x: x.clone(),
            resample: Resample::Keep,
        };
        ops::conv2d(
            Input::new(x.clone()).skip(Some(x)),
            &conv[i],
            Some(residual),
        )
    });
    close(&expected, &found, "one tensor thrice");
}

#[test]
fn statistics_stay_sound_far_from_zero() {
    let Some(mut pair) = Pair::new(11, false) else {
        return;
    };
    // Values of spread 1 around 1000 in 256 x 256 positions: E[x²] − E[x]² would leave noise of
    // 1e6 · 2^-24 · √n; the tolerance is what single precision keeps of x itself, 1000 · 2^-24.
    let shape = [1, 4, 256, 256];
    let mut values = pair.values(4 * 256 * 256, 1000.0, 1.0);
    values[5] = 1004.0;
    let data = TensorData::new(values, shape);
    let conv = pair.conv(&[4, 4, 1, 1], false);
    let norm = pair.norm(4);
    let devices = [Device::flex(), pair.gpu.clone()];
    let [expected, found] = [0, 1].map(|i| {
        let x = Tensor::from_data(data.clone(), &devices[i]);
        ops::conv2d(Input::new(x).norm(&norm[i]), &conv[i], None)
    });
    let [expected, found] =
        [expected, found].map(|tensor| tensor.into_data().try_into_vec::<f32>().unwrap());
    let worst = compare::worst_between(&expected, &found);
    assert!(worst < 1e-3, "{worst}");
}

#[test]
fn linear_layers() {
    for (i, (rows, inputs, outs)) in [
        (1, 256, 1024),
        (3, 7, 5),
        (20, 64, 99),
        (4, 32, 40),
        (1, 1, 1),
    ]
    .into_iter()
    .enumerate()
    {
        for int8 in [false, true] {
            let Some(mut pair) = Pair::new(20 + i as u64, false) else {
                return;
            };
            let x = pair.tensor([rows, inputs]);
            let linear = pair.linear(&[outs, inputs], int8);
            let [expected, found] = [0, 1].map(|i| ops::linear(x[i].clone(), &linear[i]) * 2.0);
            close(&expected, &found, &format!("{rows} x {inputs} -> {outs}"));
        }
    }
}

#[test]
fn attention() {
    for (i, (batch, heads, depth, grid)) in [
        (1, 1, 96, [16, 16]),
        (2, 1, 192, [8, 8]),
        (2, 4, 16, [4, 4]),
        (1, 2, 4, [1, 1]),
        (1, 1, 12, [3, 5]),
        (1, 2, 8, [21, 21]),
        // Not the kernel's: an odd depth, and more positions than fit.
        (1, 2, 5, [4, 4]),
        (1, 1, 8, [32, 32]),
    ]
    .into_iter()
    .enumerate()
    {
        for half in [false, true] {
            let Some(mut pair) = Pair::new(40 + i as u64, half) else {
                continue;
            };
            let mut qkv = pair.tensor([batch, 3 * heads * depth, grid[0], grid[1]]);
            if half {
                qkv[1] = qkv[1].clone().cast(FloatDType::F16);
            }
            let conv = pair.conv(&[8, 8, 1, 1], false);
            let [expected, found] = [0, 1].map(|i| ops::attention(qkv[i].clone(), heads, &conv[i]));
            assert_eq!(expected.dims(), found.dims());
            close(
                &expected,
                &found,
                &format!("{heads} heads of {depth} on {grid:?}, half precision: {half}"),
            );
        }
    }
}

/// In a browser every shader is checked; natively none is.
#[test]
fn a_layer_that_would_read_past_its_weights_is_refused_before_it_is_launched() {
    let Some(device) = adapter::device() else {
        return;
    };
    let numbers = |shape: &[usize]| Array::f32(shape, vec![0.5; shape.iter().product()]);
    let conv = prepare::conv(
        numbers(&[8, 16, 3, 3]),
        numbers(&[8]),
        Kernels::Own,
        &device,
    );
    let run = |channels: usize| {
        let x = Tensor::<4>::ones([1, channels, 8, 8], &device);
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            ops::conv2d(Input::new(x), &conv, None).into_data()
        }))
    };
    assert!(run(16).is_ok());
    let refused = run(64).unwrap_err();
    let said = refused.downcast_ref::<String>().unwrap();
    assert!(said.contains("bytes of a buffer"), "{said}");
}
