//! What an optimizer does to flat tensors on the CPU, in one pass over memory for each tensor.

use burn::tensor::Tensor;
use burn_flex::Flex;
use macerator::WithSimd;

use super::graph::values;
use crate::ops::cpu::flex::primitive;
use crate::ops::cpu::input::{load_part, store_part};
use crate::ops::cpu::parallel::for_each_part;
use crate::ops::cpu::simd::{self, F32, Simd, WIDEST, lanes, load, mul_add, splat, store};
use crate::ops::profile::time;

/// Values that a thread takes at a time.
const PIECE: usize = 16 * 1024;
/// Vectors whose squares are summed on their own before they join the others'.
const RUN: usize = 64;

/// The numbers of a step of Adam or AdamW.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AdamStep {
    /// Decays of the running means of gradients and of their squares.
    pub(crate) betas: [f64; 2],
    /// What is left of a weight behind the weight decay.
    pub(crate) kept: f64,
    /// The learning rate, over the first mean's bias.
    pub(crate) rate: f64,
    /// The root of the second mean's bias.
    pub(crate) root: f64,
    /// Added to the root of the second mean.
    pub(crate) eps: f64,
}

/// Moves weights by the running means of their gradients and of their squares, into which a gradient is taken first.
pub(in crate::ops) fn adam(
    weights: &mut Tensor<1>,
    mean: &mut Tensor<1>,
    square: &mut Tensor<1>,
    gradient: &Tensor<1>,
    step: &AdamStep,
) {
    let gradient = primitive(gradient.clone());
    let gradient = values(&gradient);
    change([weights, mean, square], |index, [weights, mean, square]| {
        simd::run(AdamPiece {
            gradient: &gradient[index * PIECE..][..weights.len()],
            weights,
            mean,
            square,
            step,
        });
    });
}

/// Takes values into their running average, which moves by the part `by` of the difference.
pub(in crate::ops) fn average(average: &mut Tensor<1>, new: &Tensor<1>, by: f64) {
    let new = primitive(new.clone());
    let new = values(&new);
    change([average], |index, [average]| {
        simd::run(AveragePiece {
            new: &new[index * PIECE..][..average.len()],
            average,
            by: by as f32,
        });
    });
}

/// Multiplies values.
pub(in crate::ops) fn scale(tensor: &mut Tensor<1>, by: f32) {
    change([tensor], |_, [values]| {
        simd::run(ScalePiece { values, by });
    });
}

/// The sum of the squares of values.
pub(in crate::ops) fn sum_of_squares(tensor: &Tensor<1>) -> f64 {
    let tensor = primitive(tensor.clone());
    let from = values(&tensor);
    let count = from.len().div_ceil(PIECE);
    let mut sums = vec![0.0; count];
    time("norms of gradients", 0, || {
        for_each_part(count, [&mut sums], [1], |index, [sum]| {
            let end = from.len().min((index + 1) * PIECE);
            sum.fill(simd::run(Squares(&from[index * PIECE..end])));
        });
    });
    sums.into_iter().map(f64::from).sum()
}

/// Overwrites tensors of the same length piece by piece. One that shares its memory with another gets its own.
fn change<const N: usize>(
    mut tensors: [&mut Tensor<1>; N],
    work: impl Fn(usize, [&mut [f32]; N]) + Sync,
) {
    let mut primitives = tensors.each_mut().map(|tensor| {
        let nothing = Tensor::empty([0], &tensor.device());
        let tensor = primitive(std::mem::replace(*tensor, nothing));
        let range = tensor.layout().contiguous_offsets();
        match range {
            Some((0, _)) => tensor,
            _ => tensor.to_contiguous(),
        }
    });
    let length = primitives[0].layout().num_elements();
    let slices = (primitives.each_mut()).map(|tensor| &mut tensor.storage_mut::<f32>()[..length]);
    time("updates of weights", 0, || {
        for_each_part(length.div_ceil(PIECE), slices, [PIECE; N], work);
    });
    for (tensor, primitive) in tensors.into_iter().zip(primitives) {
        *tensor = Tensor::from_primitive::<Flex>(primitive);
    }
}

/// Calls `work` with the ranges of whole vectors, and with what is left.
#[inline(always)]
fn each_vector<S: Simd>(length: usize, mut work: impl FnMut(usize, Option<usize>)) {
    let whole = length / lanes::<S>() * lanes::<S>();
    for at in (0..whole).step_by(lanes::<S>()) {
        work(at, None);
    }
    if whole < length {
        work(whole, Some(length));
    }
}

#[inline(always)]
fn read<S: Simd>(from: &[f32], at: usize, end: Option<usize>) -> F32<S> {
    match end {
        None => load(&from[at..]),
        Some(end) => load_part(&from[at..end]),
    }
}

#[inline(always)]
fn write<S: Simd>(to: &mut [f32], at: usize, end: Option<usize>, value: F32<S>) {
    match end {
        None => store(&mut to[at..], value),
        Some(end) => store_part(&mut to[at..end], value),
    }
}

struct AdamPiece<'a> {
    weights: &'a mut [f32],
    mean: &'a mut [f32],
    square: &'a mut [f32],
    gradient: &'a [f32],
    step: &'a AdamStep,
}

impl WithSimd for AdamPiece<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        let Self {
            weights,
            mean,
            square,
            gradient,
            step,
        } = self;
        let number = |number: f64| splat::<S>(number as f32);
        let [beta1, beta2] = step.betas;
        let (new1, new2) = (number(1.0 - beta1), number(1.0 - beta2));
        let (beta2, kept) = (number(beta2), number(step.kept));
        let (rate, root, eps) = (number(step.rate), number(step.root), number(step.eps));
        each_vector::<S>(
            weights.len(),
            #[inline(always)]
            |at, end| {
                let gradient = read::<S>(gradient, at, end);
                let before = read::<S>(mean, at, end);
                let new_mean = mul_add(gradient - before, new1, before);
                let squares = read::<S>(square, at, end) * beta2;
                let new_square = mul_add(gradient * gradient, new2, squares);
                let scale = new_square.sqrt() / root + eps;
                let weight = read::<S>(weights, at, end) * kept;
                write(weights, at, end, weight - new_mean / scale * rate);
                write(mean, at, end, new_mean);
                write(square, at, end, new_square);
            },
        );
    }
}

struct AveragePiece<'a> {
    average: &'a mut [f32],
    new: &'a [f32],
    by: f32,
}

impl WithSimd for AveragePiece<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        let Self { average, new, by } = self;
        let by = splat::<S>(by);
        each_vector::<S>(
            average.len(),
            #[inline(always)]
            |at, end| {
                let before = read::<S>(average, at, end);
                let difference = read::<S>(new, at, end) - before;
                write(average, at, end, mul_add(difference, by, before));
            },
        );
    }
}

struct ScalePiece<'a> {
    values: &'a mut [f32],
    by: f32,
}

impl WithSimd for ScalePiece<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        for value in self.values {
            *value *= self.by;
        }
    }
}

struct Squares<'a>(&'a [f32]);

impl WithSimd for Squares<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self) -> f32 {
        let mut total = splat::<S>(0.0);
        for run in self.0.chunks(RUN * lanes::<S>()) {
            let mut sum = splat::<S>(0.0);
            each_vector::<S>(
                run.len(),
                #[inline(always)]
                |at, end| {
                    let value = read::<S>(run, at, end);
                    sum = mul_add(value, value, sum);
                },
            );
            total += sum;
        }
        let mut sums = [0.0; WIDEST];
        store(&mut sums, total);
        sums.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    fn tensor(values: &[f32]) -> Tensor<1> {
        Tensor::from_floats(values, &Device::flex())
    }

    fn read_back(tensor: &Tensor<1>) -> Vec<f32> {
        tensor.to_data().try_into_vec().unwrap()
    }

    /// Values of more than a piece, all of them different.
    fn several_pieces(by: f32) -> Vec<f32> {
        (0..PIECE + 5).map(|i| (i as f32 * by).sin()).collect()
    }

    fn assert_close(found: &Tensor<1>, expected: impl Fn(usize) -> f64) {
        for (place, found) in read_back(found).into_iter().enumerate() {
            let expected = expected(place);
            let off = (f64::from(found) - expected).abs() / expected.abs().max(1.0);
            assert!(off < 1e-6, "{place}: {found} is not {expected}");
        }
    }

    #[test]
    fn every_piece_is_updated_by_the_formula() {
        let (w, m, g) = (
            several_pieces(0.1),
            several_pieces(0.3),
            several_pieces(1.1),
        );
        let v: Vec<f32> = several_pieces(0.7).iter().map(|v| v * v + 0.1).collect();
        let step = AdamStep {
            betas: [0.9, 0.99],
            kept: 0.98,
            rate: 0.3,
            root: 0.5,
            eps: 1e-3,
        };
        let (mut weights, mut mean, mut square) = (tensor(&w), tensor(&m), tensor(&v));
        adam(&mut weights, &mut mean, &mut square, &tensor(&g), &step);
        let [w, m, v, g] = [w, m, v, g].map(|values| move |place: usize| f64::from(values[place]));
        let new_mean = |place| 0.9 * m(place) + 0.1 * g(place);
        let new_square = |place| 0.99 * v(place) + 0.01 * g(place).powi(2);
        assert_close(&mean, new_mean);
        assert_close(&square, new_square);
        assert_close(&weights, |place| {
            w(place) * 0.98 - 0.3 * new_mean(place) / (new_square(place).sqrt() / 0.5 + 1e-3)
        });
    }

    #[test]
    fn every_piece_is_averaged_and_scaled() {
        let (old, new) = (several_pieces(0.1), several_pieces(0.3));
        let mut values = tensor(&old);
        average(&mut values, &tensor(&new), 0.2);
        assert_close(&values, |place| {
            0.8 * f64::from(old[place]) + 0.2 * f64::from(new[place])
        });
        let mut values = tensor(&old);
        scale(&mut values, 0.25);
        assert_close(&values, |place| 0.25 * f64::from(old[place]));
    }

    #[test]
    fn squares_of_several_pieces_are_summed() {
        let values: Vec<f32> = (0..PIECE + 5).map(|i| (i % 7) as f32).collect();
        let expected: f64 = values.iter().map(|v| f64::from(v * v)).sum();
        assert_eq!(sum_of_squares(&tensor(&values)), expected);
        // A part of a tensor is not what lies in front of it.
        let part = tensor(&values).narrow(0, 5, 3);
        assert_eq!(sum_of_squares(&part), 25.0 + 36.0);
    }

    #[test]
    fn a_tensor_that_shares_its_memory_keeps_it() {
        let mut changed = tensor(&[1.0, 2.0, 3.0]);
        let kept = changed.clone();
        scale(&mut changed, 2.0);
        average(&mut changed, &kept, 0.5);
        assert_eq!(read_back(&kept), [1.0, 2.0, 3.0]);
        assert_eq!(read_back(&changed), [1.5, 3.0, 4.5]);
    }

    #[test]
    fn adam_moves_by_the_rate_at_first() {
        let mut weights = tensor(&[1.0; 19]);
        let (mut mean, mut square) = (tensor(&[0.0; 19]), tensor(&[0.0; 19]));
        let step = AdamStep {
            betas: [0.9, 0.99],
            kept: 0.5,
            rate: 0.25 / 0.1,
            root: 0.1,
            eps: 0.0,
        };
        adam(
            &mut weights,
            &mut mean,
            &mut square,
            &tensor(&[-3.0; 19]),
            &step,
        );
        for (found, expected) in [(weights, 0.75), (mean, -0.3), (square, 0.09)] {
            for value in read_back(&found) {
                assert!((value - expected).abs() < 1e-6, "{value} is not {expected}");
            }
        }
    }
}
