//! The denoising U-Net: the conditional one of the autoencoder (BeatGANs with time and z_sem), and,
//! where the configuration has no encoder, the plain DDPM.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::modulation::{
    BlockModulations, Projections, ProjectionsBuilder, StyleProjection, TimeProjections,
};
use super::{Attention, Loader, ResBlock, TimeEmbedding};
use crate::config::{ModelConfig, Stage};
use crate::ops::{self, Conv, Input, Norm};
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
    /// The residual blocks down, in the middle and up, in the order in which they compute.
    pub stages: Vec<UNetStage>,
    /// `out.0`.
    pub out_norm: Norm,
    /// `out.2`.
    pub out_conv: Conv,
    patch: usize,
}

/// One stage of the U-Net.
#[derive(Module, Debug)]
pub struct UNetStage {
    /// The residual block, which may double or halve the grid.
    pub block: ResBlock,
    /// Attention behind it, at the resolutions that have it.
    pub attention: Option<Attention>,
    /// What the stage reads and where it stands.
    #[module(skip)]
    pub geometry: Stage,
}

impl UNet {
    /// Loads the network that `config` describes.
    ///
    /// # Errors
    /// Whatever the source says of its tensors.
    pub fn load(config: &ModelConfig, loader: &mut Loader<'_>) -> Result<Self, WeightsError> {
        let loader = &mut loader.here().group_channels(config.group_channels);
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
        let mut projections =
            ProjectionsBuilder::new(config.embed_channels, config.style_channels());
        let pictures = config.picture_channels();
        let geometry = config.unet_stages();
        let first = geometry.first().map_or(0, |stage| stage.input);
        let last = geometry.last().map_or(0, |stage| stage.out);
        let stem = loader.at("input_blocks.0.0").conv(pictures, first, 3)?;
        let mut stages = Vec::new();
        for stage in geometry {
            stages.push(UNetStage {
                block: ResBlock::load(&mut loader.at(&stage.key), &mut projections, &stage)?,
                attention: Attention::load_behind(&stage, config.heads, loader)?,
                geometry: stage,
            });
        }
        Ok(Self {
            time_embed,
            projections: projections.build(loader),
            stem,
            stages,
            out_norm: loader.at("out.0").norm(last)?,
            out_conv: loader.at("out.2").conv(last, pictures, 3)?.into_f32(),
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
        ops::evaluate(&x.device(), || {
            self.forward_watched(x, modulations, &mut |_, _| {})
        })
    }

    /// One evaluation that shows what leaves each stage, [B, O, H', W'].
    ///
    /// # Shapes
    /// - x: [B, 3, S, S], output: the same
    pub fn forward_watched(
        &self,
        x: Tensor<4>,
        modulations: &BlockModulations,
        watch: &mut dyn FnMut(&Stage, &Tensor<4>),
    ) -> Tensor<4> {
        let x = ops::unfold(x, self.patch, &self.stem); // [B, 3p², S/p, S/p]
        let mut h = ops::conv2d(Input::new(x), &self.stem, None); // [B, C0, G, G]
        let mut skips = vec![h.clone()];
        for stage in &self.stages {
            let skip = if stage.geometry.skip > 0 {
                skips.pop()
            } else {
                None
            };
            h = stage.forward(h, skip, modulations);
            watch(&stage.geometry, &h);
            if stage.geometry.kept {
                skips.push(h.clone());
            }
        }
        let head = Input::new(h).norm(&self.out_norm).silu();
        let h = ops::conv2d(head, &self.out_conv, None); // [B, 3p², G, G]
        ops::fold(h, self.patch, &self.out_conv) // [B, 3, S, S]
    }
}

impl UNetStage {
    /// # Shapes
    /// - x: [B, C1, H, W], skip: [B, C2, H, W], output: [B, O, H', W']
    pub fn forward(
        &self,
        x: Tensor<4>,
        skip: Option<Tensor<4>>,
        modulations: &BlockModulations,
    ) -> Tensor<4> {
        let h = self.block.forward(x, skip, modulations);
        match &self.attention {
            Some(attention) => attention.forward(h),
            None => h,
        }
    }
}
