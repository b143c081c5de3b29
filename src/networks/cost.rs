//! What an evaluation of the networks costs, counted from the configuration: 2 operations for every
//! multiply-add of convolutions, linear layers and attention, one picture at a time. The projections
//! of time and z_sem are left out, since they are computed once and not in every step.

use crate::config::ModelConfig;

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
    let widths = widths(&config.net_ch_mult, config.net_ch);
    let attends = |grid: u64| config.attn_resolutions.contains(&(grid as usize));
    let pictures = config.picture_channels() as u64;
    let first = widths.first().copied().unwrap_or(0);
    let mut grid = config.grid() as u64;
    let mut channels = first;
    let mut skips = vec![first];
    let mut layers = vec![
        conv(pictures, first, 3, grid),
        conv(first, pictures, 3, grid),
    ];

    for (level, &width) in widths.iter().enumerate() {
        for _ in 0..config.num_res_blocks {
            layers.extend(res_block(channels, width, grid));
            if attends(grid) {
                layers.extend(attention(width, grid));
            }
            channels = width;
            skips.push(width);
        }
        if level + 1 < widths.len() {
            grid /= 2;
            layers.extend(res_block(width, width, grid));
            skips.push(width);
        }
    }
    layers.extend(res_block(channels, channels, grid));
    layers.extend(attention(channels, grid));
    layers.extend(res_block(channels, channels, grid));
    for (level, &width) in widths.iter().enumerate().rev() {
        for _ in 0..=config.num_res_blocks {
            let skip = skips.pop().unwrap_or(0);
            layers.extend(res_block(channels + skip, width, grid));
            if attends(grid) {
                layers.extend(attention(width, grid));
            }
            channels = width;
        }
        if level > 0 {
            grid *= 2;
            layers.extend(res_block(width, width, grid));
        }
    }
    layers
}

/// Floating-point operations of the semantic encoder, or `None` for a plain DDPM.
///
/// The configuration must be valid.
pub fn encode(config: &ModelConfig) -> Option<u64> {
    let encoder = config.encoder.as_ref()?;
    let widths = widths(&encoder.ch_mult, config.net_ch);
    let mut grid = config.grid() as u64;
    let mut channels = widths.first().copied().unwrap_or(0);
    let mut layers = vec![conv(config.picture_channels() as u64, channels, 3, grid)];
    for (level, &width) in widths.iter().enumerate() {
        for _ in 0..encoder.num_res_blocks {
            layers.extend(encoder_block(channels, width, grid));
            if encoder.attn_resolutions.contains(&(grid as usize)) {
                layers.extend(attention(width, grid));
            }
            channels = width;
        }
        if level + 1 < widths.len() {
            grid /= 2;
            layers.extend(encoder_block(width, width, grid));
        }
    }
    layers.extend(encoder_block(channels, channels, grid));
    layers.extend(attention(channels, grid));
    layers.extend(encoder_block(channels, channels, grid));
    layers.push(conv(channels, encoder.style_channels as u64, 1, 1));
    Some(layers.into_iter().map(Layer::flop).sum())
}

fn widths(mult: &[usize], net_ch: usize) -> Vec<u64> {
    mult.iter().map(|m| (m * net_ch) as u64).collect()
}

/// A residual block of the U-Net; both convolutions run on the resampled grid.
fn res_block(input: u64, out: u64, grid: u64) -> impl Iterator<Item = Layer> {
    encoder_block(input, out, grid).chain([conv(out, out, 3, grid)])
}

/// One 3x3 convolution, and a 1x1 one as shortcut where the width changes.
fn encoder_block(input: u64, out: u64, grid: u64) -> impl Iterator<Item = Layer> {
    let shortcut = (input != out).then(|| conv(input, out, 1, grid));
    [conv(input, out, 3, grid)].into_iter().chain(shortcut)
}

/// Projections to queries, keys, values and back, and the two products over all pairs of positions.
fn attention(channels: u64, grid: u64) -> [Layer; 3] {
    let products = Layer::Attention {
        channels,
        positions: grid * grid,
    };
    [
        conv(channels, 3 * channels, 1, grid),
        products,
        conv(channels, channels, 1, grid),
    ]
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
