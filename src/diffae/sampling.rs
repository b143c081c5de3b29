//! New pictures from a loaded model: variations of a face, and faces of people who do not exist.

use std::ops::Range;

use burn::tensor::{Tensor, TensorData};

use super::DiffAe;
use super::readback::{computed, pictures};
use crate::code::check_values;
use crate::diffusion::ddim::Churn;
use crate::diffusion::{
    LatentDenoiser, OnStep, Schedule, Step, Stream, ddim, gaussian, noise, unwatched,
};
use crate::edit::{Direction, EditError, check_count, check_share, slerp};
use crate::error::Error;
use crate::picture::Picture;
use crate::weights::{Part, WeightsError};

/// Pictures decoded together; more share the weights' traffic, but hold more memory.
const BATCH: usize = 8;
/// Latents tried per latent wanted before rejection sampling gives up.
const TRIES_PER_LATENT: usize = 64;

/// How new pictures are drawn.
#[derive(Debug, Clone, Copy)]
pub struct Sampling<'a> {
    /// Number of pictures, 1 to [`MAX_PICTURES`](crate::MAX_PICTURES).
    pub count: usize,
    /// Seed of all noise.
    pub seed: u64,
    /// Steps of the picture's sampler.
    pub steps: usize,
    /// Steps of the latent sampler.
    pub latent_steps: usize,
    /// Noise added in each of the picture's steps, 0 (deterministic DDIM) to 1 (DDPM's variance).
    pub eta: f32,
    /// Truncation: the part of its distance from the mean face that each z_sem keeps, 0 to 1 (all of it). Less is more
    /// alike, and more like the faces that a model knows best.
    pub psi: f32,
    /// Accept latents with the probability that this direction gives them (few-shot sampling).
    pub accept: Option<&'a Direction>,
}

impl Default for Sampling<'_> {
    /// One picture as the paper draws it, in 20 steps, its z_sem in 200.
    fn default() -> Self {
        Self {
            count: 1,
            seed: 0,
            steps: 20,
            latent_steps: 200,
            eta: 0.0,
            psi: 1.0,
            accept: None,
        }
    }
}

/// How variations of one picture are drawn.
#[derive(Debug, Clone, Copy)]
pub struct Variations<'a> {
    /// Number of pictures, 1 to [`MAX_PICTURES`](crate::MAX_PICTURES).
    pub count: usize,
    /// Seed of the noise.
    pub seed: u64,
    /// Steps of the sampler.
    pub steps: usize,
    /// What the new x_T stay near to; without it they are fresh.
    pub near: Option<Near<'a>>,
}

impl Default for Variations<'_> {
    /// One picture from fresh noise, in 20 steps.
    fn default() -> Self {
        Self {
            count: 1,
            seed: 0,
            steps: 20,
            near: None,
        }
    }
}

/// The x_T of a picture, and how far its variations go from it.
#[derive(Debug, Clone, Copy)]
pub struct Near<'a> {
    /// x_T, `[3 · S · S]`.
    pub x_t: &'a [f32],
    /// From 0 (this x_T itself) to 1 (fresh noise), along the arc between both.
    pub strength: f32,
}

impl Near<'_> {
    /// A strength at which pictures of the bundled models still look whole (docs/fidelity.md).
    pub const STRENGTH: f32 = 0.35;
}

impl DiffAe {
    /// Pictures with the same meaning and other details: one z_sem, a new x_T each.
    ///
    /// # Errors
    /// [`EditError::Count`], [`EditError::Share`], and as [`Self::reconstruct`].
    pub async fn variations(
        &self,
        z_sem: &[f32],
        variations: Variations<'_>,
        on_step: &mut impl OnStep<4>,
    ) -> Result<Vec<Picture>, Error> {
        let Variations {
            count,
            seed,
            steps,
            near,
        } = variations;
        check_count(count)?;
        self.check_z_sem(z_sem)?;
        if let Some(Near { x_t, strength }) = near {
            check_share("strength", strength)?;
            check_values("x_T", x_t, 3 * self.side() * self.side())?;
        }
        let rows = vec![z_sem.to_vec(); count];
        let fresh = Fresh {
            count,
            seed,
            stream: Stream::Variations,
            steps,
            near,
            eta: 0.0,
        };
        self.decode_fresh(Some(&rows), fresh, on_step).await
    }

    /// Pictures of people who do not exist, by way of the latent DPM (paper, section 4); of a
    /// plain DDPM, which has no z_sem, from x_T alone.
    ///
    /// # Errors
    /// [`EditError::Count`], [`EditError::Share`], [`EditError::Rejected`], [`EditError::Width`] for
    /// a direction of another model, and as [`Self::reconstruct`].
    pub async fn sample(
        &self,
        sampling: Sampling<'_>,
        on_step: &mut impl OnStep<4>,
    ) -> Result<Vec<Picture>, Error> {
        check_count(sampling.count)?;
        check_share("eta", sampling.eta)?;
        let latents = match self.manifest.config.encoder {
            Some(_) => Some(self.sample_latents(sampling).await?),
            None => None,
        };
        let fresh = Fresh {
            count: sampling.count,
            seed: sampling.seed,
            stream: Stream::Pictures,
            steps: sampling.steps,
            near: None,
            eta: sampling.eta,
        };
        self.decode_fresh(latents.as_deref(), fresh, on_step).await
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
        let style = self.style()?;
        check_share("psi", sampling.psi)?;
        if let Some(direction) = sampling.accept {
            self.check_direction(direction)?;
        }
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
            let rows = ddim::sample(&net, start, false, &mut unwatched()).await?; // [N, Z]
            let rows = computed(rows).await?;
            for normalized in rows.chunks(style) {
                let keep = sampling
                    .accept
                    .is_none_or(|direction| direction.accepts(normalized, sampling.seed, tried));
                tried += 1;
                if keep && accepted.len() < sampling.count {
                    let truncated: Vec<f32> = normalized.iter().map(|v| sampling.psi * v).collect();
                    accepted.push(statistics.denormalize(&truncated));
                }
            }
        }
        Ok(accepted)
    }

    /// Pictures from fresh noise, in batches, each with its z_sem unless the model has none.
    async fn decode_fresh(
        &self,
        z_sem: Option<&[Vec<f32>]>,
        fresh: Fresh<'_>,
        on_step: &mut impl OnStep<4>,
    ) -> Result<Vec<Picture>, Error> {
        let side = self.side();
        let Fresh {
            count,
            seed,
            stream,
            steps,
            near,
            eta,
        } = fresh;
        let mut made = Vec::new();
        for first in (0..count).step_by(BATCH) {
            let batch = BATCH.min(count - first);
            let rows = z_sem.map(|rows| self.rows(&rows[first..first + batch]));
            let net = self.denoiser(steps, rows)?;
            let x_t = match near {
                Some(near) => self.noise_near(near, seed, stream, first..first + batch),
                None => noise(seed, stream, first, [batch, 3, side, side], &self.device),
            };
            let churn = Churn {
                eta,
                seed,
                first_row: first,
            };
            // Steps count over all batches, so that progress does not start over.
            let batches = count.div_ceil(BATCH);
            let mut on_step = async |step: Step<4>| {
                on_step(Step {
                    done: first / BATCH * steps + step.done,
                    of: batches * steps,
                    ..step
                })
                .await
            };
            let x = ddim::sample_stochastic(&net, x_t, true, churn, &mut on_step).await?; // [batch, 3, S, S]
            made.extend(pictures(x).await?);
        }
        Ok(made)
    }

    /// Noise on the arc from an x_T to fresh noise, for the pictures of these numbers.
    ///
    /// # Shapes
    /// - output: [rows, 3, S, S]
    fn noise_near(
        &self,
        Near { x_t, strength }: Near<'_>,
        seed: u64,
        stream: Stream,
        rows: Range<usize>,
    ) -> Tensor<4> {
        let side = self.side();
        let count = rows.len();
        let moved =
            rows.flat_map(|row| slerp(x_t, &gaussian(seed, stream, row, x_t.len()), strength));
        let values = TensorData::new(moved.collect::<Vec<f32>>(), [count, 3, side, side]);
        Tensor::from_data(values, &self.device)
    }

    /// # Shapes
    /// - output: [rows, Z]
    fn rows(&self, z_sem: &[Vec<f32>]) -> Tensor<2> {
        let width = z_sem.first().map_or(0, Vec::len);
        let values = TensorData::new(z_sem.concat(), [z_sem.len(), width]);
        Tensor::from_data(values, &self.device)
    }
}

/// What is drawn from fresh noise.
#[derive(Debug, Clone, Copy)]
struct Fresh<'a> {
    count: usize,
    seed: u64,
    stream: Stream,
    steps: usize,
    near: Option<Near<'a>>,
    eta: f32,
}
