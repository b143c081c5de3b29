//! `diffae train autoencoder` and `ddpm`: the decoder, with its semantic encoder or without.

use std::fs::File;
use std::path::{Path, PathBuf};

use diffae::Picture;
use diffae::config::ModelConfig;
use diffae::pictures::{Framer, PictureSet, default_threads};
use diffae::train::{
    Autoencoder, Feed, Objective, Parameters, Recipe, Run, Stage, TrainError, Trainer, start_from,
};
use diffae::weights::hash::describe as describe_file;

use super::run::{RunArgs, describe};
use super::sheet;
use super::watch::Watch;
use crate::error::ToolError;
use crate::output::say;
use crate::pictures::PictureArgs;
use diffae::import::origins;

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
    /// Threads that read pictures [default: half the cores, eight at most]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    readers: Option<u16>,
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
    let start = args.start.as_deref().map(sha256).transpose()?;
    let run = Run {
        stage: Stage::Autoencoder,
        config: config.clone(),
        recipe: recipe.clone(),
        data: describe(&args.pictures, &set),
        start,
    };
    let labelled = !set.attribute_names().is_empty();
    let framing = origins::framing(&config.name);
    if recipe.heads && !labelled {
        say("No attributes were found with the pictures, so that z_sem learns from pictures alone");
    }
    let framer = args.pictures.framer(config.image_size, framing)?;
    let shown = match args.sheet_every {
        0 => Vec::new(),
        _ => shown(&framer, &mut set)?,
    };
    let strict = args.pictures.strict;
    let feed = Feed::new(set, framer, &config.attributes, &recipe, strict)?;
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
    let every = args.run.save_every.saturating_mul(args.sheet_every);
    let last = recipe.steps();
    let mut saved = |trainer: &Trainer| {
        let due = trainer.steps == last || trainer.steps.is_multiple_of(every.max(1));
        match due && every > 0 {
            true => sheet::draw(&directory, trainer, &config, &shown, labelled),
            false => Ok(()),
        }
    };
    let mut watch = Watch::new(steps, recipe.steps(), &mut saved)?;
    let readers = args.readers.map_or_else(default_threads, usize::from);
    let mut ahead = feed.ahead(steps, readers)?;
    prepared.train(&objective, &mut watch, &mut |_| {
        // It ends behind an error alone, and so does the run.
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

/// The first pictures that can be used, as the model is shown them.
fn shown(framer: &Framer, set: &mut PictureSet) -> Result<Vec<Picture>, ToolError> {
    let mut shown = Vec::new();
    for place in 0..set.len() {
        let picture = set
            .read(place)
            .and_then(|picture| pollster::block_on(framer.frame(set.name(place), &picture)));
        match picture {
            Ok(picture) => shown.push(picture),
            // The feed tells of them.
            Err(error) if error.is_of_picture() => {}
            Err(error) => return Err(error.into()),
        }
        if shown.len() == SHOWN {
            break;
        }
    }
    Ok(shown)
}

/// SHA-256 of a file.
fn sha256(path: &Path) -> Result<String, ToolError> {
    let described = File::open(path).and_then(|mut file| describe_file(&mut file));
    let described = described.map_err(|source| ToolError::Read {
        path: path.to_owned(),
        source,
    })?;
    Ok(described.sha256)
}
