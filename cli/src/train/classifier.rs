//! `diffae train classifier`: the linear attribute classifier on the z_sem of a labelled set.

use std::path::PathBuf;

use diffae::train::{ClassifierTraining, LabelledLatents, LatentSet, Recipe, Stage};

use super::on_latents::{self, Set};
use super::run::RunArgs;
use crate::error::ToolError;
use crate::output::say;

/// Train the linear attribute classifier, whose rows are the directions of edits
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What `diffae train latents` wrote of pictures with attributes
    #[arg(value_name = "LATENTS")]
    latents: PathBuf,
    /// More of them to train on, as those of the same pictures mirrored
    #[arg(value_name = "LATENTS")]
    more: Vec<PathBuf>,
    /// Normalize by the mean and deviation of these latents instead of the first ones': those of the autoencoder's own
    /// training set, as the paper does, if the labelled pictures are others
    #[arg(long, value_name = "FILE")]
    statistics: Option<PathBuf>,
    #[command(flatten)]
    run: RunArgs,
}

pub(crate) fn run(args: &Args) -> Result<(), ToolError> {
    let mut latents = LatentSet::open(&args.latents)?;
    let mut config = args.run.configuration()?;
    if config.attributes.is_empty() {
        config.attributes.clone_from(&latents.about.attributes);
    }
    let recipe = args.run.recipe(Recipe::classifier())?;
    let objective = ClassifierTraining::new(config.clone(), recipe)?;
    latents = latents.with_attributes(&config.attributes)?;
    latents.check(objective.style())?;
    let mut statistics = latents.statistics()?;
    for path in &args.more {
        let more = LatentSet::open(path)?.with_attributes(&config.attributes)?;
        more.check(objective.style())?;
        latents = latents.and(&more)?;
    }
    let mut data = latents.about.describe();
    if let Some(path) = &args.statistics {
        let others = LatentSet::open(path)?;
        others.check(objective.style())?;
        data += ", normalized by ";
        data += &others.about.describe();
        statistics = others.statistics()?;
    }
    let labelled = latents.labelled().normalized(&statistics)?;
    let left_out = latents.len() - labelled.len();
    if left_out > 0 {
        say(&format!("Left out {left_out} pictures without attributes"));
    }
    labelled.check(objective.style())?;
    let part = |_: usize, places: &[usize]| LabelledLatents {
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
    };
    let set = Set {
        data,
        statistics: &statistics,
        count: labelled.len(),
    };
    on_latents::train(&args.run, Stage::Classifier, config, &objective, set, part)
}
