//! EXIF data alone, as cameras put it into photos: read, and what goes on of it written into new files and read again.

use diffae::Picture;
use diffae::photo::{Beside, Metadata, Original, write_jpeg, write_png};

use super::{MIB, Target};

pub const TARGET: Target = Target {
    name: "metadata",
    run,
    most: |length| MIB + 64 * length,
};

fn run(bytes: &[u8]) -> bool {
    let metadata = Metadata::of(bytes);
    let beside = Beside {
        metadata: Some(&metadata),
        place: true,
        ..Beside::default()
    };
    let picture = Picture::new(1, 1, vec![10, 20, 30, 255]).expect("fits");
    let png = write_png(&picture, beside).expect("anything that is kept can be written");
    write_jpeg(&picture, beside, 90).expect("anything that is kept can be written");
    let again = Original::decode(&png).expect("what was written can be read");
    assert_eq!(again.metadata().has_place(), metadata.has_place());
    assert_eq!(again.metadata().is_empty(), metadata.is_empty());
    !metadata.is_empty()
}
