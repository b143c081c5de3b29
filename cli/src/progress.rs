//! A progress bar over network evaluations, on standard error and only where that is a terminal.

use std::ops::ControlFlow;

use diffae::diffusion::{OnStep, Step};
use indicatif::{ProgressBar, ProgressStyle};

pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn new(doing: &'static str) -> Self {
        let bar = ProgressBar::new(0).with_message(doing);
        // A template that is not understood leaves the default one, which serves as well.
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// A watcher of the only call of the sampler.
    pub(crate) fn watch(&self) -> impl OnStep<4> {
        self.watch_call(0, 1)
    }

    /// A watcher of one of several calls of the sampler that take equally many steps.
    pub(crate) fn watch_call(&self, index: usize, calls: usize) -> impl OnStep<4> {
        async move |step: Step<4>| {
            self.set(index * step.of + step.done, calls * step.of);
            ControlFlow::Continue(())
        }
    }

    pub(crate) fn set(&self, done: usize, of: usize) {
        self.0.set_length(of as u64);
        self.0.set_position(done as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
