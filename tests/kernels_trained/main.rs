//! The CPU kernels for weights in training: every gradient against that of the same layer composed of burn's operations
//! and against finite differences, over shapes that meet no vector's, tile's or panel's width.
#![cfg(feature = "train")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

#[path = "../support/compare.rs"]
mod compare;
#[path = "../support/draws.rs"]
mod draws;
#[path = "../support/shapes.rs"]
mod shapes;

mod case;
mod gradients;
mod others;

use case::{Case, cases};
use diffae::ops::{Dropout, Kernels, Resample};
use draws::Draws;
use gradients::{Leaves, close, constant, gradients, read};
#[cfg(feature = "rayon")]
use others::Attention;
use shapes::bare;

#[test]
fn convolutions_of_many_shapes() {
    for bare in bare() {
        Case {
            kernel: bare.kernel,
            ..Case::new(bare.batch, bare.grid, bare.channels, bare.out)
        }
        .check();
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
        // Something is left out, and the same values whenever the seed is the same.
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
        close(expected, &found, name);
    }
}

/// As in inference: where the mean is a thousand times the deviation, and where a channel is constant.
#[test]
fn normalization_far_from_zero() {
    let case = Case {
        kernel: 1,
        group: 1,
        ..Case::new(1, [64, 64], 6, 4)
    };
    let run = |kernels, change: &dyn Fn(f32) -> f32| {
        let mut leaves = case.leaves();
        let (_, x) = (leaves.iter_mut()).find(|(name, _)| *name == "x").unwrap();
        x.iter_mut().for_each(|x| *x = change(*x));
        let counts = Draws(3).values(case.counts().len(), 0.0);
        gradients(&leaves, &counts, &|leaf| case.forward(kernels, leaf))
    };
    // A shift changes no gradient. Multiples of 1 / 8192 lose nothing by it, so that the reference has no large mean.
    let near = |x: f32| (8192.0 * x).round() / 8192.0;
    let far = run(Kernels::Own, &|x| near(x) + 1000.0);
    let constant = |_: f32| 1.0;
    for [expected, found] in [
        [run(Kernels::Composed, &near), far],
        [Kernels::Composed, Kernels::Own].map(|kernels| run(kernels, &constant)),
    ] {
        for ((name, expected), (_, found)) in expected.iter().zip(found) {
            // The mean is rounded, to 1e-4 of a deviation, and every place of a sum of gradients is off by that.
            compare::close(expected, &found, 1e-3, 3e-4, name);
        }
    }
}

#[cfg(feature = "rayon")]
#[test]
fn the_number_of_threads_changes_no_bit() {
    let everything = Case {
        skip: 8,
        group: 4,
        modulation: 5,
        silu: true,
        residual: Some(Resample::Keep),
        ..Case::new(5, [16, 16], 24, 32)
    };
    let resampled = |resample| Case {
        resample,
        residual: Some(resample),
        ..everything.clone()
    };
    let cases = [
        everything.clone(),
        resampled(Resample::Up),
        resampled(Resample::Down),
        Case {
            dropout: Some(Dropout { rate: 0.3, seed: 5 }),
            ..everything.clone()
        },
        Case {
            kernel: 1,
            ..Case::new(11, [8, 8], 40, 24)
        },
        // So wide that the sums of each place are taken on their own.
        Case::new(20, [16, 16], 96, 96),
    ];
    for case in cases {
        same_on_any_threads(|| case.gradients(Kernels::Own), &format!("{case:?}"));
    }
    let attention = Attention {
        batch: 3,
        grid: [16, 16],
        heads: 4,
        depth: 8,
    };
    same_on_any_threads(
        || attention.gradients(Kernels::Own),
        &format!("{attention:?}"),
    );
}

#[cfg(feature = "rayon")]
fn same_on_any_threads(gradients: impl Fn() -> Leaves + Sync, what: &str) {
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap().install(&gradients)
    };
    let one = run(1);
    for threads in [2, 3, 5] {
        assert!(one == run(threads), "{threads} threads, {what}");
    }
}
