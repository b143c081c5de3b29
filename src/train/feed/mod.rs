//! What turns a set of pictures into the batches of step after step. A batch is a function of the pictures, the recipe
//! and the step alone: neither threads nor what was read before change it, so that a run that was stopped goes on with
//! the very pictures it would have seen.

mod ahead;
mod augment;
mod reader;

use std::collections::BTreeSet;
use std::sync::Arc;

pub use ahead::FeedAhead;

use self::reader::{Plan, Shown};
use super::{PictureBatch, Recipe};
use crate::pictures::{Framer, PictureSet, SetError};

/// The batches of a run.
///
/// A picture that cannot be used (damaged, without a face, smaller than the crop) is replaced by the next one of the set
/// that can, and told by [`FeedAhead::take_bad`].
#[derive(Debug)]
pub struct Feed {
    plan: Arc<Plan>,
    set: PictureSet,
}

impl Feed {
    /// For a set whose pictures `framer` brings to the model's size.
    ///
    /// `attributes` are the model's; where the set has attributes, each picture comes with the model's ones in the model's
    /// order, 1 or 0. `strict` makes the first picture that cannot be used an error.
    ///
    /// # Errors
    /// [`SetError::NoneUsable`] for an empty set, [`SetError::UnknownAttribute`] where the set has attributes, but not all
    /// of the model's.
    pub fn new(
        set: PictureSet,
        framer: Framer,
        attributes: &[String],
        recipe: &Recipe,
        strict: bool,
    ) -> Result<Self, SetError> {
        let plan = Plan::new(&set, framer, attributes, recipe, strict)?;
        Ok(Self {
            plan: Arc::new(plan),
            set,
        })
    }
}

/// Puts the pictures of a step together: the parts of its batch, `accumulate` equally large ones.
fn batch(
    plan: &Plan,
    told: &mut Told,
    mut picture: impl FnMut(usize) -> Result<Shown, SetError>,
) -> Result<Vec<PictureBatch>, SetError> {
    let of = plan.batch;
    let each = (of / plan.accumulate.max(1)).max(1);
    let mut parts = Vec::new();
    for first in (0..of).step_by(each) {
        let count = each.min(of - first);
        let side = plan.framer.side() as usize;
        let mut part = PictureBatch {
            first,
            of,
            pixels: Vec::with_capacity(count * 3 * side * side),
            attributes: Vec::with_capacity(count),
        };
        for place in first..first + count {
            let shown = picture(place)?;
            part.pixels.extend(shown.pixels);
            part.attributes.push(shown.attributes);
            told.tell(shown.bad);
        }
        parts.push(part);
    }
    Ok(parts)
}

/// Which unusable pictures were told of.
#[derive(Debug, Default)]
struct Told {
    seen: BTreeSet<usize>,
    new: Vec<String>,
}

impl Told {
    fn tell(&mut self, bad: Vec<(usize, Arc<str>)>) {
        for (index, why) in bad {
            if self.seen.insert(index) {
                self.new.push(why.to_string());
            }
        }
    }

    fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.new)
    }
}

#[cfg(test)]
mod tests;
