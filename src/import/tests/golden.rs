//! The golden checkpoints, read whole and compared with what Python reads from them.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::Cursor;

use super::super::{Checkpoint, Kind, OfficialTensors};
use super::{Counting, golden, open};

const LATENT: &str = "checkpoints/tiny_autoenc_latent/last.ckpt";
const CLASSIFIER: &str = "checkpoints/tiny_autoenc_cls/last.ckpt";
const STATISTICS: &str = "checkpoints/tiny_autoenc/latent.pkl";

/// First, second and last value of a tensor.
fn corners(file: &str, name: &str) -> (Vec<usize>, [f32; 3]) {
    let bytes = golden(file);
    let (shape, values) = open(&bytes).unwrap().read(name).unwrap();
    let count = shape.iter().product::<usize>();
    assert_eq!(values.len(), count);
    (shape, [values[0], values[1], values[count - 1]])
}

#[test]
fn lightning_checkpoint_lists_every_tensor_with_its_shape() {
    let manifest: serde_json::Value = serde_json::from_slice(&golden("manifest.json")).unwrap();
    let expected: BTreeMap<String, Vec<usize>> =
        serde_json::from_value(manifest["state_dict_keys"].clone()).unwrap();
    let bytes = golden(LATENT);
    let checkpoint = open(&bytes).unwrap();
    let found: BTreeMap<String, Vec<usize>> = checkpoint
        .entries()
        .map(|(name, shape)| (name.to_owned(), shape.to_vec()))
        .collect();
    assert_eq!(checkpoint.kind(), Kind::Lightning);
    assert_eq!(found.len(), 487);
    assert_eq!(found, expected);
}

/// The numbers were read with Python's pickle, zipfile and struct modules alone.
#[test]
fn values_equal_those_python_reads() {
    assert_eq!(
        corners(LATENT, "ema_model.input_blocks.0.0.weight"),
        (
            vec![32, 3, 3, 3],
            [0.043_323_692, 0.066_923_81, 0.051_896_37]
        )
    );
    assert_eq!(
        corners(LATENT, "ema_model.input_blocks.0.0.bias"),
        (vec![32], [0.009_500_162, -0.242_781_16, 0.033_737_537])
    );
    assert_eq!(
        corners(LATENT, "model.input_blocks.0.0.bias"),
        (vec![32], [0.076_753_41, -0.142_210_95, 0.101_450_04])
    );
    assert_eq!(
        corners(LATENT, "ema_model.encoder.out.3.weight"),
        (
            vec![64, 64, 1, 1],
            [-0.019_949_682, 0.049_578_73, 0.014_183_475]
        )
    );
    assert_eq!(
        corners(CLASSIFIER, "classifier.weight"),
        (vec![40, 64], [0.095_167_74, 0.155_115_46, -0.198_535_85])
    );
}

#[test]
fn latent_statistics_file_is_a_dictionary_without_a_state_dict() {
    let bytes = golden(STATISTICS);
    assert_eq!(open(&bytes).unwrap().kind(), Kind::Torch);
    assert_eq!(
        corners(STATISTICS, "conds"),
        (vec![64, 64], [-0.604_555_6, 0.499_909_82, -0.123_960_435])
    );
    assert_eq!(
        corners(STATISTICS, "conds_std"),
        (vec![64], [0.035_462_648, 0.027_674_407, 0.007_369_240_7])
    );
}

#[test]
fn two_names_of_one_storage_read_the_same() {
    let bytes = golden(LATENT);
    let mut checkpoint = open(&bytes).unwrap();
    for (one, other) in [
        (
            "ema_model.latent_net.layers.0.linear_emb.weight",
            "ema_model.latent_net.layers.0.cond_layers.1.weight",
        ),
        (
            "ema_model.input_blocks.0.0.weight",
            "model.input_blocks.0.0.weight",
        ),
    ] {
        assert_eq!(
            checkpoint.read(one).unwrap(),
            checkpoint.read(other).unwrap()
        );
    }
}

/// `cls.z_normalized` of the golden file was computed by torch from the statistics that are in the checkpoints.
#[test]
fn statistics_of_all_files_normalize_z_sem_as_torch_did() {
    let (tensors, statistics, classifier) = (
        golden("golden.safetensors"),
        golden(STATISTICS),
        golden(CLASSIFIER),
    );
    let mut vectors = open(&tensors).unwrap();
    assert_eq!(vectors.kind(), Kind::Safetensors);
    let (_, z_sem) = vectors.read("z_sem").unwrap();
    let (shape, normalized) = vectors.read("cls.z_normalized").unwrap();
    assert_eq!(shape, [2, 64]);
    for bytes in [&statistics, &classifier] {
        let mut model = OfficialTensors::new(vec![open(bytes).unwrap()]);
        let (shape, mean) = model.read("conds_mean").unwrap();
        let (_, std) = model.read("conds_std").unwrap();
        assert_eq!(shape, [64]);
        for (at, expected) in normalized.iter().enumerate() {
            let found = (z_sem[at] - mean[at % 64]) / std[at % 64];
            assert!((found - expected).abs() < 1e-5, "{at}: {found} {expected}");
        }
    }
}

#[test]
fn opening_reads_the_directory_and_reading_reads_one_tensor() {
    let bytes = golden(LATENT);
    let read = Cell::new(0);
    let source = Counting {
        source: Cursor::new(&bytes),
        read: &read,
    };
    let mut checkpoint = Checkpoint::open(source).unwrap();
    // The pickle has 108 kB and the directory 40 kB, of 4.6 MB.
    assert!(read.get() < bytes.len() / 10, "{} bytes", read.get());
    let before = read.get();
    checkpoint.read("ema_model.encoder.out.3.weight").unwrap();
    assert_eq!(read.get() - before, 64 * 64 * 4);
}
