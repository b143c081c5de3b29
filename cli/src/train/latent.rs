//! `diffae train latent`: the latent DPM on the z_sem of a set.

use std::path::PathBuf;

use diffae::train::{LatentSet, LatentTraining, Latents, Recipe, Stage};

use super::on_latents::{self, Set};
use super::run::RunArgs;
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
    let objective = LatentTraining::new(config.clone(), recipe)?;
    let latents = LatentSet::open(&args.latents)?;
    latents.check(objective.style())?;
    let statistics = latents.statistics()?;
    let normalized = latents.normalized(&statistics)?;
    let part = |first: usize, places: &[usize]| Latents {
        first,
        values: places
            .iter()
            .flat_map(|p| normalized.row(*p))
            .copied()
            .collect(),
    };
    let set = Set {
        data: latents.about.describe(),
        statistics: &statistics,
        count: normalized.len(),
    };
    on_latents::train(&args.run, Stage::Latent, config, &objective, set, part)
}
