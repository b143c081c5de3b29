//! `manifest.json`: what a model is, where its parts are, and under which licence.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use serde::{Deserialize, Serialize};

use super::WeightsError;
use crate::config::Framing;
use crate::config::ModelConfig;
use crate::lfs;

/// The version of the model directory this crate reads and writes.
pub const FORMAT: u32 = 1;

/// The largest manifest worth reading; a real one has about 20 KB.
const MAX_MANIFEST_BYTES: usize = 4 << 20;

/// The contents of `manifest.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the layout, [`FORMAT`].
    pub format: u32,
    /// Name of the model, for people.
    pub name: String,
    /// Geometry and diffusion processes.
    pub config: ModelConfig,
    /// Mean of z_sem over the training set, per dimension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conds_mean: Option<Vec<f32>>,
    /// Standard deviation of z_sem over the training set, per dimension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conds_std: Option<Vec<f32>>,
    /// Where the model expects the eyes, if it was trained on aligned faces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub framing: Option<Framing>,
    /// What its networks take to compute, by which it is estimated how long an edit will take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// Terms of use of the weights, as a sentence shown before they are downloaded.
    pub licence: String,
    /// What the weights were trained on and by whom.
    pub origin: String,
    /// The files of the model.
    pub parts: BTreeMap<Part, PartFile>,
}

/// Floating-point operations of one picture, as `networks::cost` counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// Of the semantic encoder; nothing for a plain DDPM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encode: Option<u64>,
    /// Of a step of the U-Net.
    pub step: u64,
}

/// A separately loadable part of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// The semantic encoder.
    Encoder,
    /// The U-Net.
    Decoder,
    /// The latent DPM.
    Latent,
    /// The linear attribute classifier.
    Attributes,
}

/// One file of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartFile {
    /// File name beside the manifest.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its bytes, in lowercase hexadecimal.
    pub sha256: String,
    /// Precision of its weights.
    pub precision: Precision,
}

/// Precision in which the weights of a part are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Single precision throughout.
    F32,
    /// Half precision throughout.
    F16,
    /// 8-bit integers with a scale per output channel for weights of two or more dimensions, half precision for the rest
    /// and for the few weights that touch the picture and z_sem themselves.
    Int8,
}

impl Part {
    /// Every part, in the order in which they are usually loaded.
    pub const ALL: [Self; 4] = [Self::Encoder, Self::Decoder, Self::Latent, Self::Attributes];

    /// Its name in manifests, file names and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Encoder => "encoder",
            Self::Decoder => "decoder",
            Self::Latent => "latent",
            Self::Attributes => "attributes",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Int8 => "int8",
        })
    }
}

impl Manifest {
    /// The bytes of a manifest, or one more than it may have, so that a larger one is seen to be.
    ///
    /// # Errors
    /// Those of reading.
    pub fn read(from: impl Read) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        from.take(MAX_MANIFEST_BYTES as u64 + 1)
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Reads and checks a manifest; `file` names it in errors.
    ///
    /// # Errors
    /// [`WeightsError::Manifest`] says what is wrong with it.
    pub fn parse(file: &str, json: &[u8]) -> Result<Self, WeightsError> {
        let bad = |reason: String| WeightsError::Manifest {
            file: file.to_owned(),
            reason,
        };
        if json.len() > MAX_MANIFEST_BYTES {
            return Err(bad(format!(
                "it has more than the {MAX_MANIFEST_BYTES} bytes that are read"
            )));
        }
        if lfs::is_pointer(json) {
            return Err(WeightsError::Pointer {
                file: file.to_owned(),
            });
        }
        // The version comes first, so that a newer manifest is called newer and not malformed.
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let version: Version = serde_json::from_slice(json).map_err(|e| bad(e.to_string()))?;
        if version.format != FORMAT {
            return Err(bad(format!(
                "it has format {}, and this version reads format {FORMAT}",
                version.format
            )));
        }
        let manifest: Self = serde_json::from_slice(json).map_err(|e| bad(e.to_string()))?;
        manifest.validate().map_err(bad)?;
        Ok(manifest)
    }

    /// The bytes of `manifest.json`; the same manifest gives the same bytes.
    ///
    /// # Errors
    /// [`WeightsError::Manifest`] when a number in it is not finite.
    pub fn to_json(&self) -> Result<Vec<u8>, WeightsError> {
        self.validate()
            .and_then(|()| serde_json::to_vec_pretty(self).map_err(|e| e.to_string()))
            .map_err(|reason| WeightsError::Manifest {
                file: "manifest.json".to_owned(),
                reason,
            })
    }

    /// The file of a part.
    ///
    /// # Errors
    /// [`WeightsError::NoPart`] when the model has none.
    pub fn part(&self, part: Part) -> Result<&PartFile, WeightsError> {
        self.parts.get(&part).ok_or(WeightsError::NoPart(part))
    }

    fn validate(&self) -> Result<(), String> {
        self.config.validate().map_err(|e| e.to_string())?;
        let style = self.config.style_channels();
        for (name, values) in [
            ("conds_mean", &self.conds_mean),
            ("conds_std", &self.conds_std),
        ] {
            let Some(values) = values else { continue };
            if Some(values.len()) != style {
                return Err(format!(
                    "{name} has {} values, but z_sem has {}",
                    values.len(),
                    style.unwrap_or(0)
                ));
            }
            if !values.iter().all(|v| v.is_finite()) {
                return Err(format!("{name} holds a value that is not finite"));
            }
        }
        if let Some(std) = &self.conds_std
            && !std.iter().all(|v| *v > 0.0)
        {
            return Err("conds_std holds a value that is not positive".to_owned());
        }
        if let Some(framing) = &self.framing {
            let [x, y] = framing.eye_midpoint;
            let inside = |v: f64| (0.0..=1.0).contains(&v);
            let apart = framing.eye_distance > 0.0 && framing.eye_distance < 1.0;
            if !(inside(x) && inside(y) && apart) {
                return Err(format!(
                    "framing puts the eyes at ({x}, {y}), {} apart, but fractions of the side are needed",
                    framing.eye_distance
                ));
            }
        }
        for (text, what) in [
            (&self.name, "name"),
            (&self.licence, "licence"),
            (&self.origin, "origin"),
        ] {
            // They are shown where a control character may be a command.
            if text.chars().any(|c| c.is_control() && c != '\n') {
                return Err(format!("its {what} holds a control character"));
            }
        }
        for (part, file) in &self.parts {
            // A part lies beside its manifest: a path would let a manifest read anything.
            let plain = !file.file.is_empty()
                && file
                    .file
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
                && !file.file.starts_with('.');
            if !plain {
                return Err(format!(
                    "the {part} part is in `{}`, but a file name of letters, digits, '.', '-' and '_' is needed",
                    file.file
                ));
            }
            if file.sha256.len() != 64
                || !file
                    .sha256
                    .bytes()
                    .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            {
                return Err(format!(
                    "the {part} part's sha256 is not 64 lowercase hexadecimal digits"
                ));
            }
        }
        Ok(())
    }
}
