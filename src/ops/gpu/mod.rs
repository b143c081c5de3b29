//! The operations of the seam on WebGPU: this crate's own kernels, in WGSL.
//!
//! burn brings no tiled 3x3 convolution for WGSL and widens a quantized weight before every use.
//! These kernels read int8 weights as they are, and each is a whole step of a network: a convolution
//! concatenates, normalizes, activates and resamples while it loads and adds bias and residual
//! while it stores; one dispatch before it finds what it normalizes with; attention is one dispatch.
//! They pass feature maps on with their channels next to each other, in half precision where the GPU
//! has it and the model's weights are rounded as it is: what is multiplied is f16, products and sums
//! are f32. That halves what a step reads, writes and holds, in memory and in workgroup memory.

mod attention;
mod block;
mod conv;
mod device;
mod launch;
mod map;
mod norm;
mod primitive;
mod rehearsal;
mod weights;

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::{Input, Residual};
use crate::weights::{Array, Values};
use weights::Weight;

pub use device::{Trouble, open, open_watched};
pub use launch::launches;
pub use rehearsal::rehearse;

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
    /// From the weight [O, I, k, k] (or [O, I, 1]) and the bias `[O]`. With `half`, and unless the
    /// weight is in single precision, the layer works on feature maps in f16.
    pub fn new(weight: Array, bias: Array, half: bool, device: &Device) -> Self {
        let half = half && !matches!(weight.values, Values::F32(_));
        let weight = Weight::new(weight, bias, half, device);
        Self { weight }
    }

    /// See [`super::Conv::into_f32`].
    pub fn into_f32(mut self) -> Self {
        self.weight.half_output = false;
        self
    }
}

impl Linear {
    /// From the weight [O, I] and the bias `[O]`.
    pub fn new(weight: Array, bias: Array, device: &Device) -> Self {
        // Rows are few, and modulate everything.
        let weight = Weight::new(weight, bias, false, device);
        Self { weight }
    }
}

/// Whether a device can run these kernels.
pub fn supported(device: &Device) -> bool {
    launch::supported(device)
}

/// Whether a device has half precision (WebGPU's `shader-f16`).
pub fn computes_in_half(device: &Device) -> bool {
    launch::computes_in_half(device)
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
