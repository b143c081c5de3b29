//! `manifest.json`: parsed, written again, and a model made of it, as loading does before the first part comes.

use diffae::import::packed::parameters;
use diffae::weights::Manifest;
use diffae::{Device, DiffAe};

use super::{MIB, Target};

pub const TARGET: Target = Target {
    name: "manifest",
    run,
    // What networks of the largest configuration take without their weights.
    most: |length| 8 * MIB + 16 * length,
};

fn run(bytes: &[u8]) -> bool {
    let Ok(manifest) = Manifest::parse("manifest.json", bytes) else {
        return false;
    };
    let json = manifest.to_json().expect("what was read can be written");
    let again = Manifest::parse("manifest.json", &json).expect("what was written can be read");
    assert!(again == manifest);
    let _ = parameters(&manifest);
    DiffAe::new(manifest, &Device::flex()).is_ok()
}
