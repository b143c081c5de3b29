//! The pickle within a checkpoint. Its container has a checksum, past which no fuzzer comes: it is put around the bytes here.

use super::{MIB, Target, checkpoint};

pub const TARGET: Target = Target {
    name: "pickle",
    run,
    most: |length| (4 * MIB + 64 * length).min(96 * MIB),
};

/// The one storage beside it.
const STORAGE: [u8; 64] = [0x3f; 64];

fn run(bytes: &[u8]) -> bool {
    checkpoint::run(&stored(&[
        ("archive/data.pkl", bytes),
        ("archive/data/0", &STORAGE),
    ]))
}

/// A zip of members that are stored as they are.
pub fn stored(members: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in members {
        let size = (bytes.len() as u32).to_le_bytes();
        let mut described = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
        described.extend(crc32fast::hash(bytes).to_le_bytes());
        described.extend([size, size].concat());
        described.extend((name.len() as u16).to_le_bytes());
        described.extend([0, 0]);
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&described);
        directory.extend([0; 10]);
        directory.extend((file.len() as u32).to_le_bytes());
        directory.extend(name.as_bytes());
        file.extend(b"PK\x03\x04");
        file.extend(&described);
        file.extend(name.as_bytes());
        file.extend(*bytes);
    }
    let count = (members.len() as u16).to_le_bytes();
    let at = file.len() as u32;
    let length = directory.len() as u32;
    file.extend(directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend([count, count].concat());
    file.extend(length.to_le_bytes());
    file.extend(at.to_le_bytes());
    file.extend([0, 0]);
    file
}
