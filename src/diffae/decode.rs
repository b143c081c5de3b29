//! Codes to pictures: as they are, moved along attributes, and between two of them.

use burn::tensor::{Tensor, TensorData};

use super::{DiffAe, readback};
use crate::code::Code;
use crate::diffusion::{OnStep, PictureDenoiser, ddim};
use crate::edit::{self, AttributeChange, Direction};
use crate::error::Error;
use crate::networks::UNet;
use crate::picture::Picture;
use crate::weights::Part;

impl DiffAe {
    /// The picture that a code stands for.
    ///
    /// # Errors
    /// [`Error::Code`] for a code of another model, [`Error::Schedule`], [`Error::Cancelled`],
    /// [`Error::Device`], or a part that is not loaded.
    pub async fn reconstruct(
        &self,
        code: &Code,
        steps: usize,
        on_step: &mut impl OnStep<4>,
    ) -> Result<Picture, Error> {
        self.check(code)?;
        let z_sem = TensorData::new(code.z_sem.clone(), [1, code.z_sem.len()]);
        let z_sem = Tensor::from_data(z_sem, &self.device);
        let net = self.denoiser(steps, Some(z_sem))?;
        let x = ddim::sample(&net, self.noise_map(&code.x_t), true, on_step).await?;
        readback::picture(x).await // of [1, 3, S, S]
    }

    /// The picture with some attributes changed, each by a signed amplitude (±0.3 is clear), and
    /// moved along taught directions, likewise.
    ///
    /// # Errors
    /// As [`Self::edit_code`] and [`Self::reconstruct`].
    pub async fn edit(
        &self,
        code: &Code,
        changes: &[(&str, f32)],
        taught: &[(&Direction, f32)],
        steps: usize,
        on_step: &mut impl OnStep<4>,
    ) -> Result<Picture, Error> {
        let edited = self.edit_code(code, changes, taught)?;
        self.reconstruct(&edited, steps, on_step).await
    }

    /// The code with some attributes changed: z_sem moves, x_T stays.
    ///
    /// # Errors
    /// [`edit::EditError::UnknownAttribute`], [`edit::EditError::Amplitude`], [`edit::EditError::NoStatistics`],
    /// [`edit::EditError::Width`] for a direction of another model, [`Error::Code`] for such a code, or a
    /// part that is not loaded.
    pub fn edit_code(
        &self,
        code: &Code,
        changes: &[(&str, f32)],
        taught: &[(&Direction, f32)],
    ) -> Result<Code, Error> {
        self.check(code)?;
        let mut along = Vec::new();
        for (name, amplitude) in changes {
            along.push(AttributeChange {
                name,
                amplitude: *amplitude,
                direction: self.attribute(name)?,
            });
        }
        for (direction, amplitude) in taught {
            self.check_direction(direction)?;
            along.push(AttributeChange {
                name: "the taught direction",
                amplitude: *amplitude,
                direction: &direction.weight,
            });
        }
        if along.is_empty() {
            return Ok(code.clone());
        }
        Ok(Code {
            z_sem: edit::move_along(&code.z_sem, &along, self.statistics()?)?,
            x_t: code.x_t.clone(),
        })
    }

    /// The code at `alpha` of the way from `a` to `b` (paper, section 5.2).
    ///
    /// # Errors
    /// [`edit::EditError::Share`], or [`Error::Code`] for a code of another model.
    pub fn interpolate(&self, a: &Code, b: &Code, alpha: f32) -> Result<Code, Error> {
        self.check(a)?;
        self.check(b)?;
        edit::check_share("position between the two pictures", alpha)?;
        Ok(Code {
            z_sem: edit::lerp(&a.z_sem, &b.z_sem, alpha),
            x_t: edit::slerp(&a.x_t, &b.x_t, alpha),
        })
    }

    /// The U-Net at the steps of a schedule.
    ///
    /// # Shapes
    /// - z_sem: [B, Z]; none for a plain DDPM
    pub(super) fn denoiser(
        &self,
        steps: usize,
        z_sem: Option<Tensor<2>>,
    ) -> Result<PictureDenoiser<'_>, Error> {
        let unet = self.part(Part::Decoder, self.decoder.as_ref())?;
        self.denoiser_of(unet, steps, z_sem)
    }

    /// As [`Self::denoiser`], for a U-Net that need not be the loaded one.
    pub(super) fn denoiser_of<'a>(
        &self,
        unet: &'a UNet,
        steps: usize,
        z_sem: Option<Tensor<2>>,
    ) -> Result<PictureDenoiser<'a>, Error> {
        Ok(PictureDenoiser::new(
            unet,
            self.schedule.respace(steps)?,
            self.manifest.config.prediction,
            z_sem,
            &self.device,
        ))
    }

    /// # Shapes
    /// - output: [1, 3, S, S]
    pub(super) fn noise_map(&self, x_t: &[f32]) -> Tensor<4> {
        let side = self.side();
        let values = TensorData::new(x_t.to_vec(), [1, 3, side, side]);
        Tensor::from_data(values, &self.device)
    }
}
