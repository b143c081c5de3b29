//! What the stages on latents have in common: a directory, and batches of places in the set.

use diffae::config::ModelConfig;
use diffae::train::{LatentStatistics, Objective, Run, Stage, order};

use super::run::RunArgs;
use super::watch::Watch;
use crate::error::ToolError;

/// What a stage is trained on.
pub(super) struct Set<'a> {
    /// What tells the latents from others.
    pub(super) data: String,
    /// What they are normalized by.
    pub(super) statistics: &'a LatentStatistics,
    /// How many of them there are to choose from.
    pub(super) count: usize,
}

/// Trains a stage on latents. `part` makes a part of a batch from the place of its first latent in the batch and the
/// places of all of them among those that there are to choose from.
pub(super) fn train<O: Objective>(
    args: &RunArgs,
    stage: Stage,
    config: ModelConfig,
    objective: &O,
    set: Set<'_>,
    part: impl Fn(usize, &[usize]) -> O::Batch,
) -> Result<(), ToolError> {
    let recipe = objective.recipe().clone();
    let run = Run {
        stage,
        config,
        recipe: recipe.clone(),
        data: set.data,
        start: None,
    };
    let device = args.device()?;
    let initial = || Ok(objective.initial(&device)?);
    let layout = objective.layout()?;
    let prepared = args.prepare(run, &layout, Some(set.statistics), &device, initial)?;
    let mut saved = |_: &_| Ok(());
    let mut watch = Watch::new(prepared.trainer.steps, recipe.steps(), &mut saved)?;
    prepared.train(objective, &mut watch, &mut |step| {
        let places = order(recipe.seed, step, recipe.batch, set.count);
        let each = recipe.batch / recipe.accumulate;
        let parts = places.chunks(each).enumerate();
        Ok(parts
            .map(|(index, places)| part(index * each, places))
            .collect())
    })
}
