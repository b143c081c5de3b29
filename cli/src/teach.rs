//! A direction taught on the command line by pictures with something and pictures without it.

use std::path::PathBuf;

use diffae::DiffAe;
use diffae::edit::Direction;

use crate::error::ToolError;
use crate::input::{Input, Reader};

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Learning from examples")]
pub(crate) struct TeachArgs {
    /// Pictures or codes that have what you mean
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "unlike")]
    pub(crate) like: Vec<PathBuf>,
    /// Pictures or codes that do not have it; any others will do
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "like")]
    pub(crate) unlike: Vec<PathBuf>,
}

/// The examples, read.
pub(crate) struct Examples {
    positives: Vec<Input>,
    negatives: Vec<Input>,
}

impl TeachArgs {
    /// The files, in the order in which [`Self::read`] reads them.
    pub(crate) fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.like.iter().chain(&self.unlike)
    }

    pub(crate) fn read(&self, reader: &mut Reader<'_>) -> Result<Examples, ToolError> {
        let mut side = |files: &[PathBuf]| -> Result<Vec<Input>, ToolError> {
            files.iter().map(|file| reader.read(file)).collect()
        };
        Ok(Examples {
            positives: side(&self.like)?,
            negatives: side(&self.unlike)?,
        })
    }
}

impl Examples {
    /// The direction they teach; `None` where there are none.
    pub(crate) fn direction(self, model: &DiffAe) -> Result<Option<Direction>, ToolError> {
        if self.positives.is_empty() && self.negatives.is_empty() {
            return Ok(None);
        }
        let latents = |side: Vec<Input>| -> Result<Vec<Vec<f32>>, ToolError> {
            side.into_iter().map(|input| input.z_sem(model)).collect()
        };
        let direction = model.teach(&latents(self.positives)?, &latents(self.negatives)?)?;
        Ok(Some(direction))
    }
}
