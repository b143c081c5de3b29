//! What the integration tests share: golden tensors, the configuration they were made with, and a
//! comparison that names what differs.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test binary uses its own part of this"
)]

mod compare;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor, TensorData};
pub(crate) use compare::worst;
use diffae::config::{BetaSchedule, EncoderConfig, LatentConfig, ModelConfig, Prediction};
use diffae::import::{Checkpoint, OfficialTensors};
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;

/// The folder of golden files: this project's own, or another set of the same layout.
pub fn golden_dir() -> PathBuf {
    match std::env::var_os("DIFFAE_GOLDEN") {
        Some(dir) => dir.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden"),
    }
}

/// Named tensors of a safetensors file, in f64.
pub struct Golden {
    tensors: BTreeMap<String, (Vec<usize>, Vec<f64>)>,
    noise: BTreeMap<String, f64>,
}

impl Golden {
    pub fn open(file: &Path, noise: BTreeMap<String, f64>) -> Self {
        let bytes = std::fs::read(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let parsed = SafeTensors::deserialize(&bytes).unwrap();
        let tensors = parsed
            .iter()
            .map(|(name, view)| {
                let data = view.data();
                let values: Vec<f64> = match view.dtype() {
                    Dtype::F32 => data
                        .as_chunks()
                        .0
                        .iter()
                        .map(|b| f64::from(f32::from_le_bytes(*b)))
                        .collect(),
                    Dtype::F64 => data
                        .as_chunks()
                        .0
                        .iter()
                        .map(|b| f64::from_le_bytes(*b))
                        .collect(),
                    Dtype::I64 => data
                        .as_chunks()
                        .0
                        .iter()
                        .map(|b| i64::from_le_bytes(*b) as f64)
                        .collect(),
                    Dtype::U8 => data.iter().map(|b| f64::from(*b)).collect(),
                    other => panic!("{name} is {other:?}"),
                };
                (name.to_owned(), (view.shape().to_vec(), values))
            })
            .collect();
        Self { tensors, noise }
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    pub fn shape(&self, name: &str) -> &[usize] {
        &self.entry(name).0
    }

    pub fn f64(&self, name: &str) -> &[f64] {
        &self.entry(name).1
    }

    pub fn f32(&self, name: &str) -> Vec<f32> {
        self.f64(name).iter().map(|v| *v as f32).collect()
    }

    pub fn usize(&self, name: &str) -> Vec<usize> {
        self.f64(name).iter().map(|v| *v as usize).collect()
    }

    pub fn tensor<const D: usize>(&self, name: &str, device: &Device) -> Tensor<D> {
        let shape: [usize; D] = self.shape(name).try_into().unwrap();
        Tensor::from_data(TensorData::new(self.f32(name), shape), device)
    }

    fn entry(&self, name: &str) -> &(Vec<usize>, Vec<f64>) {
        self.tensors
            .get(name)
            .unwrap_or_else(|| panic!("no golden tensor {name}"))
    }

    /// The change seen in this tensor when the reference's own convolution kernels were switched.
    pub fn noise(&self, name: &str) -> f64 {
        self.noise.get(name).copied().unwrap_or(0.0)
    }
}

/// Compares tensors with golden ones and remembers which were covered.
pub struct Comparison<'a> {
    pub golden: &'a Golden,
    pub covered: Vec<String>,
    pub failures: Vec<String>,
}

impl<'a> Comparison<'a> {
    pub fn new(golden: &'a Golden) -> Self {
        Self {
            golden,
            covered: Vec::new(),
            failures: Vec::new(),
        }
    }

    pub fn close(&mut self, name: &str, found: &[f32], tolerance: f64) {
        let found: Vec<f64> = found.iter().map(|v| f64::from(*v)).collect();
        self.close64(name, &found, tolerance);
    }

    pub fn close64(&mut self, name: &str, found: &[f64], tolerance: f64) {
        self.covered.push(name.to_owned());
        let expected = self.golden.f64(name);
        if expected.len() != found.len() {
            self.failures.push(format!(
                "{name}: {} values, not {}",
                found.len(),
                expected.len()
            ));
            return;
        }
        let worst = worst(expected.iter().zip(found).map(|(a, b)| (a - b).abs()));
        println!(
            "{name:45} max |difference| {worst:.2e}, allowed {tolerance:.1e}, reference noise {:.1e}",
            self.golden.noise(name)
        );
        if worst.is_nan() || worst > tolerance {
            self.failures.push(format!(
                "{name}: differs by {worst:e}, allowed {tolerance:e}"
            ));
        }
    }

    pub fn finish(self) {
        assert!(self.failures.is_empty(), "{}", self.failures.join("\n"));
    }
}

/// The golden set's own configuration, from its `manifest.json`.
pub fn golden_config(manifest: &Value) -> ModelConfig {
    let config = &manifest["config"];
    let number = |key: &str| config[key].as_u64().unwrap_or_else(|| panic!("{key}")) as usize;
    let list = |value: &Value| -> Vec<usize> {
        let values = value.as_array().unwrap();
        values
            .iter()
            .map(|v| v.as_u64().unwrap() as usize)
            .collect()
    };
    let attention = list(&config["net_attn"]);
    let enc_attention = match &config["net_enc_attn"] {
        Value::Null => attention.clone(),
        own => list(own),
    };
    ModelConfig {
        name: "golden".to_owned(),
        image_size: number("img_size"),
        patch_size: 1,
        net_ch: number("net_ch"),
        net_ch_mult: list(&config["net_ch_mult"]),
        num_res_blocks: number("num_res_blocks"),
        attn_resolutions: attention,
        group_channels: 1,
        heads: number("heads"),
        embed_channels: number("embed"),
        schedule: BetaSchedule::Linear,
        timesteps: 1000,
        prediction: Prediction::Epsilon,
        encoder: Some(EncoderConfig {
            ch_mult: list(&config["net_enc_channel_mult"]),
            num_res_blocks: number("enc_num_res_blocks"),
            attn_resolutions: enc_attention,
            style_channels: number("style"),
        }),
        latent: Some(LatentConfig {
            layers: number("latent_layers"),
            hidden: number("latent_hid"),
            time_channels: 64,
            schedule: BetaSchedule::Constant(0.008),
        }),
        attributes: diffae::config::CELEBA_ATTRIBUTES
            .map(str::to_owned)
            .to_vec(),
    }
}

/// The reference noise of each tensor, from a manifest's table.
pub fn noise_table(tensors: &Value) -> BTreeMap<String, f64> {
    let entries = tensors.as_object().unwrap();
    entries
        .iter()
        .filter_map(|(name, entry)| Some((name.clone(), entry["fp32_noise_max_abs"].as_f64()?)))
        .collect()
}

/// Opens checkpoint files as one set of tensors.
pub fn checkpoints(files: &[PathBuf]) -> OfficialTensors<BufReader<File>> {
    let open = |path: &PathBuf| {
        let file = File::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        Checkpoint::open(BufReader::new(file)).unwrap()
    };
    OfficialTensors::new(files.iter().map(open).collect())
}

/// The values of a tensor.
pub fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().unwrap()
}
