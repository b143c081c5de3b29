//! `diffae train classifier`: the linear attribute classifier on the z_sem of a labelled set.

use std::path::PathBuf;

use diffae::config::ModelConfig;
use diffae::train::{
    ClassifierTraining, LabelledLatents, LatentSet, Recipe, Run, Stage, TrainError, order,
};

use super::run::RunArgs;
use super::watch::Watch;
use crate::error::ToolError;
use crate::output::say;

/// Train the linear attribute classifier, whose rows are the directions of edits
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What `diffae train latents` wrote of pictures with attributes
    #[arg(value_name = "LATENTS")]
    latents: PathBuf,
    /// Normalize by the mean and deviation of these latents instead: those of the autoencoder's own training set, as the
    /// paper does, if the labelled pictures are others
    #[arg(long, value_name = "FILE")]
    statistics: Option<PathBuf>,
    #[command(flatten)]
    run: RunArgs,
}

pub(crate) fn run(args: &Args) -> Result<(), ToolError> {
    let latents = LatentSet::open(&args.latents)?;
    let config = ModelConfig {
        attributes: latents.about.attributes.clone(),
        ..args.run.configuration()?
    };
    let recipe = args.run.recipe(Recipe::classifier())?;
    let objective = ClassifierTraining::new(config.clone(), recipe.clone())?;
    latents.check(objective.style())?;
    let statistics = match &args.statistics {
        None => latents.statistics()?,
        Some(path) => {
            let others = LatentSet::open(path)?;
            others.check(objective.style())?;
            others.statistics()?
        }
    };
    let labelled = latents.labelled().normalized(&statistics);
    let left_out = latents.len() - labelled.len();
    if left_out > 0 {
        say(&format!("Left out {left_out} pictures without attributes"));
    }
    labelled.check(objective.style())?;
    let run = Run {
        stage: Stage::Classifier,
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
        let places = order(recipe.seed, step, recipe.batch, labelled.len());
        let parts = places.chunks(recipe.batch / recipe.accumulate);
        Ok::<_, TrainError>(
            parts
                .map(|places| LabelledLatents {
                    values: places
                        .iter()
                        .flat_map(|p| labelled.row(*p))
                        .copied()
                        .collect(),
                    labels: (places.iter())
                        .filter_map(|p| labelled.labels(*p))
                        .flatten()
                        .copied()
                        .collect(),
                })
                .collect(),
        )
    })
}
