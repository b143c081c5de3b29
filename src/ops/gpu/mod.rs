//! The operations of the seam on WebGPU: this crate's own kernels, in WGSL.
//!
//! burn brings no tiled 3x3 convolution for WGSL and widens a quantized weight before every use.
//! These kernels read int8 weights as they are, and each is a whole step of a network: a convolution
//! concatenates, normalizes, activates and resamples while it loads and adds bias and residual
//! while it stores; one dispatch before it finds what it normalizes with; attention is one dispatch.
//! They pass feature maps on with their channels next to each other.

mod attention;
mod conv;
mod launch;
mod map;
mod norm;
mod weights;

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::{Input, Residual};
use crate::weights::Array;
use weights::Weight;

pub use launch::launches;

/// A prepared convolution.
#[derive(Module, Debug)]
pub struct Conv {
    #[module(skip)]
    weight: Weight,
}

/// A prepared linear layer.
#[derive(Module, Debug)]
pub struct Linear {
    #[module(skip)]
    weight: Weight,
}

impl Conv {
    /// From the weight [O, I, k, k] (or [O, I, 1]) and the bias `[O]`.
    pub fn new(weight: Array, bias: Array, device: &Device) -> Self {
        let weight = Weight::new(weight, bias, device);
        Self { weight }
    }
}

impl Linear {
    /// From the weight [O, I] and the bias `[O]`.
    pub fn new(weight: Array, bias: Array, device: &Device) -> Self {
        let weight = Weight::new(weight, bias, device);
        Self { weight }
    }
}

/// Whether a device can run these kernels.
pub fn supported(device: &Device) -> bool {
    launch::supported(device)
}

/// See [`super::conv2d`].
pub fn conv2d(input: Input<'_>, conv: &Conv, residual: Option<Residual>) -> Tensor<4> {
    conv::conv2d(input, &conv.weight, residual)
}

/// See [`super::attention`].
pub fn attention(qkv: Tensor<4>, heads: usize) -> Tensor<4> {
    attention::attention(qkv, heads)
}

/// See [`super::linear`].
pub fn linear(x: Tensor<2>, linear: &Linear) -> Tensor<2> {
    conv::linear(x, &linear.weight)
}
