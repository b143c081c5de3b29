//! An edit laid over a photo: places, sizes and pixels are whatever the bytes say, as a page may ask for them.

use diffae::Picture;
use diffae::config::Framing;
use diffae::photo::{
    Change, Description, Eyes, Numbers, Original, Similarity, frame, outside, prepare,
};

use super::{MIB, Target};

pub const TARGET: Target = Target {
    name: "composite",
    run,
    most: |_| 64 * MIB,
};

/// Longest side of the photo, and of the square, in pixels.
const SIDE: u8 = 32;

fn run(bytes: &[u8]) -> bool {
    let mut rest = Rest(bytes);
    let [width, height, side, kind] = rest.take();
    let [width, height, side] = [width, height, side].map(|side| u32::from(side % SIDE) + 1);
    let numbers = [0; 9].map(|_: u8| f64::from_le_bytes(rest.take()));
    let [a, b, c, d, e, f, g, h, i] = numbers;
    let photo_from_frame = match kind % 4 {
        0 => Similarity::from_square([a, b], c, d, side, [width, height]),
        1 => Ok(Similarity {
            scale: a,
            rotation: b,
            translation: [c, d],
        }),
        _ => Similarity::from_eyes(
            &Eyes::upright([a, b], [c, d]),
            &Framing {
                eye_midpoint: [e, f],
                eye_distance: g,
            },
            side,
            [width, height],
        ),
    };
    let Ok(photo_from_frame) = photo_from_frame else {
        return false;
    };
    let mut picture = |width: u32, height: u32| {
        let bytes = (0..4 * width * height).map(|at| rest.one().wrapping_add(at as u8));
        Picture::new(width, height, bytes.collect()).expect("as many as it takes")
    };
    let [photo, before, after] =
        [(width, height), (side, side), (side, side)].map(|(width, height)| picture(width, height));
    let _ = frame(&photo, &photo_from_frame, side);
    let _ = prepare(&photo, side);
    let change = Change {
        photo_from_frame,
        before: &before,
        after: &after,
    };
    // A conversion of colours takes longer than all of the rest.
    let numbers = match (kind / 4, h.to_bits() & 0xff, i.is_nan()) {
        (63, 0, _) => Numbers::DisplayP3,
        _ => Numbers::Srgb,
    };
    let photo = Original::decoded(photo, Description::of(&[]), numbers);
    let Ok(edited) = photo.composite(&change) else {
        return false;
    };
    let told = outside(photo.picture(), edited.picture(), &photo_from_frame, side);
    assert_eq!(told.changed, 0);
    true
}

/// Bytes, and zeros after them.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn one(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    fn take<const N: usize>(&mut self) -> [u8; N] {
        [0; N].map(|_| self.one())
    }
}
