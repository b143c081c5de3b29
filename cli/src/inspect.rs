//! `diffae inspect`: what a model is, and whether its files are whole.

use std::path::PathBuf;

use burn::tensor::Device;
use diffae::config::{BetaSchedule, ModelConfig, Prediction};
use diffae::weights::Manifest;

use crate::convert::summary;
use crate::error::ToolError;
use crate::model::ModelSource;
use crate::output::say;

/// Show what a model is, and check its files against their hashes and its configuration
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Directory of the model, or the name of a built-in one [default: portrait64; built in: portrait64, portrait128]
    #[arg(value_name = "MODEL", env = "DIFFAE_MODEL")]
    model: Option<PathBuf>,
    /// List the names of the attributes too
    #[arg(long)]
    attributes: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), ToolError> {
    let source = ModelSource::open(args.model.as_deref())?;
    let manifest = source.manifest();
    for (name, value) in facts(manifest) {
        say(&format!("{name:<12}{value}"));
    }
    say("");
    say(&summary(manifest)?);
    if args.attributes {
        say("");
        say(&manifest.config.attributes.join("\n"));
    }
    // Part by part, so that only one is in memory.
    for part in manifest.parts.keys() {
        source.load(&[*part], &Device::flex())?;
    }
    say("");
    say("Every part is whole and fits the configuration.");
    Ok(())
}

fn facts(manifest: &Manifest) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("model", manifest.name.clone()),
        ("licence", manifest.licence.clone()),
        ("origin", manifest.origin.clone()),
    ];
    facts.extend(geometry(manifest));
    facts
}

/// What a model's networks look like, and what they expect of a picture.
pub(crate) fn geometry(manifest: &Manifest) -> Vec<(&'static str, String)> {
    let config = &manifest.config;
    let mut facts = vec![("picture", picture(config)), ("U-Net", unet(config))];
    if let Some(encoder) = &config.encoder {
        let levels = levels(&encoder.ch_mult, config.net_ch, encoder.num_res_blocks);
        let attention = grids(&encoder.attn_resolutions);
        let z_sem = encoder.style_channels;
        let value = format!("{levels}, attention on {attention}, z_sem of {z_sem}");
        facts.push(("encoder", value));
    }
    if let Some(latent) = &config.latent {
        let (layers, hidden) = (latent.layers, latent.hidden);
        let betas = betas(latent.schedule);
        facts.push((
            "latent DPM",
            format!("{layers} layers of {hidden}, {betas}"),
        ));
    }
    facts.push(("attributes", config.attributes.len().to_string()));
    if let Some(framing) = &manifest.framing {
        let [x, y] = framing.eye_midpoint;
        let distance = framing.eye_distance;
        let value =
            format!("eyes {distance:.3} apart around ({x:.3}, {y:.3}), in sides of the picture");
        facts.push(("framing", value));
    }
    facts
}

fn picture(config: &ModelConfig) -> String {
    let side = config.image_size;
    match config.patch_size {
        1 => format!("{side} x {side}"),
        patch => format!("{side} x {side} in patches of {patch} x {patch}"),
    }
}

fn unet(config: &ModelConfig) -> String {
    let levels = levels(&config.net_ch_mult, config.net_ch, config.num_res_blocks);
    let attention = grids(&config.attn_resolutions);
    let (steps, betas) = (config.timesteps, betas(config.schedule));
    let predicts = match config.prediction {
        Prediction::Epsilon => "eps",
        Prediction::V => "v",
    };
    format!("{levels}, attention on {attention}, predicts {predicts} over {steps} steps, {betas}")
}

fn levels(mult: &[usize], net_ch: usize, blocks: usize) -> String {
    let widths: Vec<String> = mult.iter().map(|m| (m * net_ch).to_string()).collect();
    format!("widths {}, blocks a level {blocks}", widths.join(" "))
}

fn grids(sides: &[usize]) -> String {
    let grids: Vec<String> = sides.iter().map(|s| format!("{s} x {s}")).collect();
    match grids.is_empty() {
        true => "the middle only".to_owned(),
        false => format!("{} and the middle", grids.join(", ")),
    }
}

fn betas(schedule: BetaSchedule) -> String {
    match schedule {
        BetaSchedule::Linear => "linear betas".to_owned(),
        BetaSchedule::Constant(beta) => format!("constant beta {beta}"),
    }
}
