//! The loss of the latent DPM (paper, section 4): L1 on the noise in a normalized z_sem.

use burn::tensor::{Device, Tensor, TensorData};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use super::draws::Purpose;
use super::objective::{Loss, Objective};
use super::{Draws, Leaves, Recipe, TrainError};
use crate::config::{LatentConfig, ModelConfig};
use crate::diffusion::Schedule;
use crate::networks::{self, Loader, Network};
use crate::weights::{Layout, Part};

/// What trains a latent DPM.
#[derive(Debug)]
pub struct LatentTraining {
    config: ModelConfig,
    recipe: Recipe,
    schedule: Schedule,
    style: usize,
    draws: Draws,
}

/// Normalized z_sem of a step, or of a part of it.
#[derive(Debug, Clone)]
pub struct Latents {
    /// Place of the first one in the step's whole batch.
    pub first: usize,
    /// Values [B, Z], row-major.
    pub values: Vec<f32>,
}

impl LatentTraining {
    /// For a configuration with a latent DPM.
    ///
    /// # Errors
    /// [`TrainError::NoStage`], [`TrainError::Config`], [`TrainError::Recipe`].
    pub fn new(config: ModelConfig, recipe: Recipe) -> Result<Self, TrainError> {
        config.validate()?;
        recipe.validate()?;
        let no_stage = || TrainError::NoStage {
            config: config.name.clone(),
            what: "latent DPM",
        };
        let latent: &LatentConfig = config.latent.as_ref().ok_or_else(no_stage)?;
        let style = config.style_channels().ok_or_else(no_stage)?;
        Ok(Self {
            schedule: Schedule::new(latent.schedule, config.timesteps),
            draws: Draws::new(recipe.seed),
            style,
            config,
            recipe,
        })
    }

    /// Width of z_sem.
    pub fn style(&self) -> usize {
        self.style
    }
}

impl Objective for LatentTraining {
    type Batch = Latents;

    fn layout(&self) -> Result<Layout, TrainError> {
        Ok(networks::layout(&self.config, Part::Latent)?)
    }

    fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    fn loss(
        &self,
        leaves: &mut Leaves,
        batch: &Latents,
        step: u64,
        device: &Device,
    ) -> Result<Loss, TrainError> {
        let device = &device.clone().autodiff();
        let count = batch.values.len() / self.style;
        let (mut levels, mut noise) = (Vec::new(), Vec::<f32>::new());
        for place in batch.first..batch.first + count {
            let mut rng = self.draws.at(Purpose::Levels, step, place as u64);
            levels.push(rng.random_range(0..self.schedule.len()));
            let rng = self.draws.at(Purpose::Noise, step, place as u64);
            let drawn = Distribution::<f32>::sample_iter(StandardNormal, rng);
            noise.extend(drawn.take(self.style));
        }
        let rows = |values: Vec<f32>| -> Tensor<2> {
            let width = values.len() / count.max(1);
            Tensor::from_data(TensorData::new(values, [count, width]), device)
        };
        let alpha_bar: Vec<f32> = (levels.iter())
            .map(|t| self.schedule.level(*t).alpha_bar)
            .collect();
        let signal = rows(alpha_bar.iter().map(|a| a.sqrt()).collect());
        let rest = rows(alpha_bar.iter().map(|a| (1.0 - a).sqrt()).collect());
        let noise = rows(noise); // [B, Z]
        let x_t = rows(batch.values.clone()) * signal + noise.clone() * rest;
        let mut loader = Loader::new(leaves, device, "");
        let Network::Latent(net) = networks::load_part(&self.config, Part::Latent, &mut loader)?
        else {
            return Err(TrainError::NoStage {
                config: self.config.name.clone(),
                what: "latent DPM",
            });
        };
        let output = net.forward(x_t, &net.project_time(&levels, device)); // [B, Z]
        Ok(Loss::new("diffusion", (output - noise).abs().mean()))
    }
}
