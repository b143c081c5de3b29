//! Training: the autoencoder (or the plain DDPM), the latent DPM and the attribute classifier, on
//! the networks that inference runs (paper, section 3 and appendix A).
//!
//! What is trained is a set of named tensors ([`Parameters`]); a step builds the networks anew
//! on them, so that a gradient has the name that the tensor has in a model file. An [`Objective`]
//! turns a batch into a loss, a [`Trainer`] turns losses into steps, and all that a step draws at
//! random is a function of the seed and the step: a run that was stopped goes on as if it had not
//! been.

mod adam;
mod autoencoder;
mod average;
mod classifier;
mod draws;
mod error;
mod feed;
mod heads;
mod initial;
mod latent;
mod parameters;
mod recipe;
mod trainer;

pub use adam::{Adam, clip_norm};
pub use autoencoder::{Autoencoder, PictureBatch};
pub use average::Average;
pub use classifier::{ClassifierTraining, LabelledLatents};
pub use draws::{Draws, order};
pub use error::TrainError;
pub use feed::{Feed, FeedAhead, latents};
pub use heads::Heads;
pub use latent::{LatentTraining, Latents};
pub use parameters::{Leaves, Parameters};
pub use recipe::{Decay, Recipe, Weighting};
pub use trainer::{Loss, Objective, Step, Trainer};
