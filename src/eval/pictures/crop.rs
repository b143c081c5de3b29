//! Which part of a picture a model is shown, by name.

use std::str::FromStr;

use super::super::EvalError;
use crate::config::Framing;
use crate::face::Detector;
use crate::photo::{self, Similarity};
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
    type Err = EvalError;

    fn from_str(text: &str) -> Result<Self, EvalError> {
        let unknown = || EvalError::UnknownCrop(text.to_owned());
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
    face: Option<(Detector, Framing)>,
}

impl Framer {
    /// For squares of `side` pixels; `face` is what [`Crop::Face`] needs, a detector and where the model expects the
    /// eyes.
    pub fn new(crop: Crop, side: u32, face: Option<(Detector, Framing)>) -> Self {
        Self { crop, side, face }
    }

    /// The model's square of a picture called `name`.
    ///
    /// # Errors
    /// [`EvalError::CropOutside`], [`EvalError::NoFace`], [`EvalError::Broken`].
    pub async fn frame(&self, name: &str, picture: &Picture) -> Result<Picture, EvalError> {
        let broken = |source| EvalError::Broken {
            name: name.to_owned(),
            source: Box::new(source),
        };
        let cut = match self.crop {
            Crop::Centre => return photo::prepare(picture, self.side).map_err(broken),
            Crop::Face => return self.face(name, picture).await,
            Crop::Celeba => {
                let scaled = |pixels: u32| {
                    let width = f64::from(picture.width());
                    (f64::from(pixels) * width / 178.0).round() as u32
                };
                cut(name, picture, [25, 57, 128, 128].map(scaled))?
            }
            Crop::Box {
                left,
                top,
                width,
                height,
            } => cut(name, picture, [left, top, width, height])?,
        };
        photo::prepare(&cut, self.side).map_err(broken)
    }

    async fn face(&self, name: &str, picture: &Picture) -> Result<Picture, EvalError> {
        let no_face = || EvalError::NoFace {
            name: name.to_owned(),
        };
        let (detector, framing) = self.face.as_ref().ok_or_else(no_face)?;
        let faces = detector.find(&picture.on_white()).await;
        let faces = faces.map_err(|e| EvalError::Device(e.to_string()))?;
        let face = faces.first().ok_or_else(no_face)?;
        let size = [picture.width(), picture.height()];
        let broken = |source| EvalError::Broken {
            name: name.to_owned(),
            source: Box::new(source),
        };
        let photo_from_frame =
            Similarity::from_eyes(&face.eyes, framing, self.side, size).map_err(broken)?;
        photo::frame(picture, &photo_from_frame, self.side).map_err(broken)
    }
}

/// The pixels of a rectangle.
fn cut(
    name: &str,
    picture: &Picture,
    [left, top, width, height]: [u32; 4],
) -> Result<Picture, EvalError> {
    let inside = |start: u32, length: u32, size: u32| {
        length > 0 && start.checked_add(length).is_some_and(|end| end <= size)
    };
    if !inside(left, width, picture.width()) || !inside(top, height, picture.height()) {
        return Err(EvalError::CropOutside {
            name: name.to_owned(),
            left,
            top,
            width,
            height,
            picture_width: picture.width(),
            picture_height: picture.height(),
        });
    }
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
    Picture::new(width, height, pixels).map_err(|error| EvalError::Broken {
        name: name.to_owned(),
        source: Box::new(error.into()),
    })
}
