//! What commands read: photos, out of which the face's square is cut, and saved codes; and how a
//! picture becomes a code.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use diffae::face::{Detector, Face};
use diffae::photo::{self, Eyes, Original, Similarity};
use diffae::weights::Manifest;
use diffae::{Code, DiffAe, Inversion, Picture};

use crate::bundled;
use crate::error::ToolError;
use crate::output::{say, warn};
use crate::progress::Progress;

/// The largest saved code worth reading: x_T of the largest picture has 12 MB.
const MAX_CODE_BYTES: u64 = 32 << 20;
/// Extension by which a saved code is told from a picture.
const CODE_EXTENSION: &str = "safetensors";

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Finding the face")]
pub(crate) struct FramingArgs {
    /// Pixel positions of the eyes, the one on the left first, instead of looking for a face; once
    /// for all pictures, or once for each
    #[arg(long, value_name = "LX,LY,RX,RY", value_parser = parse_eyes, allow_hyphen_values = true)]
    eyes: Vec<Eyes>,
    /// Which of several faces, counted from the largest
    #[arg(long, value_name = "N", conflicts_with = "eyes", value_parser = clap::value_parser!(u16).range(1..))]
    face: Option<u16>,
    /// The pictures show a face as the model expects it already: take their middle square
    #[arg(long, conflicts_with_all = ["eyes", "face"])]
    aligned: bool,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Encoding")]
pub(crate) struct EncodingArgs {
    /// How the noise map x_T is found
    #[arg(long, value_enum, default_value_t = InversionChoice::FixedPoint)]
    inversion: InversionChoice,
    /// The most network evaluations per step of the fixed-point inversion
    #[arg(long, value_name = "N", default_value_t = 5)]
    iterations: usize,
    /// Steps of encoding [default: the steps of decoding for fixed-point, 250 for official]
    #[arg(long, value_name = "N")]
    encode_steps: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum InversionChoice {
    /// Inverts the decoder's own steps; the closest reconstruction in few steps
    FixedPoint,
    /// The stochastic encoder of the paper
    Official,
}

impl EncodingArgs {
    pub(crate) fn inversion(&self) -> Inversion {
        match self.inversion {
            InversionChoice::Official => Inversion::Official,
            InversionChoice::FixedPoint => Inversion::FixedPoint {
                iterations: self.iterations,
            },
        }
    }

    /// Steps of encoding for a picture that will be decoded in `decode_steps`. Fixed-point
    /// inversion undoes exactly those steps, so another number would miss its point.
    pub(crate) fn steps(&self, decode_steps: usize) -> usize {
        self.encode_steps.unwrap_or(match self.inversion {
            InversionChoice::FixedPoint => decode_steps,
            InversionChoice::Official => 250,
        })
    }
}

/// A picture of the model's size and where it comes from, or a saved code.
#[derive(Debug)]
pub(crate) enum Input {
    Picture(Box<Framed>),
    Code(Code),
}

/// What the model is shown of a picture.
#[derive(Debug)]
pub(crate) struct Framed {
    /// The model's square.
    pub(crate) picture: Picture,
    /// The photo that it was cut from, and where; nothing for a picture that is a square already.
    pub(crate) origin: Option<(Original, Similarity)>,
}

impl Input {
    /// The code of this input, found by encoding if need be.
    pub(crate) fn code(
        self,
        model: &DiffAe,
        encoding: &EncodingArgs,
        decode_steps: usize,
    ) -> Result<Code, ToolError> {
        match self {
            Self::Code(code) => Ok(code),
            Self::Picture(framed) => encode(model, &framed.picture, encoding, decode_steps),
        }
    }

    /// z_sem of this input, without the trouble of finding x_T.
    pub(crate) fn z_sem(self, model: &DiffAe) -> Result<Vec<f32>, ToolError> {
        match self {
            Self::Code(code) => Ok(code.z_sem),
            Self::Picture(framed) => {
                let z_sem = model.encode_semantic(&framed.picture);
                Ok(pollster::block_on(z_sem)?)
            }
        }
    }
}

/// Encodes a picture of the model's size behind a progress bar.
pub(crate) fn encode(
    model: &DiffAe,
    picture: &Picture,
    encoding: &EncodingArgs,
    decode_steps: usize,
) -> Result<Code, ToolError> {
    let progress = Progress::new("encoding");
    let steps = encoding.steps(decode_steps);
    Ok(pollster::block_on(model.encode(
        picture,
        steps,
        encoding.inversion(),
        &mut progress.watch(),
    ))?)
}

impl FramingArgs {
    /// A reader of exactly these files, to be read in this order.
    pub(crate) fn reader<'a>(
        &'a self,
        files: impl IntoIterator<Item = &'a PathBuf>,
        manifest: &'a Manifest,
    ) -> Result<Reader<'a>, ToolError> {
        let pictures = files.into_iter().filter(|file| !is_code(file)).count();
        let given = self.eyes.len();
        if given > 1 && given != pictures {
            return Err(ToolError::Eyes { given, pictures });
        }
        Ok(Reader {
            args: self,
            // One pair serves all pictures.
            eyes: self.eyes.iter().cycle(),
            detector: None,
            manifest,
        })
    }
}

/// Reads files in order, handing each picture its eyes.
pub(crate) struct Reader<'a> {
    args: &'a FramingArgs,
    eyes: std::iter::Cycle<std::slice::Iter<'a, Eyes>>,
    /// Loaded when the first face is looked for.
    detector: Option<Detector>,
    manifest: &'a Manifest,
}

impl Reader<'_> {
    pub(crate) fn read(&mut self, file: &Path) -> Result<Input, ToolError> {
        if is_code(file) {
            return Ok(Input::Code(read_code(file, self.manifest)?));
        }
        let original = Original::open(file)?;
        for remark in original.remarks() {
            warn(&format!("{}: {remark}", file.display()));
        }
        let photo = original.srgb();
        let side = self.manifest.config.image_size as u32;
        let size = [photo.width(), photo.height()];
        let eyes = match self.eyes.next() {
            Some(eyes) => *eyes,
            None if self.args.aligned || size == [side, side] => {
                let picture = match size == [side, side] {
                    true => photo.into_owned().over_white(),
                    false => photo::prepare(&photo, side)?,
                };
                return Ok(Input::Picture(Box::new(Framed {
                    picture,
                    origin: None,
                })));
            }
            None => self.face(file, &photo)?.eyes,
        };
        let framing = self.manifest.framing.as_ref();
        let framing = framing.ok_or(ToolError::NoFraming)?;
        let photo_from_frame = Similarity::from_eyes(&eyes, framing, side, size)?;
        let picture = photo::frame(&photo, &photo_from_frame, side)?;
        drop(photo);
        Ok(Input::Picture(Box::new(Framed {
            picture,
            origin: Some((original, photo_from_frame)),
        })))
    }

    /// The face asked for, or the most prominent one.
    fn face(&mut self, file: &Path, photo: &Picture) -> Result<Face, ToolError> {
        let detector = match self.detector.take() {
            Some(detector) => detector,
            None => Detector::from_bytes(bundled::FACE_DETECTOR)?,
        };
        let detector = self.detector.insert(detector);
        let faces = pollster::block_on(detector.find(&photo.on_white()))?;
        let found = faces.len();
        let path = || file.to_owned();
        if found == 0 {
            return Err(ToolError::NoFace { path: path() });
        }
        let asked = usize::from(self.args.face.unwrap_or(1));
        let face = *faces.get(asked - 1).ok_or_else(|| ToolError::FaceNumber {
            path: path(),
            asked,
            found,
        })?;
        if found > 1 && self.args.face.is_none() {
            say(&format!(
                "{found} faces in {}: taking the largest; --face 2 to --face {found} are the others",
                file.display()
            ));
        }
        Ok(face)
    }
}

/// Whether a file is a saved code, by its name.
pub(crate) fn is_code(file: &Path) -> bool {
    file.extension().is_some_and(|e| e == CODE_EXTENSION)
}

fn read_code(file: &Path, manifest: &Manifest) -> Result<Code, ToolError> {
    let mut bytes = Vec::new();
    File::open(file)
        .and_then(|file| file.take(MAX_CODE_BYTES).read_to_end(&mut bytes))
        .map_err(|source| ToolError::Read {
            path: file.to_owned(),
            source,
        })?;
    let code = Code::from_bytes(&bytes).map_err(|_| ToolError::Code {
        path: file.to_owned(),
    })?;
    let config = &manifest.config;
    code.check(config.style_channels().unwrap_or(0), config.image_size)?;
    Ok(code)
}

fn parse_eyes(text: &str) -> Result<Eyes, String> {
    let numbers: Result<Vec<f64>, _> = text.split(',').map(|n| n.trim().parse()).collect();
    match numbers.as_deref() {
        Ok([lx, ly, rx, ry]) => Ok(Eyes::upright([*lx, *ly], [*rx, *ry])),
        _ => Err("four numbers separated by commas are needed, as in 98,123,158,123".to_owned()),
    }
}
