//! Which tensor of which checkpoint becomes which of the model's, and what a mismatch says.

use super::super::OfficialTensors;
use super::{Pickler, View, container, golden, le_bytes, open, safetensors};

const LATENT: &str = "checkpoints/tiny_autoenc_latent/last.ckpt";
const CLASSIFIER: &str = "checkpoints/tiny_autoenc_cls/last.ckpt";
const STATISTICS: &str = "checkpoints/tiny_autoenc/latent.pkl";

/// A checkpoint whose tensors are single numbers under these names.
fn numbers(tensors: &[(&str, f32)]) -> Vec<u8> {
    let keys: Vec<String> = (0..tensors.len()).map(|key| key.to_string()).collect();
    let views: Vec<(&str, View)> = (tensors.iter().zip(&keys))
        .map(|(&(name, _), key)| (name, View::vector(key, &[1])))
        .collect();
    let bytes: Vec<[u8; 4]> = (tensors.iter())
        .map(|(_, value)| value.to_le_bytes())
        .collect();
    let storages: Vec<(&str, &[u8])> = (keys.iter().zip(&bytes))
        .map(|(key, bytes)| (key.as_str(), bytes.as_slice()))
        .collect();
    container(&Pickler::dictionary(&views), &storages)
}

fn keys(files: &[&[u8]]) -> Vec<String> {
    let checkpoints = files.iter().map(|bytes| open(bytes).unwrap()).collect();
    let tensors = OfficialTensors::new(checkpoints);
    tensors.entries().map(|(key, _)| key.to_owned()).collect()
}

#[test]
fn golden_files_together_give_the_whole_model_once() {
    let files = [golden(LATENT), golden(CLASSIFIER), golden(STATISTICS)];
    let files: Vec<&[u8]> = files.iter().map(Vec::as_slice).collect();
    let found = keys(&files);
    // 242 averaged tensors, 6 of them stored twice; two statistics, two of the classifier.
    assert_eq!(found.len(), 242 - 6 + 2 + 2);
    for key in [
        "input_blocks.0.0.weight",
        "encoder.out.3.weight",
        "latent_net.layers.0.linear.weight",
        "latent_net.layers.0.linear_emb.weight",
        "conds_mean",
        "conds_std",
        "classifier.weight",
    ] {
        assert!(found.iter().any(|found| found == key), "{key} is absent");
    }
    for part in ["ema_", "model.", "x_T", "cond_layers"] {
        assert!(!found.iter().any(|found| found.contains(part)), "{part}");
    }
    assert!(!found.iter().any(|found| found == "conds"));
}

#[test]
fn averaged_network_and_trained_classifier_are_the_ones_read() {
    let (network, classifier) = (golden(LATENT), golden(CLASSIFIER));
    let mut model = OfficialTensors::new(vec![open(&network).unwrap(), open(&classifier).unwrap()]);
    assert_eq!(
        model.read("input_blocks.0.0.bias").unwrap().1[0],
        0.009_500_162
    );
    assert_eq!(model.read("classifier.weight").unwrap().1[0], 0.095_167_74);
}

#[test]
fn raw_weights_serve_only_a_file_without_averaged_ones() {
    assert!(keys(&[&numbers(&[("model.a", 1.), ("ema_model.b", 2.)])]).eq(&["b"]));
    assert!(keys(&[&numbers(&[("model.a", 1.), ("x_T", 2.)])]).eq(&["a"]));
}

#[test]
fn plain_safetensors_keep_their_names() {
    let header = r#"{"out.2.bias":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},
        "classifier.bias":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#;
    let file = safetensors(header, &le_bytes(&[1., 2.]));
    assert_eq!(keys(&[&file]), ["classifier.bias", "out.2.bias"]);
}

#[test]
fn later_file_supplies_only_what_the_earlier_lacks() {
    let first = numbers(&[("conds_mean", 1.), ("ema_model.a", 2.)]);
    let second = numbers(&[("conds_mean", 3.), ("classifier.bias", 4.)]);
    let mut model = OfficialTensors::new(vec![open(&first).unwrap(), open(&second).unwrap()]);
    assert_eq!(model.read("conds_mean").unwrap().1, [1.]);
    assert_eq!(model.read("classifier.bias").unwrap().1, [4.]);
    assert_eq!(model.read("a").unwrap().1, [2.]);
}

#[test]
fn nan_and_infinite_weights_are_refused_by_name() {
    for bad in [f32::NAN, f32::INFINITY] {
        let file = numbers(&[("ema_model.a", bad)]);
        let mut model = OfficialTensors::new(vec![open(&file).unwrap()]);
        let message = model.read("a").unwrap_err().to_string();
        assert!(message.contains("`ema_model.a`"), "{message}");
        assert!(message.contains("index 0"), "{message}");
    }
}

#[test]
fn unknown_key_is_an_error_with_its_name() {
    let file = numbers(&[("ema_model.a", 1.)]);
    let mut model = OfficialTensors::new(vec![open(&file).unwrap()]);
    let message = model.read("b").unwrap_err().to_string();
    assert!(message.contains("`b`"), "{message}");
}
