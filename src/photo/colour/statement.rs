//! The ways in which files say what their colours mean, each brought to one kind of description:
//! a profile of RGB colours.

use moxcms::{
    Chromaticity, CicpColorPrimaries, CicpProfile, ColorPrimaries, ColorProfile, DataColorSpace,
    MatrixCoefficients, ParsingOptions, ToneReprCurve, TransferCharacteristics, curve_from_gamma,
};

use super::MAX_ICC_BYTES;

/// Chromaticities and gammas are counted in these in PNG files.
const UNIT: f32 = 100_000.0;
/// Gammas beyond any display, in those units: what a file says outside of them is a mistake.
const GAMMAS: std::ops::RangeInclusive<u32> = 10_000..=1_000_000;
/// Points of a curve that has no formula of its own.
const CURVE: u32 = 4096;
/// How bright white is in a picture of high dynamic range, as ITU-R BT.2408 has it: 203 of the
/// 10000 nits that PQ reaches, 75 % of HLG's signal.
const PQ_WHITE: f64 = 0.0203;
const HLG_WHITE: f64 = 0.75;

/// One thing that a file says of its colours.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::photo) enum Statement {
    /// An ICC profile, or why it cannot be read.
    Icc(Result<Vec<u8>, &'static str>),
    /// Numbers of ITU-T H.273.
    Cicp {
        primaries: u8,
        transfer: u8,
        full_range: bool,
    },
    /// Plain sRGB.
    Srgb,
    /// The gAMA and cHRM chunks of PNG: the exponent of encoding, and x and y of white, red, green
    /// and blue, all in hundred thousandths.
    Measured {
        gamma: Option<u32>,
        primaries: Option<[[u32; 2]; 4]>,
    },
}

impl Statement {
    /// The colours of the screens of most phones.
    pub(in crate::photo) const DISPLAY_P3: Self = Self::Cicp {
        primaries: 12,
        transfer: 13,
        full_range: true,
    };

    pub(in crate::photo) fn icc(profile: Vec<u8>) -> Self {
        Self::Icc(Ok(profile))
    }

    /// The described colours; nothing for sRGB.
    ///
    /// # Errors
    /// Why the statement is of no use.
    pub(super) fn described(&self, grey: bool) -> Result<Option<Description>, &'static str> {
        match self {
            Self::Srgb => Ok(None),
            Self::Icc(profile) => {
                let icc = profile.as_ref().map_err(|reason| *reason)?;
                let colours = parsed(icc)?;
                match colours.color_space {
                    DataColorSpace::Rgb => Ok(Some(Description {
                        colours,
                        icc: Some(icc.clone()),
                        chunks: Vec::new(),
                    })),
                    DataColorSpace::Gray if grey => Ok(Some(Description {
                        colours: coloured(&colours)?,
                        icc: None,
                        chunks: Vec::new(),
                    })),
                    _ => Err("it is for colours of another kind"),
                }
            }
            &Self::Cicp {
                primaries,
                transfer,
                full_range,
            } => {
                let colours = code_points(primaries, transfer, full_range)?;
                let chunk = vec![primaries, transfer, 0, 1];
                Ok(Some(Description {
                    colours,
                    icc: None,
                    chunks: vec![(*b"cICP", chunk)],
                }))
            }
            &Self::Measured { gamma, primaries } => {
                let colours = measured(gamma, primaries)?;
                let bytes = |values: &[u32]| values.iter().flat_map(|v| v.to_be_bytes()).collect();
                let gamma = gamma.map(|gamma| (*b"gAMA", bytes(&[gamma])));
                let primaries = primaries.map(|p| (*b"cHRM", bytes(p.as_flattened())));
                Ok(Some(Description {
                    colours,
                    icc: None,
                    chunks: gamma.into_iter().chain(primaries).collect(),
                }))
            }
        }
    }
}

/// Described colours, and what a file is to hold that describes them.
pub(super) struct Description {
    pub(super) colours: ColorProfile,
    /// The profile's own bytes; nothing where it was made here.
    pub(super) icc: Option<Vec<u8>>,
    pub(super) chunks: Vec<([u8; 4], Vec<u8>)>,
}

/// A profile within sensible limits.
pub(super) fn parsed(icc: &[u8]) -> Result<ColorProfile, &'static str> {
    let limits = ParsingOptions {
        max_profile_size: MAX_ICC_BYTES + 1,
        max_allowed_clut_size: MAX_ICC_BYTES,
        ..ParsingOptions::default()
    };
    if icc.len() > MAX_ICC_BYTES {
        return Err("it is larger than 8 MiB");
    }
    ColorProfile::new_from_slice_with_options(icc, limits).map_err(|_| "its data is corrupt")
}

/// RGB colours of which the greys are those of a profile of greys.
fn coloured(grey: &ColorProfile) -> Result<ColorProfile, &'static str> {
    let curve = grey.gray_trc.clone();
    Ok(with_curve(
        ColorProfile::new_srgb(),
        curve.ok_or("it has no curve of greys")?,
    ))
}

fn with_curve(mut colours: ColorProfile, curve: ToneReprCurve) -> ColorProfile {
    colours.red_trc = Some(curve.clone());
    colours.green_trc = Some(curve.clone());
    colours.blue_trc = Some(curve);
    // Would count more than the curves.
    colours.cicp = None;
    colours.description = None;
    colours
}

fn code_points(
    primaries: u8,
    transfer: u8,
    full_range: bool,
) -> Result<ColorProfile, &'static str> {
    let unknown = "its code points mean no colours that are known here";
    if !full_range {
        return Err("its numbers are those of video, which leave a margin");
    }
    let primaries = CicpColorPrimaries::try_from(primaries).map_err(|_| unknown)?;
    let transfer = TransferCharacteristics::try_from(transfer).map_err(|_| unknown)?;
    let colours = ColorProfile::new_from_cicp(CicpProfile {
        color_primaries: primaries,
        transfer_characteristics: transfer,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range,
    });
    if !colours.is_matrix_shaper() {
        return Err(unknown);
    }
    let white = match transfer {
        TransferCharacteristics::Smpte2084 => PQ_WHITE,
        TransferCharacteristics::Hlg => transfer.linearize(HLG_WHITE),
        _ => return Ok(colours),
    };
    // What is brighter than white has no place in sRGB.
    let curve = (0..CURVE)
        .map(|i| transfer.linearize(f64::from(i) / f64::from(CURVE - 1)) / white)
        .map(|light| (light.min(1.0) * f64::from(u16::MAX)).round() as u16)
        .collect();
    Ok(with_curve(colours, ToneReprCurve::Lut(curve)))
}

fn measured(
    gamma: Option<u32>,
    primaries: Option<[[u32; 2]; 4]>,
) -> Result<ColorProfile, &'static str> {
    let mut colours = ColorProfile::new_srgb();
    if let Some(said) = primaries {
        let [white, red, green, blue] = said.map(|[x, y]| Chromaticity {
            x: x as f32 / UNIT,
            y: y as f32 / UNIT,
        });
        colours.update_rgb_colorimetry(white.to_xyyb(), ColorPrimaries { red, green, blue });
    }
    let curve = match gamma {
        None => colours.red_trc.clone().ok_or("it has no curve")?,
        Some(gamma) if GAMMAS.contains(&gamma) => curve_from_gamma(UNIT / gamma as f32),
        Some(_) => return Err("its gamma is no gamma of a picture"),
    };
    Ok(with_curve(colours, curve))
}
