//! The pictures that a verb measures on.

use std::path::Path;

use diffae::Picture;
use diffae::eval::EvalError;
use diffae::pictures::{Crop, Framer, PictureSet, SetError};
use diffae::weights::Manifest;
use serde_json::{Value, json};

use crate::error::ToolError;
use crate::output::say;
use crate::pictures::PictureArgs;

#[derive(Debug, clap::Args)]
pub(super) struct SetArgs {
    #[command(flatten)]
    pictures: PictureArgs,
    /// Leave out pictures that the attribute file says nothing of
    #[arg(long, help_heading = "Pictures")]
    skip_unlabelled: bool,
}

/// An opened set, and how its pictures become the model's squares.
pub(super) struct Set {
    pub(super) pictures: PictureSet,
    framer: Framer,
    crop: Crop,
    first: Option<u32>,
    named_attributes: bool,
    skip_unlabelled: bool,
    pub(super) strict: bool,
}

impl SetArgs {
    /// Refuses to write to `path` if that is one of the pictures.
    pub(super) fn check_spares(&self, path: &Path) -> Result<(), ToolError> {
        self.pictures.check_spares(path)
    }

    pub(super) fn open(&self, manifest: &Manifest) -> Result<Set, ToolError> {
        let pictures = self.pictures.open_pruned(|pictures| {
            let left_out = match self.skip_unlabelled {
                true => pictures.keep_labelled(),
                false => 0,
            };
            match left_out {
                0 => {}
                1 => say("Left out one picture without attributes"),
                left_out => say(&format!("Left out {left_out} pictures without attributes")),
            }
        })?;
        if pictures.is_empty() {
            return Err(EvalError::NothingMeasured.into());
        }
        let args = &self.pictures;
        Ok(Set {
            pictures,
            framer: args.framer(manifest.config.image_size, manifest.framing)?,
            crop: args.crop,
            first: args.first,
            named_attributes: args.attributes.is_some(),
            skip_unlabelled: self.skip_unlabelled,
            strict: args.strict,
        })
    }
}

impl Set {
    /// A picture as the model is shown it.
    pub(super) fn read(&mut self, index: usize) -> Result<Picture, SetError> {
        let picture = self.pictures.read(index)?;
        pollster::block_on(self.framer.frame(self.pictures.name(index), &picture))
    }

    /// What tells this set from another one.
    pub(super) fn describe(&self) -> Value {
        json!({
            "count": self.pictures.len(),
            "crop": self.crop.to_string(),
            "first": self.first,
            "skip_unlabelled": self.skip_unlabelled,
            "named_attributes": self.named_attributes,
            "sha256": self.pictures.digest(),
        })
    }
}

/// The values of a picture in [0, 1], [3, H, W], as metrics take them.
pub(super) fn unit(picture: &Picture) -> Vec<f32> {
    let values = picture.to_chw();
    values.iter().map(|v| (v + 1.0) / 2.0).collect()
}
