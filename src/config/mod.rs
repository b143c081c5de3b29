//! What a model is made of: one [`ModelConfig`] expresses every published Diff-AE and DDPM
//! configuration, the small ones this project trains, and nothing that the networks cannot run.

mod framing;
mod presets;
mod stages;
mod validate;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use framing::Framing;
pub use presets::PRESETS;
pub use stages::{Resample, Stage};

/// The constant of an attribute edit: a step of amplitude 1 moves the normalized z_sem by
/// √512 along the unit direction, whatever the width of z_sem (the official code says
/// `math.sqrt(512)` literally).
pub const EDIT_NORM: f64 = 22.627_416_997_969_52;

/// The 40 attributes of CelebA and CelebA-HQ in the order of the official classifier's rows.
pub const CELEBA_ATTRIBUTES: [&str; 40] = [
    "5_o_Clock_Shadow",
    "Arched_Eyebrows",
    "Attractive",
    "Bags_Under_Eyes",
    "Bald",
    "Bangs",
    "Big_Lips",
    "Big_Nose",
    "Black_Hair",
    "Blond_Hair",
    "Blurry",
    "Brown_Hair",
    "Bushy_Eyebrows",
    "Chubby",
    "Double_Chin",
    "Eyeglasses",
    "Goatee",
    "Gray_Hair",
    "Heavy_Makeup",
    "High_Cheekbones",
    "Male",
    "Mouth_Slightly_Open",
    "Mustache",
    "Narrow_Eyes",
    "No_Beard",
    "Oval_Face",
    "Pale_Skin",
    "Pointy_Nose",
    "Receding_Hairline",
    "Rosy_Cheeks",
    "Sideburns",
    "Smiling",
    "Straight_Hair",
    "Wavy_Hair",
    "Wearing_Earrings",
    "Wearing_Hat",
    "Wearing_Lipstick",
    "Wearing_Necklace",
    "Wearing_Necktie",
    "Young",
];

/// One model: the geometry of its networks and the diffusion processes they were trained for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// Name under which the configuration is known, for people.
    pub name: String,
    /// Side of the square picture in pixels.
    pub image_size: usize,
    /// Side of the pixel blocks folded into channels before the first convolution and unfolded
    /// after the last (PyTorch's `pixel_unshuffle` / `pixel_shuffle`); 1 leaves pixels alone.
    pub patch_size: usize,
    /// Base width of the networks, also the width of the sinusoidal time features.
    pub net_ch: usize,
    /// Width of each U-Net level as a multiple of `net_ch`, finest level first.
    pub net_ch_mult: Vec<usize>,
    /// Residual blocks per level of the U-Net's contracting half; the expanding half has one more.
    pub num_res_blocks: usize,
    /// Grid sides at which the U-Net's residual blocks are followed by attention.
    pub attn_resolutions: Vec<usize>,
    /// Channels that a group of a GroupNorm has at least: a layer of C channels has
    /// min(32, C / `group_channels`) groups. Every official model has 1.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub group_channels: usize,
    /// Heads of every attention block.
    pub heads: usize,
    /// Width of the time embedding.
    pub embed_channels: usize,
    /// Beta schedule of the picture's diffusion.
    pub schedule: BetaSchedule,
    /// Length T of both diffusions in training steps.
    pub timesteps: usize,
    /// What the U-Net's output means.
    pub prediction: Prediction,
    /// The semantic encoder; absent for a plain DDPM, whose U-Net takes no z_sem.
    pub encoder: Option<EncoderConfig>,
    /// The latent DPM that samples z_sem, where the model has one.
    pub latent: Option<LatentConfig>,
    /// Names of the rows of the linear attribute classifier; empty where there is none.
    pub attributes: Vec<String>,
}

/// The semantic encoder (BeatGANs half U-Net), picture to z_sem.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncoderConfig {
    /// Width of each level as a multiple of `net_ch`, finest level first.
    pub ch_mult: Vec<usize>,
    /// Residual blocks per level.
    pub num_res_blocks: usize,
    /// Grid sides with attention.
    pub attn_resolutions: Vec<usize>,
    /// Width of z_sem.
    pub style_channels: usize,
}

/// The latent DPM (MLPSkipNet) over normalized z_sem.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LatentConfig {
    /// Number of linear layers.
    pub layers: usize,
    /// Width of the hidden layers.
    pub hidden: usize,
    /// Width of the sinusoidal time features.
    pub time_channels: usize,
    /// Beta schedule of the latent diffusion.
    pub schedule: BetaSchedule,
}

/// How the noise variance grows over the T training steps.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BetaSchedule {
    /// `linspace(1e-4, 2e-2, T)` for T = 1000, scaled by 1000/T otherwise.
    Linear,
    /// The same beta at every step.
    Constant(f64),
}

/// What the U-Net predicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prediction {
    /// The noise eps itself, as every official model does.
    Epsilon,
    /// The velocity v, with eps = √ᾱ·v + √(1 − ᾱ)·x_t.
    V,
}

/// Why a configuration cannot be used.
#[derive(Debug, Error, Clone, PartialEq)]
pub enum ConfigError {
    /// A field holds a value that no network can be built from.
    #[error("configuration field `{field}` is {value}, but {allowed}")]
    Field {
        /// Path of the field.
        field: &'static str,
        /// The value found, as text.
        value: String,
        /// What would be right.
        allowed: String,
    },
    /// No preset has this name.
    #[error("there is no configuration named `{name}`; the nearest is `{nearest}`")]
    UnknownPreset {
        /// The name asked for.
        name: String,
        /// The known name that resembles it most.
        nearest: String,
    },
}

fn one() -> usize {
    1
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over references"
)]
fn is_one(value: &usize) -> bool {
    *value == 1
}

impl ModelConfig {
    /// The configuration published under an official name, or one of this project's own.
    ///
    /// # Errors
    /// [`ConfigError::UnknownPreset`] with the nearest known name.
    pub fn preset(name: &str) -> Result<Self, ConfigError> {
        presets::find(name).ok_or_else(|| ConfigError::UnknownPreset {
            name: name.to_owned(),
            nearest: crate::nearest::nearest(name, PRESETS.iter().copied()),
        })
    }

    /// Side of the grid that the networks see: the picture's side over the patch size.
    pub fn grid(&self) -> usize {
        self.image_size / self.patch_size
    }

    /// Channels that enter the first convolution and leave the last: 3 · patch².
    pub fn picture_channels(&self) -> usize {
        3 * self.patch_size * self.patch_size
    }

    /// Groups of the GroupNorm of a layer.
    pub fn groups(&self, channels: usize) -> usize {
        (channels / self.group_channels.max(1)).clamp(1, 32)
    }

    /// Width of z_sem, or `None` for a plain DDPM.
    pub fn style_channels(&self) -> Option<usize> {
        self.encoder.as_ref().map(|encoder| encoder.style_channels)
    }
}
