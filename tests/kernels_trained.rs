//! The CPU kernels for weights in training: every gradient against that of the same layer composed of burn's operations
//! and against finite differences, over shapes that meet no vector's, tile's or panel's width.
#![cfg(feature = "train")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

use burn::tensor::{Device, Tensor, TensorData};
use diffae::ops::{self, Conv, Dropout, Input, Kernels, Modulation, Resample, Residual, prepare};
use diffae::weights::{Array, Trained, Values};

/// Differences from the composed layer are allowed up to this part of a gradient's largest value: sums of up to ten
/// thousand products in f32 differ by some 1e-6 of it when taken in another order, and Winograd's transforms, of which a
/// filter's gradient is three deep, add about one decimal digit.
const TOLERANCE: f32 = 5e-5;

/// Values that look random, in -1..1.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> f32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }

    fn values(&mut self, count: usize, around: f32) -> Vec<f32> {
        (0..count).map(|_| around + self.next()).collect()
    }
}

/// One layer with everything around it.
#[derive(Debug, Clone)]
struct Case {
    batch: usize,
    grid: [usize; 2],
    channels: usize,
    skip: usize,
    out: usize,
    kernel: usize,
    /// Channels of a group of the norm; none where it is 0.
    group: usize,
    /// Rows of the modulation; none where it is 0.
    modulation: usize,
    silu: bool,
    resample: Resample,
    residual: Option<Resample>,
    dropout: Option<Dropout>,
}

/// What a layer's output depends on, flat, with names.
type Leaves = Vec<(&'static str, Vec<f32>)>;

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
            group: 0,
            modulation: 0,
            silu: false,
            resample: Resample::Keep,
            residual: None,
            dropout: None,
        }
    }

    fn out_grid(&self) -> [usize; 2] {
        let [height, width] = self.grid;
        match self.resample {
            Resample::Keep => [height, width],
            Resample::Up => [2 * height, 2 * width],
            Resample::Down => [height / 2, width / 2],
        }
    }

    fn residual_grid(&self) -> [usize; 2] {
        let [height, width] = self.out_grid();
        match self.residual {
            Some(Resample::Up) => [height.div_ceil(2), width.div_ceil(2)],
            Some(Resample::Down) => [2 * height, 2 * width],
            _ => [height, width],
        }
    }

    fn leaves(&self) -> Leaves {
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
        if self.residual.is_some() {
            let count = pixels(self.residual_grid()) * self.out;
            leaves.push(("residual", draws.values(count, 0.0)));
        }
        leaves
    }

    /// The layer's output, from leaves in a graph.
    fn forward(&self, kernels: Kernels, leaf: &dyn Fn(&str) -> Tensor<1>) -> Tensor<4> {
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
        let residual = self.residual.map(|resample| Residual {
            x: map("residual", self.out, self.residual_grid()),
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
    fn counts(&self) -> Vec<f32> {
        let [height, width] = self.out_grid();
        Draws(3).values(self.batch * self.out * height * width, 0.1)
    }

    /// The loss's gradient for each leaf.
    fn gradients(&self, kernels: Kernels) -> Leaves {
        let leaves = self.leaves();
        gradients(&leaves, &self.counts(), &|leaf| self.forward(kernels, leaf))
    }

    fn check(&self) {
        let (expected, found) = (
            self.gradients(Kernels::Composed),
            self.gradients(Kernels::Own),
        );
        for ((name, expected), (_, found)) in expected.iter().zip(&found) {
            compare(expected, found, &format!("{self:?}: {name}"));
        }
    }

    fn check_differences(&self) {
        let leaves = self.leaves();
        differences(&leaves, &self.counts(), &format!("{self:?}"), &|leaf| {
            self.forward(Kernels::Own, leaf)
        });
    }
}

type Forward<'a> = &'a dyn Fn(&dyn Fn(&str) -> Tensor<1>) -> Tensor<4>;

fn constant(values: &[f32]) -> Tensor<1> {
    let data = TensorData::new(values.to_vec(), [values.len()]);
    Tensor::from_data(data, &Device::flex().autodiff())
}

fn read<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec::<f32>().unwrap()
}

fn gradients(leaves: &Leaves, counts: &[f32], forward: Forward<'_>) -> Leaves {
    let tensors: Vec<_> = (leaves.iter())
        .map(|(name, values)| (*name, constant(values).require_grad()))
        .collect();
    let out = forward(&|name| {
        let found = tensors.iter().find(|(n, _)| *n == name);
        found.unwrap().1.clone()
    });
    let shape = out.dims();
    let gradients = (out * constant(counts).reshape(shape)).sum().backward();
    let of = |(name, tensor): &(&'static str, Tensor<1>)| {
        (*name, read(tensor.grad(&gradients).unwrap()))
    };
    tensors.iter().map(of).collect()
}

/// Holds gradients against how much the loss changes in a random direction of each leaf.
fn differences(leaves: &Leaves, counts: &[f32], what: &str, forward: Forward<'_>) {
    let found = gradients(leaves, counts, forward);
    // The loss itself in double precision: what differs is small against it.
    let loss = |moved: &str, by: &[f32], step: f32| -> f64 {
        let out = forward(&|name| {
            let (_, values) = leaves.iter().find(|(n, _)| *n == name).unwrap();
            let values: Vec<f32> = match name == moved {
                true => values.iter().zip(by).map(|(v, by)| v + step * by).collect(),
                false => values.clone(),
            };
            constant(&values)
        });
        let out = read(out);
        let each = out.iter().zip(counts);
        each.map(|(v, count)| f64::from(*v) * f64::from(*count))
            .sum()
    };
    for (name, gradient) in found {
        let by = Draws(11).values(gradient.len(), 0.0);
        let step = 4e-3;
        let difference = loss(name, &by, step) - loss(name, &by, -step);
        let expected = difference / (2.0 * f64::from(step));
        let pairs = gradient.iter().zip(&by);
        let slope: f64 = pairs.map(|(g, by)| f64::from(*g) * f64::from(*by)).sum();
        // What such a product is in size, where gradient and direction have nothing to do with each other.
        let size = gradient
            .iter()
            .map(|g| f64::from(*g).powi(2))
            .sum::<f64>()
            .sqrt()
            * 0.58;
        let off = (slope - expected).abs() / size.max(1e-3);
        // Rounding of the outputs over the step's length, and the curvature.
        assert!(
            off < 2e-2,
            "{what}: {name}: {slope} is not {expected} ({off})"
        );
    }
}

fn compare(expected: &[f32], found: &[f32], what: &str) {
    assert_eq!(expected.len(), found.len(), "{what}");
    let largest = expected.iter().fold(1e-3f32, |a, b| a.max(b.abs()));
    let difference = expected.iter().zip(found).map(|(a, b)| (a - b).abs());
    let worst = difference.fold(0.0, |a: f32, b| if b.is_nan() { b } else { a.max(b) });
    assert!(
        worst <= TOLERANCE * largest,
        "{what}: off by {worst} of {largest}"
    );
}

#[test]
fn convolutions_of_many_shapes() {
    let grids = [
        [1, 1],
        [2, 2],
        [3, 3],
        [5, 7],
        [8, 8],
        [9, 4],
        [13, 13],
        [1, 40],
        [32, 32],
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
    for (index, grid) in grids.into_iter().enumerate() {
        for kernel in [1, 3] {
            for [channels, out] in [widths[index % 7], widths[(index + 3) % 7]] {
                let batch = 1 + index % 4;
                Case {
                    kernel,
                    ..Case::new(batch, grid, channels, out)
                }
                .check();
            }
        }
    }
    // Pictures that are transformed together, the last ones fewer, and rows of large ones.
    for (batch, grid, channels) in [(19, [8, 8], 20), (5, [11, 14], 18), (2, [50, 70], 6)] {
        for kernel in [1, 3] {
            Case {
                kernel,
                ..Case::new(batch, grid, channels, 24)
            }
            .check();
        }
    }
    // So many pictures that parts of them have sums of their own, and more transformed tiles than are held at a time.
    Case::new(12, [32, 32], 64, 48).check();
    Case::new(20, [16, 16], 96, 96).check();
}

/// Layers with everything that can happen to their input and output, one after the other.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for resample in [Resample::Keep, Resample::Up, Resample::Down] {
        for residual in [
            None,
            Some(Resample::Keep),
            Some(Resample::Up),
            Some(Resample::Down),
        ] {
            for kernel in [1, 3] {
                for (norm, modulation, silu) in [
                    (false, 0, false),
                    (false, 0, true),
                    (true, 0, false),
                    (true, 0, true),
                    (true, 1, true),
                    (true, 2, true),
                ] {
                    let index = cases.len();
                    let grids = [[4, 4], [8, 6], [7, 9], [12, 10]];
                    // The groups of the second and third reach over both sources.
                    let [channels, skip, out, group] = [
                        [12, 0, 9, 4],
                        [18, 14, 16, 4],
                        [9, 12, 5, 7],
                        [32, 16, 24, 2],
                    ][index % 4];
                    let mut grid = grids[index / 4 % 4];
                    // An odd grid is not what doubling a residual gives.
                    if residual == Some(Resample::Up) && resample != Resample::Up {
                        grid = [8, 12];
                    }
                    cases.push(Case {
                        kernel,
                        skip,
                        group: if norm { group } else { 0 },
                        modulation,
                        silu,
                        resample,
                        residual,
                        ..Case::new(2, grid, channels, out)
                    });
                }
            }
        }
    }
    cases
}

#[test]
fn everything_on_the_way_in_and_out() {
    for case in cases() {
        case.check();
    }
}

#[test]
fn gradients_are_what_the_loss_changes_by() {
    for case in cases().iter().step_by(7) {
        case.check_differences();
    }
}

#[test]
fn dropout_leaves_the_same_values_out_on_the_way_back() {
    for case in cases().iter().filter(|case| case.silu).step_by(5) {
        let dropout = Some(Dropout { rate: 0.3, seed: 5 });
        let case = Case {
            dropout,
            ..case.clone()
        };
        case.check_differences();
        // An average over many values is kept.
        let leaves = case.leaves();
        let out = |case: &Case| {
            let constants =
                |name: &str| constant(&leaves.iter().find(|(n, _)| *n == name).unwrap().1);
            read(case.forward(Kernels::Own, &constants))
        };
        assert_ne!(
            out(&case),
            out(&Case {
                dropout: None,
                ..case.clone()
            })
        );
        assert_eq!(out(&case), out(&case));
    }
}

#[test]
fn nothing_flows_back_to_constants() {
    let case = Case {
        skip: 5,
        group: 4,
        silu: true,
        ..Case::new(2, [6, 6], 11, 7)
    };
    let leaves = case.leaves();
    for constants in [["x", "skip"], ["weight", "gain"], ["x", "bias"]] {
        let leaf = |name: &str| {
            let tensor = constant(&leaves.iter().find(|(n, _)| *n == name).unwrap().1);
            match constants.contains(&name) {
                true => tensor,
                false => tensor.require_grad(),
            }
        };
        let tensors: Vec<_> = leaves.iter().map(|(name, _)| (*name, leaf(name))).collect();
        let find = |name: &str| tensors.iter().find(|(n, _)| *n == name).unwrap().1.clone();
        let out = case.forward(Kernels::Own, &find);
        let shape = out.dims();
        let loss = (out * constant(&case.counts()).reshape(shape)).sum();
        let gradients = loss.backward();
        let expected = case.gradients(Kernels::Own);
        for ((name, tensor), (_, expected)) in tensors.iter().zip(expected) {
            let found = tensor.grad(&gradients).map(read);
            let expected = (!constants.contains(name)).then_some(expected);
            assert_eq!(found, expected, "{name} beside {constants:?}");
        }
    }
}

#[test]
fn a_map_that_is_read_twice_gets_both_gradients() {
    // As in a residual block: a map is normalized and convolved, and added.
    let case = Case {
        group: 4,
        silu: true,
        residual: Some(Resample::Keep),
        ..Case::new(2, [6, 6], 12, 12)
    };
    let leaves: Leaves = (case.leaves().into_iter())
        .filter(|(name, _)| *name != "residual")
        .collect();
    let run = |kernels| {
        gradients(&leaves, &case.counts(), &|leaf| {
            case.forward(kernels, &|name| match name {
                "residual" => leaf("x"),
                name => leaf(name),
            })
        })
    };
    for ((name, expected), (_, found)) in run(Kernels::Composed).iter().zip(run(Kernels::Own)) {
        compare(expected, &found, name);
    }
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
        let (batch, channels) = (1 + index % 3, heads * depth);
        let [height, width] = grid;
        let pixels = batch * height * width;
        let leaves: Leaves = vec![("qkv", Draws(5).values(3 * channels * pixels, 0.1))];
        let counts = Draws(3).values(channels * pixels, 0.1);
        let forward = |kernels, leaf: &dyn Fn(&str) -> Tensor<1>| {
            let one = |shape: &[usize]| Array {
                shape: shape.to_vec(),
                values: Values::Trained(Trained(constant(&[1.0]))),
            };
            let device = Device::flex().autodiff();
            let like = prepare::conv(one(&[1, 1, 1]), one(&[1]), kernels, &device);
            let qkv = leaf("qkv").reshape([batch, 3 * channels, height, width]) * 2.0;
            ops::attention(qkv, heads, &like)
        };
        let [expected, found] = [Kernels::Composed, Kernels::Own].map(|kernels| {
            gradients(&leaves, &counts, &|leaf| forward(kernels, leaf))
                .remove(0)
                .1
        });
        let what = format!("attention over {grid:?}, {heads} heads of {depth}");
        compare(&expected, &found, &what);
        differences(&leaves, &counts, &what, &|leaf| forward(Kernels::Own, leaf));
    }
}

#[test]
fn pixels_to_channels_and_back() {
    let device = Device::flex().autodiff();
    let leaves: Leaves = vec![("x", Draws(5).values(2 * 12 * 6 * 4, 0.0))];
    let counts = Draws(3).values(2 * 12 * 6 * 4, 0.0);
    for unfolds in [true, false] {
        let [expected, found] = [Kernels::Composed, Kernels::Own].map(|kernels| {
            let one = |shape: &[usize]| Array {
                shape: shape.to_vec(),
                values: Values::Trained(Trained(constant(&[1.0]))),
            };
            let like = prepare::conv(one(&[1, 1, 1]), one(&[1]), kernels, &device);
            let forward = |leaf: &dyn Fn(&str) -> Tensor<1>| {
                let x = leaf("x").reshape([2, 12, 6, 4]);
                match unfolds {
                    true => ops::unfold(x, 2, &like),
                    false => ops::fold(x, 2, &like),
                }
            };
            gradients(&leaves, &counts, &forward).remove(0).1
        });
        assert_eq!(expected, found);
    }
}

#[cfg(feature = "rayon")]
#[test]
fn the_number_of_threads_changes_no_bit() {
    for case in [
        Case {
            skip: 8,
            group: 4,
            modulation: 5,
            silu: true,
            residual: Some(Resample::Keep),
            ..Case::new(5, [16, 16], 24, 32)
        },
        Case {
            kernel: 1,
            ..Case::new(11, [8, 8], 40, 24)
        },
    ] {
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.unwrap().install(|| case.gradients(Kernels::Own))
        };
        let one = run(1);
        for threads in [2, 3, 5] {
            assert!(one == run(threads), "{threads} threads, {case:?}");
        }
    }
}
