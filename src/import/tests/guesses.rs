//! Which configurations tensors are guessed to be of.

use safetensors::tensor::{Metadata, TensorInfo};

use crate::config::{ModelConfig, PRESETS};
use crate::import::convert::layouts;
use crate::import::window::Windowed;
use crate::import::{Checkpoint, OfficialTensors, guess};
use crate::weights::{ReadAt, WeightsError};

/// A file that has a header, and then nothing but zeros.
struct Zeros {
    header: Vec<u8>,
    size: u64,
}

impl ReadAt for Zeros {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, length: usize) -> Result<Vec<u8>, String> {
        let at = |i: u64| self.header.get(i as usize).copied().unwrap_or(0);
        Ok((offset..offset + length as u64).map(at).collect())
    }
}

/// The tensors of a configuration under their official names.
fn tensors(config: &ModelConfig) -> OfficialTensors<Windowed<Zeros>> {
    let mut infos = Vec::new();
    let mut end = 0;
    for (name, shape) in layouts(config)
        .unwrap()
        .into_values()
        .flat_map(|part| part.tensors)
    {
        let start = end;
        end += 4 * shape.iter().product::<usize>();
        let info = TensorInfo {
            dtype: safetensors::Dtype::F32,
            shape,
            data_offsets: (start, end),
        };
        infos.push((format!("ema_model.{name}"), info));
    }
    let json = serde_json::to_vec(&Metadata::new(None, infos).unwrap()).unwrap();
    let header = [&(json.len() as u64).to_le_bytes()[..], &json].concat();
    let size = (header.len() + end) as u64;
    let source = Windowed::new(Zeros { header, size });
    OfficialTensors::new(vec![Checkpoint::open(source).unwrap()])
}

fn guessed(preset: &str, path: &str) -> Vec<String> {
    let tensors = tensors(&ModelConfig::preset(preset).unwrap());
    let found = guess::presets(&tensors, &[path.to_owned()]).unwrap();
    found.into_iter().map(|config| config.name).collect()
}

#[test]
fn a_published_model_is_recognized_and_only_what_tensors_cannot_tell_is_left_open() {
    for (preset, expected) in [
        ("ffhq256_autoenc", vec!["ffhq256_autoenc"]),
        ("ffhq256_autoenc_cls", vec!["ffhq256_autoenc"]),
        ("ffhq256_autoenc_latent", vec!["ffhq256_autoenc_latent"]),
        ("portrait64", vec!["portrait64"]),
        ("portrait128", vec!["portrait128"]),
        (
            "horse128_autoenc_latent",
            vec!["horse128_autoenc_latent", "bedroom128_autoenc_latent"],
        ),
        (
            "bedroom128_autoenc",
            vec![
                "ffhq128_autoenc_base",
                "horse128_autoenc",
                "bedroom128_autoenc",
            ],
        ),
    ] {
        assert_eq!(guessed(preset, "last.ckpt"), expected, "{preset}");
    }
}

#[test]
fn every_published_model_is_among_its_guesses() {
    for name in PRESETS {
        let config = ModelConfig::preset(name).unwrap();
        let found = guess::presets(&tensors(&config), &[]).unwrap();
        let geometry = |config: &ModelConfig| (config.image_size, config.net_ch_mult.clone());
        assert!(
            found
                .iter()
                .all(|other| geometry(other) == geometry(&config)),
            "{name}"
        );
    }
}

#[test]
fn the_name_of_a_folder_is_believed() {
    let found = guessed(
        "bedroom128_autoenc",
        "checkpoints/bedroom128_autoenc/last.ckpt",
    );
    assert_eq!(
        found.first().map(String::as_str),
        Some("bedroom128_autoenc")
    );
    // The configurations of two names are one; the folder says which name it has.
    let found = guessed("ffhq128_autoenc_130M", "ffhq128_autoenc_130M.ckpt");
    assert_eq!(
        found.first().map(String::as_str),
        Some("ffhq128_autoenc_130M")
    );
}

#[test]
fn what_fits_nothing_is_told_by_what_is_nearest() {
    let mut config = ModelConfig::preset("portrait64").unwrap();
    config.embed_channels = 128;
    match guess::presets(&tensors(&config), &[]) {
        Err(WeightsError::Layout { config, .. }) => assert_eq!(config, "portrait64"),
        other => panic!("{other:?}"),
    }
}
