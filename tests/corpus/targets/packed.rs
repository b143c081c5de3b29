//! A model directory that comes as a zip: its manifest, and every part copied as far as its manifest allows.

use std::io::sink;

use diffae::import::packed::{PackedModel, copy, parameters};
use diffae::import::window::Windowed;
use diffae::weights::Manifest;

use super::{MIB, Target};

pub const TARGET: Target = Target {
    name: "packed",
    run,
    // The manifest itself, unpacked, has 4 MiB at most.
    most: |length| 16 * MIB + 64 * length,
};

fn run(bytes: &[u8]) -> bool {
    let Ok(Some(mut packed)) = PackedModel::open(Windowed::new(bytes)) else {
        return false;
    };
    let Ok(manifest) = packed
        .manifest()
        .and_then(|json| Manifest::parse("manifest.json", &json))
    else {
        return false;
    };
    if parameters(&manifest).is_err() {
        return false;
    }
    for file in manifest.parts.values() {
        if let Ok(member) = packed.member(&file.file) {
            let _ = copy(member, file, &mut sink(), &mut |_| {});
        }
    }
    true
}
