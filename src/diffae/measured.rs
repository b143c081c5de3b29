//! What measuring needs of a loaded model beyond what using it does: values before they are rounded to bytes, noise
//! that depends on a picture's place in its set alone, and samples of a plain DDPM.

use burn::tensor::{Tensor, TensorData};

use super::{DiffAe, read, to_unit};
use crate::code::Code;
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
        let z_sem = TensorData::new(code.z_sem.clone(), [1, self.style()]);
        let z_sem = Tensor::from_data(z_sem, &self.device);
        let net = self.denoiser(steps, Some(z_sem))?;
        let x = ddim::sample(&net, self.noise_map(&code.x_t), true, on_step).await?;
        read(to_unit(x)).await
    }

    /// A random x_T, [3, S, S], for picture `index` of a set.
    ///
    /// # Errors
    /// [`Error::Device`].
    pub async fn random_x_t(&self, seed: u64, index: usize) -> Result<Vec<f32>, Error> {
        let shape = [1, 3, self.side(), self.side()];
        read(noise(seed, Stream::Pictures, index, shape, &self.device)).await
    }

    /// A picture of a plain DDPM, a model without z_sem, from an x_T: [3, S, S] in [0, 1].
    ///
    /// # Errors
    /// [`Error::Schedule`], [`Error::Cancelled`], [`Error::Device`], or a part that is not loaded.
    pub async fn sample_plain(
        &self,
        x_t: &[f32],
        steps: usize,
        on_step: &mut impl OnStep<4>,
    ) -> Result<Vec<f32>, Error> {
        let net = self.denoiser(steps, None)?;
        let x = ddim::sample(&net, self.noise_map(x_t), true, on_step).await?;
        read(to_unit(x)).await
    }
}
