//! Model directories in zip files, and parts that are not what their manifest says.

use std::io::{Cursor, Read, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::import::packed::{PackedModel, copy, parameters};
use crate::weights::hash::Hashed;
use crate::weights::{Manifest, Part, PartFile, Precision, WeightsError};

fn zip(members: &[(&str, &[u8])]) -> Cursor<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    let mut bytes = zip.finish().unwrap();
    bytes.set_position(0);
    bytes
}

fn part(bytes: &[u8]) -> PartFile {
    let mut hashed = Hashed::new(std::io::sink());
    hashed.write_all(bytes).unwrap();
    let described = hashed.finish();
    PartFile {
        file: "decoder.safetensors".to_owned(),
        bytes: described.bytes,
        sha256: described.sha256,
        precision: Precision::Int8,
    }
}

fn copied(from: impl Read, expected: &PartFile) -> Result<Vec<u8>, WeightsError> {
    let mut into = Vec::new();
    copy(from, expected, &mut into, &mut |_| {})?;
    Ok(into)
}

#[test]
fn a_directory_is_found_in_a_folder_of_the_zip() {
    let files: [(&str, &[u8]); 3] = [
        ("model/decoder.safetensors", b"weights"),
        ("model/manifest.json", b"{}"),
        ("__MACOSX/model/._manifest.json", b"no manifest"),
    ];
    let mut model = PackedModel::open(zip(&files)).unwrap().unwrap();
    assert_eq!(model.manifest().unwrap(), b"{}");
    let from = model.member("decoder.safetensors").unwrap();
    assert_eq!(copied(from, &part(b"weights")).unwrap(), b"weights");
    assert!(model.member("encoder.safetensors").is_err());
    assert!(
        PackedModel::open(zip(&[("archive/data.pkl", b"x")]))
            .unwrap()
            .is_none()
    );
    let two: [(&str, &[u8]); 2] = [("a/manifest.json", b"{}"), ("b/manifest.json", b"{}")];
    let error = PackedModel::open(zip(&two)).unwrap_err().to_string();
    assert!(error.contains("several models"), "{error}");
    assert!(PackedModel::open(Cursor::new(b"PK\x03\x04 and no more".to_vec())).is_err());
}

#[test]
fn no_byte_more_is_taken_than_the_manifest_names() {
    // It packs to a few bytes, and would unpack to far more than anybody has said.
    let bomb = vec![0; 50 << 20];
    let packed = zip(&[("manifest.json", b"{}"), ("decoder.safetensors", &bomb)]);
    assert!(packed.get_ref().len() < 1 << 20);
    let mut model = PackedModel::open(packed).unwrap().unwrap();
    let mut taken = 0;
    let expected = part(b"weights");
    let from = model.member("decoder.safetensors").unwrap();
    let error = copy(from, &expected, &mut std::io::sink(), &mut |bytes| {
        taken = bytes;
    })
    .unwrap_err();
    assert!(error.to_string().contains("more bytes"), "{error}");
    assert_eq!(taken, 0);
    let mut model = PackedModel::open(zip(&[("manifest.json", &bomb)]))
        .unwrap()
        .unwrap();
    assert_eq!(model.manifest().unwrap().len(), (4 << 20) + 1);
}

#[test]
fn what_is_not_the_manifests_file_is_named() {
    let expected = part(b"weights");
    for (bytes, said) in [
        (&b"weight"[..], "it has 6 bytes"),
        (b"weightS", "has SHA-256"),
        (
            b"version https://git-lfs.github.com/spec/v1\n",
            "Git LFS pointer",
        ),
    ] {
        let error = copied(bytes, &expected).unwrap_err().to_string();
        assert!(
            error.contains(said) && error.contains("decoder.safetensors"),
            "{error}"
        );
    }
}

#[test]
fn a_part_that_is_larger_than_its_numbers_is_refused() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/model/manifest.json");
    let mut manifest = Manifest::parse("manifest.json", &std::fs::read(path).unwrap()).unwrap();
    assert!(parameters(&manifest).unwrap() > 50_000);
    manifest.parts.get_mut(&Part::Decoder).unwrap().bytes = 1 << 40;
    let error = parameters(&manifest).unwrap_err().to_string();
    assert!(error.contains("decoder part"), "{error}");
}
