//! Rows as a safetensors file: what was measured in its header, and two tensors for each table.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use super::{Rows, Table};
use crate::eval::EvalError;
use crate::photo::write_atomically;
use crate::picture::Picture;

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
            data.push((
                format!("{name}.index"),
                Dtype::U64,
                vec![n],
                indices.collect(),
            ));
            data.push((
                format!("{name}.rows"),
                Dtype::F32,
                vec![n, table.width],
                rows.collect(),
            ));
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
            if indices
                .iter()
                .chain(table.skipped.keys())
                .any(|&i| i >= table.total)
            {
                return Err(format!("`{name}` has a row past its end"));
            }
            let twice = |i: &usize| table.skipped.contains_key(i);
            let distinct: BTreeSet<usize> = indices.iter().copied().collect();
            if distinct.len() != indices.len() || distinct.iter().any(twice) {
                return Err(format!("`{name}` has a row twice"));
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
}

fn sheet_name(index: usize, place: usize) -> String {
    format!("sheet.{index}.{place}")
}
