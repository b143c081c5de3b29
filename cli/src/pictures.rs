//! The pictures that a model is measured or trained on.

use std::path::{Path, PathBuf};

use diffae::config::Framing;
use diffae::face::Detector;
use diffae::pictures::{Crop, Framer, PictureSet};

use crate::bundled;
use crate::error::ToolError;
use crate::output::check_spares;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Pictures")]
pub(crate) struct PictureArgs {
    /// Folders or zip files of pictures, CelebA's own layout among them
    #[arg(required = true, value_name = "PICTURES")]
    pictures: Vec<PathBuf>,
    /// CelebA's attribute file, if it is not beside the pictures
    #[arg(long, value_name = "FILE")]
    pub(crate) attributes: Option<PathBuf>,
    /// The part of each picture that the model is shown: centre (or ffhq), celeba (D2C's), face (found by the detector)
    /// or box=LEFT,TOP,WIDTH,HEIGHT
    #[arg(long, value_name = "CROP", default_value = "centre")]
    pub(crate) crop: Crop,
    /// Take the first N pictures only
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) first: Option<u32>,
    /// End at the first picture that cannot be used instead of naming it and going on
    #[arg(long)]
    pub(crate) strict: bool,
}

impl PictureArgs {
    /// Opens the pictures that were asked for.
    pub(crate) fn open(&self) -> Result<PictureSet, ToolError> {
        self.open_pruned(|_| {})
    }

    /// Opens the pictures that `prune` leaves, and of those the first ones where no more were asked for.
    pub(crate) fn open_pruned(
        &self,
        prune: impl FnOnce(&mut PictureSet),
    ) -> Result<PictureSet, ToolError> {
        let mut set = PictureSet::open(&self.pictures, self.attributes.as_deref())?;
        prune(&mut set);
        if let Some(first) = self.first {
            set.truncate(first as usize);
        }
        Ok(set)
    }

    /// Refuses to write to `path` if that is one of the pictures.
    pub(crate) fn check_spares(&self, path: &Path) -> Result<(), ToolError> {
        check_spares(path, &self.pictures)
    }

    /// What makes the pictures the squares of a model of `side` pixels that expects the eyes where `framing` says.
    pub(crate) fn framer(
        &self,
        side: usize,
        framing: Option<Framing>,
    ) -> Result<Framer, ToolError> {
        let face = match self.crop {
            Crop::Face => {
                let framing = framing.ok_or(ToolError::NoFaceCrop)?;
                Some((Detector::from_bytes(bundled::FACE_DETECTOR)?, framing))
            }
            _ => None,
        };
        Ok(Framer::new(self.crop, side as u32, face)?)
    }
}
