//! A model directory that a person has chosen, as its files or in a zip, copied part by part. Internal: the package's convert
//! worker owns it.

use std::collections::HashMap;
use std::io::Write;

use js_sys::{Array, Function};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::error::WebError;
use super::sink::Sink;
use super::source::JsFile;
use crate::import::packed::{self, PackedModel};
use crate::import::window::Windowed;
use crate::weights::Manifest;

/// Files of a model directory.
#[wasm_bindgen]
pub struct ModelFiles {
    files: Files,
    json: Vec<u8>,
    manifest: Manifest,
}

enum Files {
    Packed(Box<PackedModel<Windowed<JsFile>>>),
    /// By name.
    Plain(HashMap<String, JsValue>),
}

#[wasm_bindgen]
impl ModelFiles {
    /// Opens a zip file; nothing where it holds no model directory, as a checkpoint does not, which is a zip file, too.
    pub fn unpacked(zip: JsValue) -> Result<Option<Self>, JsValue> {
        let packed = PackedModel::open(JsFile::open(zip)?).map_err(WebError::from)?;
        let Some(mut packed) = packed else {
            return Ok(None);
        };
        let json = packed.manifest().map_err(WebError::from)?;
        Self::new(Files::Packed(Box::new(packed)), json).map(Some)
    }

    /// The files of a directory, the manifest among them.
    pub fn plain(files: &Array, names: Vec<String>) -> Result<Self, JsValue> {
        let files: HashMap<String, JsValue> = names.into_iter().zip(files.iter()).collect();
        let manifest = files.get("manifest.json").cloned();
        let manifest = manifest.ok_or_else(|| {
            WebError::new(
                "manifest-invalid",
                "there is no manifest.json among the files",
            )
        })?;
        let json = Manifest::read(JsFile::open(manifest)?)
            .map_err(|error| WebError::new("manifest-invalid", &error))?;
        Self::new(Files::Plain(files), json)
    }

    /// The text of the manifest, which makes sense.
    pub fn manifest(&self) -> String {
        String::from_utf8_lossy(&self.json).into_owned()
    }

    /// The names of the parts.
    pub fn parts(&self) -> Vec<String> {
        let parts = self.manifest.parts.keys();
        parts.map(|part| part.name().to_owned()).collect()
    }

    /// The name of the first part whose file is not there.
    pub fn missing(&mut self) -> Option<String> {
        let parts = self.manifest.parts.values();
        let names: Vec<String> = parts.map(|part| part.file.clone()).collect();
        names.into_iter().find(|name| match &mut self.files {
            Files::Packed(packed) => packed.member(name).is_err(),
            Files::Plain(files) => !files.contains_key(name),
        })
    }

    /// Copies a part into `sink`, a function that takes pieces, and checks it; `on_bytes` is told how far that is.
    pub fn copy_part(
        &mut self,
        part: &str,
        sink: &Function,
        on_bytes: &Function,
    ) -> Result<(), JsValue> {
        let found = (self.manifest.parts.iter()).find(|(name, _)| name.name() == part);
        let (_, expected) = found
            .ok_or_else(|| WebError::new("part-missing", &format!("there is no part {part}")))?;
        let mut sink = Sink::new(sink);
        let mut on_bytes = |bytes: u64| {
            let _ = on_bytes.call1(&JsValue::NULL, &JsValue::from(bytes as f64));
        };
        let copied = match &mut self.files {
            Files::Packed(packed) => (packed.member(&expected.file))
                .and_then(|from| packed::copy(from, expected, &mut sink, &mut on_bytes)),
            Files::Plain(files) => {
                let file = files.get(&expected.file).cloned();
                let file = file.ok_or_else(|| {
                    let message = format!("the file {} is missing", expected.file);
                    WebError::new("part-missing", &message)
                })?;
                packed::copy(JsFile::open(file)?, expected, &mut sink, &mut on_bytes)
            }
        };
        let flushed = sink.flush();
        if let Some(thrown) = sink.thrown() {
            return Err(thrown);
        }
        copied.map_err(WebError::from)?;
        flushed.map_err(|error| WebError::new("internal", &error))?;
        Ok(())
    }
}

impl ModelFiles {
    fn new(files: Files, json: Vec<u8>) -> Result<Self, JsValue> {
        let manifest = Manifest::parse("manifest.json", &json).map_err(WebError::from)?;
        Ok(Self {
            files,
            json,
            manifest,
        })
    }
}

/// Numbers that the model of a manifest consists of; a manifest that makes no sense is an error.
#[wasm_bindgen]
pub fn parameters(manifest_json: &str) -> Result<f64, JsValue> {
    let manifest = Manifest::parse("manifest.json", manifest_json.as_bytes());
    let counted = manifest.and_then(|manifest| packed::parameters(&manifest));
    Ok(counted.map_err(WebError::from)? as f64)
}
