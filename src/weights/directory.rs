//! A model directory on disk: its manifest, and its parts with their hashes verified.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use super::hash::{describe, verify};
use super::part::PartOnDisk;
use super::{Manifest, Part, WeightsError};
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
        let json = File::open(&file)
            .and_then(Manifest::read)
            .map_err(|e| WeightsError::Read {
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
