//! The seam to the device. The networks above are written in these few calls, and nothing above
//! knows which kernel runs: a weight of the model file is turned into the device's own layout once
//! ([`prepare`]), and one call ([`conv2d`]) is a whole "normalize, modulate, activate, resample,
//! convolve, add" step, the unit that a fused kernel computes.
//!
//! Three sets of kernels stand behind it: [`composed`], composed of burn's own tensor operations,
//! [`cpu`] and, with feature `gpu`, [`gpu`](self). Which one computes a layer is settled when its
//! weight is prepared.

pub mod composed;
pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;
mod layout;
pub mod prepare;
pub mod profile;
#[cfg(feature = "train")]
pub(crate) mod update;

use std::ops::Range;

use burn::module::Module;
use burn::tensor::{Device, Tensor};

pub use crate::config::Resample;
pub use composed::{group_norm, layer_norm, silu};

/// Which kernels compute the layers of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kernels {
    /// This crate's kernels for the kind of device that the layers are on. On a GPU that has half
    /// precision, feature maps and filters are kept in it wherever the model's file does not hold
    /// single-precision weights; every sum is in f32.
    #[default]
    Own,
    /// This crate's kernels with every value in f32.
    OwnF32,
    /// burn's tensor operations: the yardstick for numbers and for speed.
    Composed,
}

impl Kernels {
    /// Whether these kernels keep feature maps in half precision on a device, given a model's file
    /// that holds no single-precision weights.
    #[must_use]
    pub fn half(self, device: &Device) -> bool {
        self == Self::Own && prepare::in_half(device)
    }
}

/// A convolution with stride 1 and zero padding that keeps the grid (kernel 1 or 3).
#[derive(Module, Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "the composed layer is the yardstick, and a network has a few hundred layers at most"
)]
pub enum Conv {
    /// Computed by [`composed`].
    Composed(composed::Conv),
    /// Computed by [`cpu`].
    Cpu(cpu::Conv),
    /// Computed by the GPU kernels.
    #[cfg(feature = "gpu")]
    Gpu(gpu::Conv),
    /// Computed by the CPU kernels that know their gradients.
    #[cfg(feature = "train")]
    Trained(cpu::trained::Conv),
}

impl Conv {
    /// The same layer with its output in f32 whatever its kernels keep between layers: for what
    /// other operations than a layer's read.
    #[must_use]
    pub fn into_f32(self) -> Self {
        match self {
            #[cfg(feature = "gpu")]
            Self::Gpu(conv) => Self::Gpu(conv.into_f32()),
            other => other,
        }
    }
}

/// A linear layer.
#[derive(Module, Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "the composed layer is the yardstick, and a network has a few hundred layers at most"
)]
pub enum Linear {
    /// Computed by [`composed`].
    Composed(composed::Linear),
    /// Computed by [`cpu`].
    Cpu(cpu::Linear),
    /// Computed by the GPU kernels.
    #[cfg(feature = "gpu")]
    Gpu(gpu::Linear),
}

/// GroupNorm over `groups` groups of channels, eps 1e-5, or LayerNorm where it normalizes rows.
#[derive(Module, Debug)]
pub struct Norm {
    /// Gain per channel, `[C]`.
    pub(crate) gain: Tensor<1>,
    /// Bias per channel, `[C]`.
    pub(crate) bias: Tensor<1>,
    /// Number of groups: 32, or fewer where they would have too few channels.
    pub(crate) groups: usize,
}

/// One whole step of a network: concatenate, normalize, modulate, activate, resample, convolve,
/// add bias and residual.
///
/// # Shapes
/// - input.x: [B, C1, H, W], input.skip: [B, C2, H, W], conv: C1 + C2 → O
/// - output: [B, O, H', W'], with H' = H, 2H or H/2 by `input.resample`
pub fn conv2d(input: Input<'_>, conv: &Conv, residual: Option<Residual>) -> Tensor<4> {
    match conv {
        Conv::Composed(conv) => composed::conv2d(input, conv, residual),
        Conv::Cpu(conv) => cpu::conv2d(input, conv, residual),
        #[cfg(feature = "gpu")]
        Conv::Gpu(conv) => gpu::conv2d(input, conv, residual),
        #[cfg(feature = "train")]
        Conv::Trained(conv) => cpu::trained::conv2d(input, conv, residual),
    }
}

/// Self-attention over the positions of a grid, softmax(qᵀk / √d) per head, by the same kernels as
/// the projection `like`. The channels of `qkv` are ordered head by head, [q | k | v] within each
/// (the official "legacy" order).
///
/// # Shapes
/// - qkv: [B, 3C, H, W], output: [B, C, H, W]
pub fn attention(qkv: Tensor<4>, heads: usize, like: &Conv) -> Tensor<4> {
    match like {
        Conv::Composed(_) => composed::attention(qkv, heads),
        Conv::Cpu(_) => cpu::attention(qkv, heads),
        #[cfg(feature = "gpu")]
        Conv::Gpu(_) => gpu::attention(qkv, heads),
        #[cfg(feature = "train")]
        Conv::Trained(_) => cpu::trained::attention(qkv, heads),
    }
}

/// Pixels to channels, so that a network can work on a coarser grid than the picture's, by the same
/// kernels as the convolution `like`: channel c·p² + i·p + j of the output is row i, column j of channel
/// c's blocks (PyTorch's `pixel_unshuffle`).
///
/// # Shapes
/// - x: [B, C, H, W], output: [B, C·p², H/p, W/p]
pub fn unfold(x: Tensor<4>, patch: usize, like: &Conv) -> Tensor<4> {
    match like {
        _ if patch == 1 => x,
        Conv::Cpu(_) => cpu::unfold(x, patch),
        #[cfg(feature = "train")]
        Conv::Trained(_) => cpu::trained::unfold(x, patch),
        _ => composed::unfold(x, patch),
    }
}

/// Channels to pixels, the inverse of [`unfold`].
///
/// # Shapes
/// - x: [B, C·p², H, W], output: [B, C, H·p, W·p]
pub fn fold(x: Tensor<4>, patch: usize, like: &Conv) -> Tensor<4> {
    match like {
        _ if patch == 1 => x,
        Conv::Cpu(_) => cpu::fold(x, patch),
        #[cfg(feature = "train")]
        Conv::Trained(_) => cpu::trained::fold(x, patch),
        _ => composed::fold(x, patch),
    }
}

/// x · W + b.
///
/// # Shapes
/// - x: [B, I], output: [B, O]
pub fn linear(x: Tensor<2>, linear: &Linear) -> Tensor<2> {
    match linear {
        Linear::Composed(linear) => composed::linear(x, linear),
        Linear::Cpu(linear) => cpu::linear(x, linear),
        #[cfg(feature = "gpu")]
        Linear::Gpu(linear) => gpu::linear(x, linear),
    }
}

/// AdaGN-style modulation of a normalized feature map: `h · scale + shift`, per channel. Every layer
/// of a network brings the same tensors and its own columns, so that nothing is cut out of them.
#[derive(Debug, Clone)]
pub struct Modulation {
    /// Scales of all layers, [B or 1, ΣC].
    pub scales: Tensor<2>,
    /// Shifts of all layers, [B or 1, ΣC].
    pub shifts: Tensor<2>,
    /// The columns of this layer.
    pub columns: Range<usize>,
}

impl Modulation {
    /// Scale, [B or 1, C].
    pub fn scale(&self) -> Tensor<2> {
        let columns = self.columns.clone();
        self.scales.clone().narrow(1, columns.start, columns.len())
    }

    /// Shift, [B or 1, C].
    pub fn shift(&self) -> Tensor<2> {
        let columns = self.columns.clone();
        self.shifts.clone().narrow(1, columns.start, columns.len())
    }
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
    /// Values left out behind the activation, in training alone; layers for inference know none.
    pub dropout: Option<Dropout>,
}

/// Leaving out values at random and scaling up the others, as training does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dropout {
    /// The part that is left out, in [0, 1).
    pub rate: f32,
    /// What decides which: the same seed leaves out the same values.
    pub seed: u64,
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
            dropout: None,
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

    /// Leaves out some of what was activated.
    pub fn dropout(mut self, dropout: Option<Dropout>) -> Self {
        self.dropout = dropout;
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

/// Evaluates a network on this device, with the threads of a CPU at hand throughout.
pub(crate) fn evaluate<R: Send>(device: &Device, network: impl FnOnce() -> R + Send) -> R {
    #[cfg(feature = "rayon")]
    if *device == Device::flex() {
        return cpu::with_threads_awake(network);
    }
    let _ = device;
    network()
}
