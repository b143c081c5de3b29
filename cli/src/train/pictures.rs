//! The pictures that a stage is trained on.

use std::path::PathBuf;

use diffae::config::Framing;
use diffae::face::Detector;
use diffae::pictures::{Crop, PictureSet};

use crate::bundled;
use crate::error::ToolError;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Pictures")]
pub(super) struct PictureArgs {
    /// Folders or zip files of pictures, CelebA's own layout among them
    #[arg(required = true, value_name = "PICTURES")]
    pictures: Vec<PathBuf>,
    /// CelebA's attribute file, if it is not beside the pictures
    #[arg(long, value_name = "FILE")]
    attributes: Option<PathBuf>,
    /// The part of each picture that the model is shown: centre (or ffhq), celeba (D2C's), face (found by the detector)
    /// or box=LEFT,TOP,WIDTH,HEIGHT
    #[arg(long, value_name = "CROP", default_value = "centre")]
    pub(super) crop: Crop,
    /// Train on the first N pictures only
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    first: Option<u32>,
    /// End at the first picture that cannot be used instead of naming it and going on
    #[arg(long)]
    pub(super) strict: bool,
}

impl PictureArgs {
    /// Opens the pictures anew; each thread that decodes has its own.
    pub(super) fn open(&self) -> Result<PictureSet, ToolError> {
        let mut set = PictureSet::open(&self.pictures, self.attributes.as_deref())?;
        if let Some(first) = self.first {
            set.truncate(first as usize);
        }
        Ok(set)
    }

    /// What finding faces takes, where that is asked for.
    pub(super) fn face(
        &self,
        framing: Option<Framing>,
    ) -> Result<Option<(Detector, Framing)>, ToolError> {
        match self.crop {
            Crop::Face => {
                let framing = framing.ok_or(ToolError::NoFraming)?;
                Ok(Some((
                    Detector::from_bytes(bundled::FACE_DETECTOR)?,
                    framing,
                )))
            }
            _ => Ok(None),
        }
    }

    /// What tells these pictures from others, short of their pixels.
    pub(super) fn describe(&self, set: &mut PictureSet) -> String {
        format!(
            "{} pictures, crop {}, {}",
            set.len(),
            self.crop,
            set.digest()
        )
    }
}
