//! `diffae train autoencoder` and `ddpm`: the decoder, with its semantic encoder or without.

use std::path::PathBuf;
use std::thread::available_parallelism;

use diffae::Picture;
use diffae::config::ModelConfig;
use diffae::pictures::{Framer, PictureSet};
use diffae::train::{
    Autoencoder, Feed, Parameters, Recipe, Run, Stage, TrainError, Trainer, start_from,
};

use super::pictures::PictureArgs;
use super::run::RunArgs;
use super::sheet;
use super::watch::Watch;
use crate::error::ToolError;
use crate::output::say;

/// Train the decoder together with the semantic encoder
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    pictures: PictureArgs,
    #[command(flatten)]
    run: RunArgs,
    /// Begin with these weights, a safetensors file or checkpoint by official names, instead of random ones
    #[arg(long, value_name = "FILE")]
    start: Option<PathBuf>,
    /// Draw a sheet of pictures after every N-th state; 0 draws none
    #[arg(long, value_name = "N", default_value_t = 1)]
    sheet_every: u64,
    /// Threads that read pictures
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=256))]
    readers: u16,
}

/// What is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Autoencoder,
    Ddpm,
}

/// Pictures on a sheet.
const SHOWN: usize = 8;

pub(super) fn run(args: &Args, kind: Kind) -> Result<(), ToolError> {
    let config = configuration(args, kind)?;
    let recipe = args.run.recipe(Recipe::autoencoder(&config.name))?;
    let objective = Autoencoder::new(config.clone(), recipe.clone())?;
    let mut set = args.pictures.open()?;
    let run = Run {
        stage: Stage::Autoencoder,
        config: config.clone(),
        recipe: recipe.clone(),
        data: args.pictures.describe(&mut set),
    };
    let labelled = !set.attribute_names().is_empty();
    let shown = shown(args, &config, &mut args.pictures.open()?)?;
    let framer = framer(args, &config)?;
    let feed = Feed::new(
        set,
        framer,
        &config.attributes,
        &recipe,
        args.pictures.strict,
    )?;
    let device = args.run.device()?;
    let layout = objective.layout()?;
    let initial = || -> Result<Parameters, ToolError> {
        let initial = objective.initial(&device)?;
        let Some(path) = &args.start else {
            return Ok(initial);
        };
        let (parameters, taken) = start_from(path, initial, &device)?;
        say(&format!(
            "Began with {taken} of {} tensors of {}",
            layout.tensors.len(),
            path.display()
        ));
        Ok(parameters)
    };
    let prepared = args.run.prepare(run, &layout, None, &device, initial)?;
    let steps = prepared.trainer.steps;
    let directory = prepared.directory.path().to_owned();
    let every = args.run.save_every * args.sheet_every;
    let mut saved = |trainer: &Trainer| match every > 0 && trainer.steps.is_multiple_of(every) {
        true => sheet::draw(&directory, trainer, &config, &shown, labelled),
        false => Ok(()),
    };
    let mut watch = Watch::new(steps, recipe.steps(), &mut saved)?;
    let readers = usize::from(args.readers).min(available_parallelism().map_or(2, usize::from));
    let mut ahead = feed.ahead(steps, readers)?;
    prepared.train(&objective, &mut watch, &mut |_| {
        let batch = ahead.next().unwrap_or(Ok(Vec::new()));
        for bad in ahead.take_bad() {
            say(&format!("Left out: {bad}"));
        }
        batch.map_err(TrainError::from)
    })
}

fn configuration(args: &Args, kind: Kind) -> Result<ModelConfig, ToolError> {
    let config = args.run.configuration()?;
    match kind {
        Kind::Autoencoder if config.encoder.is_none() => Err(TrainError::NoStage {
            config: config.name,
            what: "semantic encoder; `diffae train ddpm` trains it",
        }
        .into()),
        Kind::Autoencoder => Ok(config),
        Kind::Ddpm => Ok(ModelConfig {
            encoder: None,
            latent: None,
            attributes: Vec::new(),
            ..config
        }),
    }
}

fn framer(args: &Args, config: &ModelConfig) -> Result<Framer, ToolError> {
    let face = args
        .pictures
        .face(crate::origins::of_preset(&config.name).and_then(|o| o.framing))?;
    Ok(Framer::new(
        args.pictures.crop,
        config.image_size as u32,
        face,
    )?)
}

/// The first pictures that can be used, as the model is shown them.
fn shown(
    args: &Args,
    config: &ModelConfig,
    set: &mut PictureSet,
) -> Result<Vec<Picture>, ToolError> {
    let framer = framer(args, config)?;
    let mut shown = Vec::new();
    for place in 0..set.len() {
        let read = set
            .read(place)
            .and_then(|picture| pollster::block_on(framer.frame(set.name(place), &picture)));
        shown.extend(read);
        if shown.len() == SHOWN {
            break;
        }
    }
    Ok(shown)
}
