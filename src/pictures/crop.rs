//! Which part of a picture a model is shown, by name.

use std::str::FromStr;

use super::SetError;
use crate::config::Framing;
use crate::face::Detector;
use crate::photo::{self, PhotoError, Similarity};
use crate::picture::Picture;

/// The part of a picture that is resized to the model's square.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crop {
    /// The middle square, the whole of FFHQ's and CelebA-HQ's pictures: the preparation of the reference.
    Centre,
    /// The 128 x 128 pixels of CelebA's 178 x 218 that D2C and the paper's CelebA-64 take: columns 25 to 153, rows 57
    /// to 185; scaled with the picture's width where that is another.
    Celeba,
    /// The face that our own detector finds, aligned as the model expects it.
    Face,
    /// These pixels.
    Box {
        /// First column.
        left: u32,
        /// First row.
        top: u32,
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
    },
}

impl FromStr for Crop {
    type Err = SetError;

    fn from_str(text: &str) -> Result<Self, SetError> {
        let unknown = || SetError::UnknownCrop(text.to_owned());
        match text {
            "centre" | "ffhq" => return Ok(Self::Centre),
            "celeba" => return Ok(Self::Celeba),
            "face" => return Ok(Self::Face),
            _ => {}
        }
        let numbers = text.strip_prefix("box=").ok_or_else(unknown)?;
        let numbers: Result<Vec<u32>, _> = numbers.split(',').map(|n| n.trim().parse()).collect();
        match numbers.as_deref() {
            Ok(&[left, top, width, height]) if width > 0 && height > 0 => Ok(Self::Box {
                left,
                top,
                width,
                height,
            }),
            _ => Err(unknown()),
        }
    }
}

impl std::fmt::Display for Crop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Centre => f.write_str("centre"),
            Self::Celeba => f.write_str("celeba"),
            Self::Face => f.write_str("face"),
            Self::Box {
                left,
                top,
                width,
                height,
            } => write!(f, "box={left},{top},{width},{height}"),
        }
    }
}

/// Brings pictures to a model's square.
#[derive(Debug)]
pub struct Framer {
    crop: Crop,
    side: u32,
    /// There for [`Crop::Face`] and for no other.
    face: Option<(Detector, Framing)>,
}

impl Framer {
    /// For squares of `side` pixels; `face` is what [`Crop::Face`] needs, a detector and where the model expects the
    /// eyes.
    ///
    /// # Errors
    /// [`SetError::NoDetector`] for [`Crop::Face`] without it.
    pub fn new(crop: Crop, side: u32, face: Option<(Detector, Framing)>) -> Result<Self, SetError> {
        let face = face.filter(|_| crop == Crop::Face);
        if crop == Crop::Face && face.is_none() {
            return Err(SetError::NoDetector);
        }
        Ok(Self { crop, side, face })
    }

    /// What is shown of a picture.
    #[cfg(feature = "train")]
    pub(crate) fn crop(&self) -> Crop {
        self.crop
    }

    /// Side of the squares in pixels.
    #[cfg(feature = "train")]
    pub(crate) fn side(&self) -> u32 {
        self.side
    }

    /// The model's square of a picture called `name`.
    ///
    /// # Errors
    /// [`SetError::CropOutside`], [`SetError::NoFace`], [`SetError::Broken`], [`SetError::Device`].
    pub async fn frame(&self, name: &str, picture: &Picture) -> Result<Picture, SetError> {
        let framed = match self.crop {
            Crop::Centre => photo::prepare(picture, self.side),
            Crop::Face => {
                let photo_from_frame = self.place(name, picture).await?;
                return self.frame_at(name, picture, &photo_from_frame);
            }
            Crop::Celeba | Crop::Box { .. } => {
                let cut = cut(picture, self.rectangle(name, picture)?);
                cut.and_then(|cut| photo::prepare(&cut, self.side))
            }
        };
        framed.map_err(|source| broken(name, source))
    }

    /// The square that lies in a given place of a picture called `name`.
    ///
    /// # Errors
    /// [`SetError::Broken`] for a place that is none.
    pub(crate) fn frame_at(
        &self,
        name: &str,
        picture: &Picture,
        photo_from_frame: &Similarity,
    ) -> Result<Picture, SetError> {
        photo::frame(picture, photo_from_frame, self.side).map_err(|source| broken(name, source))
    }

    /// Where the model's square lies in a picture called `name`; one can be cut out there.
    ///
    /// # Errors
    /// As [`Self::frame`].
    pub(crate) async fn place(
        &self,
        name: &str,
        picture: &Picture,
    ) -> Result<Similarity, SetError> {
        let size = [picture.width(), picture.height()];
        let place = match &self.face {
            Some((detector, framing)) => {
                let no_face = || SetError::NoFace {
                    name: name.to_owned(),
                };
                let faces = detector.find(&picture.on_white()).await;
                let faces = faces.map_err(|e| SetError::Device(e.to_string()))?;
                let face = faces.first().ok_or_else(no_face)?;
                Similarity::from_eyes(&face.eyes, framing, self.side, size)
            }
            None => {
                let rectangle = self.rectangle(name, picture)?;
                let [left, top, width, height] = rectangle.map(f64::from);
                let centre = [left + width / 2.0, top + height / 2.0];
                Similarity::from_square(centre, width.min(height), 0.0, self.side, size)
            }
        };
        let place = place.and_then(|place| {
            photo::check_place(picture, &place, self.side)?;
            Ok(place)
        });
        place.map_err(|source| broken(name, source))
    }

    /// The rectangle of the picture whose middle square is shown: left, top, width and height.
    fn rectangle(&self, name: &str, picture: &Picture) -> Result<[u32; 4], SetError> {
        let size = [picture.width(), picture.height()];
        let [left, top, width, height] = match self.crop {
            Crop::Centre | Crop::Face => [0, 0, size[0], size[1]],
            Crop::Celeba => [25, 57, 128, 128]
                .map(|pixels: u32| (f64::from(pixels) * f64::from(size[0]) / 178.0).round() as u32),
            Crop::Box {
                left,
                top,
                width,
                height,
            } => [left, top, width, height],
        };
        let inside = |start: u32, length: u32, size: u32| {
            length > 0 && start.checked_add(length).is_some_and(|end| end <= size)
        };
        if !inside(left, width, size[0]) || !inside(top, height, size[1]) {
            return Err(SetError::CropOutside {
                name: name.to_owned(),
                left,
                top,
                width,
                height,
                picture_width: size[0],
                picture_height: size[1],
            });
        }
        Ok([left, top, width, height])
    }
}

/// A picture called `name` that cannot be used.
fn broken(name: &str, source: PhotoError) -> SetError {
    SetError::Broken {
        name: name.to_owned(),
        source: Box::new(source),
    }
}

/// The pixels of a rectangle that lies within the picture.
fn cut(picture: &Picture, [left, top, width, height]: [u32; 4]) -> Result<Picture, PhotoError> {
    let stride = picture.width() as usize * 4;
    let rows = picture.rgba().chunks_exact(stride);
    let pixels = rows
        .skip(top as usize)
        .take(height as usize)
        .flat_map(|row| {
            row.iter()
                .skip(left as usize * 4)
                .take(width as usize * 4)
                .copied()
        })
        .collect();
    Ok(Picture::new(width, height, pixels)?)
}
