//! What a picture file says beside its pixels, on the page's way: profile, EXIF data and XMP of a file whose pixels a browser
//! decodes, and the same written into new files.

use diffae::Picture;
use diffae::photo::{Beside, Description, Numbers, Original, write_jpeg, write_png};

use super::{MIB, Target};

pub const TARGET: Target = Target {
    name: "beside",
    run,
    // A profile of 8 MiB, unpacked, with its tables.
    most: |length| 24 * MIB + 16 * length,
};

fn run(bytes: &[u8]) -> bool {
    let description = Description::of(bytes);
    let mut end = 0;
    for (at, _) in description.colourless() {
        assert!(end <= at.start && at.start <= at.end && at.end <= bytes.len());
        end = at.end;
    }
    let picture = Picture::new(2, 1, vec![10, 20, 30, 255, 200, 100, 0, 255]).expect("fits");
    let photo = Original::decoded(picture, description, Numbers::File);
    let beside = Beside {
        place: true,
        ..photo.beside()
    };
    let png = write_png(photo.picture(), beside).expect("anything that is kept can be written");
    // A profile takes longer than all of the rest.
    if photo.metadata().has_place() {
        let again = Description::of(&png);
        let again = Original::decoded(photo.picture().clone(), again, Numbers::File);
        assert!(again.metadata().has_place());
    }
    write_jpeg(photo.picture(), beside, 90).expect("anything that is kept can be written");
    true
}
