//! CelebA's attribute file, as text (a count, the names, a row a picture) or as the CSV that mirrors of it have.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::SetError;

/// The largest attribute file that is read; CelebA's has 26 MB.
pub(super) const MAX_BYTES: u64 = 64 << 20;

/// Binary attributes by picture.
#[derive(Debug, Clone)]
pub struct Attributes {
    file: String,
    header_line: usize,
    names: Vec<String>,
    /// By the picture's file name without its extension: CelebA's PNG files have the rows of its JPEG files.
    rows: HashMap<String, Vec<bool>>,
}

impl Attributes {
    /// Reads a file.
    ///
    /// # Errors
    /// [`SetError::Read`], [`SetError::AttributesTooLarge`], [`SetError::AttributeFile`].
    pub fn open(path: &Path) -> Result<Self, SetError> {
        let mut bytes = Vec::new();
        File::open(path)
            .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
            .map_err(|e| SetError::unreadable(path, &e))?;
        Self::parse(&path.display().to_string(), &bytes)
    }

    /// Reads the bytes of a file called `file`.
    ///
    /// # Errors
    /// [`SetError::AttributesTooLarge`]; [`SetError::AttributeFile`] names the line.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Self, SetError> {
        if bytes.len() as u64 > MAX_BYTES {
            return Err(SetError::AttributesTooLarge {
                file: file.to_owned(),
                limit: MAX_BYTES,
            });
        }
        let at = |line: usize, reason: String| SetError::AttributeFile {
            file: file.to_owned(),
            line,
            reason,
        };
        let text = std::str::from_utf8(bytes).map_err(|e| {
            let before = bytes.get(..e.valid_up_to()).unwrap_or_default();
            let line = 1 + before.iter().filter(|&&b| b == b'\n').count();
            at(line, "it is not UTF-8 text".to_owned())
        })?;
        let mut lines = (text.lines().enumerate())
            .map(|(index, line)| (index + 1, line))
            .filter(|(_, line)| !line.trim().is_empty())
            .peekable();
        let missing = || at(1, "it has no line with the attributes' names".to_owned());
        // The count of CelebA's own file; parts of the file are seldom counted anew, so nothing hangs on it.
        if lines
            .peek()
            .is_some_and(|(_, line)| line.trim().parse::<u64>().is_ok())
        {
            lines.next();
        }
        let (header_line, header) = lines.next().ok_or_else(missing)?;
        let comma = header.contains(',');
        let names: Vec<String> = match comma {
            // The first column of the CSV is the picture's.
            true => header.split(',').skip(1).map(clean).collect(),
            false => header.split_whitespace().map(str::to_owned).collect(),
        };
        if names.is_empty() || names.iter().any(String::is_empty) {
            return Err(missing());
        }
        let mut rows = HashMap::new();
        for (line, text) in lines {
            let cells: Vec<String> = match comma {
                true => text.split(',').map(clean).collect(),
                false => text.split_whitespace().map(str::to_owned).collect(),
            };
            let Some((picture, values)) = cells.split_first() else {
                continue;
            };
            if values.len() != names.len() {
                let found = values.len();
                let expected = names.len();
                return Err(at(
                    line,
                    format!("it has {found} values, but there are {expected} attributes"),
                ));
            }
            let values: Result<Vec<bool>, SetError> = (values.iter())
                .map(|value| match value.as_str() {
                    "1" => Ok(true),
                    "-1" | "0" => Ok(false),
                    other => Err(at(line, format!("`{other}` is neither 1 nor -1 nor 0"))),
                })
                .collect();
            if rows.insert(stem(picture).to_owned(), values?).is_some() {
                return Err(at(line, format!("it is the second row for {picture}")));
            }
        }
        Ok(Self {
            file: file.to_owned(),
            header_line,
            names,
            rows,
        })
    }

    /// The attributes' names in the order of the file.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether the picture of this name has each attribute, if the file says so.
    pub fn of(&self, picture: &str) -> Option<&[bool]> {
        let file = picture.rsplit('/').next().unwrap_or(picture);
        self.rows.get(stem(file)).map(Vec::as_slice)
    }

    pub(super) fn file(&self) -> &str {
        &self.file
    }

    pub(super) fn header_line(&self) -> usize {
        self.header_line
    }
}

fn clean(cell: &str) -> String {
    cell.trim().trim_matches('"').to_owned()
}

fn stem(file: &str) -> &str {
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}
