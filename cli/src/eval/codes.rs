//! The rows that attributes, disentangle and few-shot share: z_sem of each picture, its labels, and the logits of the
//! model's own classifier. Which side of the split a picture is on is stored with it.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use diffae::DiffAe;
use diffae::eval::EvalError;
use diffae::eval::matrix::Matrix;
use diffae::eval::rows::Rows;
use diffae::pictures::SetError;
use diffae::weights::hash::describe;
use diffae::weights::{Manifest, Part};
use serde::{Deserialize, Serialize};

use super::calls::z_sem;
use super::run::{RunArgs, Work};
use super::set::Set;
use crate::error::ToolError;

pub(super) const TABLE: &str = "codes";

/// What the columns of the rows are.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Columns {
    /// The attributes of the pictures.
    pub(super) labels: Vec<String>,
    /// The attributes of the classifier.
    pub(super) classifier: Vec<String>,
    style: usize,
    split: SplitName,
}

/// The split as rows and reports have it, which say nothing of where files lie.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct SplitName {
    /// every=N, last=N, or SPLIT for a file.
    by: String,
    /// SHA-256 of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
}

/// Which pictures are kept for testing.
#[derive(Debug)]
pub(super) enum Split {
    /// The last of every so many.
    Every(usize),
    /// So many at the end.
    Last(usize),
    /// Those that a file in the format of CelebA's list_eval_partition.txt numbers 2; those it numbers 1 (validation)
    /// are on neither side.
    File {
        sides: HashMap<String, u8>,
        sha256: String,
    },
}

/// On which side of the split a picture is, as stored.
const TRAIN: f32 = 0.0;
const TEST: f32 = 1.0;
const NEITHER: f32 = 2.0;

impl Split {
    /// A split by places; none where the text names a file.
    fn by_place(text: &str) -> Option<Self> {
        let number = |prefix: &str| -> Option<usize> { text.strip_prefix(prefix)?.parse().ok() };
        let every = number("every=").filter(|&n| n > 1).map(Self::Every);
        every.or_else(|| number("last=").filter(|&n| n > 0).map(Self::Last))
    }

    pub(super) fn parse(text: &str) -> Result<Self, SetError> {
        if let Some(split) = Self::by_place(text) {
            return Ok(split);
        }
        let path = Path::new(text);
        let (read, sha256) = read(path).map_err(|e| SetError::Read {
            path: path.to_owned(),
            reason: format!("{e}; a split is every=N, last=N or such a file"),
        })?;
        let mut sides = HashMap::new();
        for (index, line) in read.lines().enumerate() {
            let line = line.replace(',', " ");
            let cells: Vec<&str> = line.split_whitespace().collect();
            match cells.as_slice() {
                [name, side @ ("0" | "1" | "2")] => {
                    sides.insert(stem(name).to_owned(), side.parse().unwrap_or(0));
                }
                [] => {}
                // The header of the CSV that mirrors have.
                _ if index == 0 => {}
                _ => {
                    return Err(SetError::AttributeFile {
                        file: text.to_owned(),
                        line: index + 1,
                        reason: "a picture's name and 0, 1 or 2 are needed".to_owned(),
                    });
                }
            }
        }
        Ok(Self::File { sides, sha256 })
    }

    fn name(&self) -> SplitName {
        let (by, sha256) = match self {
            Self::Every(n) => (format!("every={n}"), None),
            Self::Last(n) => (format!("last={n}"), None),
            Self::File { sha256, .. } => ("SPLIT".to_owned(), Some(sha256.clone())),
        };
        SplitName { by, sha256 }
    }

    fn side(&self, index: usize, count: usize, name: &str) -> f32 {
        let tests = match self {
            Self::Every(n) => index % n == n - 1,
            Self::Last(n) => index + n >= count,
            Self::File { sides, .. } => {
                let file = name.rsplit('/').next().unwrap_or(name);
                return match sides.get(stem(file)) {
                    Some(0) => TRAIN,
                    Some(2) => TEST,
                    _ => NEITHER,
                };
            }
        };
        if tests { TEST } else { TRAIN }
    }
}

/// The text of a file, and its SHA-256.
fn read(path: &Path) -> std::io::Result<(String, String)> {
    let mut file = File::open(path)?;
    let sha256 = describe(&mut file)?.sha256;
    file.rewind()?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok((text, sha256))
}

/// What the sides of a split are called.
const LEARNING: &str = "learning, by this split,";
const TESTING: &str = "testing, by this split,";

/// Refuses a side of a split on which too few pictures are.
fn enough(what: &'static str, found: usize) -> Result<(), EvalError> {
    match found {
        0 | 1 => Err(EvalError::TooFew {
            what,
            needed: 2,
            found,
        }),
        _ => Ok(()),
    }
}

fn stem(file: &str) -> &str {
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}

impl Columns {
    pub(super) fn new(set: &Set, manifest: &Manifest, split: &Split) -> Result<Self, ToolError> {
        set.pictures.check_labelled()?;
        let count = set.pictures.len();
        let sides = (0..count).map(|index| split.side(index, count, &set.pictures.row(index)));
        let sides: Vec<f32> = sides.collect();
        for (what, wanted) in [(LEARNING, TRAIN), (TESTING, TEST)] {
            enough(what, sides.iter().filter(|side| **side == wanted).count())?;
        }
        let classifier = match manifest.parts.contains_key(&Part::Attributes) {
            true => manifest.config.attributes.clone(),
            false => Vec::new(),
        };
        Ok(Self {
            labels: set.pictures.attribute_names().to_vec(),
            classifier,
            style: manifest.config.style_channels().unwrap_or(0),
            split: split.name(),
        })
    }

    /// The parts that making the rows takes.
    pub(super) fn parts(&self) -> Vec<Part> {
        match self.classifier.is_empty() {
            true => vec![Part::Encoder],
            false => vec![Part::Encoder, Part::Attributes],
        }
    }

    pub(super) fn measure(
        &self,
        run: &RunArgs,
        rows: &mut Rows,
        set: &mut Set,
        model: &DiffAe,
        split: &Split,
    ) -> Result<(), ToolError> {
        let count = set.pictures.len();
        let work = Work {
            table: TABLE,
            doing: "encoding",
            width: 1 + self.labels.len() + self.classifier.len() + self.style,
            total: count,
        };
        run.measure(rows, &work, set, |_, set, index| {
            let picture = set.read(index)?;
            let z_sem = z_sem(model, &picture)?;
            let labels = set.pictures.labels(index).unwrap_or_default();
            let mut row = vec![split.side(index, count, &set.pictures.row(index))];
            row.extend(labels.iter().map(|&label| f32::from(label)));
            if !self.classifier.is_empty() {
                row.extend(model.logits(&z_sem)?);
            }
            row.extend(z_sem);
            Ok(row)
        })
    }

    /// The rows taken apart again.
    pub(super) fn read(&self, rows: &Rows) -> Result<Codes, ToolError> {
        let table = rows.table(TABLE)?;
        let mut codes = Codes {
            labels: Vec::new(),
            logits: Vec::new(),
            z_sem: Matrix::new(Vec::new(), self.style)?,
            train: Vec::new(),
            test: Vec::new(),
        };
        let mut z_sem = Vec::new();
        for (place, (_, row)) in table.rows().enumerate() {
            let (side, row) = row.split_first().unwrap_or((&NEITHER, &[]));
            let (labels, row) = row.split_at_checked(self.labels.len()).unwrap_or_default();
            let split = row.split_at_checked(self.classifier.len());
            let (logits, z) = split.unwrap_or_default();
            codes
                .labels
                .push(labels.iter().map(|&v| v == 1.0).collect());
            codes
                .logits
                .push(logits.iter().map(|&v| f64::from(v)).collect());
            z_sem.extend(z.iter().map(|&v| f64::from(v)));
            match *side {
                TRAIN => codes.train.push(place),
                TEST => codes.test.push(place),
                _ => {}
            }
        }
        codes.z_sem = Matrix::new(z_sem, self.style)?;
        enough(LEARNING, codes.train.len())?;
        enough(TESTING, codes.test.len())?;
        Ok(codes)
    }

    /// The split as a command has it.
    pub(super) fn split(&self) -> String {
        self.split.by.clone()
    }

    /// What is said of the split.
    pub(super) fn note(&self, codes: &Codes) -> String {
        format!(
            "Learned from {} pictures and tested on {} others (split {}).",
            codes.train.len(),
            codes.test.len(),
            self.split.by
        )
    }
}

/// What the rows hold, in their order.
pub(super) struct Codes {
    /// Labels of each row.
    pub(super) labels: Vec<Vec<bool>>,
    /// Logits of each row.
    pub(super) logits: Vec<Vec<f64>>,
    pub(super) z_sem: Matrix,
    pub(super) train: Vec<usize>,
    pub(super) test: Vec<usize>,
}

impl Codes {
    /// The labels of an attribute in some of the rows.
    pub(super) fn labels_of(&self, attribute: usize, rows: &[usize]) -> Vec<bool> {
        let rows = rows.iter().filter_map(|&row| self.labels.get(row));
        rows.filter_map(|row| row.get(attribute).copied()).collect()
    }
}
