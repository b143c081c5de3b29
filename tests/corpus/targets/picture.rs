//! A picture file of any kind: decoded as the tool does it, shown, and written again with what it says beside its pixels.

use diffae::photo::{Original, write_jpeg, write_png};

use super::{MIB, Target};

pub const TARGET: Target = Target {
    name: "picture",
    run,
    // Two decodes of 16-bit samples side by side, the tables of a profile, and what decoders take for themselves.
    most: |length| 24 * MIB + 16 * length,
};

/// So that a try takes no longer than the files are small.
const MAX_PIXELS: u64 = 1 << 16;

fn run(bytes: &[u8]) -> bool {
    let Ok(photo) = Original::decode_within(bytes, MAX_PIXELS) else {
        return false;
    };
    let shown = photo.srgb();
    assert_eq!(shown.rgba().len(), photo.picture().rgba().len());
    let png = write_png(photo.picture(), photo.beside()).expect("any picture can be a PNG file");
    let again = Original::decode(&png).expect("what was written can be read");
    assert!(again.picture() == photo.picture());
    let _ = write_jpeg(photo.picture(), photo.beside(), 90);
    true
}
