//! Turning the weights of a model file into the layout the device computes with, once, at load.

use burn::tensor::{Device, Tensor, TensorData};

use super::{Conv, Linear, Norm};
use crate::weights::Array;

/// A convolution from its weight [O, I, k, k] (or [O, I, 1], a 1-D convolution over positions)
/// and bias `[O]`.
pub fn conv(weight: Array, bias: Array, device: &Device) -> Conv {
    let (out, input, kernel) = match weight.shape[..] {
        [out, input, kernel, _] => (out, input, kernel),
        [out, input, kernel] => (out, input, kernel),
        [out, input] => (out, input, 1),
        _ => (weight.len(), 1, 1),
    };
    Conv {
        weight: Tensor::from_data(
            TensorData::new(weight.into_f32(), [out, input, kernel, kernel]),
            device,
        ),
        bias: vector(bias, device),
    }
}

/// A linear layer from its weight [O, I] and bias `[O]`.
pub fn linear(weight: Array, bias: Array, device: &Device) -> Linear {
    let out = weight.shape.first().copied().unwrap_or(1);
    let input = weight.len() / out.max(1);
    let weight: Tensor<2> =
        Tensor::from_data(TensorData::new(weight.into_f32(), [out, input]), device);
    Linear {
        weight: weight.transpose(),
        bias: vector(bias, device),
    }
}

/// A normalization from its gain `[C]` and bias `[C]`; official models use `min(32, C)` groups.
pub fn norm(gain: Array, bias: Array, device: &Device) -> Norm {
    Norm {
        groups: gain.len().min(32),
        gain: vector(gain, device),
        bias: vector(bias, device),
    }
}

/// A vector, `[C]`.
pub fn vector(array: Array, device: &Device) -> Tensor<1> {
    let length = array.len();
    Tensor::from_data(TensorData::new(array.into_f32(), [length]), device)
}
