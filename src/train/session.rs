//! A run from its first step, or the one after its latest state, to its last: batches in, states
//! and journal out.

use std::collections::BTreeMap;
use std::time::Instant;

use super::journal::{Journal, Line};
use super::state::{Directory, Progress, Taken};
use super::{Objective, Step, TrainError, Trainer};

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
    let (mut sum, mut count) = (0.0, 0.0);
    while trainer.steps < last {
        let parts = batches(trainer.steps)?;
        let step = trainer.step(objective, &parts)?;
        progress.steps = trainer.steps;
        progress.window.push(Taken::new(&step));
        sum += step.terms.iter().map(|(_, v)| f64::from(*v)).sum::<f64>();
        count += 1.0;
        let mut wish = watch(Event::Step(&step));
        let mut also = |event: Event<'_>| {
            if watch(event) == Wish::Stop {
                wish = Wish::Stop;
            }
        };
        let at = |every: u64| trainer.steps.is_multiple_of(every.max(1)) || trainer.steps == last;
        if at(pace.lines) {
            let seconds = began.elapsed().as_secs_f64();
            let line = line(&progress.window, trainer, step.rate, seconds);
            began = Instant::now();
            progress.window.clear();
            journal.add(&line)?;
            also(Event::Line(&line));
        }
        if at(pace.states) {
            let mean = sum / count;
            let best = progress.best.is_none_or(|best| mean < best);
            if best {
                progress.best = Some(mean);
            }
            (sum, count) = (0.0, 0.0);
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

/// The means of a window of steps.
fn line(window: &[Taken], trainer: &Trainer, rate: f64, seconds: f64) -> Line {
    let batch = trainer.recipe().batch as u64;
    let count = window.len().max(1) as f64;
    let mut loss = BTreeMap::<String, f64>::new();
    for (name, value) in window.iter().flat_map(|taken| &taken.terms) {
        *loss.entry(name.clone()).or_default() += f64::from(*value) / count;
    }
    let norms: Option<Vec<f64>> = (window.iter())
        .map(|taken| taken.norm.map(f64::from))
        .collect();
    Line {
        steps: trainer.steps,
        samples: trainer.steps * batch,
        loss,
        norm: norms.map(|norms| norms.iter().sum::<f64>() / count),
        rate,
        samples_per_second: window.len() as f64 * batch as f64 / seconds.max(1e-9),
    }
}
