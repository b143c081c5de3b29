//! What a run stores: one row of numbers a picture, in named tables, so that the pictures can be shared out among
//! processes. A row depends on its picture alone, and a merge puts the rows back into their order before anything is
//! computed from them, so that any number of processes gives the same figures to the bit.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use super::EvalError;
use crate::photo::write_atomically;
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
        self.rows.iter().map(|(index, row)| (*index, row.as_slice()))
    }

    /// Why rows were left out, in order.
    pub fn skipped(&self) -> impl Iterator<Item = (usize, &str)> {
        self.skipped.iter().map(|(index, why)| (*index, why.as_str()))
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

/// What stands in the header of a file of rows.
#[derive(Serialize, Deserialize)]
struct Header {
    settings: serde_json::Value,
    tables: BTreeMap<String, TableHeader>,
}

#[derive(Serialize, Deserialize)]
struct TableHeader {
    width: usize,
    total: usize,
    skipped: BTreeMap<usize, String>,
}

/// The header's key, with the version of what stands there.
const HEADER: &str = "diffae.eval.rows.1";

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
    /// [`EvalError::NothingMeasured`] where it is not there or empty.
    pub fn table(&self, name: &str) -> Result<&Table, EvalError> {
        (self.tables.get(name))
            .filter(|table| !table.rows.is_empty())
            .ok_or(EvalError::NothingMeasured)
    }

    /// All tables by name.
    pub fn tables(&self) -> impl Iterator<Item = (&str, &Table)> {
        self.tables.iter().map(|(name, table)| (name.as_str(), table))
    }

    /// Makes sure that no row is missing.
    ///
    /// # Errors
    /// [`EvalError::MissingRows`].
    pub fn check_complete(&self) -> Result<(), EvalError> {
        for (name, table) in &self.tables {
            let there = |i: &usize| table.rows.contains_key(i) || table.skipped.contains_key(i);
            let mut missing = (0..table.total).filter(|i| !there(i));
            if let Some(first) = missing.next() {
                return Err(EvalError::MissingRows {
                    table: name.clone(),
                    missing: 1 + missing.count(),
                    first,
                });
            }
        }
        Ok(())
    }

    /// Writes a safetensors file, whole or not at all.
    ///
    /// # Errors
    /// [`EvalError::Write`].
    pub fn save(&self, path: &Path) -> Result<(), EvalError> {
        let failed = |reason: String| EvalError::Write {
            path: path.to_owned(),
            reason,
        };
        let headers = self.tables.iter().map(|(name, table)| {
            let header = TableHeader {
                width: table.width,
                total: table.total,
                skipped: table.skipped.clone(),
            };
            (name.clone(), header)
        });
        let header = Header {
            settings: self.settings.clone(),
            tables: headers.collect(),
        };
        let header = serde_json::to_string(&header).map_err(|e| failed(e.to_string()))?;
        let mut data: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = Vec::new();
        for (name, table) in &self.tables {
            let n = table.rows.len();
            let indices = table.rows.keys().flat_map(|&i| (i as u64).to_le_bytes());
            let rows = table.rows.values().flatten().flat_map(|v| v.to_le_bytes());
            data.push((format!("{name}.index"), Dtype::U64, vec![n], indices.collect()));
            data.push((format!("{name}.rows"), Dtype::F32, vec![n, table.width], rows.collect()));
        }
        for (index, pictures) in &self.sheet {
            for (place, picture) in pictures.iter().enumerate() {
                let shape = [picture.height(), picture.width(), 4].map(|n| n as usize);
                let bytes = picture.rgba().to_vec();
                data.push((sheet_name(*index, place), Dtype::U8, shape.to_vec(), bytes));
            }
        }
        let mut views = Vec::new();
        for (name, dtype, shape, bytes) in &data {
            let view = TensorView::new(*dtype, shape.clone(), bytes);
            views.push((name, view.map_err(|e| failed(e.to_string()))?));
        }
        let metadata = HashMap::from([(HEADER.to_owned(), header)]);
        let bytes = safetensors::serialize(views, Some(metadata));
        let bytes = bytes.map_err(|e| failed(e.to_string()))?;
        write_atomically(path, &bytes).map_err(|e| failed(e.to_string()))
    }

    /// Reads what [`Self::save`] wrote.
    ///
    /// # Errors
    /// [`EvalError::Read`], [`EvalError::Rows`].
    pub fn load(path: &Path) -> Result<Self, EvalError> {
        let bytes = std::fs::read(path).map_err(|e| EvalError::Read {
            path: path.to_owned(),
            reason: e.to_string(),
        })?;
        Self::parse(&bytes).map_err(|reason| EvalError::Rows {
            path: path.to_owned(),
            reason,
        })
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|e| e.to_string())?;
        let header = (metadata.metadata().as_ref())
            .and_then(|map| map.get(HEADER))
            .ok_or("it does not say what was measured")?;
        let header: Header = serde_json::from_str(header).map_err(|e| e.to_string())?;
        let file = SafeTensors::deserialize(bytes).map_err(|e| e.to_string())?;
        let tensor = |name: &str, dtype, rank: usize| {
            let view = file.tensor(name).map_err(|e| e.to_string())?;
            match view.dtype() == dtype && view.shape().len() == rank {
                true => Ok(view),
                false => Err(format!("`{name}` is of another kind")),
            }
        };
        let mut rows = Self::new(header.settings);
        for (name, table) in header.tables {
            let indices = tensor(&format!("{name}.index"), Dtype::U64, 1)?;
            let values = tensor(&format!("{name}.rows"), Dtype::F32, 2)?;
            let indices = indices.data().as_chunks().0.iter();
            let indices: Vec<usize> = indices.map(|b| u64::from_le_bytes(*b) as usize).collect();
            if values.shape() != [indices.len(), table.width] || table.width == 0 {
                return Err(format!("`{name}` does not have the size it claims"));
            }
            if indices.iter().chain(table.skipped.keys()).any(|&i| i >= table.total) {
                return Err(format!("`{name}` has a row past its end"));
            }
            let values = values.data().as_chunks().0.iter();
            let values: Vec<f32> = values.map(|b| f32::from_le_bytes(*b)).collect();
            let read = indices.into_iter().zip(values.chunks_exact(table.width));
            let read = Table {
                width: table.width,
                total: table.total,
                rows: read.map(|(i, row)| (i, row.to_vec())).collect(),
                skipped: table.skipped,
            };
            rows.tables.insert(name, read);
        }
        let mut places: BTreeMap<(usize, usize), Picture> = BTreeMap::new();
        for name in file.names() {
            let Some(place) = name.strip_prefix("sheet.") else {
                continue;
            };
            let place = place.split_once('.');
            let place = place.and_then(|(i, k)| Some((i.parse().ok()?, k.parse().ok()?)));
            let place = place.ok_or_else(|| format!("`{name}` has no place"))?;
            let view = tensor(name, Dtype::U8, 3)?;
            let &[height, width, 4] = view.shape() else {
                return Err(format!("`{name}` is no picture"));
            };
            let side = |n: usize| u32::try_from(n).map_err(|e| e.to_string());
            let picture = Picture::new(side(width)?, side(height)?, view.data().to_vec());
            places.insert(place, picture.map_err(|e| e.to_string())?);
        }
        for ((index, _), picture) in places {
            rows.sheet.entry(index).or_default().push(picture);
        }
        Ok(rows)
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
                let is_there = |i: &&usize| into.rows.contains_key(i) || into.skipped.contains_key(i);
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

fn sheet_name(index: usize, place: usize) -> String {
    format!("sheet.{index}.{place}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The rows of a shard of 23 pictures, of which the sixth is broken.
    fn shard(number: usize, of: usize) -> Rows {
        let mut rows = Rows::new(json!({"verb": "test", "seed": 4}));
        rows.begin("values", 3, 23);
        let shard = Shard { number, of };
        for index in (0..23).filter(|&i| shard.takes(i)) {
            let value = (index as f32 * 0.37).sin();
            match index {
                5 => rows.skip("values", 5, "broken".to_owned()),
                _ => rows.push("values", index, vec![value, value / 3.0, f32::INFINITY]).unwrap(),
            }
            if index < 2 {
                rows.show(index, vec![Picture::from_rgb(1, 2, &[index as u8; 6]).unwrap()]);
            }
        }
        rows
    }

    fn named(rows: impl IntoIterator<Item = Rows>) -> Vec<(PathBuf, Rows)> {
        let rows = rows.into_iter().enumerate();
        rows.map(|(i, rows)| (PathBuf::from(format!("{i}")), rows)).collect()
    }

    #[test]
    fn any_number_of_shards_in_any_order_is_one_run() {
        let folder = tempfile::tempdir().unwrap();
        let whole = shard(1, 1);
        whole.check_complete().unwrap();
        for of in [1, 2, 7, 23, 40] {
            let files = (1..=of).rev().map(|number| {
                let path = folder.path().join(format!("{number}"));
                shard(number, of).save(&path).unwrap();
                let rows = Rows::load(&path).unwrap();
                (path, rows)
            });
            assert!(Rows::merge(files).unwrap() == whole, "{of}");
        }
        assert_eq!(whole.sheet().len(), 2);
        assert_eq!(whole.table("values").unwrap().skipped().count(), 1);
    }

    #[test]
    fn a_missing_or_doubled_shard_is_told() {
        let error = Rows::merge(named([shard(1, 3), shard(3, 3)])).unwrap_err();
        assert!(matches!(error, EvalError::MissingRows { first: 1, missing: 8, .. }), "{error}");
        let error = Rows::merge(named([shard(1, 2), shard(2, 2), shard(2, 2)])).unwrap_err();
        assert!(matches!(error, EvalError::RowTwice { index: 1, .. }), "{error}");
        assert!(Rows::merge([]).is_err());
        let mut other = shard(2, 2);
        other.settings = json!({"verb": "test", "seed": 5});
        let error = Rows::merge(named([shard(1, 2), other])).unwrap_err();
        assert!(error.to_string().contains("`seed`"), "{error}");
        let mut other = shard(2, 2);
        other.begin("more", 1, 1);
        assert!(matches!(Rows::merge(named([shard(1, 2), other])), Err(EvalError::OtherRun { .. })));
    }

    #[test]
    fn a_damaged_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows");
        shard(1, 2).save(&path).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for end in 0..whole.len() {
            std::fs::write(&path, &whole[..end]).unwrap();
            assert!(Rows::load(&path).is_err(), "{end}");
        }
        // Any change of the header may be harmless, but never a panic.
        for at in 8..whole.len().min(900) {
            let mut bytes = whole.clone();
            bytes[at] = bytes[at].wrapping_add(1);
            std::fs::write(&path, bytes).unwrap();
            drop(Rows::load(&path));
        }
        assert!(matches!(Rows::load(folder.path()), Err(EvalError::Read { .. })));
    }

    #[test]
    fn shards_are_written_i_of_n() {
        assert_eq!("3/7".parse(), Ok(Shard { number: 3, of: 7 }));
        for text in ["0/7", "8/7", "3", "a/b", "1/0", "-1/2"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
