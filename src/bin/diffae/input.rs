//! What commands read: pictures, brought to the model's square, and saved codes; and how a picture
//! becomes a code.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use diffae::photo::{self, Eyes, Similarity};
use diffae::weights::{Manifest, Part};
use diffae::{Code, Editor, Inversion, Picture};

use crate::error::ToolError;
use crate::progress::Progress;

/// The largest saved code worth reading: x_T of the largest picture has 12 MB.
const MAX_CODE_BYTES: u64 = 32 << 20;
/// Extension by which a saved code is told from a picture.
const CODE_EXTENSION: &str = "safetensors";

#[derive(Debug, clap::Args)]
pub(crate) struct EyesArgs {
    /// Pixel positions of the eyes in a photo that is not framed yet, the one on the left first;
    /// once for all pictures, or once for each
    #[arg(long, value_name = "LX,LY,RX,RY", value_parser = parse_eyes, allow_hyphen_values = true)]
    eyes: Vec<Eyes>,
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

/// A picture of the model's size, or a saved code.
#[derive(Debug)]
pub(crate) enum Input {
    Picture(Picture),
    Code(Code),
}

impl Input {
    /// The code of this input, found by encoding if need be.
    pub(crate) fn code(
        self,
        editor: &Editor,
        encoding: &EncodingArgs,
        decode_steps: usize,
    ) -> Result<Code, ToolError> {
        match self {
            Self::Code(code) => Ok(code),
            Self::Picture(picture) => encode(editor, &picture, encoding, decode_steps),
        }
    }

    /// z_sem of this input, without the trouble of finding x_T.
    pub(crate) fn z_sem(self, editor: &Editor) -> Result<Vec<f32>, ToolError> {
        match self {
            Self::Code(code) => Ok(code.z_sem),
            Self::Picture(picture) => Ok(pollster::block_on(editor.encode_semantic(&picture))?),
        }
    }
}

/// Encodes a picture of the model's size behind a progress bar.
pub(crate) fn encode(
    editor: &Editor,
    picture: &Picture,
    encoding: &EncodingArgs,
    decode_steps: usize,
) -> Result<Code, ToolError> {
    let progress = Progress::new("encoding");
    let steps = encoding.steps(decode_steps);
    Ok(pollster::block_on(editor.encode(
        picture,
        steps,
        encoding.inversion(),
        &mut progress.watch(),
    ))?)
}

/// `base`, and the encoder if any input is a picture.
pub(crate) fn parts<'a>(base: &[Part], inputs: impl IntoIterator<Item = &'a Input>) -> Vec<Part> {
    let mut parts = base.to_vec();
    if inputs.into_iter().any(|i| matches!(i, Input::Picture(_))) {
        parts.push(Part::Encoder);
    }
    parts
}

impl EyesArgs {
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
            // One pair serves all pictures.
            eyes: self.eyes.iter().cycle(),
            manifest,
        })
    }
}

/// Reads files in order, handing each picture its eyes.
pub(crate) struct Reader<'a> {
    eyes: std::iter::Cycle<std::slice::Iter<'a, Eyes>>,
    manifest: &'a Manifest,
}

impl Reader<'_> {
    pub(crate) fn read(&mut self, file: &Path) -> Result<Input, ToolError> {
        if is_code(file) {
            return Ok(Input::Code(read_code(file, self.manifest)?));
        }
        let eyes = self.eyes.next();
        Ok(Input::Picture(read_picture(file, eyes, self.manifest)?))
    }
}

fn is_code(file: &Path) -> bool {
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

fn read_picture(
    file: &Path,
    eyes: Option<&Eyes>,
    manifest: &Manifest,
) -> Result<Picture, ToolError> {
    let photo = photo::open(file)?;
    let side = manifest.config.image_size as u32;
    let size = [photo.width(), photo.height()];
    if let Some(eyes) = eyes {
        let framing = manifest.framing.as_ref().ok_or(ToolError::NoFraming)?;
        let photo_from_frame = Similarity::from_eyes(eyes, framing, side, size)?;
        Ok(photo::frame(&photo, &photo_from_frame, side)?)
    } else if size == [side, side] {
        Ok(photo)
    } else {
        Ok(photo::prepare(&photo, side)?)
    }
}

fn parse_eyes(text: &str) -> Result<Eyes, String> {
    let numbers: Result<Vec<f64>, _> = text.split(',').map(|n| n.trim().parse()).collect();
    match numbers.as_deref() {
        Ok([lx, ly, rx, ry]) => Ok(Eyes::upright([*lx, *ly], [*rx, *ry])),
        _ => Err("four numbers separated by commas are needed, as in 98,123,158,123".to_owned()),
    }
}
