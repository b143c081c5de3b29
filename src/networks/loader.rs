//! Building layers from the tensors of a model file by their official names.

use burn::tensor::Device;

use crate::ops::{Conv, Kernels, Linear, Norm, prepare};
use crate::weights::{Array, TensorSource, WeightsError};

/// Takes tensors from a source, below a name prefix, onto a device.
pub struct Loader<'a> {
    source: &'a mut dyn TensorSource,
    device: &'a Device,
    kernels: Kernels,
    prefix: String,
}

impl<'a> Loader<'a> {
    /// A loader for names that start with `prefix` (empty, or ending in a dot).
    pub fn new(source: &'a mut dyn TensorSource, device: &'a Device, prefix: &str) -> Self {
        Self {
            source,
            device,
            kernels: Kernels::default(),
            prefix: prefix.to_owned(),
        }
    }

    /// The same loader for layers that other kernels compute.
    #[must_use]
    pub fn kernels(self, kernels: Kernels) -> Self {
        Self { kernels, ..self }
    }

    /// A loader one name deeper: `at("in_layers.0")` reads `<prefix>in_layers.0.*`.
    pub fn at(&mut self, name: &str) -> Loader<'_> {
        Loader {
            prefix: format!("{}{name}.", self.prefix),
            source: &mut *self.source,
            device: self.device,
            kernels: self.kernels,
        }
    }

    /// A linear layer from tensors that were taken before.
    pub fn stacked(&self, weight: Array, bias: Array) -> Linear {
        prepare::linear(weight, bias, self.kernels, self.device)
    }

    /// One tensor, `<prefix><name>`.
    ///
    /// # Errors
    /// Whatever the source says of it.
    pub fn array(&mut self, name: &str, shape: &[usize]) -> Result<Array, WeightsError> {
        self.source.tensor(&format!("{}{name}", self.prefix), shape)
    }

    /// A convolution `<prefix>weight` [out, input, kernel, kernel], `<prefix>bias` `[out]`.
    ///
    /// # Errors
    /// Whatever the source says of its tensors.
    pub fn conv(&mut self, input: usize, out: usize, kernel: usize) -> Result<Conv, WeightsError> {
        let weight = self.array("weight", &[out, input, kernel, kernel])?;
        let bias = self.array("bias", &[out])?;
        Ok(prepare::conv(weight, bias, self.kernels, self.device))
    }

    /// A one-dimensional convolution with kernel 1, `<prefix>weight` [out, input, 1], as attention
    /// blocks hold them.
    ///
    /// # Errors
    /// Whatever the source says of its tensors.
    pub fn conv1d(&mut self, input: usize, out: usize) -> Result<Conv, WeightsError> {
        let weight = self.array("weight", &[out, input, 1])?;
        let bias = self.array("bias", &[out])?;
        Ok(prepare::conv(weight, bias, self.kernels, self.device))
    }

    /// A linear layer `<prefix>weight` [out, input], `<prefix>bias` `[out]`.
    ///
    /// # Errors
    /// Whatever the source says of its tensors.
    pub fn linear(&mut self, input: usize, out: usize) -> Result<Linear, WeightsError> {
        let weight = self.array("weight", &[out, input])?;
        let bias = self.array("bias", &[out])?;
        Ok(prepare::linear(weight, bias, self.kernels, self.device))
    }

    /// A normalization `<prefix>weight` `[channels]`, `<prefix>bias` `[channels]`.
    ///
    /// # Errors
    /// Whatever the source says of its tensors.
    pub fn norm(&mut self, channels: usize) -> Result<Norm, WeightsError> {
        let gain = self.array("weight", &[channels])?;
        let bias = self.array("bias", &[channels])?;
        Ok(prepare::norm(gain, bias, self.device))
    }
}
