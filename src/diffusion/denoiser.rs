//! A network bound to a schedule (and a z_sem): what the samplers evaluate.

use burn::tensor::{Device, Tensor};

use super::Schedule;
use crate::config::Prediction;
use crate::networks::modulation::{StyleProjection, TimeProjections};
use crate::networks::{LatentNet, LatentTimes, UNet};

/// Predicts the noise in x at each entry of a schedule.
pub trait Denoiser<const D: usize> {
    /// The schedule whose entries `eps` is asked at.
    fn schedule(&self) -> &Schedule;

    /// eps at entry `index`.
    fn eps(&self, x: Tensor<D>, index: usize) -> Tensor<D>;
}

/// The U-Net at the entries of a schedule, with the z_sem of a batch. Everything that does not
/// depend on x is computed when it is made.
#[derive(Debug)]
pub struct PictureDenoiser<'a> {
    unet: &'a UNet,
    schedule: Schedule,
    prediction: Prediction,
    times: TimeProjections,
    style: Option<StyleProjection>,
}

impl<'a> PictureDenoiser<'a> {
    /// Projects the schedule's time steps and z_sem, [B, Z]; a plain DDPM takes no z_sem.
    pub fn new(
        unet: &'a UNet,
        schedule: Schedule,
        prediction: Prediction,
        z_sem: Option<Tensor<2>>,
        device: &Device,
    ) -> Self {
        Self {
            unet,
            times: unet.project_time(&schedule.timesteps, device),
            style: z_sem.and_then(|z_sem| unet.project_style(z_sem)),
            schedule,
            prediction,
        }
    }
}

impl Denoiser<4> for PictureDenoiser<'_> {
    fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    fn eps(&self, x: Tensor<4>, index: usize) -> Tensor<4> {
        let modulations = self.times.row(index).modulate(self.style.as_ref());
        let output = self.unet.forward(x.clone(), &modulations);
        let alpha_bar = self.schedule.level(index).alpha_bar;
        eps_from(self.prediction, output, x, alpha_bar)
    }
}

/// eps from what the U-Net predicts at level alpha_bar.
pub(crate) fn eps_from(
    prediction: Prediction,
    output: Tensor<4>,
    x: Tensor<4>,
    alpha_bar: f32,
) -> Tensor<4> {
    match prediction {
        Prediction::Epsilon => output,
        Prediction::V => output * alpha_bar.sqrt() + x * (1.0 - alpha_bar).sqrt(),
    }
}

/// The latent DPM at the entries of a schedule.
#[derive(Debug)]
pub struct LatentDenoiser<'a> {
    net: &'a LatentNet,
    schedule: Schedule,
    times: LatentTimes,
}

impl<'a> LatentDenoiser<'a> {
    /// Projects the schedule's time steps.
    pub fn new(net: &'a LatentNet, schedule: Schedule, device: &Device) -> Self {
        Self {
            net,
            times: net.project_time(&schedule.timesteps, device),
            schedule,
        }
    }
}

impl Denoiser<2> for LatentDenoiser<'_> {
    fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    fn eps(&self, x: Tensor<2>, index: usize) -> Tensor<2> {
        self.net.forward(x, &self.times.row(index))
    }
}
