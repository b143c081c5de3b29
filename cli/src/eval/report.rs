//! From rows to what a person reads: a table, the same figures as JSON, and a sheet of pictures. `diffae card` reads the
//! JSON again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf, is_separator};

use diffae::eval::EvalError;
use diffae::eval::rows::Rows;
use diffae::photo::{Beside, Maker, contact_sheet, write_atomically, write_png};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::ToolError;
use crate::output::say;
use crate::table::table;

/// What a verb makes of its rows.
pub(super) struct Report {
    /// The verb's own options and their values, by which the same figures are made again.
    pub(super) arguments: Vec<String>,
    /// The table, its header first.
    pub(super) table: Vec<Vec<String>>,
    /// Sentences below it.
    pub(super) notes: Vec<String>,
    /// The figures.
    pub(super) results: Value,
    /// Pictures in a row of the sheet.
    pub(super) columns: usize,
    /// Who made those.
    pub(super) maker: Maker,
}

/// How a verb makes its report.
pub(super) type Make = fn(&Rows) -> Result<Report, ToolError>;

/// The JSON of a measurement.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Written {
    /// All that the figures depend on.
    pub(crate) settings: Value,
    /// What makes them again, with `SET`, `MODEL`, `ATTRIBUTES` and `SPLIT` in the places of paths.
    pub(crate) command: String,
    /// The figures as they are printed, the header first.
    pub(crate) table: Vec<Vec<String>>,
    /// Sentences below the table.
    pub(crate) notes: Vec<String>,
    /// The figures in full.
    pub(crate) results: Value,
    /// Pictures that were left out.
    pub(crate) skipped: Vec<Skipped>,
}

/// A picture that could not be used.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Skipped {
    /// The table of rows that lacks it.
    pub(crate) table: String,
    /// Its place there.
    pub(crate) index: usize,
    /// What was wrong with it.
    pub(crate) why: String,
}

/// The part of the settings that all verbs share.
#[derive(Debug, Deserialize)]
pub(crate) struct Common {
    pub(crate) verb: String,
    pub(crate) model: MeasuredModel,
    pub(crate) device: String,
    pub(crate) pictures: MeasuredSet,
}

/// The model that was measured.
#[derive(Debug, Deserialize)]
pub(crate) struct MeasuredModel {
    pub(crate) name: String,
    /// SHA-256 of each part's file.
    pub(crate) parts: BTreeMap<String, String>,
}

/// The pictures that it was measured on.
#[derive(Debug, Deserialize)]
pub(crate) struct MeasuredSet {
    pub(crate) count: usize,
    pub(crate) crop: String,
    pub(crate) first: Option<u32>,
    pub(crate) skip_unlabelled: bool,
    /// Whether a file of attributes was named.
    pub(crate) named_attributes: bool,
    pub(crate) sha256: String,
}

impl Written {
    /// What all verbs say of their settings.
    pub(crate) fn common(&self) -> Result<Common, serde_json::Error> {
        Common::deserialize(&self.settings)
    }
}

/// The command that makes the figures again.
fn command(common: &Common, arguments: Vec<String>) -> String {
    let set = &common.pictures;
    let mut words = vec!["--crop".to_owned(), set.crop.clone()];
    if let Some(first) = set.first {
        words.extend(["--first".to_owned(), first.to_string()]);
    }
    if set.named_attributes {
        words.extend(["--attributes".to_owned(), "ATTRIBUTES".to_owned()]);
    }
    if set.skip_unlabelled {
        words.push("--skip-unlabelled".to_owned());
    }
    words.extend(arguments);
    words.extend(["--device".to_owned(), common.device.clone()]);
    let words: Vec<String> = words.into_iter().map(quoted).collect();
    format!(
        "diffae eval {} SET --model MODEL {}",
        common.verb,
        words.join(" ")
    )
}

/// A word as a shell takes it for one.
pub(crate) fn quoted(word: String) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=.,:/+%@".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word,
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// Options and their values as words of a command.
pub(super) fn arguments<const N: usize>(options: [(&str, impl Into<String>); N]) -> Vec<String> {
    let words = options.map(|(name, value)| [name.to_owned(), value.into()]);
    words.into_iter().flatten().collect()
}

/// Makes a verb's report of all its rows, prints the table, and writes the figures and the sheet beside it.
pub(super) fn write(rows: &Rows, report: Make, name: &Path) -> Result<(), ToolError> {
    rows.check_complete()?;
    let report = report(rows)?;
    let mut skipped = Vec::new();
    for (table, rows) in rows.tables() {
        for (index, why) in rows.skipped() {
            skipped.push(Skipped {
                table: table.to_owned(),
                index,
                why: why.to_owned(),
            });
        }
    }
    say(&table(&report.table));
    for note in &report.notes {
        say(note);
    }
    for Skipped { why, .. } in &skipped {
        say(&format!("Left out: {why}"));
    }
    let common = Common::deserialize(&rows.settings).map_err(|e| unreadable(&e))?;
    let written = Written {
        settings: rows.settings.clone(),
        command: command(&common, report.arguments),
        table: report.table,
        notes: report.notes,
        results: report.results,
        skipped,
    };
    let mut text = serde_json::to_vec_pretty(&written).unwrap_or_default();
    text.push(b'\n');
    save(&with_suffix(name, ".json"), &text)?;
    let pictures = rows.sheet();
    if !pictures.is_empty() {
        let beside = Beside {
            maker: report.maker,
            ..Beside::default()
        };
        let sheet = write_png(&contact_sheet(&pictures, report.columns)?, beside)?;
        save(&with_suffix(name, ".png"), &sheet)?;
    }
    Ok(())
}

/// What the names of a measurement's files begin with: the one asked for, or the verb's own, here or in the folder that
/// the one asked for is by its end.
pub(super) fn name(asked: Option<&Path>, verb: &str) -> PathBuf {
    let own = format!("eval-{verb}");
    match asked {
        None => PathBuf::from(own),
        Some(folder) if folder.to_string_lossy().ends_with(is_separator) => folder.join(own),
        Some(name) => name.to_owned(),
    }
}

/// `name` with something behind it.
pub(super) fn with_suffix(name: &Path, suffix: &str) -> PathBuf {
    let mut name = name.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Settings that were stored by something else.
pub(super) fn unreadable(error: &serde_json::Error) -> ToolError {
    ToolError::Eval(EvalError::Rows {
        path: PathBuf::from("the stored settings"),
        reason: error.to_string(),
    })
}

fn save(path: &Path, bytes: &[u8]) -> Result<(), ToolError> {
    write_atomically(path, bytes).map_err(|source| ToolError::Write {
        path: path.to_owned(),
        source,
    })?;
    say(&format!("Wrote {}", path.display()));
    Ok(())
}

/// A figure of a table, a dash where there is none.
pub(super) fn figure(value: Option<f64>, decimals: usize) -> String {
    match value {
        Some(value) if !value.is_nan() => format!("{value:.decimals$}"),
        _ => "-".to_owned(),
    }
}

/// A figure as JSON, null where there is none.
pub(super) fn number(value: Option<f64>) -> Value {
    match value {
        Some(value) if value.is_finite() => json!(value),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_can_be_typed_again() {
        let common = |first| Common {
            verb: "identity".to_owned(),
            model: MeasuredModel {
                name: "m".to_owned(),
                parts: BTreeMap::new(),
            },
            device: "cpu".to_owned(),
            pictures: MeasuredSet {
                count: 9,
                crop: "box=1,2,3,4".to_owned(),
                first,
                skip_unlabelled: first.is_some(),
                named_attributes: first.is_some(),
                sha256: String::new(),
            },
        };
        let odd = arguments([("--set", "It's; odd=0.3")]);
        assert_eq!(
            command(&common(Some(9)), odd),
            r"diffae eval identity SET --model MODEL --crop box=1,2,3,4 --first 9 --attributes ATTRIBUTES --skip-unlabelled --set 'It'\''s; odd=0.3' --device cpu"
        );
        assert_eq!(
            command(&common(None), Vec::new()),
            "diffae eval identity SET --model MODEL --crop box=1,2,3,4 --device cpu"
        );
    }
}
