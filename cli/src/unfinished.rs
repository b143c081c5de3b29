//! A directory that is being filled. It is gone when that fails, and when somebody stops the program: there can be gigabytes
//! in it.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use signal_hook::consts::TERM_SIGNALS;
use signal_hook::flag;
use tempfile::TempDir;

/// How often it is looked whether the program was stopped.
const LOOK: Duration = Duration::from_millis(50);
/// How often a directory is removed that is still written to.
const TRIES: usize = 20;
/// What shells say of a program that was stopped by Ctrl-C.
pub(crate) const STOPPED: u8 = 130;

/// A directory that is there for as long as this. One at a time: the end of another would leave signals to end the program.
#[derive(Debug)]
pub(crate) struct Unfinished {
    directory: TempDir,
    over: Arc<AtomicBool>,
    looking: Option<JoinHandle<()>>,
}

impl Unfinished {
    /// A new directory in another.
    pub(crate) fn within(folder: &Path) -> io::Result<Self> {
        let [stopped, over] = [false; 2].map(|no| Arc::new(AtomicBool::new(no)));
        // Whatever fails from here on, its end lets signals end the program as they always do.
        let mut unfinished = Self {
            directory: tempfile::Builder::new()
                .prefix(".unfinished-")
                .tempdir_in(folder)?,
            over: Arc::clone(&over),
            looking: None,
        };
        for &signal in TERM_SIGNALS {
            flag::register_conditional_shutdown(signal, STOPPED.into(), Arc::clone(&over))?;
            flag::register(signal, Arc::clone(&stopped))?;
        }
        let path = unfinished.path().to_owned();
        unfinished.looking = Some(thread::Builder::new().spawn(move || {
            while !over.load(Ordering::SeqCst) {
                if stopped.load(Ordering::SeqCst) {
                    for _ in 0..TRIES {
                        if std::fs::remove_dir_all(&path).is_ok() {
                            break;
                        }
                        thread::sleep(LOOK);
                    }
                    std::process::exit(STOPPED.into());
                }
                thread::park_timeout(LOOK);
            }
        })?);
        Ok(unfinished)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        if let Some(looking) = self.looking.take() {
            looking.thread().unpark();
            // It has nothing to tell.
            let _ = looking.join();
        }
    }
}
