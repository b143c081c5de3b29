//! What an evaluation of the networks costs, counted from the configuration: 2 operations for every
//! multiply-add of convolutions, linear layers and attention, one picture at a time. The projections
//! of time and z_sem are left out, since they are computed once and not in every step.

use crate::config::{ModelConfig, Stage};
use crate::weights::Cost;

/// One layer of an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// A convolution that keeps its grid.
    Conv {
        /// Input channels, a concatenated skip included.
        input: u64,
        /// Output channels.
        out: u64,
        /// Side of the kernel.
        kernel: u64,
        /// Side of the grid.
        grid: u64,
    },
    /// The two products of attention over all pairs of positions; its projections are convolutions.
    Attention {
        /// Channels of queries, keys and values each.
        channels: u64,
        /// Number of positions.
        positions: u64,
    },
}

impl Layer {
    /// Floating-point operations.
    pub fn flop(self) -> u64 {
        match self {
            Self::Conv {
                input,
                out,
                kernel,
                grid,
            } => 2 * input * out * kernel * kernel * grid * grid,
            Self::Attention {
                channels,
                positions,
            } => 4 * channels * positions * positions,
        }
    }
}

/// What a model's manifest says of its cost.
///
/// The configuration must be valid.
pub fn of(config: &ModelConfig) -> Cost {
    Cost {
        encode: encode(config),
        step: step(config),
    }
}

/// Floating-point operations of one step of the U-Net.
///
/// The configuration must be valid.
pub fn step(config: &ModelConfig) -> u64 {
    layers(config).into_iter().map(Layer::flop).sum()
}

/// The layers of one step of the U-Net.
///
/// The configuration must be valid.
pub fn layers(config: &ModelConfig) -> Vec<Layer> {
    let pictures = config.picture_channels() as u64;
    let grid = config.grid() as u64;
    let stages = config.unet_stages();
    let first = stages.first().map_or(0, |stage| stage.input as u64);
    let last = stages.last().map_or(0, |stage| stage.out as u64);
    let mut layers = vec![
        conv(pictures, first, 3, grid),
        conv(last, pictures, 3, grid),
    ];
    for stage in &stages {
        layers.extend(res_block(stage));
        layers.extend(attention(stage));
    }
    layers
}

/// Floating-point operations of the semantic encoder, or `None` for a plain DDPM.
///
/// The configuration must be valid.
pub fn encode(config: &ModelConfig) -> Option<u64> {
    let encoder = config.encoder.as_ref()?;
    let stages = config.encoder_stages(encoder);
    let (first, last) = (stages.first()?.input as u64, stages.last()?.out as u64);
    let mut layers = vec![
        conv(
            config.picture_channels() as u64,
            first,
            3,
            config.grid() as u64,
        ),
        conv(last, encoder.style_channels as u64, 1, 1),
    ];
    for stage in &stages {
        layers.extend(encoder_block(stage));
        layers.extend(attention(stage));
    }
    Some(layers.into_iter().map(Layer::flop).sum())
}

/// A residual block of the U-Net; both convolutions run on the resampled grid.
fn res_block(stage: &Stage) -> impl Iterator<Item = Layer> {
    let (out, grid) = (stage.out as u64, stage.grid as u64);
    encoder_block(stage).chain([conv(out, out, 3, grid)])
}

/// One 3x3 convolution, and a 1x1 one as shortcut where the width changes.
fn encoder_block(stage: &Stage) -> impl Iterator<Item = Layer> {
    let (input, out, grid) = (stage.width() as u64, stage.out as u64, stage.grid as u64);
    let shortcut = (input != out).then(|| conv(input, out, 1, grid));
    [conv(input, out, 3, grid)].into_iter().chain(shortcut)
}

/// Projections to queries, keys, values and back, and the two products over all pairs of positions.
fn attention(stage: &Stage) -> impl Iterator<Item = Layer> {
    let (channels, grid) = (stage.out as u64, stage.grid as u64);
    let products = Layer::Attention {
        channels,
        positions: grid * grid,
    };
    let layers = [
        conv(channels, 3 * channels, 1, grid),
        products,
        conv(channels, channels, 1, grid),
    ];
    layers.into_iter().filter(|_| stage.attention.is_some())
}

fn conv(input: u64, out: u64, kernel: u64, grid: u64) -> Layer {
    Layer::Conv {
        input,
        out,
        kernel,
        grid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_a_count_of_the_reference() {
        // GFLOP of a step and of an encode, as printed by PyTorch's counter on the official modules.
        for (name, per_step, per_encode) in [
            ("celeba64d2c_autoenc", 26.7, Some((3.07, 0.005))),
            ("ffhq128_autoenc_base", 147.7, Some((19.0, 0.05))),
            ("ffhq256_autoenc", 554.4, Some((70.8, 0.05))),
            ("ffhq128_ddpm", 147.7, None),
            ("portrait64", 1.92, Some((0.17, 0.005))),
            ("portrait128", 2.79, Some((0.29, 0.005))),
        ] {
            let config = ModelConfig::preset(name).unwrap();
            let found = step(&config) as f64 / 1e9;
            assert!((found / per_step - 1.0).abs() < 0.01, "{name}: {found}");
            assert_eq!(encode(&config).is_some(), per_encode.is_some());
            if let (Some(found), Some((expected, rounding))) = (encode(&config), per_encode) {
                let found = found as f64 / 1e9;
                let allowed = f64::max(0.01 * expected, rounding);
                assert!((found - expected).abs() <= allowed, "{name}: {found}");
            }
        }
    }
}
