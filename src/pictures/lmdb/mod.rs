//! The LMDB files that the reference packs its data sets in: keys `{resolution}-{index}`, the index padded to 5 digits
//! (FFHQ, CelebA-HQ) or 7 (LSUN, CelebA), a literal `None` for pictures that were not resized, and `length` in decimal.
//!
//! For trusted files only, which nobody writes to: LMDB reads them through memory that they are mapped into and believes
//! what stands there. A file that was made to deceive, or is cut short while it is read, can crash the program.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use heed::types::Bytes;
use heed::{CommitOrAbort, Database, Env, EnvFlags, EnvOpenOptions, WithoutTls};

use super::SetError;
use crate::photo::{Original, PhotoError};

/// The file in the folder that is called a database.
const DATA: &str = "data.mdb";
/// The largest page size of a processor, of which the size of mapped memory must be a multiple.
const PAGE: u64 = 64 << 10;
/// Digits that indices are padded to.
const WIDTHS: [usize; 2] = [5, 7];
/// The key under which the number of pictures stands.
const LENGTH: &str = "length";

/// An opened database. Clones share it.
#[derive(Clone)]
pub(super) struct Lmdb {
    path: PathBuf,
    /// The file's size when it was opened.
    bytes: u64,
    env: Env<WithoutTls>,
    entries: Database<'static, Bytes, Bytes>,
}

impl std::fmt::Debug for Lmdb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lmdb").field("path", &self.path).finish()
    }
}

impl Lmdb {
    /// Whether a path is that of a database.
    pub(super) fn is_at(path: &Path) -> bool {
        path.join(DATA).is_file()
    }

    pub(super) fn open(path: &Path) -> Result<Self, SetError> {
        let wrong = |reason: String| SetError::Lmdb {
            path: path.to_owned(),
            reason,
        };
        let unreadable = |error: heed::Error| wrong(error.to_string());
        let file = path.join(DATA);
        let metadata = file.metadata();
        let bytes = metadata.map_err(|e| SetError::unreadable(&file, &e))?;
        let bytes = bytes.len();
        let size = usize::try_from(bytes.next_multiple_of(PAGE));
        let size = size.map_err(|e| wrong(e.to_string()))?;
        let mut options = EnvOpenOptions::new().read_txn_without_tls();
        options.map_size(size.max(PAGE as usize));
        #[allow(
            unsafe_code,
            reason = "reading a memory map is sound only while nobody writes to its file and no lock is taken; that nobody does is asked for where the feature is described"
        )]
        // Without locks, as the reference opens it: the place may be read-only.
        let env = unsafe {
            options.flags(EnvFlags::READ_ONLY | EnvFlags::NO_LOCK | EnvFlags::NO_READ_AHEAD);
            options.open(path)
        };
        let env = env.map_err(|error| match error {
            heed::Error::EnvAlreadyOpened => wrong("it is open already".to_owned()),
            error => unreadable(error),
        })?;
        // What lies past the end of the file must never be looked at.
        let pages = (env.info().last_page_number as u64).saturating_add(1);
        let expected = pages.saturating_mul(env.unnamed_database_stat().page_size.into());
        if bytes < expected {
            let cut = format!("its {DATA} has {bytes} bytes where it had {expected}: it is cut");
            return Err(wrong(cut));
        }
        let begun = env.read_txn().map_err(unreadable)?;
        let opened = env.open_databases_and_commit(begun, |opener, begun| {
            let unnamed = opener.open_database::<Bytes, Bytes>(begun, None);
            unnamed.map(CommitOrAbort::<_, ()>::Commit)
        });
        let entries = opened.map_err(unreadable)?.commit().flatten();
        let entries = entries.ok_or_else(|| wrong("it has no entries".to_owned()))?;
        Ok(Self {
            path: path.to_owned(),
            bytes,
            env,
            entries,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file is what it was.
    pub(super) fn is_there(&self) -> bool {
        let metadata = self.path.join(DATA).metadata();
        metadata.is_ok_and(|found| found.len() == self.bytes)
    }

    /// The keys of all pictures, of the largest resolution if there are several.
    pub(super) fn names(&self) -> Result<Vec<String>, SetError> {
        self.keys().map_err(|reason| SetError::Lmdb {
            path: self.path.clone(),
            reason,
        })
    }

    fn keys(&self) -> Result<Vec<String>, String> {
        let failed = |error: heed::Error| error.to_string();
        let reading = self.env.read_txn().map_err(failed)?;
        let length = self.entries.get(&reading, LENGTH.as_bytes());
        let length = length.map_err(failed)?;
        let length =
            length.ok_or("it has no key `length`, which says how many pictures there are")?;
        let length = std::str::from_utf8(length).ok();
        let length: Option<usize> = length.and_then(|text| text.trim().parse().ok());
        let length = length.ok_or("its `length` is no decimal number")?;

        // Pictures of each resolution, None standing for that of the pictures themselves.
        let mut found = std::collections::BTreeMap::<Option<u64>, usize>::new();
        let entries = self.entries.lazily_decode_data();
        for entry in entries.iter(&reading).map_err(failed)? {
            let (key, _) = entry.map_err(failed)?;
            if key == LENGTH.as_bytes() {
                continue;
            }
            let resolution = std::str::from_utf8(key).ok().and_then(resolution);
            let resolution = resolution.ok_or_else(|| {
                let key = String::from_utf8_lossy(key);
                format!("its key `{}` is no RESOLUTION-INDEX", key.escape_debug())
            })?;
            *found.entry(resolution).or_default() += 1;
        }
        let Some((resolution, count)) = found.into_iter().next_back() else {
            return Err("it has no picture".to_owned());
        };
        if count != length {
            return Err(format!(
                "its `length` says {length}, but it has {count} pictures"
            ));
        }
        let resolution = resolution.map_or_else(|| "None".to_owned(), |side| side.to_string());
        let key = |index: usize, width: usize| format!("{resolution}-{index:0width$}");
        let has = |key: &str| {
            let found = entries.get(&reading, key.as_bytes());
            found.map(|found| found.is_some()).map_err(failed)
        };
        for width in WIDTHS {
            if has(&key(0, width))? {
                let keys: Vec<String> = (0..length).map(|index| key(index, width)).collect();
                for key in &keys {
                    if !has(key)? {
                        return Err(format!("it has {length} pictures, but no key `{key}`"));
                    }
                }
                return Ok(keys);
            }
        }
        let [short, long] = WIDTHS.map(|width| key(0, width));
        Err(format!("its first key is neither `{short}` nor `{long}`"))
    }

    pub(super) fn read(&self, name: &str) -> Result<Original, PhotoError> {
        let failed = |source: std::io::Error| PhotoError::Read {
            path: self.path.join(name),
            source,
        };
        let reading = self.env.read_txn();
        let reading = reading.map_err(|e| failed(std::io::Error::other(e)))?;
        let bytes = self.entries.get(&reading, name.as_bytes());
        let bytes = bytes.map_err(|e| failed(std::io::Error::other(e)))?;
        let gone = || failed(std::io::ErrorKind::NotFound.into());
        Original::decode(bytes.ok_or_else(gone)?)
    }

    /// The name of a picture's row in an attribute file, which numbers pictures as CelebA-HQ's does: from 0, without
    /// padding.
    pub(super) fn row(name: &str) -> Cow<'_, str> {
        let index = name.rsplit('-').next().unwrap_or(name);
        match index.trim_start_matches('0') {
            "" => "0".into(),
            index => index.into(),
        }
    }
}

/// The resolution that a key names, none where it is that of the pictures themselves.
#[allow(
    clippy::option_option,
    reason = "a key can be wrong, and a resolution not said"
)]
fn resolution(key: &str) -> Option<Option<u64>> {
    let (resolution, index) = key.split_once('-')?;
    if index.is_empty() || !index.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match resolution {
        "None" => Some(None),
        side => side.parse().ok().map(Some),
    }
}

#[cfg(test)]
mod tests;
