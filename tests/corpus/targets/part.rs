//! A model's part, a safetensors file: every tensor of it read.

use diffae::weights::{Layout, PartReader};

use super::{MIB, Target};

pub const TARGET: Target = Target {
    name: "part",
    run,
    most: |length| MIB + 64 * length,
};

/// Tensors that are read; a file can name one place very often.
const READ: usize = 64;

fn run(bytes: &[u8]) -> bool {
    let Ok(reader) = PartReader::open("part", bytes) else {
        return false;
    };
    let _ = reader.note("format");
    let _ = reader.check(&Layout::default(), "none");
    let mut read = true;
    for name in reader.names().iter().take(READ) {
        let Ok(array) = reader.read(name) else {
            read = false;
            continue;
        };
        let values = array.into_f32();
        assert!(values.iter().all(|value| value.is_finite()), "{name}");
    }
    read
}
