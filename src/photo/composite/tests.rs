//! An edit in the photo: nothing else changes, and what changes has the right sign, place and
//! sharpness.

use super::{Edited, Srgb};
use crate::photo::{Change, Compared, Rows, Similarity, composite, frame, outside};
use crate::picture::Picture;

const SIDE: u32 = 64;

/// A picture from the colour at each pixel's centre.
fn picture(width: u32, height: u32, colour: impl Fn(f64, f64) -> [f64; 3]) -> Picture {
    let rgb: Vec<u8> = (0..height)
        .flat_map(|y| (0..width).map(move |x| (x, y)))
        .flat_map(|(x, y)| colour(f64::from(x) + 0.5, f64::from(y) + 0.5).map(|v| (v + 0.5) as u8))
        .collect();
    Picture::from_rgb(width, height, &rgb).expect("fits")
}

fn flat(grey: u8) -> Picture {
    picture(SIDE, SIDE, |_, _| [f64::from(grey); 3])
}

/// Random colours and random alpha.
fn noise(width: u32, height: u32) -> Picture {
    let mut state = 1u64;
    let rgba = (0..width * height * 4)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 56) as u8
        })
        .collect();
    Picture::new(width, height, rgba).expect("fits")
}

fn place(centre: [f64; 2], size: f64, turn: f64, photo: &Picture) -> Similarity {
    let size_of_photo = [photo.width(), photo.height()];
    Similarity::from_square(centre, size, turn, SIDE, size_of_photo).expect("good square")
}

fn change<'a>(place: &Similarity, before: &'a Picture, after: &'a Picture) -> Change<'a> {
    Change {
        photo_from_frame: *place,
        before,
        after,
    }
}

/// The pixel that shows a position in the model's square.
fn pixel(photo: &Picture, place: &Similarity, at: [f64; 2]) -> [i32; 4] {
    let [x, y] = place.apply(at).map(|v| v.floor() as usize);
    let start = (y * photo.width() as usize + x) * 4;
    std::array::from_fn(|i| i32::from(photo.rgba()[start + i]))
}

#[test]
fn rows_are_those_of_the_whole_picture() {
    let photo = noise(90, 70);
    let wavy = picture(SIDE, SIDE, |x, y| [x * 3.0, y * 3.0, (x * y) % 255.0]);
    let place = place([50.0, 30.0], 48.0, 0.3, &photo);
    let even = flat(90);
    let change = change(&place, &wavy, &even);
    let whole = composite(&photo, &change).expect("composes");
    let edited = Edited::new(&Srgb, &photo, &change).expect("composes");
    let compared = Compared::new(&edited, &photo, &place, SIDE);
    let mut rgba = Vec::new();
    let mut room = Vec::new();
    for y in 0..compared.height() {
        rgba.extend_from_slice(compared.row(y, &mut room));
        // Writers may ask again.
        assert_eq!(compared.row(y, &mut room), whole.row(y));
    }
    assert_eq!(rgba, whole.rgba());
    assert!(edited.is_changed());
    assert!(!edited.is_opaque());
    assert_eq!(compared.found(), outside(&photo, &whole, &place, SIDE));
    assert!(compared.row(70, &mut room).is_empty());

    let other = photo.mirrored();
    let seen = Compared::new(&whole, &other, &place, SIDE);
    (0..70).for_each(|y| assert_eq!(seen.row(y, &mut room).len(), 360));
    assert_eq!(seen.found(), outside(&other, &whole, &place, SIDE));
    assert!(seen.found().changed > 1000);
}

#[test]
fn a_change_of_nothing_is_none() {
    let photo = noise(90, 70);
    let place = place([50.0, 30.0], 48.0, 0.3, &photo);
    for (after, changed) in [(100, false), (101, false), (140, true)] {
        let (before, after) = (flat(100), flat(after));
        let change = change(&place, &before, &after);
        let edited = Edited::new(&Srgb, &photo, &change).expect("composes");
        assert_eq!(edited.is_changed(), changed);
        assert_eq!(
            composite(&photo, &change).expect("composes") != photo,
            changed
        );
    }
}

#[test]
fn no_edit_changes_no_byte_of_twelve_megapixels() {
    let photo = noise(4000, 3000);
    let wavy = picture(SIDE, SIDE, |x, y| [x * 3.0, y * 3.0, (x * y) % 255.0]);
    let place = place([1800.0, 1400.0], 1900.0, 0.3, &photo);
    let same = composite(&photo, &change(&place, &wavy, &wavy)).expect("composites");
    assert!(same == photo);
    // The one copy has no spare room either.
    assert_eq!(same.into_rgba().capacity(), 4000 * 3000 * 4);
}

#[test]
fn an_edit_leaves_everything_outside_its_square_alone() {
    let photo = noise(4000, 3000);
    let before = picture(SIDE, SIDE, |x, y| [x * 3.0, y * 3.0, 128.0]);
    let after = picture(SIDE, SIDE, |x, y| [255.0 - x * 3.0, 128.0, y * 2.0]);
    // Inside the photo, and across its border.
    for centre in [[1800.0, 1400.0], [3900.0, 200.0]] {
        let place = place(centre, 1700.0, 0.5, &photo);
        let edited = composite(&photo, &change(&place, &before, &after)).expect("composites");
        let frame_from_photo = place.inverse();
        let mut changed = 0;
        let pairs = photo
            .rgba()
            .chunks_exact(4)
            .zip(edited.rgba().chunks_exact(4));
        for (i, (old, new)) in pairs.enumerate() {
            if old != new {
                let (x, y) = (i as f64 % 4000.0, (i / 4000) as f64);
                let at = frame_from_photo.apply([x + 0.5, y + 0.5]);
                assert!(at.iter().all(|v| (0.0..=64.0).contains(v)), "{at:?}");
                assert_eq!(old[3], new[3], "alpha at ({x}, {y})");
                assert_ne!(old[3], 0, "what cannot be seen is left alone");
                changed += 1;
            }
        }
        assert!(changed > 300_000, "{changed} pixels changed");
    }
}

#[test]
fn a_flat_difference_arrives_with_its_sign_and_size() {
    for (size, turn) in [(700.0, 0.0), (300.0, 0.8), (64.0, -2.5), (20.0, 0.4)] {
        let photo = picture(900, 800, |x, y| [60.0 + x / 9.0, 60.0 + y / 8.0, 100.0]);
        let place = place([440.0, 390.0], size, turn, &photo);
        for (before, after) in [(100, 120), (130, 105)] {
            let wanted = after - before;
            let edited = composite(
                &photo,
                &change(&place, &flat(before as u8), &flat(after as u8)),
            )
            .expect("composites");
            for at in [[32.0, 32.0], [10.0, 12.0], [50.0, 20.0], [20.0, 54.0]] {
                let (old, new) = (pixel(&photo, &place, at), pixel(&edited, &place, at));
                for c in 0..3 {
                    let found = new[c] - old[c];
                    assert!((found - wanted).abs() <= 1, "{size} {turn} {at:?}: {found}");
                }
            }
            // Soft towards the edge: half of it in the middle of the seam.
            let found = pixel(&edited, &place, [32.0, 0.06 * 64.0])[2] - 100;
            let tolerance = if size < 100.0 { 10 } else { 2 };
            assert!(
                (found - wanted / 2).abs() <= tolerance,
                "{size}: {found} at the seam"
            );
        }
    }
}

#[test]
fn a_spot_lands_where_the_square_was_cut_out() {
    let photo = picture(600, 500, |x, y| [80.0 + x / 8.0, 120.0, 40.0 + y / 8.0]);
    let place = place([300.0, 240.0], 380.0, 0.6, &photo);
    let spot = |x: f64, y: f64| 60.0 * (-((x - 41.0).powi(2) + (y - 25.0).powi(2)) / 18.0).exp();
    let after = picture(SIDE, SIDE, |x, y| [100.0 + spot(x, y), 100.0, 100.0]);
    let edited = composite(&photo, &change(&place, &flat(100), &after)).expect("composites");
    let mut sums = [0.0; 3];
    for (i, (old, new)) in photo
        .rgba()
        .chunks_exact(4)
        .zip(edited.rgba().chunks_exact(4))
        .enumerate()
    {
        let weight = f64::from(new[0]) - f64::from(old[0]);
        let (x, y) = ((i % 600) as f64 + 0.5, (i / 600) as f64 + 0.5);
        sums = [sums[0] + weight * x, sums[1] + weight * y, sums[2] + weight];
        assert_eq!(old[1..], new[1..], "other channels at ({x}, {y})");
    }
    let [x, y] = place.apply([41.0, 25.0]);
    let apart = (sums[0] / sums[2] - x).hypot(sums[1] / sums[2] - y);
    assert!(apart < 0.5, "{apart} pixels apart");
    // Cut out again, the photo shows the edit.
    let [cut, cut_edited] =
        [&photo, &edited].map(|photo| frame(photo, &place, SIDE).expect("frames"));
    for at in [[41.5, 25.5], [37.5, 25.5], [41.5, 30.5]] {
        let at = ((at[1] as usize) * 64 + at[0] as usize) * 4;
        let found = i32::from(cut_edited.rgba()[at]) - i32::from(cut.rgba()[at]);
        let wanted = i32::from(after.rgba()[at]) - 100;
        assert!((found - wanted).abs() <= 4, "{found} against {wanted}");
    }
}

#[test]
fn what_moves_keeps_its_sharpness() {
    // A dark disc grows by a pixel and a half of the model, eight pixels of the photo each.
    let disc = |radius: f64, soft: f64| {
        move |x: f64, y: f64| {
            let outside = ((x - 32.0).hypot(y - 32.0) - radius) / soft;
            [60.0 + 140.0 * (outside + 0.5).clamp(0.0, 1.0); 3]
        }
    };
    let (before, after) = (
        picture(SIDE, SIDE, disc(14.0, 1.5)),
        picture(SIDE, SIDE, disc(15.5, 1.5)),
    );
    // The photo's own edge is four times as sharp as the model can draw it.
    let photo = picture(512, 512, |x, y| disc(14.0, 0.375)(x / 8.0, y / 8.0));
    for turn in [0.0, 1.2] {
        let place = place([256.0, 256.0], 512.0, turn, &photo);
        let edited = composite(&photo, &change(&place, &before, &after)).expect("composites");
        let row = |photo: &Picture| -> Vec<i32> {
            (256..440)
                .map(|x| pixel(photo, &place, [f64::from(x) / 8.0 + 0.01, 32.0])[0])
                .collect()
        };
        let crossing = |row: &[i32]| row.iter().position(|v| *v >= 130).expect("crosses") as f64;
        let steepest = |row: &[i32]| row.windows(4).map(|w| w[3] - w[0]).max().expect("pixels");
        let (old, new) = (row(&photo), row(&edited));
        let travelled = (crossing(&new) - crossing(&old)) / 8.0;
        assert!((1.1..=1.9).contains(&travelled), "moved by {travelled}");
        assert!(
            steepest(&new) * 10 >= steepest(&old) * 7,
            "{} against {}",
            steepest(&new),
            steepest(&old)
        );
        // No second outline: brightness only rises outwards, but for ringing.
        let falls = new.windows(2).map(|w| w[0] - w[1]).max().expect("pixels");
        assert!(falls <= 12, "falls by {falls}");
    }
}

#[test]
fn changes_without_sense_are_named() {
    let photo = picture(100, 80, |_, _| [50.0; 3]);
    let place = place([50.0, 40.0], 60.0, 0.0, &photo);
    let oblong = picture(SIDE, 32, |_, _| [0.0; 3]);
    let small = picture(32, 32, |_, _| [0.0; 3]);
    let says = |change: &Change<'_>| composite(&photo, change).expect_err("refused").to_string();
    for other in [&oblong, &small] {
        let message = says(&change(&place, &flat(9), other));
        assert!(message.contains("64 x 64 before"), "{message}");
    }
    let message = says(&change(&place, &oblong, &oblong));
    assert!(message.contains("64 x 32"), "{message}");
    let nowhere = Similarity {
        translation: [f64::NAN, 0.0],
        ..place
    };
    let message = says(&change(&nowhere, &flat(9), &flat(10)));
    assert!(message.contains("finite"), "{message}");
    // A photo of one pixel, and models smaller and larger than the bundled one.
    let dot = picture(1, 1, |_, _| [50.0; 3]);
    for side in [1, 7, 32, 100, 256] {
        let place = Similarity::from_square([0.5, 0.5], 40.0, 0.3, side, [1, 1]).expect("square");
        let [before, after] = [10.0, 40.0].map(|grey| picture(side, side, |_, _| [grey; 3]));
        let edited = composite(&dot, &change(&place, &before, &after)).expect("composites");
        assert_eq!(edited.rgba(), [80, 80, 80, 255], "side {side}");
    }
}

#[test]
fn a_pixel_that_changed_beyond_the_square_is_counted_and_none_within() {
    let photo = noise(200, 150);
    let place = place([100.0, 75.0], 60.0, 0.4, &photo);
    let [before, after] = [flat(90), flat(170)];
    let edited = composite(&photo, &change(&place, &before, &after)).expect("composites");
    let found = outside(&photo, &edited, &place, SIDE);
    assert_eq!(found.changed, 0);
    assert!(
        found.compared.abs_diff(200 * 150 - 60 * 60) < 60,
        "{found:?}"
    );
    // One of alpha in a corner, one of colour just beyond the square's.
    let [x, y] = place.apply([-0.8, f64::from(SIDE) + 0.8]);
    let mut touched = edited.rgba().to_vec();
    touched[3] ^= 1;
    touched[(y as usize * 200 + x as usize) * 4] ^= 1;
    let touched = Picture::new(200, 150, touched).expect("fits");
    assert_eq!(outside(&photo, &touched, &place, SIDE).changed, 2);
}
