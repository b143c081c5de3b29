//! The layers of the metric networks, composed of burn's operations in f32.

use burn::tensor::activation::relu;
use burn::tensor::module;
use burn::tensor::ops::{AvgPoolOptions, ConvOptions, MaxPoolOptions};
use burn::tensor::{Device, Tensor, TensorData};

use super::file::Tensors;
use crate::eval::EvalError;

/// A convolution with bias, and ReLU behind it.
#[derive(Debug)]
pub(super) struct Conv {
    /// [O, I, kh, kw].
    weight: Tensor<4>,
    /// `[O]`.
    bias: Tensor<1>,
    stride: usize,
    padding: [usize; 2],
}

/// The geometry of a convolution.
#[derive(Debug, Clone, Copy)]
pub(super) struct Geometry {
    pub(super) input: usize,
    pub(super) output: usize,
    pub(super) kernel: [usize; 2],
    pub(super) stride: usize,
    pub(super) padding: [usize; 2],
}

/// Added to variances, as the Inception of TensorFlow does.
const BATCH_NORM_EPS: f64 = 0.001;

impl Conv {
    /// From `<name>.weight` and `<name>.bias`.
    pub(super) fn plain(
        name: &str,
        geometry: Geometry,
        source: &mut impl Tensors,
        device: &Device,
    ) -> Result<Self, EvalError> {
        let weight = source.tensor(&format!("{name}.weight"), &geometry.shape())?;
        let bias = source.tensor(&format!("{name}.bias"), &[geometry.output])?;
        Ok(Self::new(weight, bias, geometry, device))
    }

    /// From `<name>.conv.weight` and the batch norm `<name>.bn`, whose factors go into weight and bias.
    pub(super) fn normalized(
        name: &str,
        geometry: Geometry,
        source: &mut impl Tensors,
        device: &Device,
    ) -> Result<Self, EvalError> {
        let mut weight = source.tensor(&format!("{name}.conv.weight"), &geometry.shape())?;
        let mut vector = |what| source.tensor(&format!("{name}.bn.{what}"), &[geometry.output]);
        let (gain, shift) = (vector("weight")?, vector("bias")?);
        let (mean, variance) = (vector("running_mean")?, vector("running_var")?);
        let scales: Vec<f64> = (gain.iter().zip(&variance))
            .map(|(gain, variance)| {
                f64::from(*gain) / (f64::from(*variance) + BATCH_NORM_EPS).sqrt()
            })
            .collect();
        let per_output = weight.len() / geometry.output.max(1);
        for (filter, scale) in weight.chunks_mut(per_output.max(1)).zip(&scales) {
            for value in filter {
                *value = (f64::from(*value) * scale) as f32;
            }
        }
        let bias = (shift.iter().zip(&mean).zip(&scales))
            .map(|((shift, mean), scale)| (f64::from(*shift) - f64::from(*mean) * scale) as f32)
            .collect();
        Ok(Self::new(weight, bias, geometry, device))
    }

    fn new(weight: Vec<f32>, bias: Vec<f32>, geometry: Geometry, device: &Device) -> Self {
        Self {
            weight: Tensor::from_data(TensorData::new(weight, geometry.shape()), device),
            bias: Tensor::from_data(TensorData::new(bias, [geometry.output]), device),
            stride: geometry.stride,
            padding: geometry.padding,
        }
    }

    /// relu(w * x + b).
    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let stride = [self.stride; 2];
        let options = ConvOptions::new(stride, self.padding, [1, 1], 1);
        relu(module::conv2d(
            x,
            self.weight.clone(),
            Some(self.bias.clone()),
            options,
        ))
    }
}

impl Geometry {
    fn shape(&self) -> [usize; 4] {
        let [height, width] = self.kernel;
        [self.output, self.input, height, width]
    }
}

/// The largest of 3 x 3 values, every second one, without padding.
pub(super) fn max_pool_down(x: Tensor<4>) -> Tensor<4> {
    module::max_pool2d(x, MaxPoolOptions::new([3, 3]).with_stride([2, 2]))
}

/// The largest of 3 x 3 values on the same grid; what lies outside does not count.
pub(super) fn max_pool(x: Tensor<4>) -> Tensor<4> {
    let options = MaxPoolOptions::new([3, 3]).with_stride([1, 1]);
    module::max_pool2d(x, options.with_padding([1, 1]))
}

/// The mean of 3 x 3 values on the same grid; what lies outside does not count.
pub(super) fn average_pool(x: Tensor<4>) -> Tensor<4> {
    let options = AvgPoolOptions::new([3, 3]).with_stride([1, 1]);
    module::avg_pool2d(
        x,
        options.with_padding([1, 1]).with_count_include_pad(false),
    )
}
