//! What measuring needs of a loaded model beyond what using it does: values before they are rounded to bytes, and noise
//! that depends on a picture's place in its set alone.

use burn::tensor::{Tensor, TensorData};

use super::{DiffAe, read};
use crate::code::{Code, check_values};
use crate::diffusion::{OnStep, Stream, ddim, noise};
use crate::error::Error;

impl DiffAe {
    /// The picture that a code stands for, before it is rounded to bytes: [3, S, S] in [0, 1], as the figures of the
    /// paper are computed.
    ///
    /// # Errors
    /// As [`Self::reconstruct`].
    pub async fn reconstruct_values(
        &self,
        code: &Code,
        steps: usize,
        on_step: &mut impl OnStep<4>,
    ) -> Result<Vec<f32>, Error> {
        self.check(code)?;
        let z_sem = TensorData::new(code.z_sem.clone(), [1, code.z_sem.len()]);
        let z_sem = Tensor::from_data(z_sem, &self.device);
        self.values(&code.x_t, Some(z_sem), steps, on_step).await
    }

    /// The picture that a plain DDPM, a model without z_sem, makes of an x_T, [3, S, S]: likewise.
    ///
    /// # Errors
    /// [`Error::Code`] for an x_T of another size, or a model that decodes a z_sem, too; [`Error::Schedule`],
    /// [`Error::Cancelled`], [`Error::Device`], or a part that is not loaded.
    pub async fn sample_values(
        &self,
        x_t: &[f32],
        steps: usize,
        on_step: &mut impl OnStep<4>,
    ) -> Result<Vec<f32>, Error> {
        let style = self.manifest.config.style_channels().unwrap_or(0);
        check_values("z_sem", &[], style)?;
        check_values("x_T", x_t, 3 * self.side() * self.side())?;
        self.values(x_t, None, steps, on_step).await
    }

    /// A random x_T, [3, S, S], for picture `index` of a set.
    ///
    /// # Errors
    /// [`Error::Device`].
    pub async fn random_x_t(&self, seed: u64, index: usize) -> Result<Vec<f32>, Error> {
        let shape = [1, 3, self.side(), self.side()];
        read(noise(seed, Stream::Pictures, index, shape, &self.device)).await
    }

    async fn values(
        &self,
        x_t: &[f32],
        z_sem: Option<Tensor<2>>,
        steps: usize,
        on_step: &mut impl OnStep<4>,
    ) -> Result<Vec<f32>, Error> {
        let net = self.denoiser(steps, z_sem)?;
        let x = ddim::sample(&net, self.noise_map(x_t), true, on_step).await?; // [1, 3, S, S]
        read((x + 1.0) / 2.0).await
    }
}
