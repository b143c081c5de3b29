//! A loaded model and what can be done with it. The page and the command line drive this, and
//! nothing below it.

#[cfg(feature = "eval")]
mod measured;
#[cfg(feature = "gpu")]
mod rehearsal;
mod sampling;

use burn::tensor::{Device, Tensor, TensorData};

use crate::code::Code;
use crate::diffusion::{
    OnStep, PictureDenoiser, Schedule, ddim,
    fixed_point::{self, Solver},
};
use crate::edit::{self, AttributeChange, Direction, EditError, Statistics};
use crate::error::Error;
use crate::nearest::nearest;
use crate::networks::{self, Classifier, Encoder, LatentNet, Loader, Network, UNet};
use crate::ops::Kernels;
use crate::picture::Picture;
use crate::weights::{Manifest, Part, PartReader, ReadAt, WeightsError};

pub use sampling::{MAX_PICTURES, Sampling};

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

/// How a picture's x_T is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inversion {
    /// The paper's stochastic encoder: one evaluation per step.
    Official,
    /// Inversion of the sampler's own steps, far closer. Updates are extrapolated, and a step that
    /// has settled takes fewer evaluations.
    FixedPoint {
        /// The most evaluations per step, 1 to 20.
        iterations: usize,
    },
}

impl DiffAe {
    /// An model with no part loaded yet.
    ///
    /// # Errors
    /// [`Error::Config`] when the configuration makes no sense.
    pub fn new(manifest: Manifest, device: &Device) -> Result<Self, Error> {
        manifest.config.validate()?;
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
        let mut reader = PartReader::open(name, file)?;
        let mut loader = Loader::new(&mut reader, &self.device, "").kernels(self.kernels);
        let network = networks::load_part(&self.manifest.config, part, &mut loader)?;
        reader.finish(&self.manifest.config.name)?;
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

    /// Encodes a picture of the model's size, already framed as the model expects.
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
            z_sem: read(z_sem).await?,
            x_t: read(x_t).await?,
        };
        self.check(&code)?;
        Ok(code)
    }

    /// z_sem of a picture, without its x_T.
    ///
    /// # Errors
    /// As [`Self::encode`].
    pub async fn encode_semantic(&self, picture: &Picture) -> Result<Vec<f32>, Error> {
        read(self.encoder()?.forward(self.tensor(picture)?)).await
    }

    /// The picture that a code stands for.
    ///
    /// # Errors
    /// [`Error::Edit`] for a code of another model, [`Error::Schedule`], [`Error::Cancelled`],
    /// [`Error::Device`], or a part that is not loaded.
    pub async fn reconstruct(
        &self,
        code: &Code,
        steps: usize,
        on_step: &mut impl OnStep<4>,
    ) -> Result<Picture, Error> {
        self.check(code)?;
        let pictures = self
            .decode(&code.z_sem, self.noise_map(&code.x_t), steps, on_step)
            .await?;
        first(pictures)
    }

    /// The picture with some attributes changed, each by a signed amplitude (±0.3 is clear).
    ///
    /// # Errors
    /// [`EditError::UnknownAttribute`], [`EditError::Amplitude`], and as [`Self::reconstruct`].
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
    /// As [`Self::edit`].
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
                direction: self.direction(name)?,
            });
        }
        for (direction, amplitude) in taught {
            if direction.weight.len() != code.z_sem.len() {
                return Err(EditError::CodeShape {
                    what: "taught direction",
                    found: direction.weight.len(),
                    expected: code.z_sem.len(),
                }
                .into());
            }
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

    /// The code at `alpha` of the way from `a` to `b`.
    ///
    /// # Errors
    /// [`EditError::Alpha`], or a code of another model.
    pub fn interpolate(&self, a: &Code, b: &Code, alpha: f32) -> Result<Code, Error> {
        self.check(a)?;
        self.check(b)?;
        if !(0.0..=1.0).contains(&alpha) {
            return Err(EditError::Alpha(alpha).into());
        }
        Ok(Code {
            z_sem: edit::lerp(&a.z_sem, &b.z_sem, alpha),
            x_t: edit::slerp(&a.x_t, &b.x_t, alpha),
        })
    }

    /// Learns a direction from a few codes with something and a few without it (paper, section 4.4).
    ///
    /// # Errors
    /// [`EditError::Examples`], [`EditError::NoDifference`], or a z_sem of another model.
    pub fn teach(
        &self,
        positives: &[Vec<f32>],
        negatives: &[Vec<f32>],
    ) -> Result<Direction, Error> {
        let statistics = self.statistics()?;
        let normalized = |side: &[Vec<f32>]| -> Result<Vec<Vec<f32>>, EditError> {
            let check = |z: &Vec<f32>| match z.len() == self.style() {
                true => Ok(statistics.normalize(z)),
                false => Err(EditError::CodeShape {
                    what: "z_sem",
                    found: z.len(),
                    expected: self.style(),
                }),
            };
            side.iter().map(check).collect()
        };
        Ok(edit::fit(&normalized(positives)?, &normalized(negatives)?)?)
    }

    /// The classifier's logit for every attribute of a z_sem.
    ///
    /// # Errors
    /// A part that is not loaded, or a model without statistics.
    pub fn logits(&self, z_sem: &[f32]) -> Result<Vec<f32>, Error> {
        let classifier = self.part(Part::Attributes, self.classifier.as_ref())?;
        Ok(classifier.logits(&self.statistics()?.normalize(z_sem)))
    }

    async fn decode(
        &self,
        z_sem: &[f32],
        x_t: Tensor<4>,
        steps: usize,
        on_step: &mut impl OnStep<4>,
    ) -> Result<Vec<Picture>, Error> {
        let rows = z_sem.len() / self.style();
        let z_sem = TensorData::new(z_sem.to_vec(), [rows, self.style()]);
        let z_sem = Tensor::from_data(z_sem, &self.device);
        let net = self.denoiser(steps, Some(z_sem))?;
        let x = ddim::sample(&net, x_t, true, on_step).await?; // [B, 3, S, S]
        pictures(x).await
    }

    fn denoiser(
        &self,
        steps: usize,
        z_sem: Option<Tensor<2>>,
    ) -> Result<PictureDenoiser<'_>, Error> {
        let unet = self.part(Part::Decoder, self.decoder.as_ref())?;
        self.denoiser_of(unet, steps, z_sem)
    }

    fn denoiser_of<'a>(
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

    fn direction(&self, name: &str) -> Result<&[f32], Error> {
        let classifier = self.part(Part::Attributes, self.classifier.as_ref())?;
        let names = &self.manifest.config.attributes;
        names
            .iter()
            .position(|known| known == name)
            .and_then(|index| classifier.direction(index))
            .ok_or_else(|| {
                EditError::UnknownAttribute {
                    name: name.to_owned(),
                    nearest: nearest(name, names.iter().map(String::as_str)),
                }
                .into()
            })
    }

    fn check(&self, code: &Code) -> Result<(), EditError> {
        code.check(self.style(), self.side())
    }

    fn style(&self) -> usize {
        self.manifest.config.style_channels().unwrap_or(0)
    }

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

    fn noise_map(&self, x_t: &[f32]) -> Tensor<4> {
        let side = self.side();
        let values = TensorData::new(x_t.to_vec(), [1, 3, side, side]);
        Tensor::from_data(values, &self.device)
    }
}

/// Reads a batch of pictures in [-1, 1] back from the device.
///
/// # Errors
/// [`Error::Device`] when the device failed, [`Error::Picture`] when it computed NaN.
///
/// # Shapes
/// - x: [B, 3, S, S]
pub(crate) async fn pictures(x: Tensor<4>) -> Result<Vec<Picture>, Error> {
    let [_, channels, height, width] = x.dims();
    let values = read(to_unit(x)).await?;
    values
        .chunks(channels * height * width)
        .map(|chw| Ok(Picture::from_chw(width as u32, height as u32, chw)?))
        .collect()
}

/// What a sampler's watcher is shown of a predicted x_0: the first picture of the batch, within
/// [-1, 1], [1, 3, S, S].
#[cfg(any(feature = "web", feature = "gpu"))]
pub(crate) fn preview(x0: Tensor<4>) -> Tensor<4> {
    x0.narrow(0, 0, 1).clamp(-1.0, 1.0)
}

fn to_unit(x: Tensor<4>) -> Tensor<4> {
    (x + 1.0) / 2.0
}

pub(crate) async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, Error> {
    let data = tensor.into_data_async().await;
    let data = data.map_err(|e| Error::Device(e.to_string()))?;
    data.try_into_vec()
        .map_err(|e| Error::Device(format!("{e:?}")))
}

fn first(pictures: Vec<Picture>) -> Result<Picture, Error> {
    let none = || Error::Device("it returned no picture".to_owned());
    pictures.into_iter().next().ok_or_else(none)
}
