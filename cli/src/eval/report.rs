//! From rows to what a person reads: a table, the same figures as JSON, and a sheet of pictures.

use std::path::Path;

use diffae::eval::EvalError;
use diffae::eval::rows::Rows;
use diffae::photo::{contact_sheet, write_atomically, write_png};
use serde_json::{Value, json};

use super::run::with_suffix;
use super::{attributes, disentangle, few_shot, fid, identity, reconstruct};
use crate::error::ToolError;
use crate::output::say;
use crate::table::table;

/// What a verb makes of its rows.
pub(super) struct Report {
    /// The table, its header first.
    pub(super) table: Vec<Vec<String>>,
    /// Sentences below it.
    pub(super) notes: Vec<String>,
    /// The figures.
    pub(super) results: Value,
    /// Pictures in a row of the sheet.
    pub(super) columns: usize,
}

/// Prints the table, and writes the figures and the sheet beside it.
pub(super) fn write(rows: &Rows, name: &Path) -> Result<(), ToolError> {
    rows.check_complete()?;
    let verb = rows.settings.get("verb").and_then(Value::as_str);
    let mut report = match verb {
        Some("reconstruct") => reconstruct::report(rows)?,
        Some("fid") => fid::report(rows)?,
        Some("attributes") => attributes::report(rows)?,
        Some("disentangle") => disentangle::report(rows)?,
        Some("few-shot") => few_shot::report(rows)?,
        Some("identity") => identity::report(rows)?,
        _ => return Err(EvalError::NothingMeasured.into()),
    };
    let mut skipped = Vec::new();
    for (table, rows) in rows.tables() {
        for (index, why) in rows.skipped() {
            report.notes.push(format!("Left out: {why}"));
            skipped.push(json!({ "table": table, "index": index, "why": why }));
        }
    }
    say(&table(&report.table));
    for note in &report.notes {
        say(note);
    }
    let json = json!({
        "settings": rows.settings,
        "results": report.results,
        "skipped": skipped,
    });
    let mut text = serde_json::to_vec_pretty(&json).unwrap_or_default();
    text.push(b'\n');
    save(&with_suffix(name, ".json"), &text)?;
    let pictures = rows.sheet();
    if !pictures.is_empty() {
        let sheet = write_png(&contact_sheet(&pictures, report.columns)?, None)?;
        save(&with_suffix(name, ".png"), &sheet)?;
    }
    Ok(())
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
