//! A run from its first step, or the one after its latest state, to its last: batches in, states
//! and journal out.

use std::time::Instant;

use super::journal::{Journal, Line};
use super::{Directory, Objective, Progress, Step, TrainError, Trainer};

/// How often a run writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Steps between two lines of the journal.
    pub lines: u64,
    /// Steps between two states.
    pub states: u64,
}

/// What happens in a run.
#[derive(Debug)]
pub enum Event<'a> {
    /// A step was taken.
    Step(&'a Step),
    /// A line was written into the journal.
    Line(&'a Line),
    /// A state was saved.
    Saved(&'a Trainer),
}

/// Whether a run goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// It does.
    GoOn,
    /// It saves its state and ends.
    Stop,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It took all its steps.
    Finished,
    /// It was asked to stop.
    Stopped,
}

/// Trains until the recipe's samples are used up or `watch` asks to stop. `batches` gives the parts of
/// a step's batch.
///
/// # Errors
/// [`TrainError::Diverged`], and whatever goes wrong with the batches and the directory; every state
/// saved before is still there.
pub fn train<O: Objective>(
    trainer: &mut Trainer,
    objective: &O,
    directory: &Directory,
    mut progress: Progress,
    pace: Pace,
    batches: &mut dyn FnMut(u64) -> Result<Vec<O::Batch>, TrainError>,
    watch: &mut dyn FnMut(Event<'_>) -> Wish,
) -> Result<Ended, TrainError> {
    let last = trainer.recipe().steps();
    let mut journal = Journal::open(directory.path(), trainer.steps)?;
    let mut began = Instant::now();
    let mut timed = 0;
    while trainer.steps < last {
        let parts = batches(trainer.steps)?;
        let step = trainer.step(objective, &parts)?;
        progress.steps = trainer.steps;
        progress.line.add(&step);
        progress.span.add(&step);
        timed += 1;
        let mut wish = watch(Event::Step(&step));
        let mut also = |event: Event<'_>| {
            if watch(event) == Wish::Stop {
                wish = Wish::Stop;
            }
        };
        let at = |every: u64| trainer.steps.is_multiple_of(every.max(1)) || trainer.steps == last;
        if at(pace.lines) {
            let batch = trainer.recipe().batch as u64;
            let means = std::mem::take(&mut progress.line);
            let line = Line {
                steps: trainer.steps,
                samples: trainer.steps * batch,
                loss: means.terms(),
                norm: means.norm(),
                rate: step.rate,
                samples_per_second: (timed * batch) as f64
                    / began.elapsed().as_secs_f64().max(1e-9),
            };
            (began, timed) = (Instant::now(), 0);
            journal.add(&line)?;
            also(Event::Line(&line));
        }
        if at(pace.states) {
            let mean = std::mem::take(&mut progress.span).total();
            let best = progress.best.is_none_or(|best| mean < best);
            if best {
                progress.best = Some(mean);
            }
            directory.save(trainer, &progress, best)?;
            also(Event::Saved(trainer));
        } else if wish == Wish::Stop {
            directory.save(trainer, &progress, false)?;
        }
        if wish == Wish::Stop && trainer.steps < last {
            return Ok(Ended::Stopped);
        }
    }
    Ok(Ended::Finished)
}
