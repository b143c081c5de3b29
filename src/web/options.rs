//! Options as they cross from JS: plain objects with camelCase keys.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;

use super::error::WebError;
use crate::diffae::Inversion;
use crate::photo::{PhotoError, Similarity};
use crate::picture::Picture;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct EncodeOptions {
    /// The square of the photo to encode; the prepared whole where there is none.
    pub(super) frame: Option<Frame>,
    pub(super) steps: usize,
    inversion: InversionName,
    iterations: usize,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum InversionName {
    Official,
    FixedPoint,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct DecodeOptions {
    pub(super) steps: usize,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct VariationOptions {
    pub(super) count: usize,
    pub(super) seed: u64,
    pub(super) steps: usize,
    pub(super) strength: f32,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SampleOptions {
    pub(super) count: usize,
    pub(super) seed: u64,
    pub(super) steps: usize,
    pub(super) latent_steps: usize,
    pub(super) eta: f32,
    pub(super) psi: f32,
}

/// A square of the photo: centre, side and clockwise turn, in photo pixels and radians.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Frame {
    x: f64,
    y: f64,
    side: f64,
    angle: f64,
}

impl EncodeOptions {
    pub(super) fn inversion(&self) -> Inversion {
        match self.inversion {
            InversionName::Official => Inversion::Official,
            InversionName::FixedPoint => Inversion::FixedPoint {
                iterations: self.iterations,
            },
        }
    }
}

impl Frame {
    /// From the model's square of `side` pixels to the photo.
    pub(super) fn similarity(&self, photo: &Picture, side: u32) -> Result<Similarity, PhotoError> {
        let size = [photo.width(), photo.height()];
        Similarity::from_square([self.x, self.y], self.side, self.angle, side, size)
    }
}

/// Reads an options object; what is missing or malformed is named.
pub(super) fn parse<T: DeserializeOwned>(value: JsValue) -> Result<T, WebError> {
    serde_wasm_bindgen::from_value(value).map_err(|e| {
        WebError::new(
            "option-invalid",
            &format!("the options are not as expected: {e}"),
        )
    })
}
