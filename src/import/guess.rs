//! Which published configuration checkpoints belong to, by the names and shapes of their tensors.

use std::io::{Read, Seek};

use super::OfficialTensors;
use super::convert::{check_all, fit_to_contents, layouts};
use super::origins;
use crate::config::{ModelConfig, PRESETS};
use crate::weights::WeightsError;

/// The published configurations that the tensors fit, as far as the files have their parts. Those that differ in nothing
/// but their names are one; what is left are models of one geometry that were trained on different pictures, and only
/// whoever has the files knows which it is. Names of configurations in `paths`, as the official archives name their
/// folders, are believed and come first.
///
/// # Errors
/// [`WeightsError::Layout`] with the nearest configuration, where there is none that fits.
pub fn presets<R: Read + Seek>(
    tensors: &OfficialTensors<R>,
    paths: &[String],
) -> Result<Vec<ModelConfig>, WeightsError> {
    let mut found: Vec<ModelConfig> = Vec::new();
    let mut nearest: Option<(usize, WeightsError)> = None;
    for name in PRESETS {
        let Ok(preset) = ModelConfig::preset(name) else {
            continue;
        };
        let config = fit_to_contents(preset, tensors);
        // A classifier makes no sense where there is no encoder.
        let Ok(parts) = layouts(&config) else {
            continue;
        };
        match check_all(&config, &parts, tensors) {
            Ok(()) => match found.iter_mut().find(|other| is_one(other, &config)) {
                Some(other) if !named(paths, other) && named(paths, &config) => *other = config,
                Some(_) => {}
                None => found.push(config),
            },
            Err(WeightsError::Layout {
                config,
                differences,
            }) => {
                let count = differences.missing.len()
                    + differences.unexpected.len()
                    + differences.misshaped.len();
                if nearest.as_ref().is_none_or(|(least, _)| count < *least) {
                    let error = WeightsError::Layout {
                        config,
                        differences,
                    };
                    nearest = Some((count, error));
                }
            }
            Err(other) => return Err(other),
        }
    }
    if found.is_empty()
        && let Some((_, error)) = nearest
    {
        return Err(error);
    }
    found.sort_by_key(|config| !named(paths, config));
    Ok(found)
}

/// Whether two configurations that fit the same tensors say the same of them.
fn is_one(a: &ModelConfig, b: &ModelConfig) -> bool {
    let nameless = |config: &ModelConfig| ModelConfig {
        name: String::new(),
        ..config.clone()
    };
    nameless(a) == nameless(b)
        && origins::of_preset(&a.name) == origins::of_preset(&b.name)
        && origins::framing(&a.name) == origins::framing(&b.name)
}

/// Whether a folder or file on the way to the checkpoints has the configuration's name.
fn named(paths: &[String], config: &ModelConfig) -> bool {
    let is_it = |piece: &str| piece == config.name || piece.split('.').next() == Some(&config.name);
    (paths.iter()).any(|path| path.split('/').any(is_it))
}
