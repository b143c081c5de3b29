//! One folder, zip or database of pictures.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::result::ZipError;

use super::lmdb::Lmdb;
use super::{Attributes, SetError, attributes};
use crate::photo::{MAX_FILE_BYTES, Original, PhotoError, Remark};
use crate::picture::Picture;
use crate::zipped::{self, Bounded};

/// Folders within folders that are looked into; links that go round end here.
const MAX_DEPTH: usize = 8;
/// Bytes that are read to find and read a zip's directory: those of a million pictures with long names.
const MAX_DIRECTORY: u64 = 128 << 20;
const PICTURES: [&str; 4] = ["png", "jpg", "jpeg", "webp"];
const ATTRIBUTE_FILES: [&str; 2] = ["list_attr_celeba.txt", "list_attr_celeba.csv"];

/// Where pictures are.
#[derive(Debug)]
pub(super) enum Source {
    Folder(PathBuf),
    Zip(Zip),
    Lmdb(Lmdb),
}

/// An opened zip.
#[derive(Debug)]
pub(super) struct Zip {
    path: PathBuf,
    /// Its size when it was opened.
    bytes: u64,
    archive: Box<ZipArchive<Bounded<BufReader<File>>>>,
}

impl Source {
    pub(super) fn open(path: &Path) -> Result<Self, SetError> {
        if Lmdb::is_at(path) {
            return Lmdb::open(path).map(Self::Lmdb);
        }
        if path.is_dir() {
            return Ok(Self::Folder(path.to_owned()));
        }
        let file = File::open(path).map_err(|e| SetError::unreadable(path, &e))?;
        let metadata = file
            .metadata()
            .map_err(|e| SetError::unreadable(path, &e))?;
        let archive =
            zipped::open(BufReader::new(file), MAX_DIRECTORY).map_err(|e| SetError::Read {
                path: path.to_owned(),
                reason: format!("it is neither a folder nor a whole zip file ({e})"),
            })?;
        Ok(Self::Zip(Zip {
            path: path.to_owned(),
            bytes: metadata.len(),
            archive: Box::new(archive),
        }))
    }

    /// The same source for one more reader.
    pub(super) fn reopen(&self) -> Result<Self, SetError> {
        match self {
            Self::Lmdb(lmdb) => Ok(Self::Lmdb(lmdb.clone())),
            _ => Self::open(&self.path()),
        }
    }

    pub(super) fn path(&self) -> PathBuf {
        match self {
            Self::Folder(path) => path.clone(),
            Self::Zip(zip) => zip.path.clone(),
            Self::Lmdb(lmdb) => lmdb.path().to_owned(),
        }
    }

    /// What is to be said if nothing more can be read because the source itself went away.
    pub(super) fn gone(&self) -> Option<SetError> {
        let there = match self {
            Self::Folder(path) => path.is_dir(),
            Self::Zip(zip) => {
                std::fs::metadata(&zip.path).is_ok_and(|found| found.len() == zip.bytes)
            }
            Self::Lmdb(lmdb) => lmdb.is_there(),
        };
        (!there).then(|| SetError::Gone { path: self.path() })
    }

    /// The names of all pictures: of files in byte order, of a database's by index.
    pub(super) fn names(&self) -> Result<Vec<String>, SetError> {
        let mut names = Vec::new();
        match self {
            Self::Folder(path) => list(path, "", 0, &mut names)?,
            Self::Zip(zip) => names = members(&zip.archive),
            Self::Lmdb(lmdb) => return lmdb.names(),
        }
        names.retain(|name| is_picture(name));
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }

    pub(super) fn read(&mut self, name: &str) -> Result<Picture, PhotoError> {
        let original = match self {
            Self::Folder(path) => Original::open(&path.join(name))?,
            Self::Zip(zip) => {
                let bytes = member(&mut zip.archive, name, MAX_FILE_BYTES + 1);
                let bytes = bytes.map_err(|source| PhotoError::Read {
                    path: zip.path.join(name),
                    source,
                })?;
                Original::decode(&bytes)?
            }
            Self::Lmdb(lmdb) => lmdb.read(name)?,
        };
        // Half a picture is better than none to someone who wants it edited, but no picture to measure on.
        for remark in original.remarks() {
            if let &Remark::Damaged { format, reason } = remark {
                return Err(PhotoError::Damaged { format, reason });
            }
        }
        Ok(original.into_srgb())
    }

    /// The name by which an attribute file knows a picture.
    pub(super) fn row<'a>(&self, name: &'a str) -> Cow<'a, str> {
        match self {
            Self::Folder(_) | Self::Zip(_) => name.into(),
            Self::Lmdb(_) => Lmdb::row(name),
        }
    }

    /// The attribute file beside the pictures, if there is one.
    pub(super) fn attributes(&mut self) -> Result<Option<Attributes>, SetError> {
        match self {
            Self::Folder(path) => {
                let anno = path.join("Anno");
                let parents = [Some(path.as_path()), Some(anno.as_path()), path.parent()];
                beside(parents.into_iter().flatten())
            }
            Self::Zip(Zip { path, archive, .. }) => {
                let mut names = members(archive);
                names.retain(|name| {
                    let last = name.rsplit('/').next().unwrap_or_default();
                    ATTRIBUTE_FILES.contains(&last)
                });
                names.sort_unstable();
                let Some(name) = names.into_iter().next() else {
                    let parent = path.parent().unwrap_or(Path::new(""));
                    return beside([parent, &parent.join("Anno")]);
                };
                let bytes = member(archive, &name, attributes::MAX_BYTES + 1);
                let bytes = bytes.map_err(|e| SetError::unreadable(path, &e))?;
                Attributes::parse(&name, &bytes).map(Some)
            }
            // A database does not say which numbers its pictures have elsewhere.
            Self::Lmdb(_) => Ok(None),
        }
    }
}

/// The first attribute file in some folders.
fn beside<'a>(folders: impl IntoIterator<Item = &'a Path>) -> Result<Option<Attributes>, SetError> {
    let mut files = folders
        .into_iter()
        .flat_map(|folder| ATTRIBUTE_FILES.map(|name| folder.join(name)));
    files
        .find(|file| file.is_file())
        .map(|file| Attributes::open(&file))
        .transpose()
}

/// The names of all members. One that is no text has no place in an order by names.
fn members(zip: &ZipArchive<Bounded<BufReader<File>>>) -> Vec<String> {
    let names = zip.file_names().filter_map(Result::ok);
    names.map(std::borrow::Cow::into_owned).collect()
}

/// The bytes of a member, at most `limit` of them however much it claims to unpack to, and never more than it claims.
fn member(
    zip: &mut ZipArchive<Bounded<BufReader<File>>>,
    name: &str,
    limit: u64,
) -> std::io::Result<Vec<u8>> {
    let mut member = zip.by_name(name).map_err(|error| match error {
        ZipError::Io(error) => error,
        error => std::io::Error::other(error),
    })?;
    let size = member.size().min(limit);
    let mut bytes = Vec::new();
    // All at once: a vector that grows holds three times as much for a moment.
    bytes
        .try_reserve_exact(size as usize)
        .map_err(std::io::Error::other)?;
    member.by_ref().take(size).read_to_end(&mut bytes)?;
    if size < limit && member.read(&mut [0])? > 0 {
        return Err(std::io::Error::new(
            std::io::ErrorKind::InvalidData,
            format!("{name} unpacks to more than the {size} bytes that it claims"),
        ));
    }
    Ok(bytes)
}

fn list(
    folder: &Path,
    prefix: &str,
    depth: usize,
    names: &mut Vec<String>,
) -> Result<(), SetError> {
    let entries = std::fs::read_dir(folder).map_err(|e| SetError::unreadable(folder, &e))?;
    for entry in entries {
        let entry = entry.map_err(|e| SetError::unreadable(folder, &e))?;
        // A name that is no UTF-8 has no place in an order by names.
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let path = entry.path();
        let below = format!("{prefix}{name}");
        if !path.is_dir() {
            names.push(below);
        } else if depth < MAX_DEPTH {
            list(&path, &format!("{below}/"), depth + 1, names)?;
        }
    }
    Ok(())
}

/// Whether a name is that of a picture file, and not of what systems hide beside them.
fn is_picture(name: &str) -> bool {
    let hidden = (name.split('/')).any(|part| part.starts_with('.') || part == "__MACOSX");
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    !hidden && extension.is_some_and(|e| PICTURES.iter().any(|known| e.eq_ignore_ascii_case(known)))
}
