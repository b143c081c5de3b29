//! Writes `examples/model`, the directory of a tiny model with random weights that the other
//! examples and the documentation open: `cargo run --example random_model -- DIR`.

use std::error::Error;
use std::path::PathBuf;

use diffae::config::ModelConfig;
use diffae::import::convert;
use diffae::weights::Precision;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args_os().nth(1).ok_or("name the directory")?;
    // portrait64 with a sixteenth of its pixels and a quarter of its width.
    let mut config = ModelConfig::preset("portrait64")?;
    config.name = "tiny".to_owned();
    config.image_size = 16;
    config.net_ch = 8;
    config.net_ch_mult = vec![1, 2];
    config.attn_resolutions = vec![4];
    config.embed_channels = 16;
    if let Some(encoder) = &mut config.encoder {
        encoder.ch_mult = vec![1, 2];
        encoder.attn_resolutions = vec![4];
        encoder.style_channels = 16;
    }
    if let Some(latent) = &mut config.latent {
        latent.layers = 3;
        latent.hidden = 32;
    }
    let directory = PathBuf::from(directory);
    convert::random(config, Precision::Int8, &directory, &mut |_, _| {})?;
    Ok(())
}
