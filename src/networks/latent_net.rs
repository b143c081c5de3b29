//! The latent DPM's network (MLPSkipNet): normalized z_sem and time to eps.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::{Loader, TimeEmbedding};
use crate::config::LatentConfig;
use crate::ops::{self, Linear, Norm};
use crate::weights::WeightsError;

/// The latent DPM.
#[derive(Module, Debug)]
pub struct LatentNet {
    time_embed: TimeEmbedding,
    hidden: Vec<LatentLayer>,
    last: Linear,
}

/// A hidden layer: linear, scale by time, LayerNorm, SiLU.
#[derive(Module, Debug)]
struct LatentLayer {
    linear: Linear,
    time_scale: Linear,
    norm: Norm,
}

/// The time scales of every hidden layer for a list of time steps, [N, hidden] each.
#[derive(Debug, Clone)]
pub struct LatentTimes(Vec<Tensor<2>>);

impl LatentNet {
    /// Loads the network; `loader` stands at `latent_net.`. Each layer's projection is stored
    /// twice in official files; only `linear_emb` is read.
    ///
    /// # Errors
    /// Whatever the source says of its tensors.
    pub fn load(
        config: &LatentConfig,
        style: usize,
        loader: &mut Loader<'_>,
    ) -> Result<Self, WeightsError> {
        let time_embed =
            TimeEmbedding::load(&mut loader.at("time_embed"), config.time_channels, style)?;
        let mut hidden = Vec::new();
        for i in 0..config.layers - 1 {
            // Every layer but the first also sees the network's input again.
            let input = if i == 0 { style } else { config.hidden + style };
            let at = &mut loader.at(&format!("layers.{i}"));
            hidden.push(LatentLayer {
                linear: at.at("linear").linear(input, config.hidden)?,
                time_scale: at.at("linear_emb").linear(style, config.hidden)?,
                norm: at.at("norm").norm(config.hidden)?,
            });
        }
        let last = loader
            .at(&format!("layers.{}.linear", config.layers - 1))
            .linear(config.hidden + style, style)?;
        Ok(Self {
            time_embed,
            hidden,
            last,
        })
    }

    /// The time scales of a list of training steps, for use in every evaluation at them.
    pub fn project_time(&self, timesteps: &[usize], device: &Device) -> LatentTimes {
        let c = ops::silu(self.time_embed.forward(timesteps, device)); // [N, Z]
        LatentTimes(
            self.hidden
                .iter()
                .map(|layer| ops::linear(c.clone(), &layer.time_scale) + 1.0)
                .collect(),
        )
    }

    /// One evaluation.
    ///
    /// # Shapes
    /// - x: normalized z_sem, [B, Z]; times: one row, or one per row of x
    /// - output: eps, [B, Z]
    pub fn forward(&self, x: Tensor<2>, times: &LatentTimes) -> Tensor<2> {
        let mut h = x.clone();
        for (i, (layer, scale)) in self.hidden.iter().zip(&times.0).enumerate() {
            if i > 0 {
                h = Tensor::cat(vec![h, x.clone()], 1); // [B, hidden + Z]
            }
            h = ops::linear(h, &layer.linear) * scale.clone(); // [B, hidden]
            h = ops::silu(ops::layer_norm(h, &layer.norm));
        }
        ops::linear(Tensor::cat(vec![h, x], 1), &self.last) // [B, Z]
    }
}

impl LatentTimes {
    /// The scales of one entry of the list.
    pub fn row(&self, index: usize) -> Self {
        Self(
            self.0
                .iter()
                .map(|scale| scale.clone().narrow(0, index, 1))
                .collect(),
        )
    }
}
