//! The pictures that a verb measures on.

use std::path::PathBuf;

use diffae::Picture;
use diffae::eval::EvalError;
use diffae::face::Detector;
use diffae::pictures::{Crop, Framer, PictureSet, SetError};
use diffae::weights::Manifest;
use serde_json::{Value, json};

use crate::bundled;
use crate::error::ToolError;
use crate::output::say;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Pictures")]
pub(super) struct SetArgs {
    /// Folders or zip files of pictures, CelebA's own layout among them
    #[arg(required = true, value_name = "PICTURES")]
    pictures: Vec<PathBuf>,
    /// CelebA's attribute file, if it is not beside the pictures
    #[arg(long, value_name = "FILE")]
    attributes: Option<PathBuf>,
    /// The part of each picture that the model is shown: centre, celeba (D2C's), face (found by the detector) or
    /// box=LEFT,TOP,WIDTH,HEIGHT
    #[arg(long, value_name = "CROP", default_value = "centre")]
    crop: Crop,
    /// Measure on the first N pictures only
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    first: Option<u32>,
    /// End at the first picture that cannot be used instead of naming it and going on
    #[arg(long)]
    strict: bool,
    /// Leave out pictures that the attribute file says nothing of
    #[arg(long)]
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
    pub(super) fn open(&self, manifest: &Manifest) -> Result<Set, ToolError> {
        let mut pictures = PictureSet::open(&self.pictures, self.attributes.as_deref())?;
        if self.skip_unlabelled {
            match pictures.keep_labelled() {
                0 => {}
                1 => say("Left out one picture without attributes"),
                left_out => say(&format!("Left out {left_out} pictures without attributes")),
            }
        }
        if let Some(first) = self.first {
            pictures.truncate(first as usize);
        }
        if pictures.is_empty() {
            return Err(EvalError::NothingMeasured.into());
        }
        let face = match self.crop {
            Crop::Face => {
                let framing = manifest.framing.ok_or(ToolError::NoFraming)?;
                Some((Detector::from_bytes(bundled::FACE_DETECTOR)?, framing))
            }
            _ => None,
        };
        let side = manifest.config.image_size as u32;
        Ok(Set {
            pictures,
            framer: Framer::new(self.crop, side, face)?,
            crop: self.crop,
            first: self.first,
            named_attributes: self.attributes.is_some(),
            skip_unlabelled: self.skip_unlabelled,
            strict: self.strict,
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
