//! Whether a device can be trusted: a small network with a known answer.
//!
//! In a browser a shader that fails to compile reports nothing: its dispatch is skipped and the
//! output is whatever the memory held before. So a device is believed only after it has agreed
//! with the CPU, twice in a row on different inputs, since stale memory would repeat itself.

use burn::tensor::{Device, Tensor};

use crate::Error;
use crate::config::{BetaSchedule, EncoderConfig, ModelConfig, Prediction};
use crate::diffae::read;
use crate::diffusion::{Stream, noise};
use crate::networks::{self, Loader, Network};
use crate::ops::Kernels;
use crate::weights::random::RandomWeights;
use crate::weights::{Part, Precision, WeightsError};

/// The largest difference that a device may show on this network. Summation order alone makes about
/// 1e-5, feature maps in half precision 5e-3; a wrong or skipped kernel makes about 1.
pub fn tolerance(precision: Precision, kernels: Kernels, device: &Device) -> f32 {
    if precision != Precision::F32 && kernels.half(device) {
        3e-2
    } else {
        1e-3
    }
}

/// Compares a device with the CPU on an encoder and a U-Net that use every operation: both
/// kernel sizes, concatenation, both resamplings, attention with two heads, patches, modulation.
/// Returns the largest absolute difference.
///
/// Kernels cut large and small layers into different tiles. The grids and widths are those at which
/// real models take them, so that the pipelines that are proven are pipelines that are needed.
///
/// Kernels read quantized weights themselves, so the weights are of the `precision` that the
/// device will have to do with, and the `kernels` those that it will use.
///
/// # Errors
/// [`Error::Device`] when the device fails outright.
pub async fn difference(
    precision: Precision,
    kernels: Kernels,
    device: &Device,
) -> Result<f32, Error> {
    let cpu = Device::flex();
    let config = known_answer_config();
    let (encoder, unet) = networks(&config, precision, kernels, device)?;
    // Kernels of this crate's own would take several times the memory for a few milliseconds.
    let (cpu_encoder, cpu_unet) = networks(&config, precision, Kernels::Composed, &cpu)?;
    let mut worst = 0.0f32;
    for (seed, timestep) in [(1, 10), (2, 900)] {
        let shape = [1, 3, config.image_size, config.image_size];
        let mut outputs = Vec::new();
        for (encoder, unet, device) in [(&encoder, &unet, device), (&cpu_encoder, &cpu_unet, &cpu)]
        {
            let x: Tensor<4> = noise(seed, Stream::Pictures, 0, shape, device);
            let z_sem = encoder.forward(x.clone());
            let times = unet.project_time(&[timestep], device);
            let style = unet.project_style(z_sem.clone());
            let eps = unet.forward(x, &times.modulate(style.as_ref()));
            let mut output = read(eps).await?;
            output.extend(read(z_sem).await?);
            outputs.push(output);
        }
        for (a, b) in outputs[0].iter().zip(&outputs[1]) {
            // NaN must count as the largest difference, not vanish in a maximum.
            let difference = (a - b).abs();
            worst = worst.max(if difference.is_nan() {
                f32::INFINITY
            } else {
                difference
            });
        }
    }
    Ok(worst)
}

fn networks(
    config: &ModelConfig,
    precision: Precision,
    kernels: Kernels,
    device: &Device,
) -> Result<(networks::Encoder, networks::UNet), WeightsError> {
    let mut weights = RandomWeights::new(0, precision);
    let mut part = |part| {
        let mut loader = Loader::new(&mut weights, device, "").kernels(kernels);
        networks::load_part(config, part, &mut loader)
    };
    match (part(Part::Encoder)?, part(Part::Decoder)?) {
        (Network::Encoder(encoder), Network::Decoder(unet)) => Ok((*encoder, *unet)),
        _ => Err(WeightsError::NoPart(Part::Decoder)),
    }
}

fn known_answer_config() -> ModelConfig {
    ModelConfig {
        name: "known answer".to_owned(),
        image_size: 64,
        patch_size: 2,
        net_ch: 32,
        net_ch_mult: vec![1, 2],
        num_res_blocks: 1,
        attn_resolutions: Vec::new(),
        group_channels: 1,
        heads: 2,
        embed_channels: 32,
        schedule: BetaSchedule::Linear,
        timesteps: 1000,
        prediction: Prediction::Epsilon,
        encoder: Some(EncoderConfig {
            ch_mult: vec![1, 2, 4],
            num_res_blocks: 1,
            attn_resolutions: Vec::new(),
            style_channels: 32,
        }),
        latent: None,
        attributes: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_agrees_with_itself_and_the_network_says_something() {
        let cpu = Device::flex();
        let compared = pollster::block_on(difference(Precision::Int8, Kernels::Own, &cpu)).unwrap();
        let tolerance = tolerance(Precision::Int8, Kernels::Own, &cpu);
        assert!(compared < tolerance / 10.0, "{compared}");
        let config = known_answer_config();
        config.validate().unwrap();
        let (encoder, _) = networks(&config, Precision::Int8, Kernels::Own, &cpu).unwrap();
        let x = noise(1, Stream::Pictures, 0, [1, 3, 64, 64], &cpu);
        let z = pollster::block_on(read(encoder.forward(x))).unwrap();
        assert!(
            z.iter().any(|v| v.abs() > 0.1),
            "an answer of zeros would prove nothing: {z:?}"
        );
    }
}
