//! The operations of the seam, composed of burn's tensor operations. They run on every device that
//! burn has, and kernels written for one kind of device are held against them. A layer computes in
//! the precision of its weight, which is f32 but for training in bf16; norms and softmax stay in f32.

use burn::module::Module;
use burn::tensor::activation::{sigmoid, softmax};
use burn::tensor::module;
use burn::tensor::ops::{AvgPoolOptions, ConvOptions, InterpolateMode, InterpolateOptions};
use burn::tensor::{Device, Distribution, FloatDType, Tensor};

use super::layout::{conv_shape, tensor, vector};
use super::{Dropout, Input, Modulation, Norm, Resample, Residual};
use crate::weights::Array;

/// A convolution with stride 1 and zero padding that keeps the grid (kernel 1 or 3).
#[derive(Module, Debug)]
pub struct Conv {
    /// [O, I, k, k].
    weight: Tensor<4>,
    /// `[O]`.
    bias: Tensor<1>,
}

/// A linear layer.
#[derive(Module, Debug)]
pub struct Linear {
    /// [I, O].
    weight: Tensor<2>,
    /// `[O]`.
    bias: Tensor<1>,
}

impl Conv {
    /// From the weight [O, I, k, k] and the bias `[O]`.
    pub fn new(weight: Array, bias: Array, device: &Device) -> Self {
        let [out, input, kernel] = conv_shape(&weight);
        let shape = [out, input, kernel, kernel];
        Self {
            weight: tensor(weight, shape, device),
            bias: vector(bias, device),
        }
    }
}

impl Linear {
    /// From the weight [O, I] and the bias `[O]`.
    pub fn new(weight: Array, bias: Array, device: &Device) -> Self {
        let out = weight.shape.first().copied().unwrap_or(1);
        let shape = [out, weight.len() / out.max(1)];
        Self {
            weight: tensor(weight, shape, device).transpose(),
            bias: vector(bias, device),
        }
    }
}

/// Added to variances before the square root, as PyTorch's norms do by default.
const EPS: f64 = 1e-5;

/// One whole step of a network: concatenate, normalize, modulate, activate, resample, convolve,
/// add bias and residual.
///
/// # Shapes
/// - input.x: [B, C1, H, W], input.skip: [B, C2, H, W], conv: C1 + C2 → O
/// - output: [B, O, H', W'], with H' = H, 2H or H/2 by `input.resample`
pub fn conv2d(input: Input<'_>, conv: &Conv, residual: Option<Residual>) -> Tensor<4> {
    let mut h = match input.skip {
        Some(skip) => Tensor::cat(vec![input.x, skip], 1),
        None => input.x,
    };
    if let Some(norm) = input.norm {
        h = normalize(h, norm, input.modulation);
    }
    if input.silu {
        h = silu(h);
    }
    if let Some(dropout) = input.dropout {
        h = drop_out(h, dropout);
    }
    h = resample(h, input.resample);
    let [_, _, kernel, _] = conv.weight.dims();
    let options = ConvOptions::new([1, 1], [kernel / 2, kernel / 2], [1, 1], 1);
    let h = like(h, &conv.weight);
    let bias = like(conv.bias.clone(), &conv.weight);
    let h = module::conv2d(h, conv.weight.clone(), Some(bias), options);
    match residual {
        Some(residual) => h + like(resample(residual.x, residual.resample), &conv.weight),
        None => h,
    }
}

/// A tensor in the precision of another.
fn like<const D: usize, const E: usize>(x: Tensor<D>, other: &Tensor<E>) -> Tensor<D> {
    match other.dtype() == x.dtype() {
        true => x,
        false => x.cast(FloatDType::from(other.dtype())),
    }
}

/// A tensor in single precision.
fn single<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    x.cast(FloatDType::F32)
}

/// GroupNorm without anything behind it.
///
/// # Shapes
/// - x: [B, C, H, W], output: the same
pub fn group_norm(x: Tensor<4>, norm: &Norm) -> Tensor<4> {
    normalize(x, norm, None)
}

/// GroupNorm, then modulation. Gain, bias, scale and shift fold into one multiply and one add per
/// value, the way a kernel applies them while it loads its input.
fn normalize(x: Tensor<4>, norm: &Norm, modulation: Option<Modulation>) -> Tensor<4> {
    let x = single(x);
    let [batch, channels, height, width] = x.dims();
    let per_group = channels / norm.groups;
    let groups: Tensor<3> = x
        .clone()
        .reshape([batch, norm.groups, per_group * height * width]);
    let mean = groups.clone().mean_dim(2); // [B, G, 1]
    // Two passes: squares of values minus square of the mean would cancel.
    let variance = (groups - mean.clone()).square().mean_dim(2); // [B, G, 1]
    let inverse = (variance + EPS).sqrt().recip();
    let per_channel = |t: Tensor<3>| -> Tensor<2> {
        t.expand([batch, norm.groups, per_group])
            .reshape([batch, channels])
    };
    let mut scale = per_channel(inverse) * norm.gain.clone().unsqueeze(); // [B, C]
    let mut shift = norm.bias.clone().unsqueeze() - per_channel(mean) * scale.clone();
    if let Some(modulation) = modulation {
        scale = scale * modulation.scale();
        shift = shift * modulation.scale() + modulation.shift();
    }
    x * scale.reshape([batch, channels, 1, 1]) + shift.reshape([batch, channels, 1, 1])
}

/// x · sigmoid(x).
pub fn silu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    x.clone() * sigmoid(x)
}

/// Leaves values out by the device's own random numbers, which start from the seed.
fn drop_out(x: Tensor<4>, dropout: Dropout) -> Tensor<4> {
    let device = x.device();
    device.seed(dropout.seed);
    let kept = Tensor::<4>::random(x.dims(), Distribution::Default, &device)
        .greater_equal_elem(dropout.rate)
        .float();
    x * kept / (1.0 - dropout.rate)
}

pub(super) fn resample(x: Tensor<4>, resample: Resample) -> Tensor<4> {
    match resample {
        Resample::Keep => x,
        Resample::Up => module::interpolate(
            x,
            InterpolateOptions::new(InterpolateMode::Nearest).with_scale_factor([2.0, 2.0]),
        ),
        Resample::Down => module::avg_pool2d(x, AvgPoolOptions::new([2, 2]).with_stride([2, 2])),
    }
}

/// Self-attention over the positions of a grid, softmax(qᵀk / √d) per head. The channels of `qkv`
/// are ordered head by head, [q | k | v] within each (the official "legacy" order).
///
/// # Shapes
/// - qkv: [B, 3C, H, W], output: [B, C, H, W]
pub fn attention(qkv: Tensor<4>, heads: usize) -> Tensor<4> {
    let [batch, channels3, height, width] = qkv.dims();
    let depth = channels3 / (3 * heads);
    let positions = height * width;
    let qkv: Tensor<3> = qkv.reshape([batch * heads, 3 * depth, positions]);
    let part = |i: usize| qkv.clone().narrow(1, i * depth, depth); // [B·heads, d, HW]
    // The official code scales q and k by d^-1/4 each, which keeps their product small in fp16.
    let scale = (depth as f64).powf(-0.25);
    let query = part(0) * scale;
    let key = part(1) * scale;
    let weights = softmax(single(query.transpose().matmul(key)), 2); // [B·heads, HW, HW]
    let weights = like(weights, &qkv);
    part(2)
        .matmul(weights.transpose()) // [B·heads, d, HW]
        .reshape([batch, channels3 / 3, height, width])
}

/// See [`super::unfold`].
pub fn unfold(x: Tensor<4>, patch: usize) -> Tensor<4> {
    let [batch, channels, height, width] = x.dims();
    let (rows, columns) = (height / patch, width / patch);
    x.reshape([batch, channels, rows, patch, columns, patch])
        .permute([0, 1, 3, 5, 2, 4]) // [B, C, p, p, H/p, W/p]
        .reshape([batch, channels * patch * patch, rows, columns])
}

/// See [`super::fold`].
pub fn fold(x: Tensor<4>, patch: usize) -> Tensor<4> {
    let [batch, channels, rows, columns] = x.dims();
    let channels = channels / (patch * patch);
    x.reshape([batch, channels, patch, patch, rows, columns])
        .permute([0, 1, 4, 2, 5, 3]) // [B, C, H, p, W, p]
        .reshape([batch, channels, rows * patch, columns * patch])
}

/// x · W + b.
///
/// # Shapes
/// - x: [B, I], output: [B, O]
pub fn linear(x: Tensor<2>, linear: &Linear) -> Tensor<2> {
    let product = like(x, &linear.weight).matmul(linear.weight.clone());
    single(product) + linear.bias.clone().unsqueeze()
}

/// LayerNorm over the last dimension, eps 1e-5.
///
/// # Shapes
/// - x: [B, C], output: the same
pub fn layer_norm(x: Tensor<2>, norm: &Norm) -> Tensor<2> {
    let mean = x.clone().mean_dim(1); // [B, 1]
    let centred = x - mean;
    let variance = centred.clone().square().mean_dim(1);
    centred * (variance + EPS).sqrt().recip() * norm.gain.clone().unsqueeze()
        + norm.bias.clone().unsqueeze()
}
