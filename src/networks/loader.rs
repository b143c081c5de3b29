//! Building layers from the tensors of a model file by their official names.

use burn::tensor::Device;

use crate::ops::{Conv, Dropout, Kernels, Linear, Norm, prepare};
use crate::weights::{Array, TensorSource, WeightsError};

/// Takes tensors from a source, below a name prefix, onto a device.
pub struct Loader<'a> {
    source: &'a mut dyn TensorSource,
    device: &'a Device,
    kernels: Kernels,
    /// Channels that a group of a GroupNorm has at least.
    group_channels: usize,
    dropout: Option<Dropout>,
    prefix: String,
}

impl<'a> Loader<'a> {
    /// A loader for names that start with `prefix` (empty, or ending in a dot).
    pub fn new(source: &'a mut dyn TensorSource, device: &'a Device, prefix: &str) -> Self {
        Self {
            source,
            device,
            kernels: Kernels::default(),
            group_channels: 1,
            dropout: None,
            prefix: prefix.to_owned(),
        }
    }

    /// The same loader for layers that other kernels compute.
    #[must_use]
    pub fn kernels(self, kernels: Kernels) -> Self {
        Self { kernels, ..self }
    }

    /// The same loader for norms whose groups have so many channels at least.
    #[must_use]
    pub fn group_channels(self, group_channels: usize) -> Self {
        Self {
            group_channels,
            ..self
        }
    }

    /// The same loader for layers that leave values out, as in training.
    #[must_use]
    pub fn dropout(self, dropout: Option<Dropout>) -> Self {
        Self { dropout, ..self }
    }

    /// What the layer at this loader's prefix leaves out: other values than any other layer.
    pub fn dropout_here(&self) -> Option<Dropout> {
        let dropout = self.dropout?;
        let mut seed = dropout.seed;
        for byte in self.prefix.bytes() {
            // FNV-1a, the same on every platform.
            seed = (seed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Some(Dropout { seed, ..dropout })
    }

    /// A loader at the same place, which can be told other things.
    pub fn here(&mut self) -> Loader<'_> {
        Loader {
            prefix: self.prefix.clone(),
            source: &mut *self.source,
            ..*self
        }
    }

    /// A loader one name deeper: `at("in_layers.0")` reads `<prefix>in_layers.0.*`.
    pub fn at(&mut self, name: &str) -> Loader<'_> {
        Loader {
            prefix: format!("{}{name}.", self.prefix),
            ..self.here()
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
        Ok(prepare::norm(gain, bias, self.group_channels, self.device))
    }
}
