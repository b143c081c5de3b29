//! Weights on the GPU: in the file's precision, in the order in which the kernels read them.
//!
//! An int8 weight stays at one byte per value, four to a u32, with an f32 scale and bias per output
//! channel beside it; kernels widen the integers while they bring them into workgroup memory and
//! scale the finished sum once. Half-precision weights stay as they are in a layer that computes with
//! f16, and become f32 in others.

use burn::tensor::{Device, Int, Tensor, TensorData};
use cubecl::server::Handle;
use half::f16;

use super::launch::Reached;
use super::primitive::primitive;
use super::rehearsal::rehearsing;
use crate::ops::layout::conv_shape;
use crate::weights::{Array, Values};

/// The weight and bias of a convolution or linear layer.
#[derive(Debug, Clone)]
pub(super) struct Weight {
    /// [C/4, taps, 4, O/4] of four outputs each, as f32, f16 or packed int8.
    pub(super) values: Handle,
    /// Scales [O/4], then biases [O/4], of four outputs each.
    pub(super) rows: Handle,
    pub(super) int8: bool,
    /// Whether the layer works on feature maps in f16.
    pub(super) half: bool,
    /// Whether what it makes is one.
    pub(super) half_output: bool,
    pub(super) outs: usize,
    /// Kernel side, 1 or 3.
    pub(super) kernel: usize,
}

impl Weight {
    /// From the weight [O, I, k, k], [O, I, 1] or [O, I] and the bias `[O]`, for a layer that works
    /// on feature maps in f16 or in f32.
    pub(super) fn new(weight: Array, bias: Array, half: bool, device: &Device) -> Self {
        let [outs, channels, kernel] = conv_shape(&weight);
        let order = Order {
            outs,
            channels,
            taps: kernel * kernel,
        };
        let mut rows = vec![1.0; outs.next_multiple_of(4)];
        let (values, int8) = match weight.values {
            Values::Int8 { values, scales } => {
                for (row, scale) in rows.iter_mut().zip(scales) {
                    *row = scale;
                }
                let bytes = order.arrange(&values).into_iter();
                let bytes: Vec<u8> = bytes.map(|v| v.cast_unsigned()).collect();
                let words = bytes.as_chunks().0.iter();
                let words = words.map(|four| i32::from_le_bytes(*four)).collect();
                (integers(words, device), true)
            }
            Values::F16(values) if half => {
                let pairs = order.arrange(&values);
                let pairs = pairs.as_chunks().0.iter().map(|[a, b]: &[f16; 2]| {
                    (u32::from(a.to_bits()) | u32::from(b.to_bits()) << 16).cast_signed()
                });
                (integers(pairs.collect(), device), false)
            }
            _ => (floats(order.arrange(&weight.into_f32()), device), false),
        };
        rows.extend(bias.into_f32());
        rows.resize(2 * outs.next_multiple_of(4), 0.0);
        Self {
            values,
            rows: floats(rows, device),
            int8,
            half,
            half_output: half,
            outs,
            kernel,
        }
    }

    /// Values and rows, as a convolution of so many vec4s of channels to so many of outputs reaches them.
    pub(super) fn reached(&self, channels: usize, outs: usize) -> [Reached<'_>; 2] {
        let size = match (self.int8, self.half) {
            (true, _) => size_of::<i8>(),
            (false, true) => size_of::<f16>(),
            (false, false) => size_of::<f32>(),
        };
        let values = channels * self.kernel * self.kernel * 4 * outs * 4;
        [
            Reached(&self.values, values * size),
            Reached(&self.rows, 2 * 4 * outs * size_of::<f32>()),
        ]
    }
}

/// The way from a file's order, [O, I, taps], to the kernels'.
struct Order {
    outs: usize,
    channels: usize,
    taps: usize,
}

impl Order {
    fn arrange<T: Copy + Default>(&self, values: &[T]) -> Vec<T> {
        if rehearsing() {
            return vec![T::default(); 4];
        }
        let outs = self.outs.next_multiple_of(4);
        let channels = self.channels.next_multiple_of(4);
        let mut arranged = vec![T::default(); outs * channels * self.taps];
        for (out, filter) in values.chunks(self.channels * self.taps).enumerate() {
            for (channel, taps) in filter.chunks(self.taps).enumerate() {
                for (tap, value) in taps.iter().enumerate() {
                    let row = (channel / 4 * self.taps + tap) * 4 + channel % 4;
                    arranged[row * outs + out] = *value;
                }
            }
        }
        arranged
    }
}

fn floats(values: Vec<f32>, device: &Device) -> Handle {
    let length = values.len();
    let tensor: Tensor<1> = Tensor::from_data(TensorData::new(values, [length]), device);
    primitive(tensor).handle
}

fn integers(values: Vec<i32>, device: &Device) -> Handle {
    let length = values.len();
    let tensor: Tensor<1, Int> = Tensor::from_data(TensorData::new(values, [length]), device);
    primitive(tensor).handle
}
