//! The operations of the seam for weights that are being trained on the CPU: the kernels of inference, each with its
//! gradient. Feature maps and their gradients are channels last in memory.

mod activation;
mod attention;
mod dropout;
mod filters;
mod graph;
mod layer;
mod norm;
mod outer;
mod patch;
mod resample;
mod tiles;
pub mod update;
mod weights;

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use crate::ops::layout::{conv_shape, tensor, vector};
use crate::ops::{Input, Residual};
use crate::weights::Array;

/// A convolution whose weight is being trained.
#[derive(Module, Debug)]
pub struct Conv {
    /// [O, I, k, k].
    weight: Tensor<4>,
    /// `[O]`.
    bias: Tensor<1>,
}

impl Conv {
    /// From the weight [O, I, k, k] (or [O, I, 1]) and the bias `[O]`.
    pub fn new(weight: Array, bias: Array, device: &Device) -> Self {
        let [out, input, kernel] = conv_shape(&weight);
        Self {
            weight: tensor(weight, [out, input, kernel, kernel], device),
            bias: vector(bias, device),
        }
    }
}

/// See [`crate::ops::conv2d`].
pub fn conv2d(input: Input<'_>, conv: &Conv, residual: Option<Residual>) -> Tensor<4> {
    layer::conv2d(input, conv, residual)
}

/// See [`crate::ops::attention`].
pub fn attention(qkv: Tensor<4>, heads: usize) -> Tensor<4> {
    attention::attention(qkv, heads)
}

/// See [`crate::ops::unfold`].
pub fn unfold(x: Tensor<4>, patch: usize) -> Tensor<4> {
    patch::unfold(x, patch)
}

/// See [`crate::ops::fold`].
pub fn fold(x: Tensor<4>, patch: usize) -> Tensor<4> {
    patch::fold(x, patch)
}
