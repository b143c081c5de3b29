//! Gradients of a sum of a layer's output: as its operations lead them back, and as differences of the sum itself.

use burn::tensor::{Device, Tensor, TensorData};

use crate::compare;
use crate::draws::Draws;

/// Differences from the composed layer are allowed up to this part of a gradient's largest value: sums of up to ten
/// thousand products in f32 differ by some 1e-6 of it when taken in another order, and Winograd's transforms, of which a
/// filter's gradient is three deep, add about one decimal digit.
const TOLERANCE: f32 = 5e-5;

/// What a layer's output depends on, flat, with names.
pub(crate) type Leaves = Vec<(&'static str, Vec<f32>)>;

pub(crate) type Forward<'a> = &'a dyn Fn(&dyn Fn(&str) -> Tensor<1>) -> Tensor<4>;

pub(crate) fn constant(values: &[f32]) -> Tensor<1> {
    let data = TensorData::new(values.to_vec(), [values.len()]);
    Tensor::from_data(data, &Device::flex().autodiff())
}

pub(crate) fn read<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec::<f32>().unwrap()
}

pub(crate) fn gradients(leaves: &Leaves, counts: &[f32], forward: Forward<'_>) -> Leaves {
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
pub(crate) fn differences(leaves: &Leaves, counts: &[f32], what: &str, forward: Forward<'_>) {
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

/// Asserts that gradients are those of the composed layer.
pub(crate) fn close(expected: &[f32], found: &[f32], what: &str) {
    compare::close(expected, found, 1e-3, TOLERANCE, what);
}
