//! A file that a person has chosen, read in pieces and at once, as a worker may: 2.7 GB are never in memory.

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use web_sys::{Blob, FileReaderSync};

use super::error::WebError;
use crate::import::window::Windowed;
use crate::weights::ReadAt;

pub(super) struct JsFile {
    blob: Blob,
    reader: FileReaderSync,
}

impl JsFile {
    /// The file for those who read and seek.
    pub(super) fn open(blob: JsValue) -> Result<Windowed<Self>, WebError> {
        let reader = FileReaderSync::new().map_err(|_| {
            WebError::new("unsupported", "files are read in pieces in a worker alone")
        })?;
        Ok(Windowed::new(Self {
            blob: blob.into(),
            reader,
        }))
    }
}

impl ReadAt for JsFile {
    fn size(&self) -> u64 {
        self.blob.size() as u64
    }

    fn read_at(&self, offset: u64, length: usize) -> Result<Vec<u8>, String> {
        let end = offset as f64 + length as f64;
        let bytes = (self.blob.slice_with_f64_and_f64(offset as f64, end))
            .and_then(|piece| self.reader.read_as_array_buffer(&piece))
            .map(|buffer| Uint8Array::new(&buffer).to_vec())
            .map_err(|_| {
                "the browser cannot read it; it may have been moved or changed".to_owned()
            })?;
        if bytes.len() == length {
            Ok(bytes)
        } else {
            Err("it has become shorter".to_owned())
        }
    }
}
