//! z_sem of a whole set of pictures, on which the latent DPM and the classifier are trained, with
//! its mean and deviation (the official `latent.pkl`).

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::TrainError;
use crate::weights::part::{self, PartOnDisk, PartReader};
use crate::weights::{Array, TensorSource};
use crate::whole::Unfinished;

/// z_sem of some pictures of a set, in the order of the set.
#[derive(Debug, Clone, PartialEq)]
pub struct LatentSet {
    /// What they are.
    pub about: About,
    /// Rows [N, Z].
    conds: Vec<f32>,
    /// Attributes of each picture in 0..=1, [N, attributes]; -1 where they are not known.
    labels: Vec<f32>,
}

/// What a file of latents holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// What tells the set of pictures from another one.
    pub data: String,
    /// What tells the encoder from another one.
    pub encoder: String,
    /// Width of z_sem.
    pub style: usize,
    /// Names of the attributes.
    pub attributes: Vec<String>,
    /// Which part of the set it is, and of how many: every `of`-th picture from `shard` on.
    pub shard: usize,
    /// Number of parts.
    pub of: usize,
    /// Pictures that could not be used, by their place in the set.
    pub left_out: Vec<usize>,
}

/// Mean and unbiased deviation of each value of z_sem.
#[derive(Debug, Clone, PartialEq)]
pub struct LatentStatistics {
    /// Means, `[Z]`.
    pub mean: Vec<f32>,
    /// Deviations, `[Z]`; 0 for a value that is the same in every picture.
    pub deviation: Vec<f32>,
}

const ABOUT: &str = "diffae.latents";
const UNKNOWN: f32 = -1.0;

impl About {
    /// What tells these latents from others.
    pub fn describe(&self) -> String {
        format!("latents of {} by encoder {}", self.data, self.encoder)
    }
}

impl LatentSet {
    /// A set without pictures.
    pub fn new(about: About) -> Self {
        Self {
            about,
            conds: Vec::new(),
            labels: Vec::new(),
        }
    }

    /// Adds a picture's z_sem, `[Z]`, and its attributes.
    pub fn push(&mut self, z_sem: &[f32], labels: Option<&[bool]>) {
        self.conds.extend(z_sem);
        match labels {
            Some(labels) => self.labels.extend(labels.iter().map(|l| f32::from(*l))),
            None => {
                let unknown = std::iter::repeat_n(UNKNOWN, self.about.attributes.len());
                self.labels.extend(unknown);
            }
        }
    }

    /// Whether one can train on these latents with a z_sem of this width.
    ///
    /// # Errors
    /// [`TrainError::Latents`], [`TrainError::TooFewLatents`].
    pub fn check(&self, style: usize) -> Result<(), TrainError> {
        if self.about.of > 1 {
            return Err(TrainError::Latents {
                reason: format!(
                    "they are part {} of {}; put the parts together by `diffae train merge-latents`",
                    self.about.shard + 1,
                    self.about.of
                ),
            });
        }
        if self.about.style != style {
            return Err(TrainError::Latents {
                reason: format!(
                    "their z_sem is {} values wide, but the configuration's is {style}",
                    self.about.style
                ),
            });
        }
        if self.len() < 2 {
            return Err(TrainError::TooFewLatents { found: self.len() });
        }
        Ok(())
    }

    /// Number of pictures.
    pub fn len(&self) -> usize {
        self.conds.len() / self.about.style.max(1)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.conds.is_empty()
    }

    /// A picture's z_sem.
    pub fn row(&self, index: usize) -> &[f32] {
        let style = self.about.style;
        self.conds
            .get(index * style..(index + 1) * style)
            .unwrap_or_default()
    }

    /// A picture's attributes in 0..=1, where they are known.
    pub fn labels(&self, index: usize) -> Option<&[f32]> {
        let width = self.about.attributes.len();
        let labels = self.labels.get(index * width..(index + 1) * width)?;
        (!labels.contains(&UNKNOWN) && width > 0).then_some(labels)
    }

    /// Only the pictures whose attributes are known.
    #[must_use]
    pub fn labelled(&self) -> Self {
        let mut known = Self::new(self.about.clone());
        for index in 0..self.len() {
            if let Some(labels) = self.labels(index) {
                known.conds.extend(self.row(index));
                known.labels.extend(labels);
            }
        }
        known
    }

    /// Mean and unbiased deviation of each value, as the reference takes them: of all pictures as they are, unmirrored.
    ///
    /// # Errors
    /// [`TrainError::TooFewLatents`] with fewer than two pictures.
    pub fn statistics(&self) -> Result<LatentStatistics, TrainError> {
        let (count, style) = (self.len(), self.about.style);
        if count < 2 {
            return Err(TrainError::TooFewLatents { found: count });
        }
        let mut mean = vec![0.0; style];
        for row in self.conds.chunks_exact(style) {
            for (sum, value) in mean.iter_mut().zip(row) {
                *sum += f64::from(*value) / count as f64;
            }
        }
        let mut square = vec![0.0; style];
        for row in self.conds.chunks_exact(style) {
            for ((sum, mean), value) in square.iter_mut().zip(&mean).zip(row) {
                *sum += (f64::from(*value) - mean).powi(2);
            }
        }
        let deviation = square
            .iter()
            .map(|s| (s / (count - 1) as f64).sqrt() as f32);
        Ok(LatentStatistics {
            deviation: deviation.collect(),
            mean: mean.into_iter().map(|m| m as f32).collect(),
        })
    }

    /// The same latents with the attributes of these names, in this order.
    ///
    /// # Errors
    /// [`TrainError::Latents`] for a name that they do not have.
    pub fn with_attributes(&self, names: &[String]) -> Result<Self, TrainError> {
        let columns: Result<Vec<usize>, TrainError> = (names.iter())
            .map(|name| {
                let column = self.about.attributes.iter().position(|known| known == name);
                column.ok_or_else(|| TrainError::Latents {
                    reason: format!(
                        "their pictures have no attribute `{name}`, which the configuration names"
                    ),
                })
            })
            .collect();
        let columns = columns?;
        let rows = self.labels.chunks(self.about.attributes.len().max(1));
        let labels = rows.flat_map(|row| columns.iter().map(|column| row[*column]));
        Ok(Self {
            labels: labels.collect(),
            conds: self.conds.clone(),
            about: About {
                attributes: names.to_vec(),
                ..self.about.clone()
            },
        })
    }

    /// These latents and those of other pictures by the same encoder, with the same attributes, one set after the other.
    ///
    /// # Errors
    /// [`TrainError::Latents`] where the encoders or attributes differ.
    pub fn and(mut self, others: &Self) -> Result<Self, TrainError> {
        let wrong = |what: &str| TrainError::Latents {
            reason: format!(
                "they are of different {what}, so that they cannot be trained on together"
            ),
        };
        if (&self.about.encoder, self.about.style) != (&others.about.encoder, others.about.style) {
            return Err(wrong("encoders"));
        }
        if self.about.attributes != others.about.attributes {
            return Err(wrong("attributes"));
        }
        self.about.data = format!("{} and {}", self.about.data, others.about.data);
        self.conds.extend(&others.conds);
        self.labels.extend(&others.labels);
        Ok(self)
    }

    /// All rows with mean 0 and deviation 1.
    ///
    /// # Errors
    /// [`TrainError::Latents`] for a value that never changes.
    pub fn normalized(&self, statistics: &LatentStatistics) -> Result<Self, TrainError> {
        if let Some(value) = statistics.deviation.iter().position(|d| *d <= 0.0) {
            return Err(TrainError::Latents {
                reason: format!(
                    "value {value} of z_sem is the same in every picture; the encoder has not learned anything yet"
                ),
            });
        }
        let mut normalized = self.clone();
        for row in normalized.conds.chunks_exact_mut(self.about.style.max(1)) {
            let statistics = statistics.mean.iter().zip(&statistics.deviation);
            for (value, (mean, deviation)) in row.iter_mut().zip(statistics) {
                *value = (*value - mean) / deviation;
            }
        }
        Ok(normalized)
    }

    /// Puts the parts of a set together.
    ///
    /// # Errors
    /// [`TrainError::Parts`] where a part is missing, there twice, or of another set.
    pub fn merge(parts: &[Self]) -> Result<Self, TrainError> {
        let wrong = |reason: String| Err(TrainError::Parts { reason });
        let Some(first) = parts.first() else {
            return wrong("there is none".to_owned());
        };
        let of = first.about.of;
        let mut about = first.about.clone();
        let mut by_shard = BTreeMap::new();
        for part in parts {
            let alike = About {
                shard: about.shard,
                left_out: about.left_out.clone(),
                ..part.about.clone()
            };
            if alike != about {
                return wrong(
                    "they are of different sets, encoders or numbers of parts".to_owned(),
                );
            }
            if by_shard.insert(part.about.shard, part).is_some() {
                return wrong(format!(
                    "part {} of {of} is there twice",
                    part.about.shard + 1
                ));
            }
        }
        if let Some(missing) = (0..of).find(|shard| !by_shard.contains_key(shard)) {
            return wrong(format!("part {} of {of} is missing", missing + 1));
        }
        about.left_out = parts
            .iter()
            .flat_map(|p| p.about.left_out.clone())
            .collect();
        about.left_out.sort_unstable();
        (about.shard, about.of) = (0, 1);
        let total: usize = parts.iter().map(Self::len).sum::<usize>() + about.left_out.len();
        let left_out: std::collections::BTreeSet<usize> = about.left_out.iter().copied().collect();
        let mut merged = Self::new(about);
        let mut next = vec![0; of];
        let width = merged.about.attributes.len();
        for place in (0..total).filter(|place| !left_out.contains(place)) {
            let shard = place % of;
            let Some(part) = by_shard.get(&shard).filter(|part| next[shard] < part.len()) else {
                return wrong(format!(
                    "part {} of {of} is shorter than the others",
                    shard + 1
                ));
            };
            let index = next[shard];
            next[shard] += 1;
            merged.conds.extend(part.row(index));
            merged
                .labels
                .extend(&part.labels[index * width..(index + 1) * width]);
        }
        Ok(merged)
    }

    /// Writes a file, whole or not at all. A whole set comes with its statistics.
    ///
    /// # Errors
    /// [`TrainError::Directory`], [`TrainError::TooFewLatents`].
    pub fn write(&self, path: &Path) -> Result<(), TrainError> {
        let failed = |source: std::io::Error| TrainError::Directory {
            path: path.to_owned(),
            source,
        };
        let rows = self.len();
        let conds = Array::f32(&[rows, self.about.style], self.conds.clone());
        let labels = Array::f32(&[rows, self.about.attributes.len()], self.labels.clone());
        let mut tensors =
            BTreeMap::from([("conds".to_owned(), conds), ("labels".to_owned(), labels)]);
        if self.about.of == 1 {
            let LatentStatistics { mean, deviation } = self.statistics()?;
            let style = [self.about.style];
            tensors.insert("conds_mean".to_owned(), Array::f32(&style, mean));
            tensors.insert("conds_std".to_owned(), Array::f32(&style, deviation));
        }
        let about = serde_json::to_string(&self.about).map_err(|e| failed(e.into()))?;
        let mut unfinished = Unfinished::of(path).map_err(failed)?;
        let notes = HashMap::from([(ABOUT.to_owned(), about)]);
        let name = path.display().to_string();
        part::write_to(&name, &tensors, Some(notes), unfinished.file())?;
        unfinished.finish().map_err(failed)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`TrainError::Directory`], [`TrainError::State`], [`TrainError::Weights`].
    pub fn open(path: &Path) -> Result<Self, TrainError> {
        let damaged = |reason: String| TrainError::State {
            path: path.to_owned(),
            reason,
        };
        let file = File::open(path)
            .and_then(PartOnDisk::new)
            .map_err(|source| TrainError::Directory {
                path: path.to_owned(),
                source,
            })?;
        let mut reader = PartReader::open(&path.display().to_string(), file)
            .map_err(|error| TrainError::of_file(path, error))?;
        let about = reader.note(ABOUT).ok_or_else(|| {
            let reason =
                "it does not say of which pictures it is; make it by `diffae train latents`";
            damaged(reason.to_owned())
        })?;
        let about: About = serde_json::from_str(about).map_err(|e| damaged(e.to_string()))?;
        let conds = reader.read("conds")?;
        let rows = conds.shape.first().copied().unwrap_or(0);
        if about.style == 0 || about.of == 0 || conds.shape != [rows, about.style] {
            return Err(damaged(
                "its latents are not of the width that it states".to_owned(),
            ));
        }
        let labels = reader
            .tensor("labels", &[rows, about.attributes.len()])?
            .into_f32();
        let known = |label: &f32| (0.0..=1.0).contains(label) || *label == UNKNOWN;
        if !labels.iter().all(known) {
            return Err(damaged(
                "a label is neither in 0..=1 nor -1, for unknown".to_owned(),
            ));
        }
        Ok(Self {
            conds: conds.into_f32(),
            labels,
            about,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(shard: usize, of: usize, places: impl Iterator<Item = usize>) -> LatentSet {
        let mut set = LatentSet::new(About {
            data: "d".to_owned(),
            encoder: "e".to_owned(),
            style: 2,
            attributes: vec!["A".to_owned()],
            shard,
            of,
            left_out: Vec::new(),
        });
        for place in places {
            if place == 4 {
                set.about.left_out.push(4);
                continue;
            }
            let labels = [place % 2 == 0];
            let labels = (place != 3).then_some(&labels[..]);
            set.push(&[place as f32, -3.0 * place as f32], labels);
        }
        set
    }

    #[test]
    fn a_cut_file_is_not_to_be_downloaded_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("latents.safetensors");
        set(0, 1, 0..8).write(&path).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        let error = LatentSet::open(&path).unwrap_err().to_string();
        assert!(
            error.contains("latents.safetensors") && !error.contains("download"),
            "{error}"
        );
    }

    #[test]
    fn parts_in_any_order_are_the_whole() {
        let whole = set(0, 1, 0..8);
        let part = |shard: usize| set(shard, 3, (0..8).filter(move |p| p % 3 == shard));
        let merged = LatentSet::merge(&[part(2), part(0), part(1)]).unwrap();
        assert_eq!(merged, whole);
        for (parts, what) in [
            (vec![], "none"),
            (vec![part(0), part(2)], "part 2 of 3 is missing"),
            (vec![part(0), part(1), part(1)], "twice"),
            (vec![part(0), set(1, 4, 1..2)], "different"),
        ] {
            let error = LatentSet::merge(&parts).unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
        }
    }

    #[test]
    fn statistics_are_unbiased_and_normalize() {
        let whole = set(0, 1, 0..4);
        let statistics = whole.statistics().unwrap();
        assert_eq!(statistics.mean, [1.5, -4.5]);
        let deviation = (5.0f32 / 3.0).sqrt();
        assert!((statistics.deviation[0] - deviation).abs() < 1e-6);
        let normalized = whole.normalized(&statistics).unwrap();
        let normalized = normalized.statistics().unwrap();
        assert!(normalized.mean.iter().all(|m| m.abs() < 1e-6));
        assert!(normalized.deviation.iter().all(|d| (d - 1.0).abs() < 1e-6));
        assert!(set(0, 1, 0..1).statistics().is_err());
    }

    #[test]
    fn a_file_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("latents.safetensors");
        let whole = set(0, 1, 0..8);
        whole.write(&path).unwrap();
        assert_eq!(LatentSet::open(&path).unwrap(), whole);
        assert_eq!(whole.labelled().len(), 6);
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 5]).unwrap();
        assert!(LatentSet::open(&path).is_err());
    }

    #[test]
    fn latents_with_a_value_that_never_changes_are_kept_but_not_trained_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("latents.safetensors");
        let mut latents = set(0, 1, 0..0);
        for changes in [1.0, 2.0] {
            latents.push(&[changes, 7.0], Some(&[true]));
        }
        latents.write(&path).unwrap();
        let latents = LatentSet::open(&path).unwrap();
        let statistics = latents.statistics().unwrap();
        assert_eq!(statistics.deviation[1], 0.0);
        let refused = latents.normalized(&statistics).unwrap_err().to_string();
        assert!(refused.contains("value 1 of z_sem"), "{refused}");
    }

    #[test]
    fn attributes_go_by_their_names() {
        let mut two = LatentSet::new(About {
            attributes: vec!["A".to_owned(), "B".to_owned()],
            ..set(0, 1, 0..0).about
        });
        two.push(&[1.0, 2.0], Some(&[true, false]));
        let names = ["B".to_owned(), "A".to_owned()];
        let turned = two.with_attributes(&names).unwrap();
        assert_eq!(turned.labels(0), Some(&[0.0, 1.0][..]));
        assert!(two.with_attributes(&["C".to_owned()]).is_err());
    }
}
