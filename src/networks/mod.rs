//! The networks, as burn modules whose forward reads top to bottom.

mod attention;
mod classifier;
pub mod cost;
mod encoder;
mod latent_net;
mod loader;
pub mod modulation;
mod residual_block;
mod time_embedding;
mod unet;

use burn::tensor::Device;

use crate::config::ModelConfig;
use crate::ops::Kernels;
use crate::weights::{Layout, Part, WeightsError};

pub use attention::Attention;
pub use classifier::Classifier;
pub use encoder::{Encoder, EncoderStage};
pub use latent_net::{LatentNet, LatentTimes};
pub use loader::Loader;
pub use residual_block::{EncoderBlock, ResBlock};
pub use time_embedding::{TimeEmbedding, sinusoid};
pub use unet::{UNet, UNetStage};

/// Numbers of the largest part that is read or made, 8 GB of them in single precision; the largest official one has a
/// thirteenth.
const MAX_PARAMETERS: u64 = 2_000_000_000;

/// The tensors of one part of a model, by official name and shape, as the networks ask for them.
///
/// # Errors
/// [`WeightsError::NoPart`] where the configuration has no such part, [`WeightsError::TooLarge`] where no machine could hold it.
pub fn layout(config: &ModelConfig, part: Part) -> Result<Layout, WeightsError> {
    let mut layout = Layout::default();
    load_part(
        config,
        part,
        // Nothing is computed, so that no weight is worth preparing.
        &mut Loader::new(&mut layout, &Device::flex(), "").kernels(Kernels::Composed),
    )?;
    match layout.parameters() {
        0..=MAX_PARAMETERS => Ok(layout),
        parameters => Err(WeightsError::TooLarge {
            part,
            parameters,
            limit: MAX_PARAMETERS,
        }),
    }
}

/// A loaded part of a model.
#[derive(Debug)]
pub enum Network {
    /// [`Part::Encoder`].
    Encoder(Box<Encoder>),
    /// [`Part::Decoder`].
    Decoder(Box<UNet>),
    /// [`Part::Latent`].
    Latent(Box<LatentNet>),
    /// [`Part::Attributes`].
    Attributes(Classifier),
}

/// Loads a part by the official names of its tensors.
///
/// # Errors
/// [`WeightsError::NoPart`] where the configuration has no such part, and whatever the source says
/// of its tensors.
pub fn load_part(
    config: &ModelConfig,
    part: Part,
    loader: &mut Loader<'_>,
) -> Result<Network, WeightsError> {
    let absent = || WeightsError::NoPart(part);
    match part {
        Part::Decoder => Ok(Network::Decoder(Box::new(UNet::load(config, loader)?))),
        Part::Encoder => {
            let encoder = config.encoder.as_ref().ok_or_else(absent)?;
            let encoder = Encoder::load(config, encoder, &mut loader.at("encoder"))?;
            Ok(Network::Encoder(Box::new(encoder)))
        }
        Part::Latent => {
            let latent = config.latent.as_ref().ok_or_else(absent)?;
            let style = config.style_channels().ok_or_else(absent)?;
            let latent = LatentNet::load(latent, style, &mut loader.at("latent_net"))?;
            Ok(Network::Latent(Box::new(latent)))
        }
        Part::Attributes => {
            let style = config.style_channels().ok_or_else(absent)?;
            if config.attributes.is_empty() {
                return Err(absent());
            }
            let classifier = Classifier::load(config.attributes.len(), style, loader)?;
            Ok(Network::Attributes(classifier))
        }
    }
}
