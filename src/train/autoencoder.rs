//! The loss of the diffusion autoencoder (paper, eq. 4 to 6): the noise in a picture, predicted
//! from the noisy picture, the time and the z_sem of the picture itself. Without an encoder this is
//! the plain DDPM's.

use burn::tensor::{Device, FloatDType, Tensor, TensorData};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use super::draws::Purpose;
use super::heads::Heads;
use super::objective::{Loss, Objective};
use super::{Draws, Leaves, Recipe, TrainError, Weighting};
use crate::config::{ModelConfig, Prediction};
use crate::diffusion::Schedule;
use crate::networks::{self, Encoder, Loader, UNet};
use crate::ops::{Dropout, Kernels};
use crate::weights::{Layout, Part, TensorSource};

/// What trains a decoder, together with its semantic encoder where it has one.
#[derive(Debug)]
pub struct Autoencoder {
    config: ModelConfig,
    recipe: Recipe,
    schedule: Schedule,
    /// What each noise level counts, 1 on average.
    weights: Vec<f32>,
    heads: Option<Heads>,
    kernels: Kernels,
    draws: Draws,
}

/// Pictures of a step, or of a part of it.
#[derive(Debug, Clone)]
pub struct PictureBatch {
    /// Place of the first one in the step's whole batch; what is drawn for a picture depends on it.
    pub first: usize,
    /// Pictures in the step's whole batch.
    pub of: usize,
    /// Pixels [B, 3, S, S], row-major, in [-1, 1].
    pub pixels: Vec<f32>,
    /// Attributes of each picture, one value in 0..=1 for each; none where they are not known.
    pub attributes: Vec<Option<Vec<f32>>>,
}

impl PictureBatch {
    /// Number of pictures.
    pub fn len(&self) -> usize {
        self.attributes.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.attributes.is_empty()
    }
}

impl Autoencoder {
    /// For a configuration and a recipe.
    ///
    /// # Errors
    /// [`TrainError::Config`], [`TrainError::Recipe`].
    pub fn new(config: ModelConfig, recipe: Recipe) -> Result<Self, TrainError> {
        config.validate()?;
        recipe.validate()?;
        let schedule = Schedule::new(config.schedule, config.timesteps);
        let heads = (config.style_channels())
            .filter(|_| recipe.heads)
            .map(|style| Heads::new(&config, style));
        Ok(Self {
            weights: weights(&recipe, &config, &schedule),
            draws: Draws::new(recipe.seed),
            schedule,
            heads,
            config,
            recipe,
            kernels: Kernels::Own,
        })
    }

    /// The same with other kernels.
    #[must_use]
    pub fn kernels(self, kernels: Kernels) -> Self {
        Self { kernels, ..self }
    }

    /// The configuration.
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// Noise levels of the pictures of a batch.
    fn levels(&self, step: u64, batch: &PictureBatch) -> Vec<usize> {
        let steps = self.schedule.len();
        (batch.first..batch.first + batch.len())
            .map(|place| {
                let mut rng = self.draws.at(Purpose::Levels, step, place as u64);
                let at: f64 = match self.recipe.stratified {
                    true => (place as f64 + rng.random::<f64>()) / batch.of.max(1) as f64,
                    false => rng.random(),
                };
                ((at * steps as f64) as usize).min(steps - 1)
            })
            .collect()
    }

    /// Noise for the pictures of a batch, [B, 3, S, S].
    fn noise(&self, step: u64, batch: &PictureBatch) -> Vec<f32> {
        let length = batch.pixels.len() / batch.len().max(1);
        let mut noise = vec![0.0; batch.pixels.len()];
        let fill = |(place, values): (usize, &mut [f32])| {
            let rng = (self.draws).at(Purpose::Noise, step, (batch.first + place) as u64);
            for (value, drawn) in values.iter_mut().zip(StandardNormal.sample_iter(rng)) {
                *value = drawn;
            }
        };
        #[cfg(feature = "rayon")]
        {
            use rayon::prelude::*;
            let pictures = noise.par_chunks_mut(length.max(1)).enumerate();
            pictures.for_each(fill);
        }
        #[cfg(not(feature = "rayon"))]
        noise.chunks_mut(length.max(1)).enumerate().for_each(fill);
        noise
    }

    fn dropout(&self, step: u64, batch: &PictureBatch) -> Option<Dropout> {
        let rate = self.recipe.dropout;
        let mut rng = (self.draws).at(Purpose::Dropout, step, batch.first as u64);
        (rate > 0.0).then(|| Dropout {
            rate,
            seed: rng.random(),
        })
    }
}

impl Objective for Autoencoder {
    type Batch = PictureBatch;

    fn layout(&self) -> Result<Layout, TrainError> {
        let mut layout = networks::layout(&self.config, Part::Decoder)?;
        if self.config.encoder.is_some() {
            let encoder = networks::layout(&self.config, Part::Encoder)?;
            layout.tensors.extend(encoder.tensors);
        }
        if let Some(heads) = &self.heads {
            layout.tensors.extend(heads.layout().tensors);
        }
        Ok(layout)
    }

    fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    fn loss(
        &self,
        leaves: &mut Leaves,
        batch: &PictureBatch,
        step: u64,
        device: &Device,
    ) -> Result<Loss, TrainError> {
        let levels = self.levels(step, batch);
        let noise = self.noise(step, batch);
        self.loss_at(
            leaves,
            batch,
            &levels,
            noise,
            self.dropout(step, batch),
            device,
        )
    }
}

impl Autoencoder {
    /// The loss of a batch at given noise levels with given noise [B, 3, S, S].
    ///
    /// # Errors
    /// [`TrainError::Weights`].
    pub fn loss_at(
        &self,
        leaves: &mut Leaves,
        batch: &PictureBatch,
        levels: &[usize],
        noise: Vec<f32>,
        dropout: Option<Dropout>,
        device: &Device,
    ) -> Result<Loss, TrainError> {
        let device = &device.clone().autodiff();
        let (count, side) = (batch.len(), self.config.image_size);
        let picture = |values: Vec<f32>| -> Tensor<4> {
            Tensor::from_data(TensorData::new(values, [count, 3, side, side]), device)
        };
        let per_picture = |values: Vec<f32>| -> Tensor<4> {
            Tensor::from_data(TensorData::new(values, [count, 1, 1, 1]), device)
        };
        let alpha_bar: Vec<f32> = (levels.iter())
            .map(|t| self.schedule.level(*t).alpha_bar)
            .collect();
        let signal = per_picture(alpha_bar.iter().map(|a| a.sqrt()).collect());
        let rest = per_picture(alpha_bar.iter().map(|a| (1.0 - a).sqrt()).collect());
        let x_0 = picture(batch.pixels.clone());
        let noise = picture(noise);
        let x_t = x_0.clone() * signal.clone() + noise.clone() * rest.clone();

        let source: &mut dyn TensorSource = leaves;
        let mut loader = Loader::new(source, device, "")
            .kernels(self.kernels)
            .dropout(dropout);
        let z_sem = match &self.config.encoder {
            Some(encoder) => {
                let encoder = Encoder::load(&self.config, encoder, &mut loader.at("encoder"))?;
                Some(encoder.forward(x_0.clone())) // [B, Z]
            }
            None => None,
        };
        let unet = UNet::load(&self.config, &mut loader)?;
        let style = z_sem.clone().and_then(|z_sem| unet.project_style(z_sem));
        let modulations = (unet.project_time(levels, device)).modulate(style.as_ref());
        let mut droplets = Droplets::new(self.recipe.droplets > 0.0);
        let output = unet.forward_watched(x_t, &modulations, &mut |stage, h| {
            if stage.key.starts_with("output_blocks") {
                droplets.add(h);
            }
        });
        let output = output.cast(FloatDType::F32); // [B, 3, S, S]

        let target = match self.config.prediction {
            Prediction::Epsilon => noise,
            Prediction::V => noise * signal - x_0.clone() * rest,
        };
        let weights = per_picture(levels.iter().map(|t| self.weights[*t]).collect());
        let error = (output - target).square().mean_dims(&[1, 2, 3]); // [B, 1, 1, 1]
        let error = (error * weights).mean();
        let mut loss = Loss::new("diffusion", error);
        if let (Some(heads), Some(z_sem)) = (&self.heads, z_sem) {
            loss = heads.add(loss, leaves, z_sem, x_0, &batch.attributes, device)?;
        }
        if let Some(droplets) = droplets.total {
            loss = loss.plus("droplets", droplets, self.recipe.droplets);
        }
        Ok(loss)
    }
}

/// How far feature maps have droplets: single positions whose energy is many times the mean, by
/// which a network carries magnitudes past its norms (Karras et al. 2020, StyleGAN2, section 2).
struct Droplets {
    wanted: bool,
    total: Option<Tensor<1>>,
}

impl Droplets {
    /// The ratio of the largest energy to the mean from which on it counts.
    const ALLOWED: f64 = 12.0;

    fn new(wanted: bool) -> Self {
        Self {
            wanted,
            total: None,
        }
    }

    fn add(&mut self, h: &Tensor<4>) {
        if !self.wanted {
            return;
        }
        let [batch, _, height, width] = h.dims();
        let energy = h.clone().cast(FloatDType::F32).square().mean_dim(1); // [B, 1, H, W]
        let energy: Tensor<2> = energy.reshape([batch, height * width]);
        let ratio = energy.clone().max_dim(1) / energy.mean_dim(1);
        let excess = (ratio.log() - Self::ALLOWED.ln()).clamp_min(0.0);
        let excess = excess.square().mean();
        self.total = Some(match self.total.take() {
            Some(total) => total + excess,
            None => excess,
        });
    }
}

/// What each noise level counts, 1 on average over all levels.
fn weights(recipe: &Recipe, config: &ModelConfig, schedule: &Schedule) -> Vec<f32> {
    let Weighting::MinSnr(gamma) = recipe.weighting else {
        return vec![1.0; schedule.len()];
    };
    let raw: Vec<f64> = (schedule.alpha_bar.iter())
        .map(|alpha_bar| {
            let snr = alpha_bar / (1.0 - alpha_bar);
            match config.prediction {
                Prediction::Epsilon if snr > 0.0 => snr.min(gamma) / snr,
                Prediction::Epsilon => 1.0,
                // An error of v is one of x_0 times 1 + SNR. Hang et al. cut off SNR here, too, which leaves the noisiest
                // levels without weight; what starts from noise needs them.
                Prediction::V => (1.0 + snr).min(gamma) / (1.0 + snr),
            }
        })
        .collect();
    let mean = raw.iter().sum::<f64>() / raw.len().max(1) as f64;
    raw.into_iter().map(|w| (w / mean) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_levels_count_by_their_signal_and_one_on_average() {
        let config = ModelConfig::preset("portrait64").unwrap();
        let schedule = Schedule::new(config.schedule, config.timesteps);
        let snr = |t: usize| schedule.alpha_bar[t] / (1.0 - schedule.alpha_bar[t]);
        let recipe = |weighting| Recipe {
            weighting,
            ..Recipe::autoencoder("portrait64")
        };
        let of = |config: &ModelConfig| weights(&recipe(Weighting::MinSnr(5.0)), config, &schedule);
        let v = of(&config);
        let epsilon = ModelConfig {
            prediction: Prediction::Epsilon,
            ..config.clone()
        };
        let epsilon = of(&epsilon);
        for found in [&v, &epsilon] {
            let mean = found.iter().sum::<f32>() / found.len() as f32;
            assert!((mean - 1.0).abs() < 1e-5, "{mean}");
            // Every noisy level counts the same, and a clear one less.
            assert_eq!(found[998], found[999]);
        }
        let ratio = f64::from(v[10] / v[999]);
        assert!((ratio - 5.0 / (1.0 + snr(10))).abs() < 1e-6, "{ratio}");
        let ratio = f64::from(epsilon[10] / epsilon[999]);
        assert!((ratio - 5.0 / snr(10)).abs() < 1e-6, "{ratio}");
        let uniform = weights(&recipe(Weighting::Uniform), &config, &schedule);
        assert!(uniform.iter().all(|w| *w == 1.0));
    }
}
