//! Sizes and hashes of files, by which a manifest knows its parts.

use std::fs::File;
use std::io::{Read, Write};

use sha2::{Digest, Sha256};

use super::{PartFile, WeightsError};

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
