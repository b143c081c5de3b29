//! What a person sees of a run, and how the run learns that it should stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use diffae::train::{Event, Trainer, Wish};
use indicatif::{ProgressBar, ProgressStyle};
use signal_hook::consts::TERM_SIGNALS;

use crate::error::ToolError;
use crate::output::say;

/// A run's progress bar, its stop flag, and what is drawn of it now and then.
pub(super) struct Watch<'a> {
    bar: ProgressBar,
    stop: Arc<AtomicBool>,
    saved: &'a mut dyn FnMut(&Trainer) -> Result<(), ToolError>,
    failed: Option<ToolError>,
}

impl<'a> Watch<'a> {
    /// Of a run that has taken `steps` of `of` steps. `saved` is called after each state.
    pub(super) fn new(
        steps: u64,
        of: u64,
        saved: &'a mut dyn FnMut(&Trainer) -> Result<(), ToolError>,
    ) -> Result<Self, ToolError> {
        let stop = Arc::new(AtomicBool::new(false));
        for signal in TERM_SIGNALS {
            // The second one ends the process at once.
            signal_hook::flag::register_conditional_shutdown(*signal, 1, Arc::clone(&stop))
                .and_then(|_| signal_hook::flag::register(*signal, Arc::clone(&stop)))
                .map_err(ToolError::Signals)?;
        }
        let bar = ProgressBar::new(of).with_position(steps);
        // A template that is not understood leaves the default one, which serves as well.
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} {eta} {msg}") {
            bar.set_style(style);
        }
        bar.reset_eta();
        Ok(Self {
            bar,
            stop,
            saved,
            failed: None,
        })
    }

    /// Shows an event and says whether the run goes on.
    pub(super) fn see(&mut self, event: &Event<'_>) -> Wish {
        match event {
            Event::Step(step) => self.bar.set_position(step.step + 1),
            Event::Line(line) => {
                let losses: Vec<String> = (line.loss.iter())
                    .map(|(name, value)| format!("{name} {value:.4}"))
                    .collect();
                let text = format!("{}, {:.1}/s", losses.join(" "), line.samples_per_second);
                if self.bar.is_hidden() {
                    say(&format!("{} steps: {text}", line.steps));
                }
                self.bar.set_message(text);
            }
            Event::Saved(trainer) => {
                if let Err(error) = (self.saved)(trainer) {
                    self.failed = Some(error);
                    return Wish::Stop;
                }
            }
        }
        match self.stop.load(Ordering::Relaxed) {
            true => Wish::Stop,
            false => Wish::GoOn,
        }
    }

    /// Takes the bar away, and hands over what went wrong while something was drawn.
    pub(super) fn end(&mut self) -> Result<(), ToolError> {
        self.bar.finish_and_clear();
        self.failed.take().map_or(Ok(()), Err)
    }
}
