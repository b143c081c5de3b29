//! New pictures from a loaded model: variations of a face, and faces of people who do not exist.

use std::ops::ControlFlow;

use super::{DiffAe, read};
use crate::diffusion::{LatentDenoiser, OnStep, Schedule, Step, Stream, ddim, noise};
use crate::edit::{Direction, EditError};
use crate::error::Error;
use crate::picture::Picture;
use crate::weights::{Part, WeightsError};

/// The most pictures that one call makes.
pub const MAX_PICTURES: usize = 64;
/// Pictures decoded together; more share the weights' traffic, but hold more memory.
const BATCH: usize = 8;
/// Latents tried per latent wanted before rejection sampling gives up.
const TRIES_PER_LATENT: usize = 64;

/// How sampled latents are chosen.
#[derive(Debug, Clone, Copy)]
pub struct Sampling<'a> {
    /// Number of pictures, 1 to [`MAX_PICTURES`].
    pub count: usize,
    /// Seed of all noise.
    pub seed: u64,
    /// Steps of the picture's sampler.
    pub steps: usize,
    /// Steps of the latent sampler.
    pub latent_steps: usize,
    /// Accept latents with the probability that this direction gives them (few-shot sampling).
    pub accept: Option<&'a Direction>,
}

impl DiffAe {
    /// Pictures with the same meaning and fresh details: one z_sem, a new x_T each.
    ///
    /// # Errors
    /// [`EditError::Count`], and as [`Self::reconstruct`].
    pub async fn variations(
        &self,
        z_sem: &[f32],
        count: usize,
        seed: u64,
        steps: usize,
        on_step: &mut impl OnStep<4>,
    ) -> Result<Vec<Picture>, Error> {
        count_pictures(count)?;
        let rows: Vec<f32> = std::iter::repeat_n(z_sem, count)
            .flatten()
            .copied()
            .collect();
        self.decode_fresh(&rows, count, seed, Stream::Variations, steps, on_step)
            .await
    }

    /// Pictures of people who do not exist, by way of the latent DPM (paper, section 4.5).
    ///
    /// # Errors
    /// [`EditError::Count`], [`EditError::Rejected`], and as [`Self::reconstruct`].
    pub async fn sample(
        &self,
        sampling: Sampling<'_>,
        on_step: &mut impl OnStep<4>,
    ) -> Result<Vec<Picture>, Error> {
        count_pictures(sampling.count)?;
        let rows = self.sample_latents(sampling).await?.concat();
        let Sampling {
            count, seed, steps, ..
        } = sampling;
        self.decode_fresh(&rows, count, seed, Stream::Pictures, steps, on_step)
            .await
    }

    /// Draws z_sem from the latent DPM; with a direction to accept by, until enough are accepted.
    ///
    /// # Errors
    /// As [`Self::sample`].
    pub async fn sample_latents(&self, sampling: Sampling<'_>) -> Result<Vec<Vec<f32>>, Error> {
        let latent = self.part(Part::Latent, self.latent.as_ref())?;
        let config = self.manifest.config.latent.as_ref();
        let config = config.ok_or(WeightsError::NoPart(Part::Latent))?;
        let statistics = self.statistics()?;
        let style = self.style();
        let schedule = Schedule::new(config.schedule, self.manifest.config.timesteps)
            .respace(sampling.latent_steps)?;
        let net = LatentDenoiser::new(latent, schedule, &self.device);
        let mut accepted = Vec::new();
        let mut tried = 0;
        while accepted.len() < sampling.count {
            if tried >= sampling.count * TRIES_PER_LATENT {
                return Err(EditError::Rejected {
                    accepted: accepted.len(),
                    wanted: sampling.count,
                    tried,
                }
                .into());
            }
            let shape = [sampling.count, style];
            let start = noise(sampling.seed, Stream::Latents, tried, shape, &self.device);
            let mut go_on = async |_: Step<2>| ControlFlow::Continue(());
            let rows = read(ddim::sample(&net, start, false, &mut go_on).await?).await?;
            for normalized in rows.chunks(style) {
                let keep = sampling
                    .accept
                    .is_none_or(|direction| direction.accepts(normalized, sampling.seed, tried));
                tried += 1;
                if keep && accepted.len() < sampling.count {
                    accepted.push(statistics.denormalize(normalized));
                }
            }
        }
        Ok(accepted)
    }

    /// Fresh noise for each row of z_sem, decoded in batches.
    async fn decode_fresh(
        &self,
        z_sem: &[f32],
        count: usize,
        seed: u64,
        stream: Stream,
        steps: usize,
        on_step: &mut impl OnStep<4>,
    ) -> Result<Vec<Picture>, Error> {
        let side = self.side();
        let mut pictures = Vec::new();
        for (i, rows) in z_sem.chunks(BATCH * self.style()).enumerate() {
            let done = i * BATCH;
            let batch = rows.len() / self.style();
            let x_t = noise(seed, stream, done, [batch, 3, side, side], &self.device);
            // Steps count over all batches, so that progress does not start over.
            let batches = count.div_ceil(BATCH);
            let mut on_step = async |step: Step<4>| {
                on_step(Step {
                    done: i * steps + step.done,
                    of: batches * steps,
                    ..step
                })
                .await
            };
            pictures.extend(self.decode(rows, x_t, steps, &mut on_step).await?);
        }
        Ok(pictures)
    }
}

fn count_pictures(asked: usize) -> Result<(), EditError> {
    if (1..=MAX_PICTURES).contains(&asked) {
        return Ok(());
    }
    Err(EditError::Count {
        asked,
        limit: MAX_PICTURES,
    })
}
