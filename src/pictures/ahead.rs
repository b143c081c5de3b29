//! Threads that make, ahead of time and in order, what one reader will want next. They are not those that kernels
//! compute on, which would wait for files.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, JoinHandle};

use super::SetError;

/// Items number 0, 1, 2 ... in their order, made by several threads. Whatever the threads' pace, the same ones come out.
/// Dropping it ends the threads.
#[derive(Debug)]
pub(crate) struct Ahead<T> {
    lanes: Vec<Lane<T>>,
    next: usize,
}

/// A thread and what it has made.
#[derive(Debug)]
struct Lane<T> {
    items: Receiver<T>,
    thread: JoinHandle<()>,
}

impl<T: Send + 'static> Ahead<T> {
    /// Begins with a thread for each worker. Of n workers, the first one makes items 0, n, 2n ..., and so on; about
    /// `room` items are made before they are wanted. A worker ends the items by making none.
    ///
    /// # Errors
    /// [`SetError::Reading`] where the system gives no thread.
    pub(crate) fn new<W>(workers: Vec<W>, room: usize) -> Result<Self, SetError>
    where
        W: FnMut(u64) -> Option<T> + Send + 'static,
    {
        let stride = workers.len();
        let room = room.div_ceil(stride.max(1));
        let mut ahead = Self {
            lanes: Vec::with_capacity(stride),
            next: 0,
        };
        for (first, mut worker) in workers.into_iter().enumerate() {
            let (sender, items) = sync_channel(room);
            let make = move || {
                let numbers = (first as u64..).step_by(stride);
                for number in numbers {
                    let Some(item) = worker(number) else { break };
                    // Nobody wants more.
                    if sender.send(item).is_err() {
                        break;
                    }
                }
            };
            let thread = thread::Builder::new().name("pictures".to_owned());
            let thread = thread.spawn(make);
            let thread = thread.map_err(|e| SetError::Reading(e.to_string()))?;
            ahead.lanes.push(Lane { items, thread });
        }
        Ok(ahead)
    }
}

impl<T> Ahead<T> {
    /// Ends all threads; whether each of them ended well.
    fn stop(&mut self) -> bool {
        let (items, threads): (Vec<_>, Vec<_>) = (self.lanes.drain(..))
            .map(|lane| (lane.items, lane.thread))
            .unzip();
        // A thread that waits for room sees that there is nobody left.
        drop(items);
        let ends: Vec<bool> = (threads.into_iter())
            .map(|thread| thread.join().is_ok())
            .collect();
        ends.into_iter().all(|well| well)
    }
}

impl<T> Iterator for Ahead<T> {
    type Item = Result<T, SetError>;

    fn next(&mut self) -> Option<Self::Item> {
        let lane = self.lanes.get(self.next)?;
        if let Ok(item) = lane.items.recv() {
            self.next = (self.next + 1) % self.lanes.len();
            return Some(Ok(item));
        }
        match self.stop() {
            true => None,
            false => Some(Err(SetError::Reading(
                "a thread that decodes them failed".to_owned(),
            ))),
        }
    }
}

impl<T> Drop for Ahead<T> {
    fn drop(&mut self) {
        self.stop();
    }
}

/// How many threads read pictures well beside a device that computes: half the processor's, at least 1, at most 8.
#[must_use]
pub fn default_threads() -> usize {
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    (cores / 2).clamp(1, 8)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use super::*;

    #[test]
    fn items_come_in_order_whatever_the_pace_and_end() {
        for threads in [1, 2, 3, 7] {
            let worker = |lane: u64| {
                move |number: u64| {
                    thread::sleep(Duration::from_micros(300 * (lane % 3)));
                    (number < 40).then_some(number)
                }
            };
            let mut ahead = Ahead::new((0..threads).map(worker).collect(), 5).unwrap();
            let items: Vec<u64> = ahead.by_ref().map(Result::unwrap).collect();
            assert_eq!(items, (0..40).collect::<Vec<_>>(), "{threads}");
            assert!(ahead.next().is_none());
        }
    }

    #[test]
    fn no_more_is_made_than_there_is_room_for_and_dropping_it_ends_the_threads() {
        let made = Arc::new(AtomicU64::new(0));
        let worker = |made: Arc<AtomicU64>| {
            move |number: u64| {
                made.fetch_add(1, Ordering::Relaxed);
                Some(number)
            }
        };
        let workers = (0..2).map(|_| worker(Arc::clone(&made))).collect();
        let mut ahead = Ahead::new(workers, 4).unwrap();
        assert_eq!(ahead.next().unwrap().unwrap(), 0);
        thread::sleep(Duration::from_millis(50));
        drop(ahead);
        // Two wait in each lane, one is held by each thread, and one was taken.
        assert!(made.load(Ordering::Relaxed) <= 7);
        assert_eq!(Arc::strong_count(&made), 1);
    }

    #[test]
    fn a_thread_that_fails_is_told_once() {
        let worker = |number: u64| {
            assert!(number < 3, "as this test wants");
            Some(number)
        };
        let mut ahead = Ahead::new(vec![worker, worker], 1).unwrap();
        let taken: Vec<_> = ahead.by_ref().take(10).collect();
        assert_eq!(taken.iter().filter(|item| item.is_ok()).count(), 3);
        let told = taken.last().unwrap().as_ref().unwrap_err().to_string();
        assert!(told.contains("failed"), "{told}");
        assert!(ahead.next().is_none());
    }
}
