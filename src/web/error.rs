//! Errors as the page sees them: a JS `Error` with a stable `code` and one sentence.

use js_sys::Reflect;
use wasm_bindgen::{JsError, JsValue};

use crate::Error;
use crate::edit::EditError;
use crate::face::FaceError;
use crate::photo::PhotoError;
use crate::picture::PictureError;
use crate::weights::WeightsError;

/// An error on its way across the boundary.
#[derive(Debug)]
pub(super) struct WebError {
    code: &'static str,
    message: String,
}

impl WebError {
    pub(super) fn new(code: &'static str, message: &(impl ToString + ?Sized)) -> Self {
        Self {
            code,
            message: message.to_string(),
        }
    }
}

impl From<WebError> for JsValue {
    fn from(error: WebError) -> Self {
        let value = Self::from(JsError::new(&error.message));
        // Setting a property of a fresh Error object cannot fail.
        let _ = Reflect::set(&value, &"code".into(), &error.code.into());
        value
    }
}

impl From<Error> for WebError {
    fn from(error: Error) -> Self {
        let code = match &error {
            Error::Config(_) => "manifest-invalid",
            Error::Weights(error) => weights(error),
            Error::Schedule(_) => "steps-invalid",
            Error::Code(_) => "code-invalid",
            Error::Edit(error) => edit(error),
            Error::Picture(_) | Error::PictureSize { .. } => "picture-invalid",
            Error::Device(_) => "device-lost",
            Error::Values(_) => "device-wrong",
            Error::Cancelled => "cancelled",
        };
        Self::new(code, &error)
    }
}

impl From<WeightsError> for WebError {
    fn from(error: WeightsError) -> Self {
        Self::new(weights(&error), &error)
    }
}

#[cfg(feature = "import")]
impl From<crate::import::ImportError> for WebError {
    fn from(error: crate::import::ImportError) -> Self {
        Self::new("checkpoint-invalid", &error)
    }
}

impl From<PictureError> for WebError {
    fn from(error: PictureError) -> Self {
        Self::new("picture-invalid", &error)
    }
}

impl From<FaceError> for WebError {
    fn from(error: FaceError) -> Self {
        let code = match &error {
            FaceError::Hash { .. } | FaceError::Weights(_) => "detector-invalid",
            FaceError::Photo(error) => photo(error),
            FaceError::Device(_) => "internal",
        };
        Self::new(code, &error)
    }
}

impl From<PhotoError> for WebError {
    fn from(error: PhotoError) -> Self {
        Self::new(photo(&error), &error)
    }
}

fn photo(error: &PhotoError) -> &'static str {
    match error {
        PhotoError::Picture(_) | PhotoError::Resize { .. } => "picture-invalid",
        PhotoError::Quality { .. } | PhotoError::JpegSize { .. } => "option-invalid",
        PhotoError::Encode { .. } => "internal",
        _ => "frame-invalid",
    }
}

fn weights(error: &WeightsError) -> &'static str {
    match error {
        WeightsError::Manifest { .. } | WeightsError::TooLarge { .. } => "manifest-invalid",
        WeightsError::NoPart(_) | WeightsError::NotLoaded(_) => "part-missing",
        WeightsError::Hash { .. } => "hash-mismatch",
        WeightsError::Source(_) => "checkpoint-invalid",
        _ => "part-invalid",
    }
}

fn edit(error: &EditError) -> &'static str {
    match error {
        EditError::UnknownAttribute { .. } => "attribute-unknown",
        EditError::Width { .. }
        | EditError::Direction(_)
        | EditError::Examples { .. }
        | EditError::NoDifference
        | EditError::Rejected { .. } => "direction-invalid",
        EditError::NoStatistics => "manifest-invalid",
        EditError::Amplitude { .. }
        | EditError::Share { .. }
        | EditError::Count { .. }
        | EditError::Iterations(_) => "option-invalid",
    }
}
