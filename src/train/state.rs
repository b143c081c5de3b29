//! The directory of a run: its states, each a safetensors file that appears whole or not at all,
//! and what it was told to do.
//!
//! The names in a state are those of official checkpoints (`model.*`, `ema_model.*`,
//! `classifier.*`, `conds_mean`), so that a state is converted as one of them is; the optimizer's
//! moments stand beside them as `optimizer.*`.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use safetensors::tensor::Metadata;
use serde::{Deserialize, Serialize};

use super::{Adam, Average, Parameters, Recipe, Step, TrainError, Trainer};
use crate::config::ModelConfig;
use crate::import::Checkpoint;
use crate::weights::{Array, Layout, TensorSource, WeightsError, part};

/// Which stage of a model a run trains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The decoder, together with the semantic encoder where there is one.
    Autoencoder,
    /// The latent DPM.
    Latent,
    /// The linear attribute classifier.
    Classifier,
}

impl Stage {
    /// Prefixes of the weights and of their average in a state.
    pub(super) fn prefixes(self) -> [&'static str; 2] {
        match self {
            Self::Autoencoder | Self::Latent => ["model.", "ema_model."],
            Self::Classifier => ["", "ema_"],
        }
    }
}

/// What a run was told to do. A state holds it, and whoever goes on from there must mean the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The stage.
    pub stage: Stage,
    /// The model.
    pub config: ModelConfig,
    /// The recipe.
    pub recipe: Recipe,
    /// What tells the set of pictures from another one.
    pub data: String,
}

/// Where a run has got to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Steps taken; the place in the data follows from them.
    pub steps: u64,
    /// The lowest mean loss between two states.
    pub best: Option<f64>,
    /// The steps that the journal's next line is the mean of, as far as they are taken.
    pub window: Vec<Taken>,
}

/// What the journal keeps of a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Taken {
    /// Each term of the loss, by name.
    pub terms: BTreeMap<String, f32>,
    /// Norm of the gradients.
    pub norm: Option<f32>,
}

impl Taken {
    pub(super) fn new(step: &Step) -> Self {
        let terms = step.terms.iter();
        Self {
            terms: terms.map(|(name, v)| ((*name).to_owned(), *v)).collect(),
            norm: step.norm,
        }
    }
}

/// The directory of a run.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    run: Run,
    keep: usize,
    /// Statistics of z_sem that go into every state, by name.
    statistics: BTreeMap<String, Array>,
}

/// A state that was read.
#[derive(Debug)]
pub struct Resumed {
    /// The weights and everything beside them.
    pub trainer: Trainer,
    /// Where the run had got to.
    pub progress: Progress,
}

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

/// A header of a state beyond this length is not one.
const MAX_HEADER: u64 = 64 << 20;

impl Directory {
    /// A directory for a run, made if it is missing, in which the latest `keep` states are kept.
    ///
    /// # Errors
    /// [`TrainError::Directory`]; [`TrainError::AnotherRun`] where it holds the states of a run that was told otherwise;
    /// [`TrainError::Occupied`] where it holds states and `resume` is not wished for.
    pub fn open(path: &Path, run: Run, keep: usize, resume: bool) -> Result<Self, TrainError> {
        let directory = Self {
            path: path.to_owned(),
            run,
            keep: keep.max(1),
            statistics: BTreeMap::new(),
        };
        fs::create_dir_all(path).map_err(|e| directory.failed(path, &e))?;
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

    /// What the run was told to do.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// Reads the latest state that is whole; one that is not is left out with a word to `warn`.
    ///
    /// # Errors
    /// [`TrainError::AnotherRun`] where a state is of another run.
    pub fn resume(
        &self,
        layout: &Layout,
        device: &Device,
        warn: &mut dyn FnMut(String),
    ) -> Result<Option<Resumed>, TrainError> {
        for (_, path) in self.states()?.into_iter().rev() {
            match self.read(&path, layout, device) {
                Ok(resumed) => return Ok(Some(resumed)),
                Err(error @ (TrainError::State { .. } | TrainError::Weights(_))) => {
                    warn(format!("{error}; going on from the one before"));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Writes a state, and removes those beyond the latest ones. With `best` it is also kept as the
    /// best one.
    ///
    /// # Errors
    /// [`TrainError::Directory`], after which every earlier state is still there.
    pub fn save(
        &self,
        trainer: &Trainer,
        progress: &Progress,
        best: bool,
    ) -> Result<PathBuf, TrainError> {
        let path = self.path.join(file_name(progress.steps));
        let failed = |e: &std::io::Error| self.failed(&path, e);
        let unfinished = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempfile_in(&self.path)
            .map_err(|e| failed(&e))?;
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
        part::write_with(unfinished.path(), &tensors, Some(notes)).map_err(|e| match e {
            WeightsError::Write { reason, .. } => failed(&std::io::Error::other(reason)),
            e => e.into(),
        })?;
        // On the disk before it has its name: a machine that loses power keeps the state before.
        File::open(unfinished.path())
            .and_then(|file| file.sync_all())
            .map_err(|e| failed(&e))?;
        unfinished.persist(&path).map_err(|e| failed(&e.error))?;
        if best {
            self.keep_as_best(&path)?;
        }
        let states = self.states()?;
        for (_, old) in &states[..states.len().saturating_sub(self.keep)] {
            fs::remove_file(old).map_err(|e| self.failed(old, &e))?;
        }
        Ok(path)
    }

    /// A second name for the state, so that it outlives those after it.
    fn keep_as_best(&self, state: &Path) -> Result<(), TrainError> {
        let best = self.path.join(BEST);
        let link = self.path.join(format!("{UNFINISHED}best"));
        let _ = fs::remove_file(&link);
        fs::hard_link(state, &link)
            // Not every file system knows second names.
            .or_else(|_| fs::copy(state, &link).map(drop))
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
        let damaged = |reason: String| TrainError::State {
            path: path.to_owned(),
            reason,
        };
        let (run, progress) = read_notes(path).map_err(damaged)?;
        self.run.agrees(&run, path)?;
        let file = File::open(path).map_err(|e| self.failed(path, &e))?;
        let mut source = Prefixed {
            checkpoint: Checkpoint::open(BufReader::new(file))
                .map_err(|e| damaged(e.to_string()))?,
            prefix: "",
        };
        let [raw, averaged] = self.run.stage.prefixes();
        let mut take = |prefix: &'static str| {
            source.prefix = prefix;
            Parameters::new(layout, &mut source, device)
        };
        let (parameters, average) = (take(raw)?, take(averaged)?);
        let (mean, square) = (take(MEAN)?, take(SQUARE)?);
        let recipe = self.run.recipe.clone();
        let mut trainer = Trainer::new(parameters, recipe.clone(), device);
        trainer.average = Average::new(average, recipe.average, recipe.average_warmup);
        let adam = Adam::new(&trainer.parameters, recipe.betas, recipe.weight_decay);
        trainer.adam = adam.with_moments(mean, square);
        trainer.steps = progress.steps;
        Ok(Resumed { trainer, progress })
    }

    fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), TrainError> {
        let path = self.path.join(name);
        let failed = |e: &std::io::Error| self.failed(&path, e);
        let json = serde_json::to_vec_pretty(value).map_err(|e| failed(&e.into()))?;
        let unfinished = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempfile_in(&self.path)
            .map_err(|e| failed(&e))?;
        fs::write(unfinished.path(), json)
            .and_then(|()| part::readable_by_all(unfinished.path()))
            .map_err(|e| failed(&e))?;
        unfinished.persist(&path).map_err(|e| failed(&e.error))?;
        Ok(())
    }

    fn failed(&self, path: &Path, source: &std::io::Error) -> TrainError {
        TrainError::Directory {
            path: path.to_owned(),
            source: std::io::Error::new(source.kind(), source.to_string()),
        }
    }
}

const UNFINISHED: &str = ".unfinished-";
const MEAN: &str = "optimizer.mean.";
const SQUARE: &str = "optimizer.square.";

impl Run {
    /// A run may be resumed with another length and another fall of the rate; everything else would make it another
    /// run.
    fn agrees(&self, earlier: &Self, path: &Path) -> Result<(), TrainError> {
        let mut comparable = earlier.clone();
        comparable.recipe.samples = self.recipe.samples;
        comparable.recipe.decay = self.recipe.decay;
        let differs = if comparable.stage != self.stage {
            "stage"
        } else if comparable.config != self.config {
            "configuration"
        } else if comparable.recipe != self.recipe {
            "recipe"
        } else if comparable.data != self.data {
            "set of pictures"
        } else {
            return Ok(());
        };
        Err(TrainError::AnotherRun {
            path: path.to_owned(),
            differs,
        })
    }
}

/// Tensors of a checkpoint whose names have a prefix.
pub(super) struct Prefixed<R> {
    pub(super) checkpoint: Checkpoint<R>,
    pub(super) prefix: &'static str,
}

impl<R: Read + std::io::Seek> TensorSource for Prefixed<R> {
    fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Array, WeightsError> {
        let name = format!("{}{name}", self.prefix);
        let (found, values) = (self.checkpoint.read(&name))
            .map_err(|error| WeightsError::Source(error.to_string()))?;
        if found != shape {
            return Err(WeightsError::Source(format!(
                "`{name}` is {found:?}, not {shape:?}"
            )));
        }
        Ok(Array::f32(shape, values))
    }
}

fn file_name(steps: u64) -> String {
    format!("state-{steps:08}.safetensors")
}

/// What a state says of its run.
pub(super) fn read_notes(path: &Path) -> Result<(Run, Progress), String> {
    let mut file = File::open(path).map_err(|e| e.to_string())?;
    let mut size = [0; 8];
    file.read_exact(&mut size).map_err(|e| e.to_string())?;
    let length = u64::from_le_bytes(size);
    if length > MAX_HEADER {
        return Err(format!("it claims a header of {length} bytes"));
    }
    let mut bytes = Vec::new();
    (file.take(length).read_to_end(&mut bytes)).map_err(|e| e.to_string())?;
    let header: Metadata = serde_json::from_slice(&bytes).map_err(|e| e.to_string())?;
    let notes = header.metadata().as_ref();
    let note = notes.and_then(|notes| notes.get(NOTE));
    let note = note.ok_or("it does not say of which run it is")?;
    let note: Note = serde_json::from_str(note).map_err(|e| e.to_string())?;
    Ok((note.run, note.progress))
}
