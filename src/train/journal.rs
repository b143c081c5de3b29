//! The journal of a run: a line of JSON for every so many steps, which anything can plot.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::TrainError;
use crate::weights::part;

/// Name of the journal in a run's directory.
pub const JOURNAL: &str = "journal.jsonl";

/// Means over some steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Steps taken at its end.
    pub steps: u64,
    /// Pictures or latents seen.
    pub samples: u64,
    /// Mean of each term of the loss, by name.
    pub loss: std::collections::BTreeMap<String, f64>,
    /// Mean norm of the gradients before clipping.
    pub norm: Option<f64>,
    /// The learning rate at its end.
    pub rate: f64,
    /// Pictures or latents a second. Of the machine, not of the run: two runs that are the same may differ in it.
    pub samples_per_second: f64,
}

/// A journal that is written to.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    /// The journal of a run that has taken `steps` steps. Lines of later steps, which a killed run left, are taken out.
    ///
    /// # Errors
    /// [`TrainError::Directory`].
    pub fn open(directory: &Path, steps: u64) -> Result<Self, TrainError> {
        let path = directory.join(JOURNAL);
        let failed = |source| TrainError::Directory {
            path: path.clone(),
            source,
        };
        let kept: Vec<Line> = read(directory)?
            .into_iter()
            .filter(|line| line.steps <= steps)
            .collect();
        let unfinished = tempfile::NamedTempFile::new_in(directory).map_err(failed)?;
        let mut text = Vec::new();
        for line in &kept {
            serde_json::to_writer(&mut text, line).map_err(|e| failed(e.into()))?;
            text.push(b'\n');
        }
        fs::write(unfinished.path(), text)
            .and_then(|()| part::readable_by_all(unfinished.path()))
            .map_err(failed)?;
        unfinished.persist(&path).map_err(|e| failed(e.error))?;
        let file = OpenOptions::new()
            .append(true)
            .open(&path)
            .map_err(failed)?;
        Ok(Self { file, path })
    }

    /// Adds a line.
    ///
    /// # Errors
    /// [`TrainError::Directory`].
    pub fn add(&mut self, line: &Line) -> Result<(), TrainError> {
        let failed = |source| TrainError::Directory {
            path: self.path.clone(),
            source,
        };
        let mut text = serde_json::to_vec(line).map_err(|e| failed(e.into()))?;
        text.push(b'\n');
        // In one piece, so that whoever reads along sees whole lines.
        self.file.write_all(&text).map_err(failed)
    }
}

/// Reads a journal; none is an empty one, and so is what follows the last whole line.
///
/// # Errors
/// [`TrainError::Directory`].
pub fn read(directory: &Path) -> Result<Vec<Line>, TrainError> {
    let path = directory.join(JOURNAL);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(TrainError::Directory { path, source }),
    };
    let lines = BufReader::new(file).lines().map_while(Result::ok);
    Ok(lines
        .map_while(|line| serde_json::from_str(&line).ok())
        .collect())
}
