//! What all verbs have in common: their settings, the loop over pictures, and the end of a run.

use std::path::PathBuf;

use clap::ValueEnum;
use diffae::Inversion;
use diffae::eval::rows::{Rows, Shard};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::report::{self, unreadable, with_suffix};
use super::set::{Set, SetArgs};
use crate::error::ToolError;
use crate::model::{ModelArgs, ModelSource};
use crate::output::say;
use crate::progress::Progress;

/// Pictures that are laid out on the sheet.
pub(super) const SHOWN: usize = 8;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Running")]
pub(super) struct RunArgs {
    /// Measure the share of one of several processes, as in 3/7, and store its rows for `diffae eval merge`
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// What the results' names begin with [default: eval-<VERB> in the current directory]
    #[arg(short, long, value_name = "NAME")]
    output: Option<PathBuf>,
}

/// How x_T is found, in settings and on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Encoder {
    /// The stochastic encoder of the paper
    Official,
    /// Inversion of the decoder's own steps, at most five evaluations each
    FixedPoint,
}

impl Encoder {
    /// Its name on the command line.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Official => "official",
            Self::FixedPoint => "fixed-point",
        }
    }

    pub(super) fn inversion(self) -> Inversion {
        match self {
            Self::Official => Inversion::Official,
            Self::FixedPoint => Inversion::FixedPoint { iterations: 5 },
        }
    }
}

/// What makes two runs the same: the verb, the model's files, the pictures, and the verb's own options.
pub(super) fn settings(
    verb: &str,
    model: &ModelArgs,
    source: &ModelSource,
    pictures: &Value,
    options: &impl Serialize,
) -> Result<Rows, ToolError> {
    let manifest = source.manifest();
    let parts = manifest.parts.iter();
    let parts: serde_json::Map<String, Value> = parts
        .map(|(part, file)| (part.to_string(), json!(file.sha256)))
        .collect();
    let options = serde_json::to_value(options).map_err(|e| unreadable(&e))?;
    Ok(Rows::new(json!({
        "verb": verb,
        "model": { "name": manifest.name, "parts": parts },
        "device": model.device.name(),
        "pictures": pictures,
        "options": options,
    })))
}

/// A verb's options, read back from what was stored.
pub(super) fn options<T: for<'a> Deserialize<'a>>(rows: &Rows) -> Result<T, ToolError> {
    let options = rows.settings.get("options").cloned().unwrap_or_default();
    serde_json::from_value(options).map_err(|e| unreadable(&e))
}

/// One table of rows to make.
pub(super) struct Work<'a> {
    pub(super) table: &'a str,
    pub(super) doing: &'static str,
    pub(super) width: usize,
    pub(super) total: usize,
}

impl RunArgs {
    fn share(&self) -> Shard {
        self.shard.unwrap_or(Shard::WHOLE)
    }

    /// Whether the results can be written without harm to the pictures, before any work goes into them.
    pub(super) fn check(&self, verb: &str, set: &SetArgs) -> Result<(), ToolError> {
        let name = report::name(self.output.as_deref(), verb);
        let folder = name.parent().filter(|f| !f.as_os_str().is_empty());
        match folder {
            Some(folder) if !folder.is_dir() => Err(ToolError::NoFolder {
                path: folder.to_owned(),
            }),
            _ => set.check_spares(&with_suffix(&name, ".png")),
        }
    }

    /// Makes this process's rows of a table, each by itself. A picture that cannot be used is left out by name,
    /// unless the set is strict.
    pub(super) fn measure(
        &self,
        rows: &mut Rows,
        work: &Work<'_>,
        set: &mut Set,
        mut row: impl FnMut(&mut Rows, &mut Set, usize) -> Result<Vec<f32>, ToolError>,
    ) -> Result<(), ToolError> {
        rows.begin(work.table, work.width, work.total);
        let share = self.share();
        let mine: Vec<usize> = (0..work.total).filter(|&i| share.takes(i)).collect();
        let progress = Progress::new(work.doing);
        for (done, &index) in mine.iter().enumerate() {
            progress.set(done, mine.len());
            match row(rows, set, index) {
                Ok(values) => rows.push(work.table, index, values)?,
                Err(ToolError::Set(error)) if !set.strict && error.is_of_picture() => {
                    rows.skip(work.table, index, error.to_string());
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Stores the rows of a share, or reports on all of them.
    pub(super) fn finish(
        &self,
        verb: &str,
        rows: &Rows,
        report: report::Make,
    ) -> Result<(), ToolError> {
        let name = report::name(self.output.as_deref(), verb);
        let Some(Shard { number, of }) = self.shard else {
            return report::write(rows, report, &name);
        };
        let path = with_suffix(&name, &format!("-{number}-of-{of}.rows.safetensors"));
        rows.save(&path)?;
        say(&format!("Wrote {}", path.display()));
        Ok(())
    }
}

/// The mean of numbers in their order, NaN of none.
pub(super) fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values {
        sum += value;
        count += 1.0;
    }
    sum / count
}
