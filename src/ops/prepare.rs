//! Turning the weights of a model file into the layout that the chosen kernels compute with, once,
//! at load.

use burn::tensor::Device;

use super::layout::vector;
use super::{Conv, Kernels, Linear, Norm, composed, cpu};
use crate::weights::Array;

/// A convolution from its weight [O, I, k, k] (or [O, I, 1], a 1-D convolution over positions)
/// and bias `[O]`. On a GPU that offers less than this crate's kernels take, burn's operations compute it.
pub fn conv(weight: Array, bias: Array, kernels: Kernels, device: &Device) -> Conv {
    #[cfg(feature = "train")]
    if matches!(weight.values, crate::weights::Values::Trained(_)) {
        return trained(weight, bias, kernels, device);
    }
    match choose(kernels, device) {
        Choice::Composed => Conv::Composed(composed::Conv::new(weight, bias, device)),
        #[cfg(feature = "gpu")]
        Choice::Gpu => {
            let half = kernels.half(device);
            Conv::Gpu(super::gpu::Conv::new(weight, bias, half, device))
        }
        Choice::Cpu => Conv::Cpu(cpu::Conv::new(weight, bias, device)),
    }
}

/// A linear layer from its weight [O, I] and bias `[O]`.
pub fn linear(weight: Array, bias: Array, kernels: Kernels, device: &Device) -> Linear {
    #[cfg(feature = "train")]
    if matches!(weight.values, crate::weights::Values::Trained(_)) {
        return Linear::Composed(composed::Linear::new(weight, bias, device));
    }
    match choose(kernels, device) {
        Choice::Composed => Linear::Composed(composed::Linear::new(weight, bias, device)),
        #[cfg(feature = "gpu")]
        Choice::Gpu => Linear::Gpu(super::gpu::Linear::new(weight, bias, device)),
        Choice::Cpu => Linear::Cpu(cpu::Linear::new(weight, bias, device)),
    }
}

/// A convolution whose weight is being trained: burn's operations know their gradients on every
/// device, and on the CPU this crate's kernels do.
#[cfg(feature = "train")]
fn trained(weight: Array, bias: Array, kernels: Kernels, device: &Device) -> Conv {
    if kernels != Kernels::Composed && *device == Device::flex() {
        return Conv::Trained(cpu::trained::Conv::new(weight, bias, device));
    }
    Conv::Composed(composed::Conv::new(weight, bias, device))
}

/// A normalization from its gain `[C]` and bias `[C]`, with up to 32 groups of `group_channels`
/// channels at least. Official models ask for no more than one.
pub fn norm(gain: Array, bias: Array, group_channels: usize, device: &Device) -> Norm {
    Norm {
        groups: (gain.len() / group_channels.max(1)).clamp(1, 32),
        gain: vector(gain, device),
        bias: vector(bias, device),
    }
}

/// Whether this crate's kernels run on a device and can compute in half precision there.
pub(super) fn in_half(device: &Device) -> bool {
    match choose(Kernels::Own, device) {
        #[cfg(feature = "gpu")]
        Choice::Gpu => super::gpu::computes_in_half(device),
        _ => false,
    }
}

enum Choice {
    Composed,
    Cpu,
    #[cfg(feature = "gpu")]
    Gpu,
}

fn choose(kernels: Kernels, device: &Device) -> Choice {
    match kernels {
        Kernels::Composed => Choice::Composed,
        _ if *device == Device::flex() => Choice::Cpu,
        #[cfg(feature = "gpu")]
        _ if super::gpu::supported(device) => Choice::Gpu,
        _ => Choice::Composed,
    }
}
