//! The denoising U-Net: the conditional one of the autoencoder (BeatGANs with time and z_sem), and,
//! where the configuration has no encoder, the plain DDPM.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::modulation::{
    BlockModulations, Projections, ProjectionsBuilder, StyleProjection, TimeProjections,
};
use super::{Attention, Loader, ResBlock, TimeEmbedding};
use crate::config::ModelConfig;
use crate::ops::{self, Conv, Input, Norm, Resample};
use crate::weights::WeightsError;

/// The U-Net. Its output is eps or v, as the configuration's `prediction` says.
#[derive(Module, Debug)]
pub struct UNet {
    /// Time steps to embeddings.
    pub time_embed: TimeEmbedding,
    /// Embeddings to the modulations of all residual blocks.
    pub projections: Projections,
    /// First convolution, `input_blocks.0.0`.
    pub stem: Conv,
    /// `input_blocks.1` and on; each output is kept as a skip.
    pub input_blocks: Vec<Stage>,
    /// `middle_block.0`.
    pub middle_in: ResBlock,
    /// `middle_block.1`.
    pub middle_attention: Attention,
    /// `middle_block.2`.
    pub middle_out: ResBlock,
    /// `output_blocks.0` and on; each consumes a skip.
    pub output_blocks: Vec<Stage>,
    /// `out.0`.
    pub out_norm: Norm,
    /// `out.2`.
    pub out_conv: Conv,
    patch: usize,
}

/// One entry of the U-Net's input or output blocks.
#[derive(Module, Debug)]
pub struct Stage {
    /// The residual block, which may halve the grid.
    pub block: ResBlock,
    /// Attention behind it, at the resolutions that have it.
    pub attention: Option<Attention>,
    /// A block that doubles the grid at the end of a level.
    pub up: Option<ResBlock>,
}

impl UNet {
    /// Loads the network that `config` describes.
    ///
    /// # Errors
    /// Whatever the source says of its tensors.
    pub fn load(config: &ModelConfig, loader: &mut Loader<'_>) -> Result<Self, WeightsError> {
        let width = |level: usize| config.net_ch_mult[level] * config.net_ch;
        let levels = config.net_ch_mult.len();
        let attends = |grid: usize| config.attn_resolutions.contains(&grid);
        // Plain DDPM checkpoints hold the perceptron one name higher.
        let time_key = match config.encoder {
            Some(_) => "time_embed.time_embed",
            None => "time_embed",
        };
        let time_embed = TimeEmbedding::load(
            &mut loader.at(time_key),
            config.net_ch,
            config.embed_channels,
        )?;
        let projections =
            &mut ProjectionsBuilder::new(config.embed_channels, config.style_channels());

        let pictures = config.picture_channels();
        let stem = loader.at("input_blocks.0.0").conv(pictures, width(0), 3)?;
        let mut skips = vec![width(0)];
        let mut channels = width(0);
        let mut grid = config.grid();

        let mut input_blocks = Vec::new();
        for level in 0..levels {
            for _ in 0..config.num_res_blocks {
                let key = format!("input_blocks.{}", input_blocks.len() + 1);
                let (input, out) = (channels, width(level));
                let attention = attends(grid).then_some(config.heads);
                let at = &mut loader.at(&key);
                input_blocks.push(Stage {
                    block: ResBlock::load(
                        &mut at.at("0"),
                        projections,
                        input,
                        out,
                        Resample::Keep,
                    )?,
                    attention: load_attention(at, out, attention)?,
                    up: None,
                });
                channels = out;
                skips.push(channels);
            }
            if level + 1 < levels {
                let key = format!("input_blocks.{}.0", input_blocks.len() + 1);
                input_blocks.push(Stage {
                    block: ResBlock::load(
                        &mut loader.at(&key),
                        projections,
                        channels,
                        channels,
                        Resample::Down,
                    )?,
                    attention: None,
                    up: None,
                });
                skips.push(channels);
                grid /= 2;
            }
        }

        let mut middle = |key: &str| {
            let mut at = loader.at(key);
            ResBlock::load(&mut at, projections, channels, channels, Resample::Keep)
        };
        let middle_in = middle("middle_block.0")?;
        let middle_out = middle("middle_block.2")?;
        let middle_attention =
            Attention::load(&mut loader.at("middle_block.1"), channels, config.heads)?;

        let mut output_blocks = Vec::new();
        for level in (0..levels).rev() {
            for i in 0..=config.num_res_blocks {
                let key = format!("output_blocks.{}", output_blocks.len());
                let at = &mut loader.at(&key);
                let (input, out) = (channels + skips.pop().unwrap_or(0), width(level));
                let attention = attends(grid).then_some(config.heads);
                let block =
                    ResBlock::load(&mut at.at("0"), projections, input, out, Resample::Keep)?;
                let attention = load_attention(at, out, attention)?;
                let up = if level > 0 && i == config.num_res_blocks {
                    grid *= 2;
                    let key = if attention.is_some() { "2" } else { "1" };
                    Some(ResBlock::load(
                        &mut at.at(key),
                        projections,
                        out,
                        out,
                        Resample::Up,
                    )?)
                } else {
                    None
                };
                output_blocks.push(Stage {
                    block,
                    attention,
                    up,
                });
                channels = out;
            }
        }

        let projections = std::mem::replace(projections, ProjectionsBuilder::new(0, None));
        Ok(Self {
            time_embed,
            projections: projections.build(loader),
            stem,
            input_blocks,
            middle_in,
            middle_attention,
            middle_out,
            output_blocks,
            out_norm: loader.at("out.0").norm(channels)?,
            out_conv: loader.at("out.2").conv(channels, pictures, 3)?.into_f32(),
            patch: config.patch_size,
        })
    }

    /// The time projections of a list of training steps, for use in every evaluation at them.
    pub fn project_time(&self, timesteps: &[usize], device: &Device) -> TimeProjections {
        self.projections
            .time(self.time_embed.forward(timesteps, device))
    }

    /// The style projection of z_sem, for use in every evaluation with it.
    ///
    /// # Shapes
    /// - z_sem: [B, Z]
    pub fn project_style(&self, z_sem: Tensor<2>) -> Option<StyleProjection> {
        self.projections.style(z_sem)
    }

    /// One evaluation.
    ///
    /// # Shapes
    /// - x: [B, 3, S, S], output: the same
    pub fn forward(&self, x: Tensor<4>, modulations: &BlockModulations) -> Tensor<4> {
        let x = ops::unfold(x, self.patch, &self.stem); // [B, 3p², S/p, S/p]
        let mut h = ops::conv2d(Input::new(x), &self.stem, None); // [B, C0, G, G]
        let mut skips = vec![h.clone()];
        for stage in &self.input_blocks {
            h = stage.forward(h, None, modulations);
            skips.push(h.clone());
        }
        h = self.middle_in.forward(h, None, modulations);
        h = self.middle_attention.forward(h);
        h = self.middle_out.forward(h, None, modulations);
        for stage in &self.output_blocks {
            h = stage.forward(h, skips.pop(), modulations);
        }
        let head = Input::new(h).norm(&self.out_norm).silu();
        let h = ops::conv2d(head, &self.out_conv, None); // [B, 3p², G, G]
        ops::fold(h, self.patch, &self.out_conv) // [B, 3, S, S]
    }
}

impl Stage {
    /// # Shapes
    /// - x: [B, C1, H, W], skip: [B, C2, H, W], output: [B, O, H', W']
    pub fn forward(
        &self,
        x: Tensor<4>,
        skip: Option<Tensor<4>>,
        modulations: &BlockModulations,
    ) -> Tensor<4> {
        let mut h = self.block.forward(x, skip, modulations);
        if let Some(attention) = &self.attention {
            h = attention.forward(h);
        }
        match &self.up {
            Some(up) => up.forward(h, None, modulations),
            None => h,
        }
    }
}

fn load_attention(
    loader: &mut Loader<'_>,
    channels: usize,
    heads: Option<usize>,
) -> Result<Option<Attention>, WeightsError> {
    heads
        .map(|heads| Attention::load(&mut loader.at("1"), channels, heads))
        .transpose()
}
