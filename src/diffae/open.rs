//! A model directory to a loaded model, in one call.

use std::path::Path;

use burn::tensor::Device;

use super::DiffAe;
use crate::error::Error;
use crate::weights::Part;
use crate::weights::directory::ModelDirectory;

impl DiffAe {
    /// Opens a model directory, as `diffae convert` writes them, and loads `parts` onto a device.
    /// Encoding takes [`Part::Encoder`] and [`Part::Decoder`], edits [`Part::Decoder`] and
    /// [`Part::Attributes`], sampling [`Part::Latent`] and [`Part::Decoder`].
    ///
    /// # Errors
    /// [`Error::Weights`] when the directory holds no model, lacks a part, or a part is damaged or
    /// not the one that the manifest was written for.
    pub fn open(
        directory: impl AsRef<Path>,
        parts: &[Part],
        device: &Device,
    ) -> Result<Self, Error> {
        let directory = ModelDirectory::open(directory.as_ref())?;
        let mut model = Self::new(directory.manifest().clone(), device)?;
        for part in parts {
            model.load(*part, directory.part(*part)?)?;
        }
        Ok(model)
    }
}
