//! What the screen shows of a photo: a part of it, scaled down to the screen's size, kept so that
//! a moving slider pays for the scaling once.

use std::borrow::Cow;

use serde::Deserialize;

use crate::photo::resize::{Filter, Part, resize};
use crate::photo::{PhotoError, Similarity};
use crate::picture::Picture;

/// Which part of a photo is wanted, and how large at most.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ViewOptions {
    /// The most pixels along the longer side; what is smaller stays as it is.
    max_side: u32,
    /// The whole photo where there is none.
    region: Option<Region>,
}

/// A rectangle of the photo in its pixels.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Region {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

/// Whole pixels of a photo: left, top, width, height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rectangle([u32; 4]);

/// A view that has been drawn.
pub(super) struct View {
    options: ViewOptions,
    part: Rectangle,
    picture: Picture,
}

impl View {
    /// `kept` if it is the view asked for, a new one otherwise, and none where the photo itself is
    /// that view.
    pub(super) fn of(
        photo: &Picture,
        opaque: bool,
        options: ViewOptions,
        kept: Option<Self>,
    ) -> Result<Option<Self>, PhotoError> {
        let part = options.part(photo);
        let Rectangle([_, _, width, height]) = part;
        let whole = part == Rectangle([0, 0, photo.width(), photo.height()]);
        if whole && width.max(height) <= options.max_side {
            return Ok(None);
        }
        if let Some(kept) = kept
            && kept.options == options
        {
            return Ok(Some(kept));
        }
        let picture = scaled(photo, part, options.max_side.max(1), opaque)?;
        Ok(Some(Self {
            options,
            part,
            picture,
        }))
    }

    pub(super) fn picture(&self) -> &Picture {
        &self.picture
    }

    /// The same frame on this view.
    pub(super) fn similarity(&self, photo_from_frame: &Similarity) -> Similarity {
        let Rectangle([x, y, width, _]) = self.part;
        let factor = f64::from(self.picture.width()) / f64::from(width);
        let [tx, ty] = photo_from_frame.translation;
        Similarity {
            scale: photo_from_frame.scale * factor,
            rotation: photo_from_frame.rotation,
            translation: [(tx - f64::from(x)) * factor, (ty - f64::from(y)) * factor],
        }
    }
}

impl ViewOptions {
    /// At least one pixel, inside the photo.
    fn part(&self, photo: &Picture) -> Rectangle {
        let (width, height) = (photo.width(), photo.height());
        let Some(region) = &self.region else {
            return Rectangle([0, 0, width, height]);
        };
        // `as` saturates and takes NaN to 0.
        let span = |start: f64, length: f64, size: u32| {
            let from = (start.round().max(0.0) as u32).min(size - 1);
            let to = ((start + length).round().max(0.0) as u32).clamp(from + 1, size);
            (from, to - from)
        };
        let (x, width) = span(region.x, region.width, width);
        let (y, height) = span(region.y, region.height, height);
        Rectangle([x, y, width, height])
    }
}

/// A part of the photo with at most `max_side` pixels along its longer side, never enlarged.
fn scaled(
    photo: &Picture,
    Rectangle([x, y, width, height]): Rectangle,
    max_side: u32,
    opaque: bool,
) -> Result<Picture, PhotoError> {
    let factor = (f64::from(max_side) / f64::from(width.max(height))).min(1.0);
    let side = |length: u32| ((f64::from(length) * factor).round() as u32).max(1);
    let part = Part {
        rectangle: [x, y, width, height].map(f64::from),
        by_alpha: !opaque,
    };
    resize(photo, part, [side(width), side(height)], Filter::CatmullRom)
}

/// The photo as a model or a detector sees it: transparent parts on white.
pub(super) fn opaque(photo: &Picture, opaque: bool) -> Cow<'_, Picture> {
    if opaque {
        Cow::Borrowed(photo)
    } else {
        Cow::Owned(photo.clone().over_white())
    }
}
