//! The semantic encoder: a picture to z_sem.

use burn::module::Module;
use burn::tensor::{FloatDType, Tensor};

use super::{Attention, EncoderBlock, Loader};
use crate::config::{EncoderConfig, ModelConfig, Stage};
use crate::ops::{self, Conv, Input, Norm};
use crate::weights::WeightsError;

/// The semantic encoder.
#[derive(Module, Debug)]
pub struct Encoder {
    /// First convolution, `input_blocks.0.0`.
    pub stem: Conv,
    /// The residual blocks down and in the middle, in the order in which they compute.
    pub stages: Vec<EncoderStage>,
    /// `out.0`.
    pub out_norm: Norm,
    /// `out.3`, a 1x1 convolution of the pooled features.
    pub out_conv: Conv,
    patch: usize,
}

/// One stage of the encoder.
#[derive(Module, Debug)]
pub struct EncoderStage {
    /// The residual block, which may halve the grid.
    pub block: EncoderBlock,
    /// Attention behind it, at the resolutions that have it.
    pub attention: Option<Attention>,
    /// What the stage reads and where it stands.
    #[module(skip)]
    pub geometry: Stage,
}

impl Encoder {
    /// Loads the encoder that `config` describes; `loader` stands at `encoder.`.
    ///
    /// # Errors
    /// Whatever the source says of its tensors.
    pub fn load(
        config: &ModelConfig,
        encoder: &EncoderConfig,
        loader: &mut Loader<'_>,
    ) -> Result<Self, WeightsError> {
        let loader = &mut loader.here().group_channels(config.group_channels);
        let geometry = config.encoder_stages(encoder);
        let first = geometry.first().map_or(0, |stage| stage.input);
        let last = geometry.last().map_or(0, |stage| stage.out);
        let stem = loader
            .at("input_blocks.0.0")
            .conv(config.picture_channels(), first, 3)?;
        let mut stages = Vec::new();
        for stage in geometry {
            stages.push(EncoderStage {
                block: EncoderBlock::load(&mut loader.at(&stage.key), &stage)?,
                attention: Attention::load_behind(&stage, config.heads, loader)?,
                geometry: stage,
            });
        }
        Ok(Self {
            stem,
            stages,
            out_norm: loader.at("out.0").norm(last)?,
            out_conv: loader
                .at("out.3")
                .conv(last, encoder.style_channels, 1)?
                .into_f32(),
            patch: config.patch_size,
        })
    }

    /// # Shapes
    /// - picture: [B, 3, S, S] in [-1, 1]
    /// - output: z_sem, [B, Z], unbounded
    pub fn forward(&self, picture: Tensor<4>) -> Tensor<2> {
        ops::evaluate(&picture.device(), || self.features(picture))
    }

    fn features(&self, picture: Tensor<4>) -> Tensor<2> {
        let x = ops::unfold(picture, self.patch, &self.stem); // [B, 3p², G, G]
        let mut h = ops::conv2d(Input::new(x), &self.stem, None); // [B, C0, G, G]
        for stage in &self.stages {
            h = stage.forward(h);
        }
        self.head(h) // of [B, C, g, g]
    }

    /// Global average of the activated features, then a linear map.
    ///
    /// # Shapes
    /// - h: [B, C, g, g], output: [B, Z]
    pub fn head(&self, h: Tensor<4>) -> Tensor<2> {
        let h = h.cast(FloatDType::F32); // half precision between some kernels
        let h = ops::silu(ops::group_norm(h, &self.out_norm)); // [B, C, g, g]
        let pooled = h.mean_dims(&[2, 3]); // [B, C, 1, 1]
        ops::conv2d(Input::new(pooled), &self.out_conv, None) // [B, Z, 1, 1]
            .flatten::<2>(1, 3)
    }
}

impl EncoderStage {
    /// # Shapes
    /// - x: [B, C, H, W], output: [B, O, H', W']
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let h = self.block.forward(x);
        match &self.attention {
            Some(attention) => attention.forward(h),
            None => h,
        }
    }
}
