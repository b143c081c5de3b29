//! The zip container of torch 1.6 and later: `<prefix>/data.pkl` and the storages `<prefix>/data/<key>`, all stored
//! uncompressed, so that a storage is simply a run of bytes of the file.

use std::io::{Read, Seek, SeekFrom};

use zip::{CompressionMethod, ZipArchive};

use super::ImportError;
use super::pickle::MAX_BYTES;
use super::tensor::Span;
use crate::zipped::{self, Bounded};

/// Bytes that are read to find and read a directory. That of the largest official checkpoint, with the state of its training,
/// has under 1 MB.
const MAX_DIRECTORY: u64 = 16 << 20;

/// An opened container.
pub(super) struct Archive<R> {
    zip: ZipArchive<Bounded<R>>,
    /// What stands before `data.pkl` and `data/`, with its slash.
    prefix: String,
    length: u64,
}

impl<R: Read + Seek> Archive<R> {
    /// Reads the directory of the container, which has `length` bytes altogether.
    pub(super) fn open(source: R, length: u64) -> Result<Self, ImportError> {
        let zip = zipped::open(source, MAX_DIRECTORY).map_err(|error| {
            ImportError::Container(format!(
                "its directory at the end of the file cannot be read ({error}), so the file is incomplete or damaged"
            ))
        })?;
        let mut prefixes = zip.file_names_raw().filter_map(|name| {
            let prefix = std::str::from_utf8(name).ok()?.strip_suffix("data.pkl")?;
            (prefix.is_empty() || prefix.ends_with('/')).then(|| prefix.to_owned())
        });
        let prefix = match (prefixes.next(), prefixes.next()) {
            (Some(prefix), None) => prefix,
            (None, _) => return Err(container("it has no member `data.pkl`, as torch writes it")),
            _ => {
                return Err(container(
                    "it has several members named `data.pkl` instead of one",
                ));
            }
        };
        drop(prefixes);
        Ok(Self {
            zip,
            prefix,
            length,
        })
    }

    /// The bytes of `data.pkl`.
    pub(super) fn pickle(&mut self) -> Result<Vec<u8>, ImportError> {
        self.check_byte_order()?;
        self.small_member("data.pkl", MAX_BYTES)
    }

    /// Where the storage `key` lies in the file; says what is wrong if it is not there.
    pub(super) fn storage(&mut self, key: &str) -> Result<Span, String> {
        self.member(&format!("data/{key}"))
    }

    /// The file itself again.
    pub(super) fn into_source(self) -> R {
        self.zip.into_inner().into_inner()
    }

    /// Newer versions of torch say which byte order they wrote; older ones write only little-endian.
    fn check_byte_order(&mut self) -> Result<(), ImportError> {
        let name = format!("{}byteorder", self.prefix);
        if self.zip.index_for_name(&name).is_none() {
            return Ok(());
        }
        match self.small_member("byteorder", 16)?.trim_ascii() {
            b"little" => Ok(()),
            _ => Err(container("its numbers are not little-endian")),
        }
    }

    fn small_member(&mut self, name: &str, limit: u64) -> Result<Vec<u8>, ImportError> {
        let span = self.member(name).map_err(ImportError::Container)?;
        if span.length > limit {
            return Err(ImportError::Container(format!(
                "member `{name}` has {} bytes, more than the {limit} that are read",
                span.length
            )));
        }
        let index = self.zip.index_for_name(&format!("{}{name}", self.prefix));
        let mut bytes = Vec::new();
        // Reading through the zip crate compares the checksum at the end.
        self.zip
            .by_index(index.unwrap_or(usize::MAX))
            .map_err(|error| ImportError::Container(format!("member `{name}`: {error}")))?
            .take(limit)
            .read_to_end(&mut bytes)
            .map_err(|error| ImportError::Container(format!("member `{name}`: {error}")))?;
        Ok(bytes)
    }

    fn member(&mut self, name: &str) -> Result<Span, String> {
        let Some(index) = self.zip.index_for_name(&format!("{}{name}", self.prefix)) else {
            return Err(format!("member `{name}` is missing from the container"));
        };
        let member = self
            .zip
            .by_index_raw(index)
            .map_err(|error| format!("member `{name}` cannot be found ({error})"))?;
        let length = member.size();
        if member.compression() != CompressionMethod::Stored
            || member.encrypted()
            || member.compressed_size() != length
        {
            return Err(format!(
                "member `{name}` is compressed or encrypted, where torch stores it as it is"
            ));
        }
        let start = member.data_start().unwrap_or(u64::MAX);
        if start
            .checked_add(length)
            .is_none_or(|end| end > self.length)
        {
            return Err(format!("member `{name}` reaches past the end of the file"));
        }
        Ok(Span {
            start,
            length,
            crc32: Some(member.crc32()),
        })
    }
}

/// The length of `source`, which is left at its start.
pub(super) fn length(source: &mut impl Seek) -> std::io::Result<u64> {
    let length = source.seek(SeekFrom::End(0))?;
    source.rewind()?;
    Ok(length)
}

fn container(what: &str) -> ImportError {
    ImportError::Container(what.to_owned())
}
