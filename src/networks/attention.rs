//! Self-attention over the positions of a feature map, with a residual connection.

use burn::module::Module;
use burn::tensor::Tensor;

use super::Loader;
use crate::config::Stage;
use crate::ops::{self, Conv, Input, Norm, Resample, Residual};
use crate::weights::WeightsError;

/// An attention block.
#[derive(Module, Debug)]
pub struct Attention {
    norm: Norm,
    qkv: Conv,
    proj_out: Conv,
    heads: usize,
}

impl Attention {
    /// Loads `norm`, `qkv` and `proj_out`.
    ///
    /// # Errors
    /// Whatever the source says of its tensors.
    pub fn load(
        loader: &mut Loader<'_>,
        channels: usize,
        heads: usize,
    ) -> Result<Self, WeightsError> {
        Ok(Self {
            norm: loader.at("norm").norm(channels)?,
            qkv: loader.at("qkv").conv1d(channels, 3 * channels)?,
            proj_out: loader.at("proj_out").conv1d(channels, channels)?,
            heads,
        })
    }

    /// Loads the attention behind a stage, where there is one; `loader` stands at the network.
    ///
    /// # Errors
    /// Whatever the source says of its tensors.
    pub fn load_behind(
        stage: &Stage,
        heads: usize,
        loader: &mut Loader<'_>,
    ) -> Result<Option<Self>, WeightsError> {
        let key = stage.attention.as_ref();
        key.map(|key| Self::load(&mut loader.at(key), stage.out, heads))
            .transpose()
    }

    /// # Shapes
    /// - x: [B, C, H, W], output: the same
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let qkv = ops::conv2d(Input::new(x.clone()).norm(&self.norm), &self.qkv, None); // [B, 3C, H, W]
        let h = ops::attention(qkv, self.heads, &self.proj_out); // [B, C, H, W]
        let residual = Residual {
            x,
            resample: Resample::Keep,
        };
        ops::conv2d(Input::new(h), &self.proj_out, Some(residual))
    }
}
