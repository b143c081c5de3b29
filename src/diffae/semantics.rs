//! What z_sem says: attributes by name, and directions taught by examples.

use super::DiffAe;
use crate::code::check_values;
use crate::edit::{self, Direction, EditError};
use crate::error::Error;
use crate::nearest::nearest;
use crate::weights::Part;

impl DiffAe {
    /// Learns a direction from a few z_sem with something and a few without it (paper, section 5.6).
    ///
    /// # Errors
    /// [`EditError::Examples`], [`EditError::NoDifference`], [`EditError::NoStatistics`], or
    /// [`Error::Code`] for a z_sem of another model.
    pub fn teach(
        &self,
        positives: &[Vec<f32>],
        negatives: &[Vec<f32>],
    ) -> Result<Direction, Error> {
        let normalized = |side: &[Vec<f32>]| -> Result<Vec<Vec<f32>>, Error> {
            side.iter().map(|z_sem| self.normalize(z_sem)).collect()
        };
        Ok(edit::fit(&normalized(positives)?, &normalized(negatives)?)?)
    }

    /// z_sem in units of how much the training pictures' differ, around their mean (paper, section
    /// 4.2): what directions, the classifier and the latent DPM work on.
    ///
    /// # Errors
    /// [`Error::Code`] for a z_sem of another model, or [`EditError::NoStatistics`].
    pub fn normalize(&self, z_sem: &[f32]) -> Result<Vec<f32>, Error> {
        self.check_z_sem(z_sem)?;
        Ok(self.statistics()?.normalize(z_sem))
    }

    /// The probability, 0 to 1, that a z_sem has what was taught.
    ///
    /// # Errors
    /// [`EditError::Width`] for a direction of another model, and as [`Self::normalize`].
    pub fn probability(&self, z_sem: &[f32], direction: &Direction) -> Result<f64, Error> {
        self.check_direction(direction)?;
        Ok(direction.probability(&self.normalize(z_sem)?))
    }

    /// The classifier's logit for every attribute of a z_sem, in the order of the configuration's
    /// names.
    ///
    /// # Errors
    /// [`Error::Code`] for a z_sem of another model, [`EditError::NoStatistics`], or a part that is
    /// not loaded.
    pub fn logits(&self, z_sem: &[f32]) -> Result<Vec<f32>, Error> {
        let classifier = self.part(Part::Attributes, self.classifier.as_ref())?;
        Ok(classifier.logits(&self.normalize(z_sem)?))
    }

    /// The direction of an attribute in normalized z_sem, `[Z]`.
    pub(super) fn attribute(&self, name: &str) -> Result<&[f32], Error> {
        let classifier = self.part(Part::Attributes, self.classifier.as_ref())?;
        let names = &self.manifest.config.attributes;
        names
            .iter()
            .position(|known| known == name)
            .and_then(|index| classifier.direction(index))
            .ok_or_else(|| {
                EditError::UnknownAttribute {
                    name: name.to_owned(),
                    nearest: nearest(name, names.iter().map(String::as_str)),
                }
                .into()
            })
    }

    pub(super) fn check_z_sem(&self, z_sem: &[f32]) -> Result<(), Error> {
        Ok(check_values("z_sem", z_sem, self.style()?)?)
    }

    pub(super) fn check_direction(&self, direction: &Direction) -> Result<(), Error> {
        let (found, expected) = (direction.weight.len(), self.style()?);
        if found == expected {
            return Ok(());
        }
        Err(EditError::Width {
            what: "taught direction",
            found,
            expected,
        }
        .into())
    }
}
