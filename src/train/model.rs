//! A model whose weights are still being trained, for looking at it and for encoding with it.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use burn::tensor::Device;

use super::state::State;
use super::{Parameters, Run, Stage, TrainError};
use crate::DiffAe;
use crate::config::ModelConfig;
use crate::networks;
use crate::weights::hash::describe;
use crate::weights::{FORMAT, Manifest, Part, PartFile, Precision, TensorSource};

/// The autoencoder, or the plain DDPM, of these weights.
///
/// # Errors
/// [`TrainError::Model`].
pub fn autoencoder(
    config: &ModelConfig,
    weights: &mut dyn TensorSource,
    device: &Device,
) -> Result<DiffAe, TrainError> {
    let mut parts = vec![Part::Decoder];
    if config.encoder.is_some() {
        parts.push(Part::Encoder);
    }
    let mut files = BTreeMap::new();
    for part in &parts {
        let file = PartFile {
            file: format!("{part} in training"),
            bytes: 4 * networks::layout(config, *part)?.parameters(),
            sha256: String::new(),
            precision: Precision::F32,
        };
        files.insert(*part, file);
    }
    let manifest = Manifest {
        format: FORMAT,
        name: config.name.clone(),
        config: ModelConfig {
            latent: None,
            attributes: Vec::new(),
            ..config.clone()
        },
        framing: None,
        cost: None,
        licence: String::new(),
        origin: String::new(),
        conds_mean: None,
        conds_std: None,
        parts: files,
    };
    let failed = |error: crate::Error| TrainError::Model(Box::new(error));
    let mut model = DiffAe::new(manifest, device).map_err(failed)?;
    for part in parts {
        model.load_from(part, weights).map_err(failed)?;
    }
    Ok(model)
}

/// The averaged autoencoder of a run's parameters.
///
/// # Errors
/// [`TrainError::Model`].
pub fn of_parameters(
    config: &ModelConfig,
    average: &Parameters,
    device: &Device,
) -> Result<DiffAe, TrainError> {
    autoencoder(config, &mut average.clone(), device)
}

/// A state's averaged autoencoder.
#[derive(Debug)]
pub struct OfState {
    /// The model, with decoder and encoder.
    pub model: DiffAe,
    /// The run that the state is of.
    pub run: Run,
    /// SHA-256 of the state's file.
    pub sha256: String,
}

/// The averaged autoencoder of a state.
///
/// # Errors
/// [`TrainError::State`], [`TrainError::Model`].
pub fn of_state(path: &Path, device: &Device) -> Result<OfState, TrainError> {
    let damaged = |reason: String| TrainError::State {
        path: path.to_owned(),
        reason,
    };
    let mut state = State::open(path)?;
    if state.run.stage != Stage::Autoencoder {
        let reason = "it is not of an autoencoder, which alone encodes pictures".to_owned();
        return Err(damaged(reason));
    }
    let described = File::open(path).and_then(|mut file| describe(&mut file));
    let run = state.run.clone();
    Ok(OfState {
        model: autoencoder(&run.config, &mut state.weights(true), device)?,
        sha256: described.map_err(|e| damaged(e.to_string()))?.sha256,
        run,
    })
}
