//! Where results go: never over an input, whole or not at all, and always told.

use std::borrow::Cow;
use std::io::Write;
use std::path::{Path, PathBuf};

use diffae::Picture;
use diffae::photo::{
    Beside, Maker, Original, contact_sheet, write_atomically, write_jpeg, write_png,
};

use crate::error::ToolError;

/// The extensions of picture files.
const PICTURES: [&str; 3] = ["png", "jpg", "jpeg"];
/// Quality of JPEG files where none is asked for: losses do not show.
pub(crate) const QUALITY: u8 = 92;

/// What of a photo's metadata goes on into the result.
#[derive(Debug, Clone, Copy, clap::Args)]
#[command(next_help_heading = "Metadata")]
pub(crate) struct MetadataArgs {
    /// Keep the place where a whole photo was taken; camera, exposure and time are kept anyway
    #[arg(long, conflicts_with = "crop_only")]
    keep_gps: bool,
    /// Keep nothing of how the photo was taken
    #[arg(long, conflicts_with = "keep_gps")]
    no_metadata: bool,
}

/// A place for a result that has been checked before any work goes into it.
#[derive(Debug)]
pub(crate) struct Output {
    path: PathBuf,
    quality: u8,
}

impl Output {
    /// A picture file, PNG or JPEG by its extension.
    pub(crate) fn picture(
        asked: Option<&Path>,
        default: &str,
        inputs: &[PathBuf],
    ) -> Result<Self, ToolError> {
        Self::new(asked, default, &PICTURES, inputs)
    }

    /// A file with the extension `kind`.
    pub(crate) fn file(
        asked: Option<&Path>,
        default: &str,
        kind: &'static str,
        inputs: &[PathBuf],
    ) -> Result<Self, ToolError> {
        Self::new(asked, default, &[kind], inputs)
    }

    /// The same place for JPEG files of another quality, 1 to 100.
    pub(crate) fn with_quality(self, quality: u8) -> Self {
        Self { quality, ..self }
    }

    /// The name asked for, or `default` in the current directory.
    fn new(
        asked: Option<&Path>,
        default: &str,
        kinds: &[&str],
        inputs: &[PathBuf],
    ) -> Result<Self, ToolError> {
        let path = asked.map_or_else(|| PathBuf::from(default), Path::to_owned);
        if !kinds.iter().any(|kind| has_extension(&path, kind)) {
            let kinds: Vec<String> = kinds.iter().map(|kind| format!(".{kind}")).collect();
            let kinds = kinds.join(" or ");
            return Err(ToolError::Extension { path, kinds });
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
        Ok(Self {
            path,
            quality: QUALITY,
        })
    }

    /// Where it goes.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Saves a picture in sRGB that a model drew: after a photo, or by itself.
    pub(crate) fn save_picture(&self, picture: &Picture, maker: Maker) -> Result<(), ToolError> {
        let beside = Beside {
            maker,
            ..Beside::default()
        };
        self.save(picture, beside)
    }

    /// Saves a photo with what its file said of its colours and of how it was taken.
    pub(crate) fn save_photo(
        &self,
        photo: &Original,
        metadata: MetadataArgs,
    ) -> Result<(), ToolError> {
        let beside = photo.beside();
        let beside = Beside {
            metadata: beside.metadata.filter(|_| !metadata.no_metadata),
            place: metadata.keep_gps,
            ..beside
        };
        self.save(photo.picture(), beside)
    }

    fn save(&self, picture: &Picture, beside: Beside<'_>) -> Result<(), ToolError> {
        let bytes = match has_extension(&self.path, "png") {
            true => write_png(picture, beside)?,
            false => write_jpeg(picture, beside, self.quality)?,
        };
        self.save_bytes(&bytes)
    }

    pub(crate) fn save_sheet(
        &self,
        pictures: &[Picture],
        columns: usize,
        maker: Maker,
    ) -> Result<(), ToolError> {
        self.save_picture(&contact_sheet(pictures, columns)?, maker)
    }

    pub(crate) fn save_bytes(&self, bytes: &[u8]) -> Result<(), ToolError> {
        write_atomically(&self.path, bytes).map_err(|source| ToolError::Write {
            path: self.path.clone(),
            source,
        })?;
        self.told();
        Ok(())
    }

    fn told(&self) {
        say(&format!("Wrote {}", self.path.display()));
    }
}

/// Refuses to write to `path` if that is one of the inputs, or lies in one that is a folder.
pub(crate) fn check_spares(path: &Path, inputs: &[PathBuf]) -> Result<(), ToolError> {
    // Canonical paths exist only for files that do; a new name cannot overwrite anything.
    let Ok(existing) = path.canonicalize() else {
        return Ok(());
    };
    let holds = |input: &PathBuf| input.canonicalize().is_ok_and(|i| existing.starts_with(i));
    match inputs.iter().any(holds) {
        true => Err(ToolError::Overwrite {
            path: path.to_owned(),
        }),
        false => Ok(()),
    }
}

/// The name of a result made from `input`: its stem and what was done. The `.code` of a saved code
/// is dropped, so that a picture and its code give the same names.
pub(crate) fn named_after(input: &Path, done: &str) -> String {
    let stem = input.file_stem().unwrap_or_default().to_string_lossy();
    let stem = stem.strip_suffix(".code").unwrap_or(&stem);
    format!("{stem}{done}")
}

/// The extension of a picture made from `input`, so that a JPEG photo stays one.
pub(crate) fn picture_kind(input: &Path) -> &'static str {
    if has_extension(input, "jpg") || has_extension(input, "jpeg") {
        "jpg"
    } else {
        "png"
    }
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension()
        .is_some_and(|e| e.eq_ignore_ascii_case(extension))
}

/// Prints a line of the result.
pub(crate) fn say(line: &str) {
    // Whoever closed the pipe has read enough, and files are written all the same.
    let _ = writeln!(std::io::stdout(), "{}", plain(line));
}

/// Tells something beside the result.
pub(crate) fn warn(line: &str) {
    let _ = writeln!(std::io::stderr(), "diffae: {}", plain(line));
}

/// Text without what a terminal takes for commands. Names in it come from files: of tensors, attributes, members of zips.
fn plain(text: &str) -> Cow<'_, str> {
    let commands = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    if !text.contains(commands) {
        return text.into();
    }
    let shown = text.chars().map(|c| match commands(c) {
        true => c.escape_default().to_string(),
        false => c.to_string(),
    });
    shown.collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_of_terminals_are_shown_and_not_carried_out() {
        assert_eq!(plain("ä\tb\nc"), "ä\tb\nc");
        assert_eq!(plain("\u{1b}[2Jx\u{9b}1m\r"), "\\u{1b}[2Jx\\u{9b}1m\\r");
    }
}
