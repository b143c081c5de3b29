//! Pictures to codes.

use burn::tensor::{Tensor, TensorData};

use super::{DiffAe, readback::computed};
use crate::code::Code;
use crate::diffusion::{
    OnStep, ddim,
    fixed_point::{self, Solver},
};
use crate::edit::EditError;
use crate::error::Error;
use crate::picture::Picture;

/// How a picture's x_T is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inversion {
    /// The paper's stochastic encoder (eq. 8): one evaluation per step.
    Official,
    /// Inversion of the sampler's own steps, far closer. Updates are extrapolated, and a step that
    /// has settled takes fewer evaluations.
    FixedPoint {
        /// The most evaluations per step, 1 to 20.
        iterations: usize,
    },
}

impl Default for Inversion {
    /// Fixed point with at most five evaluations a step.
    fn default() -> Self {
        Self::FixedPoint { iterations: 5 }
    }
}

impl DiffAe {
    /// Encodes a picture of the model's size, already framed as the model expects, into z_sem and
    /// x_T. Fixed-point inversion wants the `steps` in which the code will be decoded.
    ///
    /// # Errors
    /// [`Error::PictureSize`], [`Error::Schedule`], [`Error::Cancelled`], [`Error::Device`], or a
    /// part that is not loaded.
    pub async fn encode(
        &self,
        picture: &Picture,
        steps: usize,
        inversion: Inversion,
        on_step: &mut impl OnStep<4>,
    ) -> Result<Code, Error> {
        let x = self.tensor(picture)?; // [1, 3, S, S]
        let z_sem = self.encoder()?.forward(x.clone()); // [1, Z]
        let net = self.denoiser(steps, Some(z_sem.clone()))?;
        let x_t = match inversion {
            Inversion::Official => ddim::encode(&net, x, true, on_step).await?,
            Inversion::FixedPoint { iterations } if (1..=20).contains(&iterations) => {
                let solver = Solver {
                    iterations,
                    accelerated: true,
                };
                fixed_point::encode(&net, x, solver, on_step).await?
            }
            Inversion::FixedPoint { iterations } => {
                return Err(EditError::Iterations(iterations).into());
            }
        };
        let code = Code {
            z_sem: computed(z_sem).await?,
            x_t: computed(x_t).await?,
        };
        self.check(&code)?;
        Ok(code)
    }

    /// z_sem of a picture, `[Z]`, without the x_T that takes most of the time.
    ///
    /// # Errors
    /// As [`Self::encode`].
    pub async fn encode_semantic(&self, picture: &Picture) -> Result<Vec<f32>, Error> {
        computed(self.encoder()?.forward(self.tensor(picture)?)).await
    }

    /// # Shapes
    /// - output: [1, 3, S, S] in [-1, 1]
    fn tensor(&self, picture: &Picture) -> Result<Tensor<4>, Error> {
        let side = self.side();
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        if (width, height) != (side, side) {
            return Err(Error::PictureSize {
                width,
                height,
                side,
            });
        }
        let values = TensorData::new(picture.to_chw(), [1, 3, side, side]);
        Ok(Tensor::from_data(values, &self.device))
    }
}
