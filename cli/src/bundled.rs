//! The models and the face detector that come with the tool, compiled in so that the first command
//! works with nothing downloaded. `diffae convert` writes a model's files; the model's card has
//! the command.

use diffae::weights::Part;

/// The weights of the face detector.
pub(crate) const FACE_DETECTOR: &[u8] = include_bytes!("../../pkg/face/blazeface.safetensors");

/// A model that is compiled in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Model {
    pub(crate) name: &'static str,
    pub(crate) manifest: &'static [u8],
    parts: fn(Part) -> &'static [u8],
}

macro_rules! model {
    ($name:literal) => {
        Model {
            name: $name,
            manifest: include_bytes!(concat!("../../models/", $name, "/manifest.json")),
            parts: |part| match part {
                Part::Encoder => {
                    include_bytes!(concat!("../../models/", $name, "/encoder.safetensors"))
                }
                Part::Decoder => {
                    include_bytes!(concat!("../../models/", $name, "/decoder.safetensors"))
                }
                Part::Latent => {
                    include_bytes!(concat!("../../models/", $name, "/latent.safetensors"))
                }
                Part::Attributes => {
                    include_bytes!(concat!("../../models/", $name, "/attributes.safetensors"))
                }
            },
        }
    };
}

/// All of them, the one that is used unless another is named first.
pub(crate) const MODELS: [Model; 2] = [model!("portrait64"), model!("portrait128")];

impl Model {
    /// The bytes of a part.
    pub(crate) fn part(&self, part: Part) -> &'static [u8] {
        (self.parts)(part)
    }
}
