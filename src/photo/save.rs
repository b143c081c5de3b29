//! Files that are either complete or not there.

use super::{PhotoError, write_png};
use crate::picture::Picture;
use crate::whole::Unfinished;
use std::io::{self, Write};
use std::path::Path;

/// Writes the picture as a PNG file; see [`write_atomically`].
///
/// # Errors
/// [`PhotoError::Encode`] or [`PhotoError::Write`].
pub fn save_png(picture: &Picture, path: &Path) -> Result<(), PhotoError> {
    let bytes = write_png(picture, None)?;
    write_atomically(path, &bytes).map_err(|source| PhotoError::Write {
        path: path.to_owned(),
        source,
    })
}

/// Writes a file under a temporary name beside its place and then renames it, so that a full disk
/// or a killed program leaves the old file or the new one, never half of one.
///
/// # Errors
/// What the system says.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut unfinished = Unfinished::of(path)?;
    unfinished.file().write_all(bytes)?;
    unfinished.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::photo::open;
    use std::fs;

    fn gradient() -> Picture {
        let rgb: Vec<u8> = (0..60u8).map(|v| v * 4).collect();
        Picture::from_rgb(5, 4, &rgb).expect("fits")
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("out.png");
        fs::write(&path, b"old").expect("writes");
        save_png(&gradient(), &path).expect("saves");
        assert_eq!(open(&path).expect("opens"), gradient());
        assert_eq!(fs::read_dir(folder.path()).expect("lists").count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let plain = folder.path().join("plain");
            fs::write(&plain, b"").expect("writes");
            let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode();
            assert_eq!(mode(&path), mode(&plain));
        }
    }

    #[test]
    fn a_failed_write_names_the_file_and_leaves_nothing() {
        let folder = tempfile::tempdir().expect("folder");
        let missing = folder.path().join("no/such/out.png");
        let error = save_png(&gradient(), &missing).expect_err("no folder");
        assert!(error.to_string().contains("no/such/out.png"), "{error}");
        let error = save_png(&gradient(), folder.path()).expect_err("a folder");
        assert!(error.to_string().contains("directory"), "{error}");
        let inside = folder.path().join("sub");
        fs::create_dir(&inside).expect("folder");
        save_png(&gradient(), &inside).expect_err("a folder");
        assert_eq!(fs::read_dir(folder.path()).expect("lists").count(), 1);
    }
}
