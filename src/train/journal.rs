//! The journal of a run: a line of JSON for every so many steps, which anything can plot.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::TrainError;
use crate::photo;

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
    /// [`TrainError::Directory`], [`TrainError::State`].
    pub fn open(directory: &Path, steps: u64) -> Result<Self, TrainError> {
        let path = directory.join(JOURNAL);
        let failed = |source| TrainError::Directory {
            path: path.clone(),
            source,
        };
        let mut text = String::new();
        for (line, written) in lines(directory)? {
            if line.steps <= steps {
                // As it was written: reading it may cost its last digits.
                text += &written;
                text.push('\n');
            }
        }
        photo::write_atomically(&path, text.as_bytes()).map_err(failed)?;
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

/// Reads a journal; none is an empty one. A last line that was not written to its end is left out.
///
/// # Errors
/// [`TrainError::Directory`], [`TrainError::State`] for a line that is none.
pub fn read(directory: &Path) -> Result<Vec<Line>, TrainError> {
    let lines = lines(directory)?.into_iter();
    Ok(lines.map(|(line, _)| line).collect())
}

/// The lines of a journal, and each as it is written.
fn lines(directory: &Path) -> Result<Vec<(Line, String)>, TrainError> {
    let path = directory.join(JOURNAL);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(TrainError::Directory { path, source }),
    };
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let mut lines = Vec::new();
    for (number, written) in whole.lines().enumerate() {
        let line = serde_json::from_str(written).map_err(|e| TrainError::State {
            path: path.clone(),
            reason: format!("line {}: {e}", number + 1),
        })?;
        lines.push((line, written.to_owned()));
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(steps: u64) -> Line {
        Line {
            steps,
            samples: 4 * steps,
            loss: [("diffusion".to_owned(), 0.1 + steps as f64)].into(),
            norm: None,
            rate: 1e-4,
            samples_per_second: 3.0,
        }
    }

    #[test]
    fn what_a_killed_run_left_over_is_taken_out() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path(), 0).unwrap();
        for steps in [10, 20, 30] {
            journal.add(&line(steps)).unwrap();
        }
        let path = folder.path().join(JOURNAL);
        let mut text = fs::read_to_string(&path).unwrap();
        let first = text.lines().next().unwrap().to_owned();
        text += "{\"steps\": 4";
        fs::write(&path, text).unwrap();
        assert_eq!(read(folder.path()).unwrap().len(), 3);
        Journal::open(folder.path(), 15).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), first + "\n");
    }

    #[test]
    fn a_damaged_line_is_named_and_nothing_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(JOURNAL);
        let text = "{\"steps\": 1}\n{}\n";
        fs::write(&path, text).unwrap();
        let error = Journal::open(folder.path(), 9).unwrap_err().to_string();
        assert!(error.contains("line 1"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}
