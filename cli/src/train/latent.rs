//! `diffae train latent`: the latent DPM on the z_sem of a set.

use std::path::PathBuf;

use diffae::train::{LatentSet, LatentTraining, Latents, Recipe, Run, Stage, TrainError, order};

use super::run::RunArgs;
use super::watch::Watch;
use crate::error::ToolError;

/// Train the latent DPM, which samples faces of people who do not exist
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What `diffae train latents` wrote
    #[arg(value_name = "LATENTS")]
    latents: PathBuf,
    #[command(flatten)]
    run: RunArgs,
}

pub(crate) fn run(args: &Args) -> Result<(), ToolError> {
    let config = args.run.configuration()?;
    let recipe = args.run.recipe(Recipe::latent(&config.name))?;
    let objective = LatentTraining::new(config.clone(), recipe.clone())?;
    let latents = LatentSet::open(&args.latents)?;
    latents.check(objective.style())?;
    let statistics = latents.statistics()?;
    let normalized = latents.normalized(&statistics);
    let run = Run {
        stage: Stage::Latent,
        config,
        recipe: recipe.clone(),
        data: latents.about.describe(),
    };
    let device = args.run.device()?;
    let layout = objective.layout()?;
    let initial = || Ok(objective.initial(&device)?);
    let prepared = (args.run).prepare(run, &layout, Some(&statistics), &device, initial)?;
    let mut saved = |_: &_| Ok(());
    let mut watch = Watch::new(prepared.trainer.steps, recipe.steps(), &mut saved)?;
    prepared.train(&objective, &mut watch, &mut |step| {
        let places = order(recipe.seed, step, recipe.batch, normalized.len());
        let part = recipe.batch / recipe.accumulate;
        let parts = places.chunks(part).enumerate();
        Ok::<_, TrainError>(
            parts
                .map(|(index, places)| Latents {
                    first: index * part,
                    values: places
                        .iter()
                        .flat_map(|p| normalized.row(*p))
                        .copied()
                        .collect(),
                })
                .collect(),
        )
    })
}
