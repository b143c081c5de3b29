//! The operations of the seam on the CPU.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::{Input, Residual, oracle};
use crate::weights::Array;

/// A prepared convolution.
#[derive(Module, Debug)]
pub struct Conv {
    inner: oracle::Conv,
}

/// A prepared linear layer.
#[derive(Module, Debug)]
pub struct Linear {
    inner: oracle::Linear,
}

impl Conv {
    /// From the weight [O, I, k, k] (or [O, I, 1]) and the bias `[O]`.
    pub fn new(weight: Array, bias: Array, device: &Device) -> Self {
        let inner = oracle::Conv::new(weight, bias, device);
        Self { inner }
    }
}

impl Linear {
    /// From the weight [O, I] and the bias `[O]`.
    pub fn new(weight: Array, bias: Array, device: &Device) -> Self {
        let inner = oracle::Linear::new(weight, bias, device);
        Self { inner }
    }
}

/// See [`super::conv2d`].
pub fn conv2d(input: Input<'_>, conv: &Conv, residual: Option<Residual>) -> Tensor<4> {
    oracle::conv2d(input, &conv.inner, residual)
}

/// See [`super::attention`].
pub fn attention(qkv: Tensor<4>, heads: usize) -> Tensor<4> {
    oracle::attention(qkv, heads)
}

/// See [`super::linear`].
pub fn linear(x: Tensor<2>, linear: &Linear) -> Tensor<2> {
    oracle::linear(x, &linear.inner)
}
