//! Where the time of the CPU kernels goes: calls, seconds and operations of each, while somebody
//! asks.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// What one kernel did since [`start`].
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The kernel.
    pub kernel: &'static str,
    /// How often it ran.
    pub calls: u64,
    /// How long it ran in all, by the clock that [`start`] got.
    pub seconds: f64,
    /// Floating-point operations of the layers that it computed, 2 for a multiply-add, whatever the
    /// kernel made of them.
    pub flop: u64,
}

struct Recorder {
    clock: fn() -> f64,
    entries: Vec<Entry>,
}

static ON: AtomicBool = AtomicBool::new(false);
static RECORDER: Mutex<Option<Recorder>> = Mutex::new(None);

/// Starts recording from nothing. `clock` tells seconds since any moment; the standard library's
/// does not run in a browser.
pub fn start(clock: fn() -> f64) {
    let entries = Vec::new();
    if let Ok(mut recorder) = RECORDER.lock() {
        *recorder = Some(Recorder { clock, entries });
        ON.store(true, Ordering::Relaxed);
    }
}

/// Stops recording and hands over what was recorded, in the order of the first calls.
pub fn take() -> Vec<Entry> {
    ON.store(false, Ordering::Relaxed);
    let recorder = RECORDER
        .lock()
        .ok()
        .and_then(|mut recorder| recorder.take());
    recorder
        .map(|recorder| recorder.entries)
        .unwrap_or_default()
}

/// Runs a kernel, and records it where somebody asks.
pub(super) fn time<R>(kernel: &'static str, flop: u64, work: impl FnOnce() -> R) -> R {
    let clock = || {
        RECORDER
            .lock()
            .ok()
            .and_then(|r| r.as_ref().map(|r| r.clock))
    };
    if !ON.load(Ordering::Relaxed) {
        return work();
    }
    let Some(clock) = clock() else {
        return work();
    };
    let start = clock();
    let result = work();
    let seconds = clock() - start;
    if let Ok(mut recorder) = RECORDER.lock()
        && let Some(recorder) = recorder.as_mut()
    {
        match recorder
            .entries
            .iter_mut()
            .find(|entry| entry.kernel == kernel)
        {
            Some(entry) => {
                entry.calls += 1;
                entry.seconds += seconds;
                entry.flop += flop;
            }
            None => recorder.entries.push(Entry {
                kernel,
                calls: 1,
                seconds,
                flop,
            }),
        }
    }
    result
}
