//! The raw class: one model on one device.

use js_sys::{Array, Float32Array, Function, Object, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::AbortSignal;

use burn::tensor::Device;
#[cfg(feature = "gpu")]
use burn::tensor::Tensor;

use super::buffer::JsBuffer;
use super::error::WebError;
use super::object::{object, picture_object};
use super::options::{DecodeOptions, EncodeOptions, Frame, SampleOptions, VariationOptions, parse};
use super::step::Watcher;
#[cfg(feature = "gpu")]
use crate::diffae::read;
use crate::diffae::{Near, Sampling, Variations};
use crate::diffusion::Step;
use crate::edit::Direction;
use crate::ops::Kernels;
use crate::photo;
use crate::picture::Picture;
use crate::self_test;
use crate::weights::{Manifest, Part, Precision};
use crate::{Code, Error};

/// A loaded model. Internal: the package's worker owns it and calls one method at a time.
#[wasm_bindgen]
pub struct DiffAe {
    model: crate::DiffAe,
    device: Device,
}

#[wasm_bindgen]
impl DiffAe {
    /// Parses the manifest and opens the device, `cpu` or `gpu`.
    pub async fn create(manifest_json: String, device: String) -> Result<DiffAe, JsValue> {
        let manifest =
            Manifest::parse("manifest.json", manifest_json.as_bytes()).map_err(WebError::from)?;
        let device = open(&device).await?;
        let model = crate::DiffAe::new(manifest, &device).map_err(WebError::from)?;
        Ok(Self { model, device })
    }

    /// Compares the device with the CPU on a known-answer network. A device whose half precision
    /// fails is tried once more without, and the parts loaded from then on do without it, too.
    pub async fn self_test(&mut self) -> Result<JsValue, JsValue> {
        let decoder = self.model.manifest().part(Part::Decoder);
        let precision = decoder.map_or(Precision::F32, |file| file.precision);
        let mut kernels = Kernels::Own;
        loop {
            let compared = self_test::difference(precision, kernels, &self.device).await;
            let difference = compared.unwrap_or(f32::INFINITY);
            let tolerance = self_test::tolerance(precision, kernels, &self.device);
            let passed = difference <= tolerance;
            let half = kernels.half(&self.device);
            if !passed && half {
                kernels = Kernels::OwnF32;
                continue;
            }
            self.model.use_kernels(kernels);
            return Ok(object(&[
                ("passed", passed.into()),
                ("half", half.into()),
                ("difference", difference.into()),
                ("tolerance", tolerance.into()),
            ]));
        }
    }

    /// Lets the GPU make the pipelines of encoding, where steps for it are given, and of decoding in
    /// as many steps as a final picture and a draft take. It does not wait for them;
    /// [`DiffAe::idle`] does.
    #[cfg(feature = "gpu")]
    pub fn rehearse(&self, encode: Option<usize>, decode: usize, draft: usize) {
        // Steps that cannot be are told by the job that asks for them.
        let _ = self.model.rehearse(encode, &[decode, draft]);
    }

    /// Waits until the device has done all that it was given.
    #[cfg(feature = "gpu")]
    pub async fn idle(&self) -> Result<(), JsValue> {
        let marker = Tensor::<1>::from_data([0.0], &self.device);
        read(marker).await.map_err(WebError::from)?;
        Ok(())
    }

    /// Loads a part from its file, whose hash has been checked.
    pub fn load_part(&mut self, part: &str, file: Uint8Array) -> Result<(), JsValue> {
        let part = Part::ALL.into_iter().find(|p| p.name() == part).ok_or_else(|| {
            WebError::new("option-invalid", &format!("there is no model part `{part}`; the parts are encoder, decoder, latent and attributes"))
        })?;
        self.model
            .load(part, JsBuffer(file))
            .map_err(WebError::from)?;
        Ok(())
    }

    /// Encodes a square of a photo.
    pub async fn encode(
        &self,
        rgba: Uint8Array,
        width: u32,
        height: u32,
        options: JsValue,
        on_step: Function,
        signal: AbortSignal,
    ) -> Result<JsValue, JsValue> {
        let options: EncodeOptions = parse(options)?;
        let picture = self.framed(&rgba, width, height, options.frame.as_ref())?;
        let watcher = Watcher { on_step, signal };
        let mut on_step = async |step: Step<4>| watcher.report(step).await;
        let code = self
            .model
            .encode(&picture, options.steps, options.inversion(), &mut on_step)
            .await
            .map_err(WebError::from)?;
        Ok(object(&[
            ("code", bytes(&code)?),
            ("picture", picture_object(&picture)),
        ]))
    }

    /// z_sem of a square of a photo, without the x_T that takes `encode` most of its time.
    pub async fn encode_semantic(
        &self,
        rgba: Uint8Array,
        width: u32,
        height: u32,
        frame: JsValue,
    ) -> Result<Float32Array, JsValue> {
        let frame: Option<Frame> = parse(frame)?;
        let picture = self.framed(&rgba, width, height, frame.as_ref())?;
        let z_sem = self.model.encode_semantic(&picture).await;
        let z_sem = z_sem.map_err(WebError::from)?;
        Ok(Float32Array::from(z_sem.as_slice()))
    }

    /// The picture that a code stands for.
    pub async fn reconstruct(
        &self,
        code: Uint8Array,
        options: JsValue,
        on_step: Function,
        signal: AbortSignal,
    ) -> Result<JsValue, JsValue> {
        let options: DecodeOptions = parse(options)?;
        self.decode(
            &self::code(&code)?,
            options.steps,
            Watcher { on_step, signal },
        )
        .await
    }

    /// The picture with attributes changed: `attributes` holds an amplitude per name, and
    /// `directions` the bytes of those names that were taught.
    pub async fn edit(
        &self,
        code: Uint8Array,
        attributes: JsValue,
        directions: JsValue,
        options: JsValue,
        on_step: Function,
        signal: AbortSignal,
    ) -> Result<JsValue, JsValue> {
        let options: DecodeOptions = parse(options)?;
        let edited = self.moved(&code, &attributes, &directions)?;
        self.decode(&edited, options.steps, Watcher { on_step, signal })
            .await
    }

    /// What a code with attributes changed as in `edit` is made of: `zSem`, normalized, `[Z]`, and `xT`, `[3 · S · S]`.
    pub fn latents(
        &self,
        code: &Uint8Array,
        attributes: &JsValue,
        directions: &JsValue,
    ) -> Result<JsValue, JsValue> {
        let code = self.moved(code, attributes, directions)?;
        let z_sem = self.model.normalize(&code.z_sem).map_err(WebError::from)?;
        Ok(object(&[
            ("zSem", Float32Array::from(z_sem.as_slice()).into()),
            ("xT", Float32Array::from(code.x_t.as_slice()).into()),
        ]))
    }

    /// The picture at `alpha` of the way from `a` to `b`.
    pub async fn interpolate(
        &self,
        a: Uint8Array,
        b: Uint8Array,
        alpha: f32,
        options: JsValue,
        on_step: Function,
        signal: AbortSignal,
    ) -> Result<JsValue, JsValue> {
        let options: DecodeOptions = parse(options)?;
        let between = self.model.interpolate(&code(&a)?, &code(&b)?, alpha);
        let between = between.map_err(WebError::from)?;
        self.decode(&between, options.steps, Watcher { on_step, signal })
            .await
    }

    /// Pictures with the same z_sem and another x_T each.
    pub async fn variations(
        &self,
        code: Uint8Array,
        options: JsValue,
        on_step: Function,
        signal: AbortSignal,
    ) -> Result<Array, JsValue> {
        let options: VariationOptions = parse(options)?;
        let code = self::code(&code)?;
        let variations = Variations {
            count: options.count,
            seed: options.seed,
            steps: options.steps,
            near: Some(Near {
                x_t: &code.x_t,
                strength: options.strength,
            }),
        };
        let watcher = Watcher { on_step, signal };
        let mut on_step = async |step: Step<4>| watcher.report(step).await;
        let pictures = self
            .model
            .variations(&code.z_sem, variations, &mut on_step)
            .await
            .map_err(WebError::from)?;
        Ok(pictures.iter().map(picture_object).collect())
    }

    /// Pictures of people who do not exist; where the bytes of a direction are given, of such as
    /// have what it was taught.
    pub async fn sample(
        &self,
        options: JsValue,
        accept: Option<Uint8Array>,
        on_step: Function,
        signal: AbortSignal,
    ) -> Result<Array, JsValue> {
        let options: SampleOptions = parse(options)?;
        let accept = accept.as_ref().map(direction).transpose()?;
        let sampling = Sampling {
            count: options.count,
            seed: options.seed,
            steps: options.steps,
            latent_steps: options.latent_steps,
            eta: options.eta,
            psi: options.psi,
            accept: accept.as_ref(),
        };
        let watcher = Watcher { on_step, signal };
        let mut on_step = async |step: Step<4>| watcher.report(step).await;
        let pictures = self
            .model
            .sample(sampling, &mut on_step)
            .await
            .map_err(WebError::from)?;
        Ok(pictures.iter().map(picture_object).collect())
    }

    /// A direction learned from z_sem with something and z_sem without it, as bytes.
    pub fn teach(&self, positives: Array, negatives: Array) -> Result<Uint8Array, JsValue> {
        let side = |rows: Array| -> Vec<Vec<f32>> {
            rows.iter()
                .map(|row| Float32Array::new(&row).to_vec())
                .collect()
        };
        let taught = self.model.teach(&side(positives), &side(negatives));
        let taught = taught.map_err(WebError::from)?;
        let json = serde_json::to_vec(&taught).map_err(|e| WebError::new("internal", &e))?;
        Ok(Uint8Array::from(json.as_slice()))
    }

    /// The un-normalized z_sem of a code, `[Z]`.
    pub fn z_sem(&self, code: &Uint8Array) -> Result<Float32Array, JsValue> {
        Ok(Float32Array::from(self::code(code)?.z_sem.as_slice()))
    }

    /// The probability that an un-normalized z_sem has what a direction was taught.
    pub fn probability(&self, z_sem: &[f32], taught: &Uint8Array) -> Result<f64, JsValue> {
        let probability = self.model.probability(z_sem, &direction(taught)?);
        Ok(probability.map_err(WebError::from)?)
    }

    /// Bytes held on the device, 0 where unknown.
    pub fn memory(&self) -> JsValue {
        let bytes = self
            .device
            .memory_pool_usage()
            .map_or(0, |usage| usage.bytes_reserved);
        object(&[("deviceBytes", (bytes as f64).into())])
    }
}

impl DiffAe {
    /// A code with some attributes changed. `attributes` holds an amplitude per name, and
    /// `directions` the bytes of those names that were taught.
    fn moved(
        &self,
        code: &Uint8Array,
        attributes: &JsValue,
        directions: &JsValue,
    ) -> Result<Code, WebError> {
        let code = self::code(code)?;
        let mut taught = Vec::new();
        for (name, value) in entries(directions) {
            taught.push((name, direction(&Uint8Array::new(&value))?));
        }
        let mut changes = Vec::new();
        let mut taught_changes = Vec::new();
        let attributes = entries(attributes);
        for (name, amplitude) in &attributes {
            let amplitude = amplitude.as_f64().ok_or_else(|| {
                WebError::new(
                    "option-invalid",
                    &format!("the amplitude of `{name}` is not a number"),
                )
            })? as f32;
            match taught.iter().find(|(known, _)| known == name) {
                Some((_, direction)) => taught_changes.push((direction, amplitude)),
                None => changes.push((name.as_str(), amplitude)),
            }
        }
        Ok(self.model.edit_code(&code, &changes, &taught_changes)?)
    }

    /// The model's picture of a photo: a square of it, or the prepared whole without a frame.
    fn framed(
        &self,
        rgba: &Uint8Array,
        width: u32,
        height: u32,
        frame: Option<&Frame>,
    ) -> Result<Picture, WebError> {
        let photo = Picture::new(width, height, rgba.to_vec())?;
        let side = self.model.side() as u32;
        let Some(frame) = frame else {
            return Ok(photo::prepare(&photo, side)?);
        };
        let similarity = frame.similarity(&photo, side)?;
        Ok(photo::frame(&photo, &similarity, side)?)
    }

    async fn decode(
        &self,
        code: &Code,
        steps: usize,
        watcher: Watcher,
    ) -> Result<JsValue, JsValue> {
        let mut on_step = async |step: Step<4>| watcher.report(step).await;
        let picture = self.model.reconstruct(code, steps, &mut on_step).await;
        Ok(picture_object(&picture.map_err(WebError::from)?))
    }
}

async fn open(device: &str) -> Result<Device, WebError> {
    match device {
        "cpu" => Ok(Device::flex()),
        #[cfg(feature = "gpu")]
        "gpu" => super::gpu::open().await.map_err(|e| {
            WebError::new(
                "device-unavailable",
                &format!("WebGPU could not be started: {e}"),
            )
        }),
        other => Err(WebError::new(
            "device-unavailable",
            &format!("this engine has no device `{other}`"),
        )),
    }
}

fn code(bytes: &Uint8Array) -> Result<Code, WebError> {
    Code::from_bytes(&bytes.to_vec()).map_err(|e| WebError::new("code-invalid", &e))
}

fn bytes(code: &Code) -> Result<JsValue, WebError> {
    let bytes = code.to_bytes().map_err(Error::from)?;
    Ok(Uint8Array::from(bytes.as_slice()).into())
}

fn direction(bytes: &Uint8Array) -> Result<Direction, WebError> {
    Ok(Direction::from_bytes(&bytes.to_vec()).map_err(Error::from)?)
}

/// The own enumerable properties of a plain object; none where it is not one.
fn entries(object: &JsValue) -> Vec<(String, JsValue)> {
    let Some(object) = object.dyn_ref::<Object>() else {
        return Vec::new();
    };
    Object::entries(object)
        .iter()
        .filter_map(|pair| {
            let pair = pair.dyn_into::<Array>().ok()?;
            Some((pair.get(0).as_string()?, pair.get(1)))
        })
        .collect()
}
