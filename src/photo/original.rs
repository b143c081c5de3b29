//! A photo as its file has it: the file's own numbers, what colours they mean, and what it says of how it was taken.

#[cfg(feature = "image")]
use super::colour;
use super::colour::{Colours, Statement};
use super::composite::{Edited, Space, Srgb};
use super::container::{self, Said};
#[cfg(feature = "image")]
use super::decode;
use super::metadata::Record;
use super::{Beside, Change, Maker, Metadata, PhotoError, Profile};
use crate::picture::Picture;
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
#[cfg(feature = "image")]
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

/// What the numbers of pixels mean that somebody else decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    /// They are the file's own.
    File,
    /// They have been converted to sRGB, or the file says nothing else.
    Srgb,
    /// They are those of Display P3.
    DisplayP3,
}

/// What a file says beside its pixels, for pixels that somebody else decodes.
pub struct Description {
    colours: Colours,
    profile: Option<Profile>,
    record: Record,
    colourless: Vec<(Range<usize>, Vec<u8>)>,
}

impl Description {
    /// Reads the containers of PNG, JPEG and WebP files; any other says nothing.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let Said {
            statements,
            grey,
            colourless,
        } = container::said(bytes);
        let origin = container::origin(bytes);
        let mut remarks = Vec::new();
        let (colours, profile) = Colours::of(&statements, grey, &mut remarks);
        // Where the file's first word is of no use here, whoever decodes it may know better.
        let known = remarks.is_empty() && !matches!(colours, Colours::Readable(_));
        let colourless = colourless.into_iter().filter(|_| known);
        Self {
            colours,
            profile,
            record: Record::of(origin.exif, origin.xmp),
            colourless: colourless.map(|part| (part.at, part.with)).collect(),
        }
    }

    /// What of the file to replace so that its decoder leaves the numbers alone: parts in their order, and what stands in
    /// their place. None where the decoder does better to convert.
    #[must_use]
    pub fn colourless(&self) -> &[(Range<usize>, Vec<u8>)] {
        &self.colourless
    }
}

/// An upright photo in the numbers of its file.
pub struct Original {
    picture: Picture,
    colours: Arc<Colours>,
    profile: Option<Profile>,
    record: Arc<Record>,
    maker: Maker,
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
    #[cfg(feature = "image")]
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
    #[cfg(feature = "image")]
    pub fn decode(bytes: &[u8]) -> Result<Self, PhotoError> {
        Self::decode_within(bytes, decode::MAX_PIXELS)
    }

    /// [`Original::decode`] with a lower limit than [`super::MAX_PIXELS`], where files are tried by the million.
    ///
    /// # Errors
    /// As [`Original::decode`].
    #[cfg(feature = "image")]
    #[doc(hidden)]
    pub fn decode_within(bytes: &[u8], max_pixels: u64) -> Result<Self, PhotoError> {
        let mut decoded = decode::decode(bytes, max_pixels)?;
        let mut remarks = decoded.remarks;
        let (colours, profile) = Colours::of(&decoded.statements, decoded.grey, &mut remarks);
        let origin = container::origin(bytes);
        let record = Record::of(origin.exif, origin.xmp);
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
            maker: record.maker,
            record: Arc::new(record),
            remarks,
        })
    }

    /// A photo whose pixels somebody else decoded, upright.
    #[must_use]
    pub fn decoded(picture: Picture, description: Description, numbers: Numbers) -> Self {
        let (colours, profile) = match numbers {
            Numbers::File => (description.colours, description.profile),
            Numbers::Srgb => (Colours::Srgb, None),
            Numbers::DisplayP3 => Colours::of(&[Statement::DISPLAY_P3], false, &mut Vec::new()),
        };
        Self {
            picture,
            colours: Arc::new(colours),
            profile,
            maker: description.record.maker,
            record: Arc::new(description.record),
            remarks: Vec::new(),
        }
    }

    /// The same, made by `maker`.
    #[must_use]
    pub fn made_by(self, maker: Maker) -> Self {
        Self { maker, ..self }
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

    /// What the file says of how the photo was taken, as far as it goes on.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        self.record.metadata()
    }

    /// What a file of this photo says beside its pixels, without the place.
    #[must_use]
    pub fn beside(&self) -> Beside<'_> {
        Beside {
            profile: self.profile.as_ref(),
            metadata: Some(self.metadata()),
            place: false,
            maker: self.maker,
        }
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

    /// A picture in this photo's numbers, such as a part of it, as sRGB or, if `wide`, as Display P3, in which most screens
    /// show more colours.
    #[must_use]
    pub fn shown<'a>(&self, view: &'a Picture, wide: bool) -> Cow<'a, Picture> {
        match &*self.colours {
            Colours::Own(conversion) if wide => Cow::Owned(conversion.shown_wide(view)),
            Colours::Own(conversion) => Cow::Owned(conversion.shown(view)),
            _ => Cow::Borrowed(view),
        }
    }

    /// Whether the numbers are those of sRGB.
    #[must_use]
    pub fn is_srgb(&self) -> bool {
        !matches!(&*self.colours, Colours::Own(_))
    }

    /// The whole photo with a change in it that was made in sRGB; see [`super::composite`].
    ///
    /// # Errors
    /// As [`super::composite`].
    pub fn composite(&self, change: &Change<'_>) -> Result<Self, PhotoError> {
        let edited = self.edited(change)?;
        Ok(Self {
            picture: edited.whole()?,
            colours: Arc::clone(&self.colours),
            profile: self.profile.clone(),
            record: Arc::clone(&self.record),
            maker: self.maker_of(&edited),
            remarks: Vec::new(),
        })
    }

    /// [`Original::composite`] row by row, which takes no second photo's memory.
    ///
    /// # Errors
    /// As [`super::composite`].
    pub fn edited<'a>(&'a self, change: &Change<'_>) -> Result<Edited<'a>, PhotoError> {
        Edited::new(self.space(), &self.picture, change)
    }

    /// What a file of this photo says beside its pixels once it is `edited`, without the place.
    #[must_use]
    pub fn beside_edited(&self, edited: &Edited<'_>) -> Beside<'_> {
        Beside {
            maker: self.maker_of(edited),
            ..self.beside()
        }
    }

    /// [`Original::composite`] on a picture in this photo's numbers, such as a part of it.
    ///
    /// # Errors
    /// As [`super::composite`].
    pub fn composite_on(&self, view: &Picture, change: &Change<'_>) -> Result<Picture, PhotoError> {
        Edited::new(self.space(), view, change)?.whole()
    }

    fn maker_of(&self, edited: &Edited<'_>) -> Maker {
        match self.maker {
            Maker::Somebody if edited.is_changed() => Maker::Edit,
            maker => maker,
        }
    }

    fn space(&self) -> &dyn Space {
        match &*self.colours {
            Colours::Own(conversion) => &**conversion,
            _ => &Srgb,
        }
    }
}

/// The picture in a file in sRGB; see [`Original::open`].
///
/// # Errors
/// As [`Original::open`].
#[cfg(feature = "image")]
pub fn open(path: &Path) -> Result<Picture, PhotoError> {
    Original::open(path).map(Original::into_srgb)
}
