//! Where results go: never over an input, whole or not at all, and always told.

use std::io::Write;
use std::path::{Path, PathBuf};

use diffae::Picture;
use diffae::photo::{contact_sheet, save_png, write_atomically};

use crate::error::ToolError;

/// A place for a result that has been checked before any work goes into it.
#[derive(Debug)]
pub(crate) struct Output(PathBuf);

impl Output {
    /// The name asked for, or `default` in the current directory. `kind` is the file's extension.
    pub(crate) fn new(
        asked: Option<&Path>,
        default: &str,
        kind: &'static str,
        inputs: &[PathBuf],
    ) -> Result<Self, ToolError> {
        let path = asked.map_or_else(|| PathBuf::from(default), Path::to_owned);
        if !path
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case(kind))
        {
            return Err(ToolError::Extension { path, kind });
        }
        // A bare name has an empty parent, the current directory.
        let folder = path.parent().filter(|f| !f.as_os_str().is_empty());
        if let Some(folder) = folder
            && !folder.is_dir()
        {
            return Err(ToolError::NoFolder {
                path: folder.to_owned(),
            });
        }
        check_spares(&path, inputs)?;
        Ok(Self(path))
    }

    pub(crate) fn save_picture(&self, picture: &Picture) -> Result<(), ToolError> {
        save_png(picture, &self.0)?;
        self.told();
        Ok(())
    }

    pub(crate) fn save_sheet(&self, pictures: &[Picture], columns: usize) -> Result<(), ToolError> {
        self.save_picture(&contact_sheet(pictures, columns)?)
    }

    pub(crate) fn save_bytes(&self, bytes: &[u8]) -> Result<(), ToolError> {
        write_atomically(&self.0, bytes).map_err(|source| ToolError::Write {
            path: self.0.clone(),
            source,
        })?;
        self.told();
        Ok(())
    }

    fn told(&self) {
        say(&format!("Wrote {}", self.0.display()));
    }
}

/// Refuses to write to `path` if that is one of the inputs.
pub(crate) fn check_spares(path: &Path, inputs: &[PathBuf]) -> Result<(), ToolError> {
    // Canonical paths exist only for files that do; a new name cannot overwrite anything.
    let Ok(existing) = path.canonicalize() else {
        return Ok(());
    };
    let is_same = |input: &&PathBuf| input.canonicalize().is_ok_and(|i| i == existing);
    match inputs.iter().find(is_same) {
        None => Ok(()),
        Some(input) => Err(ToolError::Overwrite {
            path: input.clone(),
        }),
    }
}

/// The name of a result made from `input`: its stem and what was done. The `.code` of a saved code
/// is dropped, so that a picture and its code give the same names.
pub(crate) fn named_after(input: &Path, done: &str) -> String {
    let stem = input.file_stem().unwrap_or_default().to_string_lossy();
    let stem = stem.strip_suffix(".code").unwrap_or(&stem);
    format!("{stem}{done}")
}

/// Prints a line of the result.
pub(crate) fn say(line: &str) {
    // Whoever closed the pipe has read enough, and files are written all the same.
    let _ = writeln!(std::io::stdout(), "{line}");
}
