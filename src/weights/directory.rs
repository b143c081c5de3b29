//! A model directory on disk: its manifest, and its parts with their hashes verified.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::part::PartOnDisk;
use super::{Manifest, Part, PartFile, WeightsError};
use crate::lfs;

/// A model directory whose manifest has been read and checked.
#[derive(Debug)]
pub struct ModelDirectory {
    path: PathBuf,
    manifest: Manifest,
}

impl ModelDirectory {
    /// Opens a directory that holds a `manifest.json`.
    ///
    /// # Errors
    /// [`WeightsError::Read`] or [`WeightsError::Manifest`].
    pub fn open(path: &Path) -> Result<Self, WeightsError> {
        let file = path.join("manifest.json");
        let name = file.display().to_string();
        let json = std::fs::read(&file).map_err(|e| WeightsError::Read {
            file: name.clone(),
            reason: e.to_string(),
        })?;
        Ok(Self {
            path: path.to_owned(),
            manifest: Manifest::parse(&name, &json)?,
        })
    }

    /// What the model is.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Opens a part after checking its size and SHA-256.
    ///
    /// # Errors
    /// [`WeightsError::NoPart`], [`WeightsError::Read`], [`WeightsError::Damaged`] or
    /// [`WeightsError::Hash`].
    pub fn part(&self, part: Part) -> Result<PartOnDisk, WeightsError> {
        let expected = self.manifest.part(part)?;
        let path = self.path.join(&expected.file);
        let failed = |e: std::io::Error| WeightsError::Read {
            file: path.display().to_string(),
            reason: e.to_string(),
        };
        // One opening for both: what was hashed is what will be read, whatever the name means then.
        let mut file = File::open(&path).map_err(failed)?;
        let found = describe(&mut file).map_err(failed)?;
        if found.bytes != expected.bytes {
            let mut start = Vec::new();
            file.rewind().map_err(failed)?;
            Read::by_ref(&mut file)
                .take(64)
                .read_to_end(&mut start)
                .map_err(failed)?;
            if lfs::is_pointer(&start) {
                return Err(WeightsError::Pointer {
                    file: path.display().to_string(),
                });
            }
            return Err(WeightsError::Damaged {
                file: path.display().to_string(),
                reason: format!(
                    "it has {} bytes, but the manifest says {}",
                    found.bytes, expected.bytes
                ),
            });
        }
        verify(&path.display().to_string(), expected, &found.sha256)?;
        PartOnDisk::new(file).map_err(failed)
    }
}

/// Size and hash of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 in lowercase hexadecimal.
    pub sha256: String,
}

/// Measures and hashes a file from where it stands, without holding it in memory.
///
/// # Errors
/// What the system says.
pub fn describe(file: &mut File) -> std::io::Result<Description> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
        bytes += read as u64;
    }
    Ok(Description {
        bytes,
        sha256: hex(&hasher.finalize()),
    })
}

/// A writer that measures and hashes what passes through it.
pub struct Hashed<W> {
    into: W,
    hasher: Sha256,
    bytes: u64,
}

impl<W: Write> Hashed<W> {
    /// One through which nothing has passed.
    pub fn new(into: W) -> Self {
        Self {
            into,
            hasher: Sha256::new(),
            bytes: 0,
        }
    }

    /// What has passed through it.
    pub fn finish(self) -> Description {
        Description {
            bytes: self.bytes,
            sha256: hex(&self.hasher.finalize()),
        }
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.into.write(bytes)?;
        self.hasher.update(bytes.get(..written).unwrap_or(bytes));
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.into.flush()
    }
}

pub(crate) fn verify(name: &str, expected: &PartFile, found: &str) -> Result<(), WeightsError> {
    if expected.sha256 == found {
        return Ok(());
    }
    Err(WeightsError::Hash {
        file: name.to_owned(),
        expected: expected.sha256.clone(),
        found: found.to_owned(),
    })
}

pub(crate) fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
