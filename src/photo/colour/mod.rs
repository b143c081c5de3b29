//! Between a photo's own colours and sRGB, in which the models see and the change is computed.
//!
//! A photo keeps its numbers: it is shown to the models as sRGB, and what changes is brought into
//! its own colours, pixel by pixel, as the difference that the change makes there. So nothing else
//! moves, and colours that sRGB does not have are not lost.

mod statement;
#[cfg(feature = "image")]
#[cfg(test)]
mod tests;

use self::statement::Description;
pub(super) use self::statement::Statement;
#[cfg(feature = "image")]
use self::statement::parsed;
use super::composite::Space;
use super::{Profile, Remark};
use crate::picture::Picture;
use moxcms::{
    CmsError, ColorProfile, Layout, RenderingIntent, Transform8BitExecutor, TransformF32Executor,
    TransformOptions,
};
use std::sync::Arc;

/// The largest profile that is looked at. Those of printers, the largest in use, have 3 MB.
pub(super) const MAX_ICC_BYTES: usize = 8 << 20;
/// Where a profile says when it was made, and what one that is made here says: the same photo gives
/// the same file at any time.
const DATE: std::ops::Range<usize> = 24..36;
const MADE: [u8; 12] = [7, 208, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0];
/// Rows are converted in pieces of about this many pixels.
const PIECE: usize = 4096;

/// What a photo's numbers mean.
pub(super) enum Colours {
    /// They are sRGB, to a level.
    Srgb,
    /// They are something else.
    Own(Arc<Conversion>),
    /// They can be understood but not written: the photo becomes sRGB.
    Readable(
        #[cfg_attr(
            not(feature = "image"),
            allow(
                dead_code,
                reason = "in a browser, whoever decodes the pixels converts them"
            )
        )]
        Arc<Transform8BitExecutor>,
    ),
}

fn dateless(mut icc: Vec<u8>) -> Vec<u8> {
    if let Some(date) = icc.get_mut(DATE) {
        date.copy_from_slice(&MADE);
    }
    icc
}

impl Colours {
    /// What the first statement says that is of use, and the profile that says it in a file.
    pub(super) fn of(
        statements: &[Statement],
        grey: bool,
        remarks: &mut Vec<Remark>,
    ) -> (Self, Option<Profile>) {
        for statement in statements {
            match statement.described(grey).and_then(Self::described) {
                Ok(found) => return found,
                Err(reason) => remarks.push(Remark::Profile { reason }),
            }
        }
        (Self::Srgb, None)
    }

    fn described(
        description: Option<Description>,
    ) -> Result<(Self, Option<Profile>), &'static str> {
        let Some(Description {
            colours,
            icc,
            chunks,
        }) = description
        else {
            return Ok((Self::Srgb, None));
        };
        let unusable = |_: CmsError| "it describes no colours that can be shown";
        let to_srgb = eight_bit(&colours, Layout::Rgba).map_err(unusable)?;
        let Ok(conversion) = Conversion::new(&colours, to_srgb.clone()) else {
            return Ok((Self::Readable(to_srgb), None));
        };
        let probe = conversion.probe();
        if probe.broken {
            return Err("it describes no colours that can be shown");
        }
        let icc = match icc {
            Some(icc) => icc,
            None => dateless(colours.encode().map_err(unusable)?),
        };
        let meaning = match probe.is_srgb {
            true => Self::Srgb,
            false => Self::Own(Arc::new(conversion)),
        };
        Ok((meaning, Some(Profile { icc, chunks })))
    }
}

/// From a photo's colours to sRGB and back.
pub(super) struct Conversion {
    bytes_to_srgb: Arc<Transform8BitExecutor>,
    bytes_to_p3: Arc<Transform8BitExecutor>,
    to_srgb: Arc<TransformF32Executor>,
    from_srgb: Arc<TransformF32Executor>,
}

/// What a conversion does to colours from everywhere.
struct Probe {
    is_srgb: bool,
    broken: bool,
}

impl Conversion {
    fn new(
        colours: &ColorProfile,
        bytes_to_srgb: Arc<Transform8BitExecutor>,
    ) -> Result<Self, CmsError> {
        let srgb = ColorProfile::new_srgb();
        let exact = |from: &ColorProfile, to: &ColorProfile| {
            from.create_transform_f32(Layout::Rgb, to, Layout::Rgb, options())
        };
        let p3 = ColorProfile::new_display_p3();
        Ok(Self {
            bytes_to_srgb,
            bytes_to_p3: colours.create_transform_8bit(
                Layout::Rgba,
                &p3,
                Layout::Rgba,
                options(),
            )?,
            to_srgb: exact(colours, &srgb)?,
            from_srgb: exact(&srgb, colours)?,
        })
    }

    fn probe(&self) -> Probe {
        const STEPS: u8 = 16;
        let level = |i: u16| (i * 255 / u16::from(STEPS)) as u8;
        let steps = 0..=u16::from(STEPS);
        let colours: Vec<[u8; 4]> = steps
            .clone()
            .flat_map(|r| steps.clone().map(move |g| (r, g)))
            .flat_map(|(r, g)| {
                steps
                    .clone()
                    .map(move |b| [level(r), level(g), level(b), 255])
            })
            .collect();
        let mut shown = colours.clone();
        convert(&*self.bytes_to_srgb, shown.as_flattened_mut());
        let pairs = colours.as_flattened().iter().zip(shown.as_flattened());
        let is_srgb = pairs.clone().all(|(a, b)| a.abs_diff(*b) <= 1);
        let mut levels: Vec<[f32; 3]> = colours
            .iter()
            .map(|&[r, g, b, _]| [r, g, b].map(f32::from))
            .collect();
        let brighter = vec![[8.0; 3]; levels.len()];
        let converted = self.added(&mut levels, &brighter);
        let finite = levels.as_flattened().iter().all(|level| level.is_finite());
        // Where two of black, white and the primaries look the same, the colours are no colours.
        let steps = usize::from(STEPS) + 1;
        let far = steps - 1;
        let corners = [0, far, far * steps, far * steps * steps, steps.pow(3) - 1];
        let corners = corners.map(|i| shown.get(i));
        let flat = (1..corners.len()).any(|i| corners[..i].contains(&corners[i]));
        Probe {
            is_srgb,
            broken: converted.is_err() || !finite || flat,
        }
    }

    fn added(&self, levels: &mut [[f32; 3]], differences: &[[f32; 3]]) -> Result<(), CmsError> {
        let unit = |levels: &[[f32; 3]]| -> Vec<f32> {
            let clamped = levels.as_flattened().iter();
            clamped
                .map(|level| level.clamp(0.0, 255.0) / 255.0)
                .collect()
        };
        let own = unit(levels);
        let mut shown = vec![0.0; own.len()];
        self.to_srgb.transform(&own, &mut shown)?;
        // Colours that sRGB does not have are taken for the nearest that it has, before and after
        // the change alike.
        shown
            .iter_mut()
            .for_each(|value| *value = value.clamp(0.0, 1.0));
        let changed: Vec<f32> = shown
            .iter()
            .zip(differences.as_flattened())
            .map(|(value, difference)| (value + difference / 255.0).clamp(0.0, 1.0))
            .collect();
        let [mut before, mut after] = [own.clone(), own];
        self.from_srgb.transform(&shown, &mut before)?;
        self.from_srgb.transform(&changed, &mut after)?;
        let levels = levels.as_flattened_mut().iter_mut();
        for (level, (before, after)) in levels.zip(before.iter().zip(&after)) {
            *level += 255.0 * (after - before);
        }
        Ok(())
    }
}

impl Conversion {
    /// The picture in sRGB; alpha is kept.
    pub(super) fn shown(&self, picture: &Picture) -> Picture {
        shown(picture, &*self.bytes_to_srgb)
    }

    /// The picture in Display P3; alpha is kept.
    pub(super) fn shown_wide(&self, picture: &Picture) -> Picture {
        shown(picture, &*self.bytes_to_p3)
    }
}

impl Space for Conversion {
    fn add(&self, levels: &mut [[f32; 3]], differences: &[[f32; 3]]) {
        // Fails for buffers of different lengths only, which these are not.
        let _ = self.added(levels, differences);
    }
}

/// The picture as sRGB; alpha is kept.
pub(super) fn shown(picture: &Picture, to_srgb: &Transform8BitExecutor) -> Picture {
    let mut shown = picture.clone();
    convert(to_srgb, shown.rgba_mut());
    shown
}

#[cfg(feature = "image")]
/// sRGB from printing inks by their profile: four bytes to a pixel say how much light each ink lets
/// through, cyan, magenta, yellow and black.
pub(super) fn from_inks(icc: &[u8], through: &[u8]) -> Result<Vec<u8>, &'static str> {
    let profile = parsed(icc)?;
    if profile.color_space != moxcms::DataColorSpace::Cmyk {
        return Err("it is for colours of another kind");
    }
    let transform = eight_bit(&profile, Layout::Rgba)
        .map_err(|_| "it describes no colours that can be shown")?;
    // Profiles count ink.
    let mut pixels: Vec<u8> = through.iter().map(|light| 255 - light).collect();
    convert(&*transform, &mut pixels);
    pixels
        .iter_mut()
        .skip(3)
        .step_by(4)
        .for_each(|alpha| *alpha = 255);
    Ok(pixels)
}

fn eight_bit(
    colours: &ColorProfile,
    layout: Layout,
) -> Result<Arc<Transform8BitExecutor>, CmsError> {
    let srgb = ColorProfile::new_srgb();
    colours.create_transform_8bit(layout, &srgb, Layout::Rgba, options())
}

fn options() -> TransformOptions {
    TransformOptions {
        rendering_intent: RenderingIntent::RelativeColorimetric,
        prefer_fixed_point: false,
        ..TransformOptions::default()
    }
}

/// Four bytes to a pixel, in place.
fn convert(transform: &Transform8BitExecutor, pixels: &mut [u8]) {
    let mut piece = [0; 4 * PIECE];
    for pixels in pixels.chunks_mut(4 * PIECE) {
        if let Some(from) = piece.get_mut(..pixels.len()) {
            from.copy_from_slice(pixels);
            // Fails for buffers of different lengths only, which these are not.
            let _ = transform.transform(from, pixels);
        }
    }
}
