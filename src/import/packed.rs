//! A model directory that comes as a zip file, and copying a part to where it is kept: no byte more than its manifest
//! names is taken, whatever a member of the zip unpacks to, and none is kept before their hash is the manifest's.

use std::io::{Read, Seek, Write};

use zip::ZipArchive;

use super::ImportError;
use crate::lfs;
use crate::networks;
use crate::weights::hash::{Description, Hashed, verify};
use crate::weights::part::MAX_HEADER;
use crate::weights::{Manifest, Part, PartFile, WeightsError};
use crate::zipped::{self, Bounded};

/// Bytes that are read to find and read a directory of five files, beside which others may be.
const MAX_DIRECTORY: u64 = 16 << 20;
const MANIFEST: &str = "manifest.json";
/// Bytes copied at a time.
const CHUNK: usize = 1 << 20;

/// A zip file with a model directory in it.
#[derive(Debug)]
pub struct PackedModel<R> {
    zip: ZipArchive<Bounded<R>>,
    /// What stands before the names of the directory's files, with its slash.
    folder: String,
}

impl<R: Read + Seek> PackedModel<R> {
    /// Opens a zip file; nothing where there is no manifest in it.
    ///
    /// # Errors
    /// A file that is no zip file, or one that holds several models.
    pub fn open(source: R) -> Result<Option<Self>, ImportError> {
        let zip = zipped::open(source, MAX_DIRECTORY).map_err(|error| {
            ImportError::Container(format!(
                "its directory at the end of the file cannot be read ({error}), so the file is incomplete or damaged"
            ))
        })?;
        let mut folders: Vec<&str> = (zip.file_names_raw())
            .filter_map(|name| std::str::from_utf8(name).ok()?.strip_suffix(MANIFEST))
            .filter(|folder| folder.is_empty() || folder.ends_with('/'))
            .collect();
        folders.sort_by_key(|folder| folder.matches('/').count());
        let folder = match folders.as_slice() {
            [] => return Ok(None),
            [one] => (*one).to_owned(),
            [first, second, ..] => {
                return Err(ImportError::Container(format!(
                    "it holds several models, `{first}{MANIFEST}` and `{second}{MANIFEST}` among them, where one is needed"
                )));
            }
        };
        Ok(Some(Self { zip, folder }))
    }

    /// The bytes of the manifest.
    ///
    /// # Errors
    /// A member that is damaged, or packed in a way that is not read here.
    pub fn manifest(&mut self) -> Result<Vec<u8>, WeightsError> {
        Manifest::read(self.member(MANIFEST)?).map_err(|error| unreadable(MANIFEST, &error))
    }

    /// The file of the directory with this name, unpacked.
    ///
    /// # Errors
    /// As [`PackedModel::manifest`], and where there is none.
    pub fn member(&mut self, name: &str) -> Result<impl Read, WeightsError> {
        let path = format!("{}{name}", self.folder);
        (self.zip.by_name(&path)).map_err(|error| unreadable(name, &error))
    }
}

/// Copies a part, and tells how many bytes of it are copied. What has been written is of no use where this fails.
///
/// # Errors
/// What does not match the manifest, by name, and whatever goes wrong while reading or writing.
pub fn copy(
    mut from: impl Read,
    expected: &PartFile,
    into: &mut dyn Write,
    on_bytes: &mut dyn FnMut(u64),
) -> Result<(), WeightsError> {
    let PartFile { file, bytes, .. } = expected;
    let wrong_size = |what: String| WeightsError::Damaged {
        file: file.clone(),
        reason: format!("it has {what}, but the manifest says {bytes}"),
    };
    let mut hashed = Hashed::new(into);
    let mut buffer = vec![0; CHUNK];
    let mut copied = 0u64;
    loop {
        let read = from
            .read(&mut buffer)
            .map_err(|error| unreadable(file, &error))?;
        let chunk = buffer.get(..read).unwrap_or_default();
        if copied == 0 && lfs::is_pointer(chunk) {
            return Err(WeightsError::Pointer { file: file.clone() });
        }
        copied += read as u64;
        if copied > *bytes {
            return Err(wrong_size("more bytes".to_owned()));
        }
        if read == 0 {
            break;
        }
        hashed.write_all(chunk).map_err(|e| WeightsError::Write {
            file: file.clone(),
            reason: e.to_string(),
        })?;
        on_bytes(copied);
    }
    if copied < *bytes {
        return Err(wrong_size(format!("{copied} bytes")));
    }
    let Description { sha256, .. } = hashed.finish();
    verify(file, expected, &sha256)
}

/// Numbers that a model consists of. A manifest that promises files larger than those could ever take is refused, since
/// room is made for them before their first byte is read.
///
/// # Errors
/// A part that is larger than it can be, or that the configuration does not have.
pub fn parameters(manifest: &Manifest) -> Result<u64, WeightsError> {
    let mut parameters = 0u64;
    for (part, file) in &manifest.parts {
        let numbers = networks::layout(&manifest.config, *part)?.parameters();
        let most = numbers
            .saturating_mul(MOST_BYTES)
            .saturating_add(MAX_HEADER);
        if file.bytes > most {
            return Err(too_large(*part, file, most));
        }
        parameters = parameters.saturating_add(numbers);
    }
    Ok(parameters)
}

/// A number takes at most four bytes, and one of int8 a byte and its share of a scale of four.
const MOST_BYTES: u64 = 5;

fn too_large(part: Part, file: &PartFile, most: u64) -> WeightsError {
    WeightsError::Manifest {
        file: MANIFEST.to_owned(),
        reason: format!(
            "it says that the {part} part has {} bytes, but its numbers take at most {most}",
            file.bytes
        ),
    }
}

fn unreadable(file: &str, error: &dyn std::fmt::Display) -> WeightsError {
    WeightsError::Read {
        file: file.to_owned(),
        reason: error.to_string(),
    }
}
