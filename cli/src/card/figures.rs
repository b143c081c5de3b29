//! The figures of a card: tables of `diffae eval`, each with the command that makes it again.

use std::path::{Path, PathBuf};

use diffae::weights::Manifest;

use super::markdown::{block, escaped, table};
use crate::error::ToolError;
use crate::eval::report::{Common, Written};

/// The words that stand in the places of paths, and what they are.
const WORDS: [(&str, &str); 4] = [
    ("MODEL", "this model's directory"),
    ("SET", "the pictures"),
    ("ATTRIBUTES", "the file of their attributes"),
    ("SPLIT", "the file that says which of them are for testing"),
];

/// The tables of some reports.
pub(super) fn section(reports: &[PathBuf], manifest: &Manifest) -> Result<String, ToolError> {
    if reports.is_empty() {
        return Ok(String::new());
    }
    let mut tables = Vec::new();
    let mut said = Vec::new();
    for path in reports {
        let (written, common) = read(path)?;
        check(path, &common, manifest)?;
        tables.push(report(&written, &common));
        said.extend(written.command.split(' ').map(str::to_owned));
    }
    let words = WORDS
        .iter()
        .filter(|(word, _)| said.iter().any(|said| said == word));
    let words: Vec<String> = words
        .map(|(word, what)| format!("`{word}` is {what}"))
        .collect();
    Ok(format!(
        "## Measured\n\nIn the commands, {}.\n\n{}",
        words.join(", "),
        tables.join("\n\n")
    ))
}

fn read(path: &Path) -> Result<(Written, Common), ToolError> {
    let json = std::fs::read(path).map_err(|source| ToolError::Read {
        path: path.to_owned(),
        source,
    })?;
    let damaged = |reason: serde_json::Error| ToolError::ReportFile {
        path: path.to_owned(),
        reason,
    };
    let written: Written = serde_json::from_slice(&json).map_err(damaged)?;
    let common = written.common().map_err(damaged)?;
    Ok((written, common))
}

/// Whether a report is of this model, which its parts tell.
fn check(path: &Path, common: &Common, manifest: &Manifest) -> Result<(), ToolError> {
    let mut measured = common.model.parts.clone();
    let mut differs = None;
    for (part, file) in &manifest.parts {
        if measured.remove(part.name()).as_ref() != Some(&file.sha256) {
            differs = differs.or(Some(part.name().to_owned()));
        }
    }
    match differs.or_else(|| measured.into_keys().next()) {
        None => Ok(()),
        Some(part) => Err(ToolError::AnotherModel {
            path: path.to_owned(),
            measured: common.model.name.clone(),
            model: manifest.name.clone(),
            part,
        }),
    }
}

fn report(written: &Written, common: &Common) -> String {
    let title = match common.verb.as_str() {
        "reconstruct" => "Reconstruction",
        "fid" => "FID",
        "attributes" => "Attributes",
        "disentangle" => "Disentanglement",
        "few-shot" => "Few labels",
        "identity" => "What edits change",
        verb => &escaped(verb),
    };
    let set = &common.pictures;
    let short: String = set.sha256.chars().take(12).collect();
    let mut about = format!(
        "`SET`: {} pictures, crop {}, SHA-256 of their names and attributes {}.",
        set.count,
        escaped(&set.crop),
        escaped(&short)
    );
    match written.skipped.len() {
        0 => {}
        1 => about.push_str(" One picture could not be used."),
        count => about.push_str(&format!(" {count} pictures could not be used.")),
    }
    let mut parts = vec![
        format!("### {title}"),
        block("sh", &written.command),
        about,
        table(&measured_columns(&written.table)),
    ];
    parts.extend(written.notes.iter().map(|note| escaped(note)));
    parts.join("\n\n")
}

/// The columns that have a figure; the others are of what was not measured.
fn measured_columns(rows: &[Vec<String>]) -> Vec<Vec<String>> {
    let has = |column: usize| {
        let cells = rows.iter().skip(1).filter_map(|row| row.get(column));
        cells.into_iter().any(|cell| cell != "-")
    };
    let kept = |row: &Vec<String>| {
        let cells = row.iter().enumerate().filter(|(column, _)| has(*column));
        cells.map(|(_, cell)| cell.clone()).collect()
    };
    rows.iter().map(kept).collect()
}
