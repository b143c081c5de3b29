//! The semantic encoder: a picture to z_sem.

use burn::module::Module;
use burn::tensor::{FloatDType, Tensor};

use super::{Attention, EncoderBlock, Loader};
use crate::config::{EncoderConfig, ModelConfig};
use crate::ops::{self, Conv, Input, Norm, Resample};
use crate::weights::WeightsError;

/// The semantic encoder.
#[derive(Module, Debug)]
pub struct Encoder {
    /// First convolution, `input_blocks.0.0`.
    pub stem: Conv,
    /// `input_blocks.1` and on.
    pub input_blocks: Vec<EncoderStage>,
    /// `middle_block.0`.
    pub middle_in: EncoderBlock,
    /// `middle_block.1`.
    pub middle_attention: Attention,
    /// `middle_block.2`.
    pub middle_out: EncoderBlock,
    /// `out.0`.
    pub out_norm: Norm,
    /// `out.3`, a 1x1 convolution of the pooled features.
    pub out_conv: Conv,
    patch: usize,
}

/// One entry of the encoder's input blocks.
#[derive(Module, Debug)]
pub struct EncoderStage {
    /// The residual block, which may halve the grid.
    pub block: EncoderBlock,
    /// Attention behind it, at the resolutions that have it.
    pub attention: Option<Attention>,
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
        let width = |level: usize| encoder.ch_mult[level] * config.net_ch;
        let levels = encoder.ch_mult.len();
        let stem = loader
            .at("input_blocks.0.0")
            .conv(config.picture_channels(), width(0), 3)?;
        let mut channels = width(0);
        let mut grid = config.grid();
        let mut input_blocks = Vec::new();
        for level in 0..levels {
            for _ in 0..encoder.num_res_blocks {
                let key = format!("input_blocks.{}", input_blocks.len() + 1);
                let at = &mut loader.at(&key);
                let block =
                    EncoderBlock::load(&mut at.at("0"), channels, width(level), Resample::Keep)?;
                channels = width(level);
                let attention = if encoder.attn_resolutions.contains(&grid) {
                    Some(Attention::load(&mut at.at("1"), channels, config.heads)?)
                } else {
                    None
                };
                input_blocks.push(EncoderStage { block, attention });
            }
            if level + 1 < levels {
                let key = format!("input_blocks.{}.0", input_blocks.len() + 1);
                let at = &mut loader.at(&key);
                input_blocks.push(EncoderStage {
                    block: EncoderBlock::load(at, channels, channels, Resample::Down)?,
                    attention: None,
                });
                grid /= 2;
            }
        }
        let mut middle =
            |key: &str| EncoderBlock::load(&mut loader.at(key), channels, channels, Resample::Keep);
        Ok(Self {
            stem,
            input_blocks,
            middle_in: middle("middle_block.0")?,
            middle_out: middle("middle_block.2")?,
            middle_attention: Attention::load(
                &mut loader.at("middle_block.1"),
                channels,
                config.heads,
            )?,
            out_norm: loader.at("out.0").norm(channels)?,
            out_conv: loader
                .at("out.3")
                .conv(channels, encoder.style_channels, 1)?
                .into_f32(),
            patch: config.patch_size,
        })
    }

    /// # Shapes
    /// - picture: [B, 3, S, S] in [-1, 1]
    /// - output: z_sem, [B, Z], unbounded
    pub fn forward(&self, picture: Tensor<4>) -> Tensor<2> {
        let x = ops::unfold(picture, self.patch, &self.stem); // [B, 3p², G, G]
        let mut h = ops::conv2d(Input::new(x), &self.stem, None); // [B, C0, G, G]
        for stage in &self.input_blocks {
            h = stage.forward(h);
        }
        h = self.middle_in.forward(h);
        h = self.middle_attention.forward(h);
        h = self.middle_out.forward(h); // [B, C, g, g]
        self.head(h)
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
