//! Moving codes: attribute directions, interpolation, and directions taught from a few examples.
//! Everything here is arithmetic on short vectors and stays on the host.

mod attributes;
mod few_shot;
mod interpolate;

use thiserror::Error;

pub use attributes::{AttributeChange, Statistics, move_along};
pub use few_shot::{Direction, MAX_EXAMPLES, fit};
pub use interpolate::{angle, lerp, slerp};

/// The most pictures that one call makes.
pub const MAX_PICTURES: usize = 64;

/// Why codes cannot be moved as asked.
#[derive(Debug, Error, Clone, PartialEq)]
pub enum EditError {
    /// The model has no attribute of this name.
    #[error("this model has no attribute `{name}`; the nearest is `{nearest}`")]
    UnknownAttribute {
        /// The name asked for.
        name: String,
        /// The known name that resembles it most.
        nearest: String,
    },
    /// An amplitude outside what makes sense.
    #[error(
        "the amplitude of `{name}` is {value}, but it must be a number between -{limit} and {limit}"
    )]
    Amplitude {
        /// The attribute.
        name: String,
        /// The amplitude asked for.
        value: f32,
        /// The largest allowed.
        limit: f32,
    },
    /// A share outside 0..=1.
    #[error("the {what} is {value}, but it must be a number between 0 and 1")]
    Share {
        /// The position between two pictures, the strength of variations, eta or psi.
        what: &'static str,
        /// The share asked for.
        value: f32,
    },
    /// A taught direction, or an example for one, that does not belong to this model.
    #[error(
        "the {what} has {found} values, but this model's z_sem has {expected}; teach the direction with this model"
    )]
    Width {
        /// The taught direction, or an example.
        what: &'static str,
        /// Values found.
        found: usize,
        /// Values needed.
        expected: usize,
    },
    /// The bytes are not those of a saved direction.
    #[error("the taught direction is damaged ({0}); teach it again")]
    Direction(String),
    /// Too few or too many examples to learn from.
    #[error(
        "a direction is taught by 1 to {MAX_EXAMPLES} pictures on each side, but there are {positives} with and {negatives} without it"
    )]
    Examples {
        /// Number of positive examples.
        positives: usize,
        /// Number of negative examples.
        negatives: usize,
    },
    /// The examples on both sides are the same.
    #[error(
        "the pictures with and without the attribute have the same codes, so there is no direction between them; choose different ones"
    )]
    NoDifference,
    /// Too many or too few pictures at once.
    #[error("{asked} pictures were asked for, but 1 to {limit} can be made at once")]
    Count {
        /// The number asked for.
        asked: usize,
        /// The largest allowed.
        limit: usize,
    },
    /// Rejection sampling found too few latents that the classifier accepts.
    #[error(
        "only {accepted} of {wanted} latents were accepted in {tried} tries; teach the direction with more varied pictures, or ask for fewer"
    )]
    Rejected {
        /// Accepted latents.
        accepted: usize,
        /// Latents wanted.
        wanted: usize,
        /// Latents tried.
        tried: usize,
    },
    /// The model lacks what this edit needs.
    #[error(
        "this model has no latent statistics (conds_mean, conds_std), which edits need; convert it again together with its latent.pkl"
    )]
    NoStatistics,
    /// A number of fixed-point iterations outside what makes sense.
    #[error("{0} fixed-point iterations were asked for, but 1 to 20 are possible")]
    Iterations(usize),
}

/// Whether this is a share of something, 0 to 1.
///
/// # Errors
/// [`EditError::Share`], which calls it `what`.
pub fn check_share(what: &'static str, value: f32) -> Result<(), EditError> {
    match (0.0..=1.0).contains(&value) {
        true => Ok(()),
        false => Err(EditError::Share { what, value }),
    }
}

/// Whether one call makes this many pictures.
///
/// # Errors
/// [`EditError::Count`].
pub fn check_count(asked: usize) -> Result<(), EditError> {
    match (1..=MAX_PICTURES).contains(&asked) {
        true => Ok(()),
        false => Err(EditError::Count {
            asked,
            limit: MAX_PICTURES,
        }),
    }
}
