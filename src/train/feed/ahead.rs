//! The batches of step after step, read by several threads while earlier ones are trained on.

use std::sync::Arc;

use super::reader::{Plan, Reader, Shown};
use super::{Feed, Told};
use crate::pictures::{Ahead, SetError};
use crate::train::PictureBatch;

/// Batches in the order of their steps, without an end but for an error. Dropping it ends its threads.
#[derive(Debug)]
pub struct FeedAhead {
    plan: Arc<Plan>,
    told: Told,
    pictures: Option<Ahead<Result<Shown, SetError>>>,
}

impl Feed {
    /// Reads on `threads` threads (at least one), beginning with the batch of step `from` and about one batch ahead.
    /// A batch comes in equally large parts, as many as the recipe's `accumulate`.
    ///
    /// # Errors
    /// [`SetError::Read`] where the set cannot be opened again, [`SetError::Reading`].
    pub fn ahead(&self, from: u64, threads: usize) -> Result<FeedAhead, SetError> {
        let plan = &self.plan;
        let batch = plan.batch.max(1);
        let mut workers = Vec::new();
        for _ in 0..threads.max(1) {
            let mut reader = Reader::new(Arc::clone(plan), self.set.reopen()?);
            workers.push(move |number: u64| {
                let (steps, place) = (number / batch as u64, number % batch as u64);
                Some(reader.show(from + steps, place as usize))
            });
        }
        Ok(FeedAhead {
            plan: Arc::clone(plan),
            told: Told::default(),
            pictures: Some(Ahead::new(workers, batch)?),
        })
    }
}

impl FeedAhead {
    /// One sentence for each picture of the batches that were taken that was found to be unusable since this was asked last.
    pub fn take_bad(&mut self) -> Vec<String> {
        self.told.take()
    }
}

impl Iterator for FeedAhead {
    type Item = Result<Vec<PictureBatch>, SetError>;

    /// The next step's batch; after an error nothing comes any more: [`SetError::NoneUsable`], [`SetError::Read`],
    /// [`SetError::Gone`], [`SetError::Reading`], and a picture's own error if the feed is strict.
    fn next(&mut self) -> Option<Self::Item> {
        let pictures = self.pictures.as_mut()?;
        let ended = || SetError::Reading("they ended".to_owned());
        let batch = super::batch(&self.plan, &mut self.told, |_| {
            pictures.next().unwrap_or_else(|| Err(ended()))?
        });
        if batch.is_err() {
            self.pictures = None;
        }
        Some(batch)
    }
}
