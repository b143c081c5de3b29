//! Diffusion in both directions: noise schedules, the deterministic DDIM sampler, its official
//! reverse (the paper's stochastic encoder), and an inversion of the sampler itself.

pub mod ddim;
mod denoiser;
pub mod fixed_point;
mod noise;
mod schedule;

use std::ops::ControlFlow;

use burn::tensor::Tensor;

pub use denoiser::{Denoiser, LatentDenoiser, PictureDenoiser};
pub(crate) use noise::generator;
pub use noise::{Stream, noise};
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

/// Watches a sampler; [`ControlFlow::Break`] stops it. Being asynchronous, it can read a preview
/// back, or let an event loop turn.
pub trait OnStep<const D: usize>: AsyncFnMut(Step<D>) -> ControlFlow<()> {}

impl<const D: usize, F: AsyncFnMut(Step<D>) -> ControlFlow<()>> OnStep<D> for F {}

/// The sampler was stopped by its watcher.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

impl From<Stopped> for crate::Error {
    fn from(_: Stopped) -> Self {
        Self::Cancelled
    }
}
