//! A photo as its file has it: the file's own numbers, and what colours they mean.

use super::colour::{self, Colours};
use super::composite::{Srgb, composite_in};
use super::{Change, PhotoError, Profile, decode};
use crate::picture::Picture;
use std::borrow::Cow;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use thiserror::Error;

/// Something about a file that its reader should know, though it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Remark {
    /// The file is damaged.
    #[error("the {format} file is damaged ({reason}); what could be read of it is used")]
    Damaged {
        /// The format's name.
        format: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// What the file says of its colours is of no use.
    #[error("the colour profile is not used, since {reason}")]
    Profile {
        /// Why.
        reason: &'static str,
    },
}

/// An upright photo in the numbers of its file.
pub struct Original {
    picture: Picture,
    colours: Arc<Colours>,
    profile: Option<Profile>,
    remarks: Vec<Remark>,
}

impl fmt::Debug for Original {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Original")
            .field("width", &self.picture.width())
            .field("height", &self.picture.height())
            .field("profile", &self.profile.is_some())
            .field("remarks", &self.remarks)
            .finish()
    }
}

impl Original {
    /// Reads and decodes a picture file; see [`Original::decode`]. Errors name the file.
    ///
    /// # Errors
    /// [`PhotoError`] where the file cannot be read, or nothing can be seen of it.
    pub fn open(path: &Path) -> Result<Self, PhotoError> {
        Self::decode(&decode::read(path)?).map_err(|error| PhotoError::InFile {
            path: path.to_owned(),
            source: Box::new(error),
        })
    }

    /// Decodes a PNG, JPEG or WebP file, told apart by content, into an upright picture.
    ///
    /// The EXIF orientation is applied; 16-bit samples are rounded to 8 bits; grey, palette and
    /// CMYK become RGB; of an animation only the first picture is taken; transparency is kept.
    /// Every other number is the file's, and what the file says of its colours, by an ICC profile
    /// or by PNG's cICP, gAMA and cHRM, is kept beside them. CMYK becomes sRGB.
    ///
    /// # Errors
    /// [`PhotoError`] where nothing can be seen of the file.
    pub fn decode(bytes: &[u8]) -> Result<Self, PhotoError> {
        let mut decoded = decode::decode(bytes)?;
        let mut remarks = decoded.remarks;
        let (colours, profile) = Colours::of(&decoded.statements, decoded.grey, &mut remarks);
        let colours = match colours {
            Colours::Readable(to_srgb) => {
                decoded.picture = colour::shown(&decoded.picture, &*to_srgb);
                Colours::Srgb
            }
            colours => colours,
        };
        Ok(Self {
            picture: decoded.picture,
            colours: Arc::new(colours),
            profile,
            remarks,
        })
    }

    /// The pixels in the file's own numbers.
    #[must_use]
    pub fn picture(&self) -> &Picture {
        &self.picture
    }

    /// What the numbers mean where the file said it.
    #[must_use]
    pub fn profile(&self) -> Option<&Profile> {
        self.profile.as_ref()
    }

    /// What its reader should know about the file.
    #[must_use]
    pub fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    /// The photo in sRGB, as models and detectors see it.
    #[must_use]
    pub fn srgb(&self) -> Cow<'_, Picture> {
        match &*self.colours {
            Colours::Own(conversion) => Cow::Owned(conversion.shown(&self.picture)),
            _ => Cow::Borrowed(&self.picture),
        }
    }

    /// [`Original::srgb`] without a copy where the photo is sRGB already.
    #[must_use]
    pub fn into_srgb(self) -> Picture {
        match &*self.colours {
            Colours::Own(conversion) => conversion.shown(&self.picture),
            _ => self.picture,
        }
    }

    /// The whole photo with a change in it that was made in sRGB; see [`super::composite`].
    ///
    /// # Errors
    /// As [`super::composite`].
    pub fn composite(&self, change: &Change<'_>) -> Result<Self, PhotoError> {
        let picture = match &*self.colours {
            Colours::Own(conversion) => composite_in(&**conversion, &self.picture, change),
            _ => composite_in(&Srgb, &self.picture, change),
        };
        Ok(Self {
            picture: picture?,
            colours: Arc::clone(&self.colours),
            profile: self.profile.clone(),
            remarks: Vec::new(),
        })
    }
}

/// The picture in a file in sRGB; see [`Original::open`].
///
/// # Errors
/// As [`Original::open`].
pub fn open(path: &Path) -> Result<Picture, PhotoError> {
    Original::open(path).map(Original::into_srgb)
}
