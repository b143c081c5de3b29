//! The operations of the seam on the CPU, one kernel for each.
//!
//! Feature maps are channels last in memory (`map`). A 3x3 convolution is Winograd's
//! (`winograd`), everything else a plain matrix product (`direct`); both read their input through
//! `input`, which normalizes, modulates, activates, resamples and concatenates a strip of pixels at
//! a time, and add bias and residual on the way out (`output`). Every kernel is written once for
//! vectors of any width (`simd`).

mod attention;
mod direct;
mod flex;
#[cfg(all(feature = "fused", target_arch = "wasm32"))]
mod fused;
mod gather;
mod gemm;
mod input;
#[cfg(feature = "train")]
mod limit;
mod map;
mod math;
mod memory;
mod output;
mod panels;
mod parallel;
mod patch;
mod scratch;
mod simd;
mod stats;
#[cfg(feature = "train")]
pub mod trained;
mod transform;
mod winograd;

use std::sync::Arc;

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::layout::conv_shape;
use super::{Input, Residual, profile};
use crate::weights::Array;
#[cfg(feature = "train")]
pub use limit::multiply_adds;
use map::{Map, Matrix};
use memory::Values;
use output::Output;
use panels::{Numbers, Panels, padded_width};
#[cfg(feature = "rayon")]
pub(super) use parallel::with_threads_awake;
pub use patch::{fold, unfold};

/// A prepared convolution.
#[derive(Module, Debug)]
pub struct Conv {
    #[module(skip)]
    layer: Arc<ConvLayer>,
}

#[derive(Debug)]
struct ConvLayer {
    weights: Weights,
    /// What a sum over the weights is worth, for each output.
    scale: Vec<f32>,
    bias: Vec<f32>,
    inputs: usize,
    kernel: usize,
}

#[derive(Debug)]
enum Weights {
    Winograd(winograd::Weights),
    Direct(direct::Weights),
}

/// A prepared linear layer.
#[derive(Module, Debug)]
pub struct Linear {
    #[module(skip)]
    layer: Arc<LinearLayer>,
}

#[derive(Debug)]
struct LinearLayer {
    weight: Panels,
    /// What a sum over the weights is worth, for each output.
    scale: Vec<f32>,
    bias: Vec<f32>,
}

/// Pairs of input and output channels up to which 3x3 weights are held transformed, four times as
/// large: in a browser tab the widest layers of a model of 256 pixels would not fit otherwise.
const TRANSFORMED: Option<usize> = if cfg!(target_pointer_width = "32") {
    Some(1 << 17)
} else {
    None
};

impl Conv {
    /// From the weight [O, I, k, k] (or [O, I, 1]) and the bias `[O]`.
    pub fn new(weight: Array, bias: Array, _: &Device) -> Self {
        let [outputs, inputs, kernel] = conv_shape(&weight);
        let (weight, mut scale) = Numbers::new(weight, outputs);
        let transformed = TRANSFORMED.is_none_or(|most| inputs * outputs <= most);
        let weights = if kernel == 3 && transformed {
            Weights::Winograd(winograd::Weights::new(&weight, inputs, outputs))
        } else {
            Weights::Direct(direct::Weights::new(&weight, inputs, outputs, kernel))
        };
        for (output, scale) in scale.iter_mut().enumerate() {
            *scale *= match &weights {
                Weights::Winograd(weights) => weights.unit(output),
                Weights::Direct(weights) => weights.unit(output),
            };
        }
        let layer = ConvLayer {
            weights,
            scale,
            bias: bias.into_f32(),
            inputs,
            kernel,
        };
        Self {
            layer: Arc::new(layer),
        }
    }
}

impl Linear {
    /// From the weight [O, I] and the bias `[O]`.
    pub fn new(weight: Array, bias: Array, _: &Device) -> Self {
        let outputs = bias.len();
        let inputs = weight.len() / outputs.max(1);
        let (weight, mut scale) = Numbers::new(weight, outputs);
        let place = |input, output| Some(output * inputs + input);
        let weight = Panels::new(inputs, outputs, &weight, place);
        for (output, scale) in scale.iter_mut().enumerate() {
            *scale *= weight.unit(output);
        }
        let layer = LinearLayer {
            weight,
            scale,
            bias: bias.into_f32(),
        };
        Self {
            layer: Arc::new(layer),
        }
    }
}

/// See [`super::conv2d`].
pub fn conv2d(input: Input<'_>, conv: &Conv, residual: Option<Residual>) -> Tensor<4> {
    let layer = &*conv.layer;
    let sources: Vec<Map> = std::iter::once(input.x)
        .chain(input.skip)
        .map(Map::new)
        .collect();
    let affine_len = input.norm.map_or(0, |_| stats::affine_len(&sources));
    scratch::with(affine_len, |affine| {
        let affine = input.norm.map(|norm| {
            profile::time("norm statistics", 0, || {
                stats::affine(&sources, norm, input.modulation, affine);
            });
            &*affine
        });
        let input = input::Input::new(&sources, affine, input.silu, input.resample);
        let output = Output {
            scale: &layer.scale,
            bias: &layer.bias,
            residual: residual.map(|residual| (Map::new(residual.x), residual.resample)),
            grid: input.grid(),
        };
        let mut out = Values::new(output.len());
        let flop = flop([2, out.len(), layer.inputs, layer.kernel, layer.kernel]);
        let name = if layer.kernel == 1 {
            "1x1 convolution"
        } else {
            "3x3 convolution"
        };
        profile::time(name, flop, || match &layer.weights {
            Weights::Winograd(weights) => weights.convolve(&input, &output, &mut out),
            Weights::Direct(weights) => weights.convolve(&input, &output, &mut out),
        });
        Map::tensor(out, output.grid, layer.bias.len())
    })
}

/// See [`super::attention`].
pub fn attention(qkv: Tensor<4>, heads: usize) -> Tensor<4> {
    let qkv = Map::new(qkv);
    let channels = qkv.channels / 3;
    let positions = qkv.grid[1] * qkv.grid[2];
    let mut out = Values::new(qkv.grid[0] * positions * channels);
    let flop = flop([4, out.len(), positions]);
    profile::time("attention", flop, || {
        attention::attend(&qkv, heads, &mut out);
    });
    Map::tensor(out, qkv.grid, channels)
}

/// See [`super::linear`].
pub fn linear(x: Tensor<2>, linear: &Linear) -> Tensor<2> {
    let LinearLayer {
        weight,
        scale,
        bias,
    } = &*linear.layer;
    let x = Matrix::new(x);
    let mut out = Vec::with_capacity(x.rows * bias.len());
    let flop = flop([2, x.rows, weight.inner, bias.len()]);
    profile::time("linear", flop, || {
        let stride = padded_width(bias.len());
        scratch::with(x.rows * stride, |sums| {
            gemm::product(x.all(), weight, sums, false);
            for sums in sums.chunks_exact(stride) {
                let sums = sums.iter().zip(scale).zip(bias);
                out.extend(sums.map(|((sum, scale), bias)| sum * scale + bias));
            }
        });
    });
    Matrix::tensor(out, [x.rows, bias.len()])
}

/// A product that may not fit a browser's usize.
fn flop<const N: usize>(factors: [usize; N]) -> u64 {
    factors.into_iter().map(|factor| factor as u64).product()
}
