//! The model and the face detector that come with the tool, compiled in so that the first command
//! works with nothing downloaded. `diffae convert` writes the model's files; the model's card has
//! the command.

use diffae::weights::Part;

/// The weights of the face detector.
pub(crate) const FACE_DETECTOR: &[u8] = include_bytes!("../../pkg/face/blazeface.safetensors");

/// The model's manifest.
pub(crate) const MANIFEST: &[u8] = include_bytes!("../../models/portrait64/manifest.json");

/// The bytes of one of its parts.
pub(crate) fn part(part: Part) -> &'static [u8] {
    match part {
        Part::Encoder => include_bytes!("../../models/portrait64/encoder.safetensors"),
        Part::Decoder => include_bytes!("../../models/portrait64/decoder.safetensors"),
        Part::Latent => include_bytes!("../../models/portrait64/latent.safetensors"),
        Part::Attributes => include_bytes!("../../models/portrait64/attributes.safetensors"),
    }
}
