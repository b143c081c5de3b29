//! Checkpoints that a person has chosen, on their way to a model. Internal: the package's convert worker owns them.

use std::collections::BTreeMap;
use std::io::Write;

use js_sys::{Array, Function};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::error::WebError;
use super::object::object;
use super::sink::Sink;
use super::source::JsFile;
use crate::config::ModelConfig;
use crate::import::convert::{Conversion, Converter};
use crate::import::window::Windowed;
use crate::import::{Checkpoint, OfficialTensors, guess, origins};
use crate::networks;
use crate::weights::quantize::stored_in;
use crate::weights::{Part, PartFile, Precision, WeightsError};

/// What the weights are written in: a quarter of what they take in a checkpoint, and what the GPU's kernels read.
const PRECISION: Precision = Precision::Int8;

/// Opened checkpoints.
#[wasm_bindgen]
pub struct Checkpoints {
    tensors: Option<OfficialTensors<Windowed<JsFile>>>,
    /// The configurations that they fit.
    choices: Vec<ModelConfig>,
    /// Whether published weights are in them, of which something is known.
    published: bool,
    converter: Option<Converter<Windowed<JsFile>>>,
    written: BTreeMap<Part, PartFile>,
}

#[wasm_bindgen]
impl Checkpoints {
    /// Opens one file or several that complete each other; `names` are theirs, and `config` is the text of a configuration
    /// for files of none that is known.
    pub fn open(
        files: &Array,
        names: Vec<String>,
        config: Option<String>,
    ) -> Result<Self, JsValue> {
        let mut opened = Vec::new();
        let mut paths = Vec::new();
        for (file, name) in files.iter().zip(names) {
            let checkpoint = Checkpoint::open(JsFile::open(file)?).map_err(|error| {
                WebError::new("checkpoint-invalid", &format!("{name}: {error}"))
            })?;
            opened.push(checkpoint);
            paths.push(name);
        }
        let published = !opened.iter().any(Checkpoint::is_of_training);
        // A later file supplies what earlier ones lack: a classifier's copies of a model's own statistics are of no use.
        opened.sort_by_key(|checkpoint| {
            let has = |what: &str| checkpoint.entries().any(|(name, _)| name.contains(what));
            (has("classifier."), !has("latent_net."))
        });
        let tensors = OfficialTensors::new(opened);
        let choices = match config {
            Some(json) => vec![configuration(&json)?],
            None => guess::presets(&tensors, &paths).map_err(unfit)?,
        };
        Ok(Self {
            tensors: Some(tensors),
            choices,
            published,
            converter: None,
            written: BTreeMap::new(),
        })
    }

    /// What the files may be, each with what is known of it. Where there are several, whoever has the files has to say.
    pub fn choices(&self) -> Result<Array, JsValue> {
        let all = self.choices.iter().map(|config| self.describe(config));
        Ok(all.collect::<Result<Array, WebError>>()?)
    }

    /// Settles what the files are, and gives the names of the parts to be written.
    pub fn choose(
        &mut self,
        index: usize,
        licence: String,
        origin: String,
    ) -> Result<Vec<String>, JsValue> {
        let missing = || WebError::new("option-invalid", "there is no such choice");
        let config = self.choices.get(index).ok_or_else(missing)?.clone();
        let tensors = self.tensors.take().ok_or_else(missing)?;
        let conversion = Conversion {
            framing: origins::framing(&config.name),
            config,
            precision: PRECISION,
            licence,
            origin,
        };
        let converter = Converter::new(tensors, conversion).map_err(unfit)?;
        let parts = converter
            .parts()
            .map(|part| part.name().to_owned())
            .collect();
        self.converter = Some(converter);
        Ok(parts)
    }

    /// Number of tensors that will be written.
    pub fn tensors(&self) -> usize {
        self.converter.as_ref().map_or(0, Converter::tensors)
    }

    /// Writes a part into `sink`, a function that takes pieces; `on_tensor` is called after each tensor.
    pub fn write_part(
        &mut self,
        part: &str,
        sink: &Function,
        on_tensor: &Function,
    ) -> Result<(), JsValue> {
        let part = named(part)?;
        let mut sink = Sink::new(sink);
        let converter = self.converter.as_mut().ok_or_else(unsettled)?;
        let mut on_tensor = || {
            let _ = on_tensor.call0(&JsValue::NULL);
        };
        let written = converter.write_part(part, &mut sink, &mut on_tensor);
        let flushed = sink.flush();
        if let Some(thrown) = sink.thrown() {
            return Err(thrown);
        }
        let file = written.map_err(WebError::from)?;
        flushed.map_err(|error| WebError::new("internal", &error))?;
        self.written.insert(part, file);
        Ok(())
    }

    /// The text of the manifest, once every part is written.
    pub fn manifest(&mut self) -> Result<String, JsValue> {
        let converter = self.converter.as_mut().ok_or_else(unsettled)?;
        let manifest = converter.manifest(self.written.clone());
        let json = manifest.and_then(|manifest| manifest.to_json());
        let json = json.map_err(WebError::from)?;
        Ok(String::from_utf8_lossy(&json).into_owned())
    }
}

impl Checkpoints {
    fn describe(&self, config: &ModelConfig) -> Result<JsValue, WebError> {
        let mut parameters = 0u64;
        let mut bytes = 0u64;
        for part in Part::ALL {
            let Ok(layout) = networks::layout(config, part) else {
                continue;
            };
            parameters += layout.parameters();
            bytes += layout.tensors.iter().map(size).sum::<u64>();
        }
        let known = origins::of_preset(&config.name).filter(|_| self.published);
        let text = |text: Option<&'static str>| text.map_or(JsValue::NULL, JsValue::from);
        let cost = networks::cost::of(config);
        let count = |count: u64| JsValue::from(count as f64);
        let attributes: Array = config.attributes.iter().map(JsValue::from).collect();
        let cost = object(&[
            ("encode", cost.encode.map_or(JsValue::NULL, count)),
            ("step", count(cost.step)),
        ]);
        Ok(object(&[
            ("name", config.name.as_str().into()),
            ("imageSize", (config.image_size as u32).into()),
            ("encodes", config.encoder.is_some().into()),
            ("samples", config.latent.is_some().into()),
            ("framed", origins::framing(&config.name).is_some().into()),
            ("attributes", attributes.into()),
            ("cost", cost),
            ("parameters", count(parameters)),
            ("bytes", count(bytes)),
            ("licence", text(known.map(|known| known.licence))),
            ("origin", text(known.map(|known| known.origin))),
        ]))
    }
}

/// Bytes of a tensor in the file that is written.
fn size((name, shape): &(String, Vec<usize>)) -> u64 {
    let numbers = shape.iter().map(|side| *side as u64).product::<u64>();
    match stored_in(name, shape, PRECISION) {
        Precision::F32 => 4 * numbers,
        Precision::F16 => 2 * numbers,
        Precision::Int8 => numbers + 4 * shape.first().map_or(0, |rows| *rows as u64),
    }
}

fn configuration(json: &str) -> Result<ModelConfig, WebError> {
    let wrong = |what: String| {
        WebError::new(
            "checkpoint-invalid",
            &format!("the JSON file beside the checkpoint is no configuration of a model: {what}"),
        )
    };
    let config: ModelConfig = serde_json::from_str(json).map_err(|e| wrong(e.to_string()))?;
    config.validate().map_err(|e| wrong(e.to_string()))?;
    Ok(config)
}

/// Tensors of no configuration that was expected.
fn unfit(error: WeightsError) -> WebError {
    match error {
        WeightsError::Layout {
            config,
            differences,
        } => WebError::new(
            "checkpoint-invalid",
            &format!(
                "the checkpoint is of no model that is known here; the nearest is {config}, from which it differs: {differences}. If you have its configuration, drop that as a JSON file with it"
            ),
        ),
        other => WebError::new("checkpoint-invalid", &other),
    }
}

fn named(part: &str) -> Result<Part, WebError> {
    let found = Part::ALL.into_iter().find(|p| p.name() == part);
    found.ok_or_else(|| WebError::new("option-invalid", &format!("there is no part {part}")))
}

fn unsettled() -> WebError {
    WebError::new(
        "option-invalid",
        "it is not settled yet what the checkpoint is",
    )
}
