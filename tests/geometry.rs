//! Every official configuration builds networks with exactly the official tensors and parameter
//! counts (reference: the keys and values of the instantiated official models).
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use diffae::config::ModelConfig;
use diffae::networks::{self, cost};
use diffae::weights::{Layout, Manifest, Part};
use serde_json::Value;

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// Name and shape of each tensor in a key list.
fn key_list(name: &str) -> BTreeMap<String, Vec<usize>> {
    let text = std::fs::read_to_string(golden().join(format!("keys/{name}.txt"))).unwrap();
    text.lines()
        .map(|line| {
            let (key, shape) = line.split_once('\t').unwrap();
            (key.to_owned(), serde_json::from_str(shape).unwrap())
        })
        .collect()
}

fn layout(config: &ModelConfig) -> Layout {
    let mut all = Layout::default();
    for part in [Part::Decoder, Part::Encoder, Part::Latent] {
        if let Ok(layout) = networks::layout(config, part) {
            all.tensors.extend(layout.tensors);
        }
    }
    all
}

#[test]
fn every_official_configuration_has_the_official_tensors() {
    let configs: Value =
        serde_json::from_slice(&std::fs::read(golden().join("configs.json")).unwrap()).unwrap();
    let configs = configs.as_object().unwrap();
    assert_eq!(configs.len(), 29);
    let mut lists = std::collections::BTreeSet::new();
    for (name, official) in configs {
        let config = ModelConfig::preset(name).unwrap();
        assert_eq!(
            config.image_size as u64,
            official["img_size"].as_u64().unwrap(),
            "{name}"
        );
        assert_eq!(
            config.net_ch as u64,
            official["net_ch"].as_u64().unwrap(),
            "{name}"
        );

        let layout = layout(&config);
        let list = official["same_keys_as"].as_str().unwrap();
        lists.insert(list.to_owned());
        let keys = key_list(list);
        assert_eq!(
            keys.len() as u64,
            official["n_tensors"].as_u64().unwrap(),
            "{name}"
        );
        // The latent DPM stores each time projection under two names; it is one tensor.
        let once: Vec<(&str, &[usize])> = keys
            .iter()
            .filter(|(key, _)| !key.contains(".cond_layers.1."))
            .map(|(key, shape)| (key.as_str(), shape.as_slice()))
            .collect();
        if let Err(differences) = layout.compare(once) {
            panic!("{name}: {differences}");
        }
        assert_eq!(
            layout.parameters(),
            official["n_params"].as_u64().unwrap(),
            "{name}"
        );
    }
    let files = std::fs::read_dir(golden().join("keys")).unwrap().count();
    assert_eq!(
        lists.len(),
        files,
        "some key list was never compared: {lists:?}"
    );
}

#[test]
fn portrait64_has_its_published_size() {
    let config = ModelConfig::preset("portrait64").unwrap();
    let count = |part| networks::layout(&config, part).unwrap().parameters();
    let networks = count(Part::Decoder) + count(Part::Encoder);
    assert!((9_150_000..9_250_000).contains(&networks), "{networks}");
    assert_eq!(count(Part::Attributes), 40 * 256 + 40);
}

#[test]
fn the_models_of_the_repository_cost_what_their_manifests_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let models = std::fs::read_dir(root.join("models")).unwrap();
    let mut folders: Vec<PathBuf> = models.map(|entry| entry.unwrap().path()).collect();
    folders.push(root.join("examples/model"));
    assert_eq!(folders.len(), 3, "{folders:?}");
    for folder in folders {
        let file = folder.join("manifest.json").display().to_string();
        let manifest = Manifest::parse(&file, &std::fs::read(&file).unwrap()).unwrap();
        assert_eq!(manifest.cost, Some(cost::of(&manifest.config)), "{file}");
    }
}
