//! The model's work gone through before its weights are there, so that a GPU makes its pipelines
//! while these are being downloaded and the first picture waits for none.

use burn::tensor::{Tensor, TensorData};

use super::DiffAe;
use super::readback::{preview, to_unit};
use crate::diffusion::{ddim, fixed_point};
use crate::error::Error;
use crate::networks::{self, Encoder, Loader, Network, UNet};
use crate::ops::gpu;
use crate::weights::blank::BlankWeights;
use crate::weights::{Part, WeightsError};

impl DiffAe {
    /// Lets the device make every pipeline that encoding a picture in `encode` steps, if any, and
    /// decoding one in each of `decode` steps will take. It returns at once; what the device is
    /// given afterwards waits until it is through.
    ///
    /// Nothing may be computed on other threads meanwhile, see [`gpu::rehearse`]. Where burn's own
    /// operations stand in for this crate's kernels, this does nothing.
    ///
    /// # Errors
    /// [`Error::Schedule`] for an impossible number of steps, [`Error::Weights`] for a part that the
    /// model does not have.
    pub fn rehearse(&self, encode: Option<usize>, decode: &[usize]) -> Result<(), Error> {
        if !gpu::supported(&self.device) {
            return Ok(());
        }
        gpu::rehearse(|| {
            let unet = self.blank_decoder()?;
            if let Some(steps) = encode {
                self.rehearse_encoding(&self.blank_encoder()?, &unet, steps)?;
            }
            decode
                .iter()
                .try_for_each(|steps| self.rehearse_decoding(&unet, *steps))
        })
    }

    /// What [`Self::encode`] does.
    fn rehearse_encoding(&self, encoder: &Encoder, unet: &UNet, steps: usize) -> Result<(), Error> {
        let x = self.picture_of_zeros(); // [1, 3, S, S]
        let z_sem = encoder.forward(x.clone()); // [1, Z]
        let net = self.denoiser_of(unet, steps, Some(z_sem.clone()))?;
        fixed_point::rehearse(&net, x, watch);
        Ok(())
    }

    /// What [`Self::reconstruct`] does.
    fn rehearse_decoding(&self, unet: &UNet, steps: usize) -> Result<(), Error> {
        let z_sem = self.manifest.config.style_channels().map(|style| {
            let z_sem = TensorData::new(vec![0.0f32; style], [1, style]);
            Tensor::from_data(z_sem, &self.device)
        });
        let net = self.denoiser_of(unet, steps, z_sem)?;
        let mut x = self.picture_of_zeros();
        // From the second step on, x is a tensor that the device made.
        for index in (0..steps).rev().take(2) {
            let stepped = ddim::step(&net, x, index, true);
            x = stepped.x;
            watch(stepped.x0);
        }
        read_back(x);
        Ok(())
    }

    fn blank_decoder(&self) -> Result<UNet, Error> {
        match self.blank(Part::Decoder)? {
            Network::Decoder(unet) => Ok(*unet),
            _ => Err(WeightsError::NoPart(Part::Decoder).into()),
        }
    }

    fn blank_encoder(&self) -> Result<Encoder, Error> {
        match self.blank(Part::Encoder)? {
            Network::Encoder(encoder) => Ok(*encoder),
            _ => Err(WeightsError::NoPart(Part::Encoder).into()),
        }
    }

    fn blank(&self, part: Part) -> Result<Network, Error> {
        let mut weights = BlankWeights::new(self.manifest.part(part)?.precision);
        let mut loader = Loader::new(&mut weights, &self.device, "").kernels(self.kernels);
        Ok(networks::load_part(
            &self.manifest.config,
            part,
            &mut loader,
        )?)
    }

    fn picture_of_zeros(&self) -> Tensor<4> {
        let side = self.side();
        self.noise_map(&vec![0.0; 3 * side * side])
    }
}

/// What is done with the x_0 of every step where somebody watches.
fn watch(x0: Tensor<4>) {
    read_back(preview(x0));
}

/// What [`super::readback::pictures`] does before it reads: the values put in the order of the host.
fn read_back(x: Tensor<4>) {
    to_unit(x).flatten::<1>(0, 3);
}
