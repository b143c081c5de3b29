//! What a run stores: one row of numbers a picture, in named tables, so that the pictures can be shared out among
//! processes. A row depends on its picture alone, and a merge puts the rows back into their order before anything is
//! computed from them, so that any number of processes gives the same figures to the bit.

mod file;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use super::EvalError;
use crate::picture::Picture;

/// One of several processes that share a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Counted from 1.
    pub number: usize,
    /// How many there are.
    pub of: usize,
}

impl Shard {
    /// Everything in one process.
    pub const WHOLE: Self = Self { number: 1, of: 1 };

    /// Whether this process computes the row; rows go round, so that the processes take equally long.
    pub fn takes(self, row: usize) -> bool {
        row % self.of.max(1) + 1 == self.number
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "i/n is needed, as in 3/7: the third of seven processes".to_owned();
        let (number, of) = text.split_once('/').ok_or_else(wrong)?;
        let shard = Self {
            number: number.trim().parse().map_err(|_| wrong())?,
            of: of.trim().parse().map_err(|_| wrong())?,
        };
        match (1..=shard.of).contains(&shard.number) {
            true => Ok(shard),
            false => Err(wrong()),
        }
    }
}

/// Rows of one width.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Numbers in a row.
    pub width: usize,
    /// Rows that all processes make together.
    pub total: usize,
    rows: BTreeMap<usize, Vec<f32>>,
    skipped: BTreeMap<usize, String>,
}

impl Table {
    /// The rows with their indices, in order.
    pub fn rows(&self) -> impl Iterator<Item = (usize, &[f32])> {
        self.rows
            .iter()
            .map(|(index, row)| (*index, row.as_slice()))
    }

    /// Why rows were left out, in order.
    pub fn skipped(&self) -> impl Iterator<Item = (usize, &str)> {
        self.skipped
            .iter()
            .map(|(index, why)| (*index, why.as_str()))
    }

    /// Rows that were measured.
    pub fn measured(&self) -> usize {
        self.rows.len()
    }
}

/// Everything that one process stores.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    /// What was measured and how; all shards of a run have the same.
    pub settings: serde_json::Value,
    tables: BTreeMap<String, Table>,
    /// Pictures for the sheet, by row.
    sheet: BTreeMap<usize, Vec<Picture>>,
}

impl Rows {
    /// No rows yet.
    pub fn new(settings: serde_json::Value) -> Self {
        Self {
            settings,
            tables: BTreeMap::new(),
            sheet: BTreeMap::new(),
        }
    }

    /// Begins a table.
    pub fn begin(&mut self, table: &str, width: usize, total: usize) {
        let empty = Table {
            width,
            total,
            rows: BTreeMap::new(),
            skipped: BTreeMap::new(),
        };
        self.tables.insert(table.to_owned(), empty);
    }

    /// Adds a row to a table that was begun.
    ///
    /// # Errors
    /// [`EvalError::Unequal`] for a row of another width, [`EvalError::NothingMeasured`] for a table that was not.
    pub fn push(&mut self, table: &str, index: usize, row: Vec<f32>) -> Result<(), EvalError> {
        let table = self.tables.get_mut(table);
        let table = table.ok_or(EvalError::NothingMeasured)?;
        super::classification::equal(row.len(), table.width)?;
        table.rows.insert(index, row);
        Ok(())
    }

    /// Says that there is no row, and why.
    pub fn skip(&mut self, table: &str, index: usize, why: String) {
        if let Some(table) = self.tables.get_mut(table) {
            table.skipped.insert(index, why);
        }
    }

    /// Adds pictures for the sheet.
    pub fn show(&mut self, index: usize, pictures: Vec<Picture>) {
        self.sheet.insert(index, pictures);
    }

    /// The pictures for the sheet, row by row.
    pub fn sheet(&self) -> Vec<Picture> {
        self.sheet.values().flatten().cloned().collect()
    }

    /// A table.
    ///
    /// # Errors
    /// [`EvalError::NoneUsable`] where all its rows were skipped, [`EvalError::NothingMeasured`] where it is not there or
    /// empty.
    pub fn table(&self, name: &str) -> Result<&Table, EvalError> {
        let table = self.tables.get(name).ok_or(EvalError::NothingMeasured)?;
        match table.skipped.values().next() {
            _ if !table.rows.is_empty() => Ok(table),
            Some(why) => Err(EvalError::NoneUsable {
                count: table.skipped.len(),
                why: why.clone(),
            }),
            None => Err(EvalError::NothingMeasured),
        }
    }

    /// All tables by name.
    pub fn tables(&self) -> impl Iterator<Item = (&str, &Table)> {
        self.tables
            .iter()
            .map(|(name, table)| (name.as_str(), table))
    }

    /// Makes sure that no row is missing.
    ///
    /// # Errors
    /// [`EvalError::MissingRows`].
    pub fn check_complete(&self) -> Result<(), EvalError> {
        for (name, table) in &self.tables {
            // A file may claim any total, so nothing here takes longer than its rows.
            let there = |i: &usize| table.rows.contains_key(i) || table.skipped.contains_key(i);
            let first = (0..table.total).find(|i| !there(i));
            if let Some(first) = first {
                return Err(EvalError::MissingRows {
                    table: name.clone(),
                    missing: table.total - table.rows.len() - table.skipped.len(),
                    first,
                });
            }
        }
        Ok(())
    }

    /// Puts the rows of several files together.
    ///
    /// # Errors
    /// [`EvalError::NothingMeasured`] for no files; [`EvalError::OtherRun`], [`EvalError::RowTwice`] and
    /// [`EvalError::MissingRows`] for files that are not the shards of one run.
    pub fn merge(files: impl IntoIterator<Item = (PathBuf, Self)>) -> Result<Self, EvalError> {
        let mut files = files.into_iter();
        let (first_path, mut all) = files.next().ok_or(EvalError::NothingMeasured)?;
        for (path, rows) in files {
            if let Some(what) = all.difference(&rows) {
                return Err(EvalError::OtherRun {
                    path,
                    other: first_path,
                    what,
                });
            }
            for (name, table) in rows.tables {
                let into = all.tables.get_mut(&name);
                let into = into.ok_or(EvalError::NothingMeasured)?;
                let indices = table.rows.keys().chain(table.skipped.keys());
                let is_there =
                    |i: &&usize| into.rows.contains_key(i) || into.skipped.contains_key(i);
                if let Some(&index) = indices.clone().find(is_there) {
                    return Err(EvalError::RowTwice {
                        table: name,
                        index,
                        path,
                    });
                }
                into.rows.extend(table.rows);
                into.skipped.extend(table.skipped);
            }
            all.sheet.extend(rows.sheet);
        }
        all.check_complete()?;
        Ok(all)
    }

    /// What differs between two runs, if they are not the same.
    fn difference(&self, other: &Self) -> Option<String> {
        if self.settings != other.settings {
            let keys = |value: &serde_json::Value| value.as_object().cloned().unwrap_or_default();
            let (ours, theirs) = (keys(&self.settings), keys(&other.settings));
            let named = ours.keys().chain(theirs.keys());
            let mut differing = named.filter(|key| ours.get(*key) != theirs.get(*key));
            let key = differing.next().cloned().unwrap_or_default();
            return Some(format!("`{key}`"));
        }
        let shape = |rows: &Self| -> Vec<(String, usize, usize)> {
            let tables = rows.tables.iter();
            tables.map(|(n, t)| (n.clone(), t.width, t.total)).collect()
        };
        (shape(self) != shape(other)).then(|| "the number of rows".to_owned())
    }
}

#[cfg(test)]
mod tests;
