//! Diffusion in both directions: noise schedules, the deterministic DDIM sampler, its official
//! reverse (the paper's stochastic encoder), and an inversion of the sampler itself.

pub mod ddim;
mod denoiser;
pub mod fixed_point;
mod noise;
mod schedule;

use std::ops::ControlFlow;

use burn::tensor::Tensor;
use thiserror::Error;

pub use denoiser::{Denoiser, LatentDenoiser, PictureDenoiser};
pub use noise::{Stream, noise};
pub(crate) use noise::{gaussian, generator};
pub use schedule::{Schedule, ScheduleError, VALID_STEPS};

/// What a sampler reports after each network evaluation.
#[derive(Debug)]
pub struct Step<const D: usize> {
    /// Number of evaluations made, from 1.
    pub done: usize,
    /// Number of evaluations in all.
    pub of: usize,
    /// The present prediction of the clean picture, [B, 3, S, S] in about [-1, 1], or of the
    /// clean latent.
    pub x0: Tensor<D>,
}

/// Watches a sampler; [`ControlFlow::Break`] stops it and says why. Being asynchronous, it can read
/// a preview back, or let an event loop turn. [`unwatched`] is the one that does neither.
pub trait OnStep<const D: usize>: AsyncFnMut(Step<D>) -> ControlFlow<Stopped> {}

impl<const D: usize, F: AsyncFnMut(Step<D>) -> ControlFlow<Stopped>> OnStep<D> for F {}

/// For a sampler that nobody watches.
pub fn unwatched<const D: usize>() -> impl OnStep<D> {
    async |_: Step<D>| ControlFlow::Continue(())
}

/// Why a sampler ended before its last step.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum Stopped {
    /// Its watcher asked for it.
    #[error("stopped as asked")]
    Asked,
    /// The device failed while computing or while something was read back from it.
    #[error("the device failed: {0}")]
    Device(String),
    /// What was read back cannot be what a network gives.
    #[error("what was computed holds {0}")]
    Values(&'static str),
}
