//! Files that are either complete or not there, readable by whom the user means: by those of the file that they replace, or
//! of any new file.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file under a temporary name beside its place. Dropped before [`Unfinished::finish`], it is gone.
#[derive(Debug)]
pub(crate) struct Unfinished {
    file: NamedTempFile,
    place: PathBuf,
}

impl Unfinished {
    /// One that will be at `place`.
    pub(crate) fn of(place: &Path) -> io::Result<Self> {
        Self::named(place, ".tmp")
    }

    /// One whose temporary name begins with `prefix`.
    pub(crate) fn named(place: &Path, prefix: &str) -> io::Result<Self> {
        let folder = match place.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(prefix);
        // Temporary files are private by default; this one ends up as an ordinary file.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder.tempfile_in(folder)?;
        keep_mode(place, file.path())?;
        Ok(Self {
            file,
            place: place.to_owned(),
        })
    }

    /// What is written to.
    pub(crate) fn file(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// Its temporary name.
    #[cfg(feature = "train")]
    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Puts it on the disk and in its place, so that a machine that loses power has the old file or the new one.
    pub(crate) fn finish(self) -> io::Result<()> {
        self.file.as_file().sync_all()?;
        // Renaming over an existing folder would fail with a less helpful message.
        if fs::metadata(&self.place).is_ok_and(|existing| existing.is_dir()) {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        self.file.persist(&self.place)?;
        Ok(())
    }
}

/// Lets `path`, which will replace `existing`, be read and written by no more than that was. Elsewhere than on Unix a mode is no
/// more than whether a file may be written, and one that may not could not be put in place.
///
/// # Errors
/// What the system says.
pub fn keep_mode(existing: &Path, path: &Path) -> io::Result<()> {
    match fs::metadata(existing) {
        Ok(found) if cfg!(unix) && found.is_file() => {
            fs::set_permissions(path, found.permissions())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn write(path: &Path) {
        let mut unfinished = Unfinished::of(path).unwrap();
        unfinished.file().write_all(b"new").unwrap();
        unfinished.finish().unwrap();
    }

    #[test]
    fn a_replaced_file_keeps_its_mode_and_a_new_one_has_that_of_any_other() {
        let folder = tempfile::tempdir().unwrap();
        let [private, plain, new] =
            ["private", "plain", "new"].map(|name| folder.path().join(name));
        fs::write(&plain, b"").unwrap();
        fs::write(&private, b"old").unwrap();
        fs::set_permissions(&private, PermissionsExt::from_mode(0o600)).unwrap();
        write(&private);
        write(&new);
        assert_eq!(mode(&private), 0o600);
        assert_eq!(mode(&new), mode(&plain));
        assert_eq!(fs::read(&private).unwrap(), b"new");
    }

    #[test]
    fn what_is_not_finished_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        drop(Unfinished::of(&folder.path().join("part")).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
