//! What the stages have in common: a directory, a recipe, and going from its first step to its last.

use std::path::{Path, PathBuf};

use diffae::Device;
use diffae::config::ModelConfig;
use diffae::pictures::PictureSet;
use diffae::train::{
    Directory, Ended, Objective, Pace, Parameters, Progress, Recipe, Run, TrainError, Trainer,
    train,
};
use diffae::weights::Layout;

use super::watch::Watch;
use crate::convert::{configuration, read_json};
use crate::error::ToolError;
use crate::model::DeviceChoice;
use crate::output::say;
use crate::pictures::PictureArgs;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Run")]
pub(super) struct RunArgs {
    /// Name of a published configuration, as ffhq128_autoenc_130M, or a JSON file with one
    #[arg(long, value_name = "NAME")]
    pub(super) config: String,
    /// Directory of the run: states, journal and sheets
    #[arg(short, long, value_name = "DIR")]
    pub(super) output: PathBuf,
    /// Go on from the latest state in the directory, if there is one
    #[arg(long)]
    resume: bool,
    /// A JSON file with a whole recipe, as run.json of another run has one [default: the configuration's own]
    #[arg(long, value_name = "FILE")]
    recipe: Option<PathBuf>,
    /// Pictures (or latents) of a step
    #[arg(long, value_name = "N")]
    batch: Option<usize>,
    /// Equal parts that a step is computed in, to save memory
    #[arg(long, value_name = "N")]
    accumulate: Option<usize>,
    /// Pictures (or latents) after which training ends
    #[arg(long, value_name = "N")]
    samples: Option<u64>,
    /// Learning rate
    #[arg(long, value_name = "RATE")]
    rate: Option<f64>,
    /// Decay of the moving average of the weights
    #[arg(long, value_name = "DECAY")]
    average: Option<f64>,
    /// What all random numbers depend on
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Steps between two lines of the journal
    #[arg(long, value_name = "STEPS", default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..))]
    log_every: u64,
    /// Steps between two states
    #[arg(long, value_name = "STEPS", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) save_every: u64,
    /// How many of the latest states are kept, beside the best one
    #[arg(long, value_name = "N", default_value_t = 2)]
    keep: usize,
    /// What to compute on
    #[arg(long, value_enum, default_value_t = DeviceChoice::Cpu)]
    device: DeviceChoice,
}

/// A run that is about to begin or to go on.
pub(super) struct Prepared {
    pub(super) directory: Directory,
    pub(super) trainer: Trainer,
    progress: Progress,
    pace: Pace,
}

impl RunArgs {
    pub(super) fn configuration(&self) -> Result<ModelConfig, ToolError> {
        configuration(&self.config)
    }

    /// The device, on which gradients have been seen to be right.
    pub(super) fn device(&self) -> Result<Device, ToolError> {
        let device = self.device.device()?;
        diffae::train::check_gradients(&device)?;
        Ok(device)
    }

    /// The recipe that was asked for, over a stage's own.
    pub(super) fn recipe(&self, own: Recipe) -> Result<Recipe, ToolError> {
        let mut recipe = match &self.recipe {
            None => own,
            Some(path) => read_recipe(path)?,
        };
        recipe.batch = self.batch.unwrap_or(recipe.batch);
        recipe.accumulate = self.accumulate.unwrap_or(recipe.accumulate);
        recipe.samples = self.samples.unwrap_or(recipe.samples);
        recipe.rate = self.rate.unwrap_or(recipe.rate);
        recipe.average = self.average.unwrap_or(recipe.average);
        recipe.seed = self.seed.unwrap_or(recipe.seed);
        recipe.validate()?;
        Ok(recipe)
    }

    /// Opens the directory, and reads its latest state or begins with `initial`.
    pub(super) fn prepare(
        &self,
        run: Run,
        layout: &Layout,
        statistics: Option<&diffae::train::LatentStatistics>,
        device: &Device,
        initial: impl FnOnce() -> Result<Parameters, ToolError>,
    ) -> Result<Prepared, ToolError> {
        let recipe = run.recipe.clone();
        let mut directory = Directory::open(&self.output, run, self.keep, self.resume)?;
        if let Some(statistics) = statistics {
            directory = directory.with_statistics(&statistics.mean, &statistics.deviation);
        }
        let resumed = match self.resume {
            true => directory.resume(layout, device, &mut |warning| say(&warning))?,
            false => None,
        };
        let (trainer, progress) = match resumed {
            Some(resumed) => {
                let steps = resumed.progress.steps;
                say(&format!(
                    "Going on after {steps} of {} steps",
                    recipe.steps()
                ));
                (resumed.trainer, resumed.progress)
            }
            None => (
                Trainer::new(initial()?, recipe, device),
                Progress::default(),
            ),
        };
        Ok(Prepared {
            directory,
            trainer,
            progress,
            pace: Pace {
                lines: self.log_every,
                states: self.save_every,
            },
        })
    }
}

impl Prepared {
    /// Trains, until the end or until the process is asked to stop.
    pub(super) fn train<O: Objective>(
        mut self,
        objective: &O,
        watch: &mut Watch<'_>,
        batches: &mut dyn FnMut(u64) -> Result<Vec<O::Batch>, TrainError>,
    ) -> Result<(), ToolError> {
        let ended = train(
            &mut self.trainer,
            objective,
            &self.directory,
            self.progress,
            self.pace,
            batches,
            &mut |event| watch.see(&event),
        )?;
        watch.end()?;
        let place = self.directory.path().display();
        let steps = self.trainer.steps;
        match ended {
            Ended::Finished => {
                say(&format!(
                    "Finished after {steps} steps; the states are in {place}"
                ));
                Ok(())
            }
            Ended::Stopped => Err(ToolError::Stopped { steps }),
        }
    }
}

/// What tells the pictures of a run from others.
pub(super) fn describe(args: &PictureArgs, set: &PictureSet) -> String {
    format!(
        "{} pictures, crop {}, {}",
        set.len(),
        args.crop,
        set.digest()
    )
}

fn read_recipe(path: &Path) -> Result<Recipe, ToolError> {
    let json = read_json(path)?;
    let damaged = |reason| ToolError::RecipeFile {
        path: path.to_owned(),
        reason,
    };
    // Either a recipe alone or the run.json that has one.
    let mut value: serde_json::Value = serde_json::from_slice(&json).map_err(damaged)?;
    if let Some(recipe) = value.get_mut("recipe") {
        value = recipe.take();
    }
    serde_json::from_value(value).map_err(damaged)
}
