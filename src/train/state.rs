//! The directory of a run: its states, each a safetensors file that appears whole or not at all,
//! and what it was told to do.
//!
//! The names in a state are those of official checkpoints (`model.*`, `ema_model.*`,
//! `classifier.*`, `conds_mean`), so that a state is converted as one of them is; the optimizer's
//! moments stand beside them as `optimizer.*`.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::{Average, Parameters, Progress, Run, TrainError, Trainer};
use crate::photo;
use crate::weights::part::{self, PartOnDisk, PartReader};
use crate::weights::{Array, Layout, TensorSource, WeightsError};
use crate::whole::Unfinished;

/// The directory of a run.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    run: Run,
    keep: usize,
    /// Statistics of z_sem that go into every state, by name.
    statistics: BTreeMap<String, Array>,
    /// Held while the run is under way, so that no second one writes beside it; the system lets go of it, however it ends.
    _lock: File,
}

/// A state that was read.
#[derive(Debug)]
pub struct Resumed {
    /// The weights and everything beside them.
    pub trainer: Trainer,
    /// Where the run had got to.
    pub progress: Progress,
}

const LOCK: &str = ".lock";
const RUN: &str = "run.json";
const CONFIG: &str = "config.json";
/// Name of the best state in a run's directory.
pub const BEST: &str = "best.safetensors";
/// Name of the note in a state's header.
const NOTE: &str = "diffae.run";

/// What a state says of its run.
#[derive(Serialize, Deserialize)]
struct Note {
    run: Run,
    progress: Progress,
}

/// Makes a directory if it is missing, and holds it for one run.
fn lock(path: &Path) -> Result<File, TrainError> {
    let failed = |source| TrainError::Directory {
        path: path.to_owned(),
        source,
    };
    fs::create_dir_all(path).map_err(failed)?;
    let file = File::create(path.join(LOCK)).map_err(failed)?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(TrainError::UnderWay {
            path: path.to_owned(),
        }),
        // Some file systems have no locks; there it is up to whoever starts runs.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
    }
}

impl Directory {
    /// A directory for a run, made if it is missing, in which the latest `keep` states are kept.
    ///
    /// # Errors
    /// [`TrainError::Directory`]; [`TrainError::AnotherRun`] where it holds the states of a run that was told otherwise;
    /// [`TrainError::Occupied`] where it holds states and `resume` is not wished for; [`TrainError::UnderWay`] where another
    /// process trains in it.
    pub fn open(path: &Path, run: Run, keep: usize, resume: bool) -> Result<Self, TrainError> {
        let directory = Self {
            path: path.to_owned(),
            run,
            keep: keep.max(1),
            statistics: BTreeMap::new(),
            _lock: lock(path)?,
        };
        let states = directory.states()?;
        if !states.is_empty() && !resume {
            return Err(TrainError::Occupied {
                path: path.to_owned(),
                steps: states.last().map_or(0, |(steps, _)| *steps),
            });
        }
        if let Some(earlier) = Self::read_run(path)?
            && !states.is_empty()
        {
            directory.run.agrees(&earlier, path)?;
        }
        directory.sweep()?;
        directory.write_json(RUN, &directory.run)?;
        directory.write_json(CONFIG, &directory.run.config)?;
        Ok(directory)
    }

    /// What the run in a directory was told to do, if there is one.
    ///
    /// # Errors
    /// [`TrainError::Directory`], [`TrainError::State`].
    pub fn read_run(path: &Path) -> Result<Option<Run>, TrainError> {
        let file = path.join(RUN);
        let bytes = match fs::read(&file) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(TrainError::Directory { path: file, source }),
        };
        let damaged = |reason: serde_json::Error| TrainError::State {
            path: file.clone(),
            reason: reason.to_string(),
        };
        serde_json::from_slice(&bytes).map(Some).map_err(damaged)
    }

    /// Puts statistics of z_sem into every state that is written from now on.
    #[must_use]
    pub fn with_statistics(self, mean: &[f32], deviation: &[f32]) -> Self {
        let array = |values: &[f32]| Array::f32(&[values.len()], values.to_vec());
        let statistics = [
            ("conds_mean".to_owned(), array(mean)),
            ("conds_std".to_owned(), array(deviation)),
        ];
        Self {
            statistics: statistics.into(),
            ..self
        }
    }

    /// The directory's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the latest state that is whole. Later ones are put aside under another name, with a word to `warn`: what could
    /// not be read now may still be read by whoever looks into it.
    ///
    /// # Errors
    /// [`TrainError::AnotherRun`] where a state is of another run, [`TrainError::NoWholeState`] where there are states, but
    /// none can be gone on from, [`TrainError::Directory`].
    pub fn resume(
        &self,
        layout: &Layout,
        device: &Device,
        warn: &mut dyn FnMut(String),
    ) -> Result<Option<Resumed>, TrainError> {
        let mut passed_over: Vec<(u64, PathBuf)> = Vec::new();
        let mut last = None;
        for (steps, path) in self.states()?.into_iter().rev() {
            match self.read(&path, layout, device) {
                Ok(resumed) => {
                    for (steps, path) in passed_over {
                        let aside = self.path.join(format!("{ASIDE}{}", file_name(steps)));
                        fs::rename(&path, &aside).map_err(|e| self.failed(&path, &e))?;
                    }
                    return Ok(Some(resumed));
                }
                Err(error @ (TrainError::State { .. } | TrainError::Weights(_))) => {
                    warn(format!("{error}; trying the one before"));
                    last = Some(error.to_string());
                    passed_over.push((steps, path));
                }
                Err(error) => return Err(error),
            }
        }
        match last {
            None => Ok(None),
            Some(reason) => Err(TrainError::NoWholeState {
                path: self.path.clone(),
                reason,
            }),
        }
    }

    /// Writes a state, and removes those before the latest ones. With `best` it is also kept as the best one.
    ///
    /// # Errors
    /// [`TrainError::Directory`], after which every earlier state is still there.
    pub fn save(
        &self,
        trainer: &Trainer,
        progress: &Progress,
        best: bool,
    ) -> Result<(), TrainError> {
        let path = self.path.join(file_name(progress.steps));
        let failed = |e: &std::io::Error| self.failed(&path, e);
        let mut unfinished = Unfinished::named(&path, UNFINISHED).map_err(|e| failed(&e))?;
        let mut tensors = self.statistics.clone();
        let [raw, averaged] = self.run.stage.prefixes();
        let [mean, square] = trainer.adam.moments();
        for (prefix, parameters) in [
            (raw, &trainer.parameters),
            (averaged, trainer.average.parameters()),
            (MEAN, mean),
            (SQUARE, square),
        ] {
            let arrays = parameters.arrays().into_iter();
            tensors.extend(arrays.map(|(name, array)| (format!("{prefix}{name}"), array)));
        }
        // One note: several would be written in any order, and the same state as other bytes.
        let note = serde_json::to_string(&Note {
            run: self.run.clone(),
            progress: progress.clone(),
        })
        .map_err(|e| failed(&e.into()))?;
        let notes = HashMap::from([(NOTE.to_owned(), note)]);
        let name = path.display().to_string();
        part::write_to(&name, &tensors, Some(notes), unfinished.file()).map_err(|e| match e {
            WeightsError::Write { reason, .. } => failed(&std::io::Error::other(reason)),
            e => e.into(),
        })?;
        if best {
            // On the disk, and before the state that says so has its name.
            (unfinished.file().sync_all()).map_err(|e| failed(&e))?;
            self.keep_as_best(unfinished.path())?;
        }
        unfinished.finish().map_err(|e| failed(&e))?;
        self.sync();
        let states = self.states()?;
        let (older, _) = states.split_at(states.len().saturating_sub(self.keep));
        for (_, old) in older {
            fs::remove_file(old).map_err(|e| self.failed(old, &e))?;
        }
        Ok(())
    }

    /// Puts the directory's names on the disk, where the system can: a name that is lost there loses no state that was
    /// named before.
    fn sync(&self) {
        let _ = File::open(&self.path).and_then(|directory| directory.sync_all());
    }

    /// A second name for the state, so that it outlives those after it.
    fn keep_as_best(&self, state: &Path) -> Result<(), TrainError> {
        let best = self.path.join(BEST);
        let link = self.path.join(format!("{UNFINISHED}best"));
        let _ = fs::remove_file(&link);
        fs::hard_link(state, &link)
            // Not every file system knows second names.
            .or_else(|_| {
                fs::copy(state, &link)?;
                File::open(&link)?.sync_all()
            })
            .and_then(|()| fs::rename(&link, &best))
            .map_err(|e| self.failed(&best, &e))
    }

    /// Step and path of each state, the latest last.
    fn states(&self) -> Result<Vec<(u64, PathBuf)>, TrainError> {
        let entries = fs::read_dir(&self.path).map_err(|e| self.failed(&self.path, &e))?;
        let mut states: Vec<(u64, PathBuf)> = entries
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name();
                let steps = name.to_str()?.strip_prefix("state-")?;
                let steps = steps.strip_suffix(".safetensors")?.parse().ok()?;
                Some((steps, entry.path()))
            })
            .collect();
        states.sort();
        Ok(states)
    }

    /// Removes what a killed run left unfinished.
    fn sweep(&self) -> Result<(), TrainError> {
        let entries = fs::read_dir(&self.path).map_err(|e| self.failed(&self.path, &e))?;
        for entry in entries.flatten() {
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                fs::remove_file(entry.path()).map_err(|e| self.failed(&entry.path(), &e))?;
            }
        }
        Ok(())
    }

    fn read(&self, path: &Path, layout: &Layout, device: &Device) -> Result<Resumed, TrainError> {
        let mut state = State::open(path)?;
        self.run.agrees(&state.run, path)?;
        let take = |mut source: Prefixed<'_>| Parameters::new(layout, &mut source, device);
        let parameters = take(state.weights(false))?;
        let average = take(state.weights(true))?;
        let moments = [MEAN, SQUARE].map(|prefix| take(Prefixed(&mut state, prefix)));
        let [mean, square] = moments;
        let recipe = self.run.recipe.clone();
        let progress = state.progress;
        let mut trainer = Trainer::new(parameters, recipe.clone(), device);
        trainer.average = Average::new(average, recipe.average, recipe.average_warmup);
        trainer.adam = trainer.adam.with_moments(mean?, square?);
        trainer.steps = progress.steps;
        Ok(Resumed { trainer, progress })
    }

    fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), TrainError> {
        let path = self.path.join(name);
        let failed = |e: &std::io::Error| self.failed(&path, e);
        let json = serde_json::to_vec_pretty(value).map_err(|e| failed(&e.into()))?;
        photo::write_atomically(&path, &json).map_err(|e| failed(&e))
    }

    fn failed(&self, path: &Path, source: &std::io::Error) -> TrainError {
        TrainError::Directory {
            path: path.to_owned(),
            source: std::io::Error::new(source.kind(), source.to_string()),
        }
    }
}

const UNFINISHED: &str = ".unfinished-";
/// What stands before the name of a state that could not be gone on from.
const ASIDE: &str = "damaged-";
const MEAN: &str = "optimizer.mean.";
const SQUARE: &str = "optimizer.square.";

/// An opened state.
pub(super) struct State {
    reader: PartReader<PartOnDisk>,
    pub(super) run: Run,
    pub(super) progress: Progress,
}

/// Tensors of a state whose names have a prefix.
pub(super) struct Prefixed<'a>(&'a mut State, &'static str);

impl State {
    pub(super) fn open(path: &Path) -> Result<Self, TrainError> {
        let file = File::open(path)
            .and_then(PartOnDisk::new)
            .map_err(|source| TrainError::Directory {
                path: path.to_owned(),
                source,
            })?;
        let damaged = |reason: String| TrainError::State {
            path: path.to_owned(),
            reason,
        };
        let reader = PartReader::open(&path.display().to_string(), file)
            .map_err(|error| TrainError::of_file(path, error))?;
        let note = reader.note(NOTE);
        let note = note.ok_or_else(|| damaged("it does not say of which run it is".to_owned()))?;
        let Note { run, progress } =
            serde_json::from_str(note).map_err(|e| damaged(e.to_string()))?;
        Ok(Self {
            reader,
            run,
            progress,
        })
    }

    /// The weights (or, of the second kind, their average).
    pub(super) fn weights(&mut self, averaged: bool) -> Prefixed<'_> {
        let prefix = self.run.stage.prefixes()[usize::from(averaged)];
        Prefixed(self, prefix)
    }
}

impl TensorSource for Prefixed<'_> {
    fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Array, WeightsError> {
        let Self(state, prefix) = self;
        state.reader.tensor(&format!("{prefix}{name}"), shape)
    }
}

fn file_name(steps: u64) -> String {
    format!("state-{steps:08}.safetensors")
}
