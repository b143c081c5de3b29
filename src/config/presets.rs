//! The published configurations under their official names (reference: the official
//! `templates.py`, `templates_latent.py` and `templates_cls.py`), and this project's own small models:
//! portrait64, which is shipped, and portrait128.

use super::{
    BetaSchedule, CELEBA_ATTRIBUTES, EncoderConfig, LatentConfig, ModelConfig, Prediction,
};

/// Every name that [`ModelConfig::preset`] knows.
pub const PRESETS: [&str; 31] = [
    "ffhq64_ddpm",
    "ffhq64_autoenc",
    "celeba64d2c_ddpm",
    "celeba64d2c_autoenc",
    "ffhq128_ddpm",
    "ffhq128_autoenc_base",
    "ffhq256_autoenc",
    "ffhq256_autoenc_eco",
    "ffhq128_ddpm_72M",
    "ffhq128_autoenc_72M",
    "ffhq128_ddpm_130M",
    "ffhq128_autoenc_130M",
    "horse128_ddpm",
    "horse128_autoenc",
    "bedroom128_ddpm",
    "bedroom128_autoenc",
    "pretrain_celeba64d2c_72M",
    "pretrain_ffhq128_autoenc72M",
    "pretrain_ffhq128_autoenc130M",
    "pretrain_ffhq256_autoenc",
    "pretrain_horse128",
    "pretrain_bedroom128",
    "ffhq128_autoenc_latent",
    "ffhq256_autoenc_latent",
    "horse128_autoenc_latent",
    "bedroom128_autoenc_latent",
    "celeba64d2c_autoenc_latent",
    "ffhq128_autoenc_cls",
    "ffhq256_autoenc_cls",
    "portrait64",
    "portrait128",
];

pub(super) fn find(name: &str) -> Option<ModelConfig> {
    let config = match name {
        "ffhq64_ddpm" => px64(name).ddpm(),
        "ffhq64_autoenc" | "celeba64d2c_autoenc" | "pretrain_celeba64d2c_72M" => px64(name),
        "celeba64d2c_autoenc_latent" => px64(name).latent(10),
        // Its name says 64, yet the official template inherits the 128-pixel geometry.
        "celeba64d2c_ddpm" | "ffhq128_ddpm" | "ffhq128_ddpm_72M" | "ffhq128_ddpm_130M"
        | "horse128_ddpm" | "bedroom128_ddpm" => px128(name).ddpm(),
        "ffhq128_autoenc_base"
        | "ffhq128_autoenc_72M"
        | "ffhq128_autoenc_130M"
        | "horse128_autoenc"
        | "bedroom128_autoenc"
        | "pretrain_ffhq128_autoenc72M"
        | "pretrain_ffhq128_autoenc130M"
        | "pretrain_horse128"
        | "pretrain_bedroom128" => px128(name),
        "ffhq128_autoenc_latent" => px128(name).latent(10),
        "horse128_autoenc_latent" | "bedroom128_autoenc_latent" => px128(name).latent(20),
        "ffhq128_autoenc_cls" => px128(name).classified(),
        "ffhq256_autoenc" | "ffhq256_autoenc_eco" | "pretrain_ffhq256_autoenc" => px256(name),
        "ffhq256_autoenc_latent" => px256(name).latent(10),
        "ffhq256_autoenc_cls" => px256(name).classified(),
        "portrait64" => portrait(name, 64, &[1, 3, 6], &[1, 3, 6, 6]),
        "portrait128" => ModelConfig {
            group_channels: 4,
            ..portrait(name, 128, &[1, 1, 3, 6], &[1, 1, 3, 6, 6])
        },
        _ => return None,
    };
    Some(config)
}

fn px64(name: &str) -> ModelConfig {
    official(name, 64, 64, &[1, 2, 4, 8], &[1, 2, 4, 8, 8])
}

fn px128(name: &str) -> ModelConfig {
    official(name, 128, 128, &[1, 1, 2, 3, 4], &[1, 1, 2, 3, 4, 4])
}

fn px256(name: &str) -> ModelConfig {
    official(name, 256, 128, &[1, 1, 2, 2, 4, 4], &[1, 1, 2, 2, 4, 4, 4])
}

/// What all official autoencoders share, filled in with one geometry.
fn official(
    name: &str,
    image_size: usize,
    net_ch: usize,
    net_ch_mult: &[usize],
    enc_mult: &[usize],
) -> ModelConfig {
    ModelConfig {
        name: name.to_owned(),
        image_size,
        patch_size: 1,
        net_ch,
        net_ch_mult: net_ch_mult.to_vec(),
        num_res_blocks: 2,
        attn_resolutions: vec![16],
        group_channels: 1,
        heads: 1,
        embed_channels: 512,
        schedule: BetaSchedule::Linear,
        timesteps: 1000,
        prediction: Prediction::Epsilon,
        encoder: Some(EncoderConfig {
            ch_mult: enc_mult.to_vec(),
            num_res_blocks: 2,
            attn_resolutions: vec![16],
            style_channels: 512,
        }),
        latent: None,
        attributes: Vec::new(),
    }
}

/// The small models for a browser tab, filled in with one geometry.
fn portrait(
    name: &str,
    image_size: usize,
    net_ch_mult: &[usize],
    enc_mult: &[usize],
) -> ModelConfig {
    ModelConfig {
        name: name.to_owned(),
        image_size,
        patch_size: 2,
        net_ch: 32,
        net_ch_mult: net_ch_mult.to_vec(),
        num_res_blocks: 1,
        attn_resolutions: vec![16],
        group_channels: 1,
        heads: 1,
        embed_channels: 256,
        schedule: BetaSchedule::Linear,
        timesteps: 1000,
        prediction: Prediction::V,
        encoder: Some(EncoderConfig {
            ch_mult: enc_mult.to_vec(),
            num_res_blocks: 1,
            attn_resolutions: vec![16],
            style_channels: 256,
        }),
        latent: Some(latent_dpm(6, 1024)),
        attributes: CELEBA_ATTRIBUTES.map(str::to_owned).to_vec(),
    }
}

fn latent_dpm(layers: usize, hidden: usize) -> LatentConfig {
    LatentConfig {
        layers,
        hidden,
        time_channels: 64,
        schedule: BetaSchedule::Constant(0.008),
    }
}

impl ModelConfig {
    fn ddpm(mut self) -> Self {
        self.encoder = None;
        self
    }

    fn latent(mut self, layers: usize) -> Self {
        self.latent = Some(latent_dpm(layers, 2048));
        self
    }

    fn classified(mut self) -> Self {
        self.attributes = CELEBA_ATTRIBUTES.map(str::to_owned).to_vec();
        self
    }
}
