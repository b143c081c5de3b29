//! Sharing work among threads where there are several.

#[cfg(feature = "rayon")]
use std::sync::atomic::{AtomicBool, Ordering};

/// Values from which on threads share what takes a few operations for each of them: waking another and
/// waiting for it takes about as long as thousands of them.
const SHARED: usize = 16 * 1024;

/// [`for_each_piece`] where the work is a few operations for each value.
pub(super) fn for_each_light_piece(
    values: &mut [f32],
    size: usize,
    work: impl Fn(usize, &mut [f32]) + Sync,
) {
    if values.len() >= SHARED {
        return for_each_piece(values, size, work);
    }
    for (index, piece) in values.chunks_mut(size.max(1)).enumerate() {
        work(index, piece);
    }
}

/// Calls `work` for each piece of `size` values (the last one may be shorter), with its index.
pub(super) fn for_each_piece(
    values: &mut [f32],
    size: usize,
    work: impl Fn(usize, &mut [f32]) + Sync,
) {
    let size = size.max(1);
    #[cfg(feature = "rayon")]
    if values.len() > size && rayon::current_num_threads() > 1 {
        use rayon::prelude::*;
        let pieces = values.par_chunks_mut(size).enumerate();
        pieces.for_each(|(index, piece)| work(index, piece));
        return;
    }
    for (index, piece) in values.chunks_mut(size).enumerate() {
        work(index, piece);
    }
}

/// Calls `work` for each of `count` pieces of several slices, `sizes` values of each, with the piece's index. A slice
/// of which nothing is wanted has the size 0.
#[cfg(feature = "train")]
pub(super) fn for_each_part<const N: usize>(
    count: usize,
    values: [&mut [f32]; N],
    sizes: [usize; N],
    work: impl Fn(usize, [&mut [f32]; N]) + Sync,
) {
    let mut rest = values;
    let parts = (0..count).map(|index| {
        let mut part: [&mut [f32]; N] = std::array::from_fn(|_| Default::default());
        for ((part, rest), size) in part.iter_mut().zip(&mut rest).zip(sizes) {
            let whole = std::mem::take(rest);
            let size = size.min(whole.len());
            (*part, *rest) = whole.split_at_mut(size);
        }
        (index, part)
    });
    #[cfg(feature = "rayon")]
    if count > 1 && rayon::current_num_threads() > 1 {
        use rayon::prelude::*;
        let parts: Vec<_> = parts.collect();
        parts
            .into_par_iter()
            .for_each(|(index, part)| work(index, part));
        return;
    }
    parts.for_each(|(index, part)| work(index, part));
}

/// Does `work`, whose pieces the threads share, on one of them, and keeps the others awake between one piece and the
/// next: to wake a thread takes as long as a small convolution.
#[cfg(feature = "rayon")]
pub(in crate::ops) fn with_threads_awake<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    if rayon::current_num_threads() == 1 {
        return work();
    }
    let done = AtomicBool::new(false);
    rayon::scope(|scope| {
        let (this, done) = (rayon::current_thread_index(), &done);
        scope.spawn_broadcast(move |_, context| {
            if Some(context.index()) != this {
                look_for_work(done);
            }
        });
        let _done = Done(done);
        work()
    })
}

/// Looks for work and does it, until nothing is left or comes for a while.
#[cfg(feature = "rayon")]
fn look_for_work(done: &AtomicBool) {
    /// Looks in vain after which a thread goes to sleep: those of a few milliseconds.
    const PATIENCE: usize = 100_000;
    let mut patience = PATIENCE;
    while patience > 0 && !done.load(Ordering::Relaxed) {
        if rayon::yield_now() == Some(rayon::Yield::Executed) {
            patience = PATIENCE;
        } else {
            patience -= 1;
            std::hint::spin_loop();
        }
    }
}

/// Says that the work is done, however it ends.
#[cfg(feature = "rayon")]
struct Done<'a>(&'a AtomicBool);

#[cfg(feature = "rayon")]
impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
