//! A public weight file: its bytes are compared with the hash under which it is known before anything is read.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::eval::EvalError;
use crate::import::Checkpoint;

/// A file that everyone's figures are made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicFile {
    /// Its name where it is published.
    pub name: &'static str,
    /// SHA-256 of its bytes in lowercase hexadecimal.
    pub sha256: &'static str,
}

/// Where a network's tensors come from.
pub(super) trait Tensors {
    /// The values of a tensor of this shape, row-major.
    fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, EvalError>;
}

/// The tensors of an opened public file.
pub(super) struct Opened {
    name: &'static str,
    checkpoint: Checkpoint<BufReader<File>>,
}

impl PublicFile {
    /// Opens a file that has this one's hash.
    ///
    /// # Errors
    /// [`EvalError::Read`], [`EvalError::OtherNetwork`] for any other file, [`EvalError::NetworkFile`].
    pub(super) fn open(&self, path: &Path) -> Result<Opened, EvalError> {
        let read = |error: std::io::Error| EvalError::Read {
            path: path.to_owned(),
            reason: error.to_string(),
        };
        let mut file = File::open(path).map_err(read)?;
        let mut hash = Sha256::new();
        let mut buffer = vec![0; 1 << 16];
        loop {
            match file.read(&mut buffer).map_err(read)? {
                0 => break,
                length => hash.update(buffer.get(..length).unwrap_or_default()),
            }
        }
        let found: String = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
        if found != self.sha256 {
            return Err(EvalError::OtherNetwork {
                path: path.to_owned(),
                name: self.name,
                found,
                expected: self.sha256,
            });
        }
        file.rewind().map_err(read)?;
        let checkpoint =
            Checkpoint::open(BufReader::new(file)).map_err(|source| EvalError::NetworkFile {
                name: self.name,
                source,
            })?;
        Ok(Opened {
            name: self.name,
            checkpoint,
        })
    }
}

impl Tensors for Opened {
    fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, EvalError> {
        let (found, values) =
            self.checkpoint
                .read(name)
                .map_err(|source| EvalError::NetworkFile {
                    name: self.name,
                    source,
                })?;
        if found != shape {
            return Err(EvalError::NetworkShape {
                name: self.name,
                tensor: name.to_owned(),
                found,
                expected: shape.to_vec(),
            });
        }
        Ok(values)
    }
}
