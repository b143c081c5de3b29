//! The operations of the seam for weights that are being trained on the CPU: each knows its gradient.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use crate::ops::composed;
use crate::ops::{Input, Residual};
use crate::weights::Array;

/// A convolution whose weight is being trained.
#[derive(Module, Debug)]
pub struct Conv {
    layer: composed::Conv,
}

impl Conv {
    /// From the weight [O, I, k, k] (or [O, I, 1]) and the bias `[O]`.
    pub fn new(weight: Array, bias: Array, device: &Device) -> Self {
        Self {
            layer: composed::Conv::new(weight, bias, device),
        }
    }
}

/// See [`crate::ops::conv2d`].
pub fn conv2d(input: Input<'_>, conv: &Conv, residual: Option<Residual>) -> Tensor<4> {
    composed::conv2d(input, &conv.layer, residual)
}

/// See [`crate::ops::attention`].
pub fn attention(qkv: Tensor<4>, heads: usize) -> Tensor<4> {
    composed::attention(qkv, heads)
}
