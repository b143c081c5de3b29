//! The seam to the device. The networks above are written in these few calls, and nothing above
//! knows which kernel runs: a weight of the model file is turned into the device's own layout once
//! ([`prepare`]), and one call ([`conv2d`]) is a whole "normalize, modulate, activate, resample,
//! convolve, add" step, the unit that a fused kernel computes.
//!
//! The implementation here is composed of burn's own tensor operations ([`oracle`]), so it runs on
//! every device that burn has.

pub mod oracle;
pub mod prepare;

use burn::module::Module;
use burn::tensor::Tensor;

pub use oracle::{attention, conv2d, group_norm, layer_norm, linear, silu};

/// A convolution with stride 1 and zero padding that keeps the grid (kernel 1 or 3).
#[derive(Module, Debug)]
pub struct Conv {
    /// The prepared weight, [O, I, k, k].
    pub(crate) weight: Tensor<4>,
    /// The bias, `[O]`.
    pub(crate) bias: Tensor<1>,
}

/// A linear layer.
#[derive(Module, Debug)]
pub struct Linear {
    /// The prepared weight, [I, O].
    pub(crate) weight: Tensor<2>,
    /// The bias, `[O]`.
    pub(crate) bias: Tensor<1>,
}

/// GroupNorm over `groups` groups of channels, eps 1e-5, or LayerNorm where it normalizes rows.
#[derive(Module, Debug)]
pub struct Norm {
    /// Gain per channel, `[C]`.
    pub(crate) gain: Tensor<1>,
    /// Bias per channel, `[C]`.
    pub(crate) bias: Tensor<1>,
    /// Number of groups: min(32, C).
    pub(crate) groups: usize,
}

/// AdaGN-style modulation of a normalized feature map: `h · scale + shift`, per channel.
#[derive(Debug, Clone)]
pub struct Modulation {
    /// Scale, [B or 1, C].
    pub scale: Tensor<2>,
    /// Shift, [B or 1, C].
    pub shift: Tensor<2>,
}

/// Parameter-free resampling of the grid, applied before a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resample {
    /// The grid stays as it is.
    Keep,
    /// Nearest-neighbour doubling.
    Up,
    /// 2x2 averaging.
    Down,
}

/// What a convolution reads, and what happens to it on the way in.
#[derive(Debug, Clone)]
pub struct Input<'a> {
    /// The feature map, [B, C, H, W].
    pub x: Tensor<4>,
    /// A second feature map, concatenated behind the channels of `x` before anything else.
    pub skip: Option<Tensor<4>>,
    /// GroupNorm of the (concatenated) input.
    pub norm: Option<&'a Norm>,
    /// Modulation of the normalized input.
    pub modulation: Option<Modulation>,
    /// Whether SiLU follows.
    pub silu: bool,
    /// Resampling, after normalization and activation.
    pub resample: Resample,
}

impl<'a> Input<'a> {
    /// The bare feature map.
    pub fn new(x: Tensor<4>) -> Self {
        Self {
            x,
            skip: None,
            norm: None,
            modulation: None,
            silu: false,
            resample: Resample::Keep,
        }
    }

    /// Concatenates `skip` behind the channels of x.
    pub fn skip(mut self, skip: Option<Tensor<4>>) -> Self {
        self.skip = skip;
        self
    }

    /// Normalizes.
    pub fn norm(mut self, norm: &'a Norm) -> Self {
        self.norm = Some(norm);
        self
    }

    /// Modulates what was normalized.
    pub fn modulate(mut self, modulation: Modulation) -> Self {
        self.modulation = Some(modulation);
        self
    }

    /// Activates.
    pub fn silu(mut self) -> Self {
        self.silu = true;
        self
    }

    /// Resamples what was activated.
    pub fn resample(mut self, resample: Resample) -> Self {
        self.resample = resample;
        self
    }
}

/// What is added to the output of a convolution.
#[derive(Debug, Clone)]
pub struct Residual {
    /// The feature map, on the grid before `resample`.
    pub x: Tensor<4>,
    /// Its way to the output's grid.
    pub resample: Resample,
}
