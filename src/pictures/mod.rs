//! Sets of pictures from folders, zips and CelebA's layout, in an order that depends on their names alone, and the
//! squares that models are shown of them: what evaluation measures on and training learns from.

mod ahead;
mod attributes;
mod crop;
mod error;
#[cfg(feature = "lmdb")]
mod lmdb;
#[cfg(not(feature = "lmdb"))]
#[path = "lmdb/absent.rs"]
mod lmdb;
mod source;
mod walk;

use std::borrow::Cow;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;

use sha2::{Digest, Sha256};

#[cfg(feature = "train")]
pub(crate) use ahead::Ahead;
pub use ahead::default_threads;
pub use attributes::Attributes;
pub use crop::{Crop, Framer};
pub use error::SetError;
pub use walk::Walk;

use self::source::Source;
use crate::photo::PhotoError;
use crate::picture::Picture;

/// Pictures of one or several sources, one source after the other: folders and zips in the order of their names' bytes,
/// databases by index.
#[derive(Debug)]
pub struct PictureSet {
    sources: Vec<Source>,
    /// Shared by everyone who reads the set.
    entries: Arc<Vec<Entry>>,
    attribute_names: Vec<String>,
}

#[derive(Debug, Clone)]
struct Entry {
    source: usize,
    /// Its path below the source, with slashes.
    name: String,
    /// What the attribute file says of it.
    labels: Option<Vec<bool>>,
}

impl PictureSet {
    /// Opens folders, zips and, with the feature `lmdb`, the databases that the reference packs its data sets in.
    /// Attributes are looked for beside the pictures (`list_attr_celeba.txt` or `.csv`), or read from the file that is
    /// named. Pictures in a database have attributes only from a named file, whose rows are numbered from 0 without padding
    /// (CelebA-HQ's).
    ///
    /// LMDB is for trusted files alone, which nobody writes to meanwhile: one that was made to deceive can crash the program.
    ///
    /// # Errors
    /// [`SetError::Read`], [`SetError::Lmdb`], [`SetError::NoPictures`], [`SetError::AttributesTooLarge`],
    /// [`SetError::AttributeFile`]; the last of these too where two sources do not have the same attributes.
    pub fn open(paths: &[PathBuf], attributes: Option<&std::path::Path>) -> Result<Self, SetError> {
        let given = attributes.map(Attributes::open).transpose()?;
        let mut set = Self {
            sources: Vec::new(),
            entries: Arc::default(),
            attribute_names: Vec::new(),
        };
        let mut entries = Vec::new();
        for path in paths {
            let mut source = Source::open(path)?;
            let names = source.names()?;
            if names.is_empty() {
                return Err(SetError::NoPictures { path: path.clone() });
            }
            let found = match &given {
                Some(_) => None,
                None => source.attributes()?,
            };
            let attributes = given.as_ref().or(found.as_ref());
            if let Some(attributes) = attributes {
                set.agree(attributes)?;
            }
            let index = set.sources.len();
            entries.extend(names.into_iter().map(|name| Entry {
                source: index,
                labels: (attributes.and_then(|a| a.of(&source.row(&name)))).map(<[bool]>::to_vec),
                name,
            }));
            set.sources.push(source);
        }
        set.entries = Arc::new(entries);
        Ok(set)
    }

    /// The same set for one more reader, who opens its files anew.
    ///
    /// # Errors
    /// [`SetError::Read`].
    pub(crate) fn reopen(&self) -> Result<Self, SetError> {
        let sources = self.sources.iter();
        Ok(Self {
            sources: sources.map(Source::reopen).collect::<Result<_, _>>()?,
            entries: Arc::clone(&self.entries),
            attribute_names: self.attribute_names.clone(),
        })
    }

    fn agree(&mut self, attributes: &Attributes) -> Result<(), SetError> {
        if self.attribute_names.is_empty() {
            self.attribute_names = attributes.names().to_vec();
        }
        if self.attribute_names != attributes.names() {
            return Err(SetError::AttributeFile {
                file: attributes.file().to_owned(),
                line: attributes.header_line(),
                reason: "its attributes are not those of the pictures before".to_owned(),
            });
        }
        Ok(())
    }

    /// Keeps the first pictures only.
    pub fn truncate(&mut self, count: usize) {
        Arc::make_mut(&mut self.entries).truncate(count);
    }

    /// Number of pictures.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The name of a picture, empty past the end.
    pub fn name(&self, index: usize) -> &str {
        self.entries
            .get(index)
            .map_or("", |entry| entry.name.as_str())
    }

    /// The name by which a list of attributes or of a split knows a picture, empty past the end.
    pub fn row(&self, index: usize) -> Cow<'_, str> {
        let entry = self.entries.get(index);
        let source = entry.and_then(|entry| self.sources.get(entry.source));
        source
            .zip(entry)
            .map_or_else(Cow::default, |(source, entry)| source.row(&entry.name))
    }

    /// The attributes' names, none if there is no attribute file.
    pub fn attribute_names(&self) -> &[String] {
        &self.attribute_names
    }

    /// Whether a picture has each attribute.
    pub fn labels(&self, index: usize) -> Option<&[bool]> {
        self.entries.get(index)?.labels.as_deref()
    }

    /// Leaves pictures out of which the attribute file says nothing, and says how many those were.
    pub fn keep_labelled(&mut self) -> usize {
        let before = self.entries.len();
        Arc::make_mut(&mut self.entries).retain(|entry| entry.labels.is_some());
        before - self.entries.len()
    }

    /// Makes sure that every picture has attributes.
    ///
    /// # Errors
    /// [`SetError::NoAttributes`], [`SetError::Unlabelled`].
    pub fn check_labelled(&self) -> Result<(), SetError> {
        if self.attribute_names.is_empty() {
            let path = self.sources.first().map(Source::path).unwrap_or_default();
            return Err(SetError::NoAttributes { path });
        }
        let mut unlabelled = self.entries.iter().filter(|entry| entry.labels.is_none());
        match unlabelled.next() {
            None => Ok(()),
            Some(first) => Err(SetError::Unlabelled {
                count: 1 + unlabelled.count(),
                first: first.name.clone(),
            }),
        }
    }

    /// The column of an attribute.
    ///
    /// # Errors
    /// [`SetError::UnknownAttribute`], [`SetError::NoAttributes`].
    pub fn attribute(&self, name: &str) -> Result<usize, SetError> {
        if self.attribute_names.is_empty() {
            let path = self.sources.first().map(Source::path).unwrap_or_default();
            return Err(SetError::NoAttributes { path });
        }
        let names = &self.attribute_names;
        (names.iter().position(|known| known == name)).ok_or_else(|| SetError::UnknownAttribute {
            name: name.to_owned(),
            nearest: crate::nearest::nearest(name, names.iter().map(String::as_str)),
        })
    }

    /// Reads and decodes a picture.
    ///
    /// # Errors
    /// [`SetError::Broken`], which names it, also where its file alone is not there or may not be read; [`SetError::Read`]
    /// where the system fails otherwise, which says nothing of the picture; [`SetError::Gone`] where its whole source went
    /// away; [`SetError::PastEnd`].
    pub fn read(&mut self, index: usize) -> Result<Picture, SetError> {
        let past_end = SetError::PastEnd {
            index,
            count: self.entries.len(),
        };
        let Some(entry) = self.entries.get(index) else {
            return Err(past_end);
        };
        let source = self.sources.get_mut(entry.source).ok_or(past_end)?;
        source.read(&entry.name).map_err(|error| {
            source.gone().unwrap_or_else(|| match error {
                PhotoError::Read { path, source } if is_of_system(&source) => {
                    SetError::unreadable(&path, &source)
                }
                error => SetError::Broken {
                    name: entry.name.clone(),
                    source: Box::new(error),
                },
            })
        })
    }

    /// A hash of all names, attributes and their order, by which two runs know that they measure the same set. Pixels have
    /// no part in it.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.attribute_names.join(" "));
        for entry in self.entries.iter() {
            hash.update([0]);
            hash.update(&entry.name);
            let labels = entry.labels.iter().flatten();
            hash.update([0]);
            hash.update(
                labels
                    .map(|&label| b'0' + u8::from(label))
                    .collect::<Vec<_>>(),
            );
        }
        hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
    }
}

/// Whether reading failed for a reason that may befall any other picture, too.
fn is_of_system(error: &std::io::Error) -> bool {
    let of_file = [ErrorKind::NotFound, ErrorKind::PermissionDenied];
    error.raw_os_error().is_some() && !of_file.contains(&error.kind())
}

#[cfg(test)]
mod tests;
