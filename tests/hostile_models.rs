//! Model files that are damaged or were made to do harm: each ends in one clear sentence.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use burn::tensor::Device;
use diffae::config::ModelConfig;
use diffae::import::convert::{Conversion, convert, random};
use diffae::weights::directory::ModelDirectory;
use diffae::weights::{Array, Manifest, Part, PartReader, Precision, Values, WeightsError, part};
use diffae::{DiffAe, Error};
use rand::{Rng, SeedableRng};
use support::{checkpoints, golden_config, golden_dir};

/// The golden model as a model directory.
fn model_directory() -> tempfile::TempDir {
    let dir = golden_dir();
    let manifest = std::fs::read(dir.join("manifest.json")).unwrap();
    let conversion = Conversion {
        config: golden_config(&serde_json::from_slice(&manifest).unwrap()),
        precision: Precision::Int8,
        framing: None,
        licence: "test".to_owned(),
        origin: "test".to_owned(),
    };
    let tensors = checkpoints(&[
        dir.join("checkpoints/tiny_autoenc_latent/last.ckpt"),
        dir.join("checkpoints/tiny_autoenc_cls/last.ckpt"),
    ]);
    let out = tempfile::tempdir().unwrap();
    convert(tensors, conversion, out.path(), &mut |_, _| {}).unwrap();
    out
}

fn model(directory: &Path) -> DiffAe {
    let manifest = ModelDirectory::open(directory).unwrap().manifest().clone();
    DiffAe::new(manifest, &Device::flex()).unwrap()
}

fn one_sentence(error: &impl ToString) -> String {
    let text = error.to_string();
    assert!(!text.contains('\n') && text.len() > 20, "{text}");
    text
}

#[test]
fn converting_twice_gives_the_same_bytes() {
    let (a, b) = (model_directory(), model_directory());
    for file in [
        "manifest.json",
        "encoder.safetensors",
        "decoder.safetensors",
        "latent.safetensors",
        "attributes.safetensors",
    ] {
        let read = |dir: &tempfile::TempDir| std::fs::read(dir.path().join(file)).unwrap();
        assert!(read(&a) == read(&b), "{file} differs");
    }
}

#[test]
fn a_truncated_part_is_refused_at_every_length() {
    let dir = model_directory();
    let bytes = std::fs::read(dir.path().join("attributes.safetensors")).unwrap();
    let mut model = model(dir.path());
    for length in (0..bytes.len()).step_by(bytes.len() / 200 + 1) {
        let error = model.load(Part::Attributes, &bytes[..length]).unwrap_err();
        assert!(
            matches!(error, Error::Weights(WeightsError::Damaged { .. })),
            "{error}"
        );
        one_sentence(&error);
    }
    assert!(!model.has(Part::Attributes));
    model.load(Part::Attributes, bytes.as_slice()).unwrap();
}

#[test]
fn a_bit_flipped_part_never_panics_and_never_passes_its_hash() {
    let dir = model_directory();
    let path = dir.path().join("attributes.safetensors");
    let bytes = std::fs::read(&path).unwrap();
    let mut model = model(dir.path());
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(11);
    for i in 0..500 {
        let mut damaged = bytes.clone();
        // The header is where a flip can do more than change a number.
        let end = if i % 2 == 0 {
            400.min(bytes.len())
        } else {
            bytes.len()
        };
        let at = rng.random_range(0..end);
        damaged[at] ^= 1 << rng.random_range(0..8);
        let _ = model.load(Part::Attributes, damaged.as_slice());
        if i % 50 == 0 {
            std::fs::write(&path, &damaged).unwrap();
            let error = ModelDirectory::open(dir.path())
                .unwrap()
                .part(Part::Attributes)
                .unwrap_err();
            assert!(matches!(error, WeightsError::Hash { .. }), "{error}");
            one_sentence(&error);
        }
    }
}

#[test]
fn a_header_that_claims_terabytes_is_refused_unread() {
    for claim in [1u64 << 40, u64::MAX, (16 << 20) + 1] {
        let mut bytes = claim.to_le_bytes().to_vec();
        bytes.extend([b' '; 64]);
        let error = PartReader::open("x", bytes.as_slice()).unwrap_err();
        assert!(one_sentence(&error).contains("header"), "{error}");
    }
}

#[test]
fn a_nan_weight_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.safetensors");
    let mut tensors = BTreeMap::new();
    tensors.insert("w".to_owned(), Array::f32(&[2], vec![1.0, f32::NAN]));
    assert!(
        matches!(part::write(&path, &tensors), Err(WeightsError::NotFinite { name }) if name == "w")
    );
    assert!(!path.exists(), "a refused part was left behind");

    tensors.insert("w".to_owned(), Array::f32(&[2], vec![1.0, 2.0]));
    part::write(&path, &tensors).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 4;
    bytes[last..].copy_from_slice(&f32::INFINITY.to_le_bytes());
    let error = PartReader::open("x", bytes.as_slice())
        .unwrap()
        .read("w")
        .unwrap_err();
    assert!(one_sentence(&error).contains("`w`"), "{error}");
}

#[test]
fn scales_of_the_wrong_length_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.safetensors");
    let array = Array {
        shape: vec![2, 3],
        values: Values::Int8 {
            values: vec![1; 6],
            scales: vec![1.0; 3],
        },
    };
    part::write(&path, &BTreeMap::from([("w".to_owned(), array)])).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let error = PartReader::open("x", bytes.as_slice())
        .unwrap()
        .read("w")
        .unwrap_err();
    assert!(one_sentence(&error).contains("w.scale"), "{error}");
}

#[test]
fn a_part_of_another_configuration_lists_what_differs() {
    let dir = model_directory();
    let mut manifest = ModelDirectory::open(dir.path()).unwrap().manifest().clone();
    manifest.config.num_res_blocks = 2;
    // The file that the manifest promises is large enough; the one that comes is another.
    for file in manifest.parts.values_mut() {
        file.bytes *= 4;
    }
    let mut model = DiffAe::new(manifest, &Device::flex()).unwrap();
    let bytes = std::fs::read(dir.path().join("decoder.safetensors")).unwrap();
    let error = one_sentence(&model.load(Part::Decoder, bytes.as_slice()).unwrap_err());
    assert!(
        error.contains("missing (") && error.contains("of another shape ("),
        "{error}"
    );
    assert!(!model.has(Part::Decoder));
}

#[test]
fn while_a_model_is_written_over_there_is_none() {
    let folder = model_directory();
    let manifest = folder.path().join("manifest.json");
    let written = std::fs::read(&manifest).unwrap();
    let config = golden_config(
        &serde_json::from_slice(&std::fs::read(golden_dir().join("manifest.json")).unwrap())
            .unwrap(),
    );
    let mut seen = 0;
    random(config, Precision::F32, folder.path(), &mut |_, _| {
        assert!(!manifest.exists());
        seen += 1;
    })
    .unwrap();
    assert!(seen > 0 && std::fs::read(&manifest).unwrap() != written);
}

#[test]
fn a_checkpoint_of_another_configuration_lists_what_differs_and_leaves_no_model() {
    let tensors = checkpoints(&[golden_dir().join("checkpoints/tiny_autoenc_latent/last.ckpt")]);
    let conversion = Conversion {
        config: ModelConfig::preset("ffhq64_autoenc").unwrap(),
        precision: Precision::F16,
        framing: None,
        licence: String::new(),
        origin: String::new(),
    };
    let out = tempfile::tempdir().unwrap();
    let error = convert(tensors, conversion, out.path(), &mut |_, _| {}).unwrap_err();
    let text = one_sentence(&error);
    assert!(
        text.contains("ffhq64_autoenc") && text.contains("unexpected ("),
        "{text}"
    );
    assert!(!out.path().join("manifest.json").exists());
}

#[test]
fn manifests_that_lie_are_refused() {
    let dir = model_directory();
    let json = std::fs::read_to_string(dir.path().join("manifest.json")).unwrap();
    let lines: Vec<&str> = json.lines().collect();
    let lies: [(&str, String, &str); 7] = [
        (
            "a newer format",
            json.replacen("\"format\": 1", "\"format\": 2", 1),
            "format 2",
        ),
        (
            "an unknown field",
            json.replacen("\"format\"", "\"formatt\": 1, \"format\"", 1),
            "formatt",
        ),
        (
            "a path outside",
            json.replacen("encoder.safetensors", "../encoder.safetensors", 1),
            "file name",
        ),
        (
            "a hash that is none",
            json.replacen("\"sha256\": \"", "\"sha256\": \"zz", 1),
            "sha256",
        ),
        (
            "a picture of a million pixels a side",
            json.replacen("\"image_size\": 32", "\"image_size\": 1000000", 1),
            "image_size",
        ),
        ("no JSON", "<html>".to_owned(), "expected value"),
        // Cut between two lines: within a number the parser speaks of that.
        ("half of it", lines[..lines.len() / 2].join("\n"), "EOF"),
    ];
    for (what, json, expected) in lies {
        let error = Manifest::parse("manifest.json", json.as_bytes()).unwrap_err();
        let text = one_sentence(&error);
        assert!(text.contains(expected), "{what}: {text}");
    }
}

#[test]
fn a_configuration_of_terabytes_over_small_files_is_refused_before_it_takes_room() {
    let dir = model_directory();
    let mut manifest = ModelDirectory::open(dir.path()).unwrap().manifest().clone();
    manifest.config.net_ch = 4096;
    manifest.config.net_ch_mult = vec![1; manifest.config.net_ch_mult.len()];
    if let Some(encoder) = &mut manifest.config.encoder {
        encoder.ch_mult = vec![1; encoder.ch_mult.len()];
    }
    let error = DiffAe::new(manifest, &Device::flex()).unwrap_err();
    let text = one_sentence(&error);
    assert!(
        text.contains("encoder.safetensors") && text.contains("values"),
        "{text}"
    );
}

#[test]
fn a_configuration_of_terabytes_is_refused_whatever_its_files_are_said_to_hold() {
    let dir = model_directory();
    let mut manifest = ModelDirectory::open(dir.path()).unwrap().manifest().clone();
    // As wide as feature maps of this size may be, and as deep as networks may be.
    manifest.config.net_ch = 2048;
    manifest.config.net_ch_mult = vec![4; manifest.config.net_ch_mult.len()];
    manifest.config.num_res_blocks = 64;
    for file in manifest.parts.values_mut() {
        file.bytes = u64::MAX;
    }
    let error = DiffAe::new(manifest, &Device::flex()).unwrap_err();
    let text = one_sentence(&error);
    assert!(
        text.contains("decoder") && text.contains("numbers"),
        "{text}"
    );
}

#[test]
fn a_scale_that_takes_its_row_beyond_all_numbers_is_refused() {
    let array = |scale| Array {
        shape: vec![1, 2],
        values: Values::Int8 {
            values: vec![127, -128],
            scales: vec![scale],
        },
    };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.safetensors");
    let write = |scale| part::write(&path, &BTreeMap::from([("w".to_owned(), array(scale))]));
    assert!(
        matches!(write(f32::MAX / 100.0), Err(WeightsError::NotFinite { name }) if name == "w")
    );
    write(f32::MAX / 200.0).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes
        .windows(4)
        .position(|word| word == (f32::MAX / 200.0).to_le_bytes());
    bytes[at.unwrap()..][..4].copy_from_slice(&(f32::MAX / 100.0).to_le_bytes());
    let read = PartReader::open("x", bytes.as_slice()).unwrap().read("w");
    assert!(matches!(read, Err(WeightsError::NotFinite { name }) if name == "w"));
}

#[test]
fn a_part_that_was_not_loaded_says_so() {
    let dir = model_directory();
    let model = model(dir.path());
    let picture = diffae::Picture::new(32, 32, vec![128; 32 * 32 * 4]).unwrap();
    let error = pollster::block_on(model.encode_semantic(&picture)).unwrap_err();
    assert_eq!(
        one_sentence(&error),
        "the encoder part is not loaded yet; load it first"
    );
}
