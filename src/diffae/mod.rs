//! A loaded model and what can be done with it. The page and the command line drive this, and
//! nothing below it.

mod decode;
mod encode;
#[cfg(feature = "eval")]
mod measured;
#[cfg(not(target_arch = "wasm32"))]
mod open;
mod readback;
#[cfg(feature = "gpu")]
mod rehearsal;
mod sampling;
mod semantics;

use burn::tensor::Device;

use crate::code::Code;
use crate::diffusion::Schedule;
use crate::edit::{EditError, Statistics};
use crate::error::Error;
use crate::networks::{self, Classifier, Encoder, LatentNet, Loader, Network, UNet};
use crate::ops::Kernels;
use crate::weights::{Manifest, Part, PartReader, ReadAt, TensorSource, WeightsError};

pub use encode::Inversion;
pub(crate) use readback::read;
#[cfg(feature = "web-model")]
pub(crate) use readback::{picture, preview};
pub use sampling::{Near, Sampling, Variations};

/// A model on a device, with the parts loaded so far.
#[derive(Debug)]
pub struct DiffAe {
    manifest: Manifest,
    device: Device,
    kernels: Kernels,
    schedule: Schedule,
    statistics: Option<Statistics>,
    encoder: Option<Encoder>,
    decoder: Option<UNet>,
    latent: Option<LatentNet>,
    classifier: Option<Classifier>,
}

impl DiffAe {
    /// A model with no part loaded yet.
    ///
    /// # Errors
    /// [`Error::Config`] when the configuration makes no sense, [`Error::Weights`] when a part is
    /// said to be smaller than the configuration needs it.
    pub fn new(manifest: Manifest, device: &Device) -> Result<Self, Error> {
        manifest.config.validate()?;
        check_sizes(&manifest)?;
        let statistics = match (&manifest.conds_mean, &manifest.conds_std) {
            (Some(mean), Some(std)) => Some(Statistics::new(mean.clone(), std.clone())),
            _ => None,
        };
        Ok(Self {
            schedule: Schedule::new(manifest.config.schedule, manifest.config.timesteps),
            statistics,
            manifest,
            device: device.clone(),
            kernels: Kernels::default(),
            encoder: None,
            decoder: None,
            latent: None,
            classifier: None,
        })
    }

    /// Chooses the kernels of the parts that are loaded from now on.
    pub fn use_kernels(&mut self, kernels: Kernels) {
        self.kernels = kernels;
    }

    /// What the model is.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Side of the model's pictures in pixels.
    pub fn side(&self) -> usize {
        self.manifest.config.image_size
    }

    /// Loads a part from its file, whose hash the caller has checked.
    ///
    /// # Errors
    /// [`Error::Weights`] when the file is damaged or belongs to another configuration; the model
    /// is as it was.
    pub fn load(&mut self, part: Part, file: impl ReadAt) -> Result<(), Error> {
        let name = &self.manifest.part(part)?.file;
        let config = &self.manifest.config;
        let mut reader = PartReader::open(name, file)?;
        reader.check(&networks::layout(config, part)?, &config.name)?;
        self.load_from(part, &mut reader)
    }

    /// Loads a part from tensors by their official names.
    ///
    /// # Errors
    /// Whatever the source says of its tensors; the model is as it was.
    pub(crate) fn load_from(
        &mut self,
        part: Part,
        source: &mut dyn TensorSource,
    ) -> Result<(), Error> {
        let mut loader = Loader::new(source, &self.device, "").kernels(self.kernels);
        let network = networks::load_part(&self.manifest.config, part, &mut loader)?;
        match network {
            Network::Encoder(encoder) => self.encoder = Some(*encoder),
            Network::Decoder(decoder) => self.decoder = Some(*decoder),
            Network::Latent(latent) => self.latent = Some(*latent),
            Network::Attributes(classifier) => self.classifier = Some(classifier),
        }
        Ok(())
    }

    /// Whether a part is loaded.
    pub fn has(&self, part: Part) -> bool {
        match part {
            Part::Encoder => self.encoder.is_some(),
            Part::Decoder => self.decoder.is_some(),
            Part::Latent => self.latent.is_some(),
            Part::Attributes => self.classifier.is_some(),
        }
    }

    fn encoder(&self) -> Result<&Encoder, Error> {
        self.part(Part::Encoder, self.encoder.as_ref())
    }

    fn part<'a, T>(&self, part: Part, loaded: Option<&'a T>) -> Result<&'a T, Error> {
        self.manifest.part(part)?;
        Ok(loaded.ok_or(WeightsError::NotLoaded(part))?)
    }

    fn statistics(&self) -> Result<&Statistics, EditError> {
        self.statistics.as_ref().ok_or(EditError::NoStatistics)
    }

    fn check(&self, code: &Code) -> Result<(), Error> {
        Ok(code.check(self.style()?, self.side())?)
    }

    /// Width of z_sem, which a plain DDPM does not have.
    fn style(&self) -> Result<usize, WeightsError> {
        let width = self.manifest.config.style_channels();
        width.ok_or(WeightsError::NoPart(Part::Encoder))
    }
}

/// Refuses a configuration that is larger than the files that are said to hold its weights, before
/// any room is made for them.
fn check_sizes(manifest: &Manifest) -> Result<(), WeightsError> {
    for (part, file) in &manifest.parts {
        let layout = match networks::layout(&manifest.config, *part) {
            Ok(layout) => layout,
            // Refused when it is asked for.
            Err(WeightsError::NoPart(_)) => continue,
            Err(error) => return Err(error),
        };
        let parameters = layout.parameters();
        // Whatever the precision, a value takes at least a byte.
        if parameters > file.bytes {
            return Err(WeightsError::Damaged {
                file: file.file.clone(),
                reason: format!(
                    "its manifest gives it {} bytes, but a configuration of {parameters} values",
                    file.bytes
                ),
            });
        }
    }
    Ok(())
}
