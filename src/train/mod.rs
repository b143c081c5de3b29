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
mod gradient_check;
mod heads;
mod initial;
pub mod journal;
mod latent;
mod latents;
mod means;
pub mod model;
mod objective;
mod parameters;
mod recipe;
mod run;
mod session;
mod start;
mod state;
mod trainer;

pub use adam::{Adam, clip_norm};
pub use autoencoder::{Autoencoder, PictureBatch};
pub use average::Average;
pub use classifier::{ClassifierTraining, LabelledLatents};
pub use draws::{Draws, order};
pub use error::TrainError;
pub use feed::{Feed, FeedAhead};
pub use gradient_check::check_gradients;
pub use heads::Heads;
pub use initial::InitialWeights;
pub use latent::{LatentTraining, Latents};
pub use latents::{About, LatentSet, LatentStatistics};
pub use objective::{Loss, Objective};
pub use parameters::{Leaves, Parameters};
pub use recipe::{Decay, Recipe, Weighting};
pub use run::{Progress, Run, Stage};
pub use session::{Ended, Event, Pace, Wish, train};
pub use start::start_from;
pub use state::{BEST, Directory, Resumed};
pub use trainer::{Step, Trainer};
