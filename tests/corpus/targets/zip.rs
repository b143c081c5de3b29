//! A zip of pictures, as training and evaluation read it.

use std::io::Write;
use std::path::PathBuf;

use diffae::pictures::PictureSet;

use super::{MIB, Target};

pub const TARGET: Target = Target {
    name: "zip",
    run,
    // A member is a picture file of 64 MiB at most, and the attribute file of 32.
    most: |length| 96 * MIB + 64 * length,
};

/// Pictures that are read of each.
const READ: usize = 4;

fn run(bytes: &[u8]) {
    // The reader opens files by name.
    let path = PathBuf::from(format!("{}/diffae-{}.zip", folder(), std::process::id()));
    let written = std::fs::File::create(&path).and_then(|mut file| file.write_all(bytes));
    written.expect("a folder for a file");
    if let Ok(mut set) = PictureSet::open(std::slice::from_ref(&path), None) {
        let _ = set.check_labelled();
        let _ = set.digest();
        for index in 0..set.len().min(READ) {
            let _ = set.read(index);
        }
    }
    let _ = std::fs::remove_file(path);
}

/// In memory where the system has such a place.
fn folder() -> &'static str {
    match std::path::Path::new("/dev/shm").is_dir() {
        true => "/dev/shm",
        false => "/tmp",
    }
}
