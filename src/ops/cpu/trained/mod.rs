//! The operations of the seam for weights that are being trained on the CPU: the kernels of inference, each with its
//! gradient. Feature maps and their gradients are channels last in memory.

mod activation;
mod attention;
mod deactivation;
mod dropout;
mod filters;
mod graph;
mod layer;
mod norm;
mod outer;
mod patch;
mod pixels;
mod resample;
mod tiles;
pub(in crate::ops) mod update;
mod weights;

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use crate::ops::layout::{conv_shape, tensor, vector};
use crate::weights::Array;

pub use attention::attention;
pub use layer::conv2d;
pub use patch::{fold, unfold};

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
