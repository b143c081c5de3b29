//! An official checkpoint in any of its containers, read through the window that the page reads it through, and compared with
//! the published configurations.

use diffae::import::window::Windowed;
use diffae::import::{Checkpoint, OfficialTensors, guess};

use super::{MIB, Target};

pub const TARGET: Target = Target {
    name: "checkpoint",
    run,
    most: |length| (4 * MIB + 64 * length).min(96 * MIB),
};

/// Tensors that are read; a file can name one place very often.
const READ: usize = 64;

pub(super) fn run(bytes: &[u8]) -> bool {
    let Ok(checkpoint) = Checkpoint::open(Windowed::new(bytes)) else {
        return false;
    };
    let _ = (checkpoint.kind(), checkpoint.is_of_training());
    let mut tensors = OfficialTensors::new(vec![checkpoint]);
    let names: Vec<String> = tensors.entries().map(|(name, _)| name.to_owned()).collect();
    let mut read = !names.is_empty();
    for name in names.iter().take(READ) {
        let Ok((shape, values)) = tensors.read(name) else {
            read = false;
            continue;
        };
        assert_eq!(shape.iter().product::<usize>(), values.len(), "{name}");
    }
    // Walks through every published network; once it is known to be read, for a few files is enough.
    if names.iter().any(|name| name == "classifier.weight") {
        let _ = guess::presets(&tensors, &names);
    }
    read
}
