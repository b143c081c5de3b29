//! A zip of pictures, as training and evaluation read it.

use std::io::Write;
use std::path::Path;

use diffae::pictures::PictureSet;

use super::{MIB, Target};

pub const TARGET: Target = Target {
    name: "zip",
    run,
    // A member is a picture file of 64 MiB at most, and the attribute file of 64.
    most: |length| 96 * MIB + 64 * length,
};

/// Pictures that are read of each.
const READ: usize = 4;

fn run(bytes: &[u8]) -> bool {
    // The reader opens files by name, in memory where the system has such a place.
    let folder = match Path::new("/dev/shm") {
        memory if memory.is_dir() => memory.to_owned(),
        _ => std::env::temp_dir(),
    };
    let mut file = tempfile::Builder::new()
        .suffix(".zip")
        .tempfile_in(folder)
        .expect("a folder for a file");
    file.write_all(bytes).expect("room for a file");
    let Ok(mut set) = PictureSet::open(&[file.path().to_owned()], None) else {
        return false;
    };
    let _ = set.check_labelled();
    let _ = set.digest();
    (0..set.len().min(READ)).all(|index| set.read(index).is_ok())
}
