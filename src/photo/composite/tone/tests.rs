//! Changes in photos of one tone, and in those that only seem to be.

use crate::photo::{Change, Original, Similarity, composite, open, write_jpeg};
use crate::picture::Picture;

/// Faces in colours.
fn faces() -> Vec<Picture> {
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/www/samples");
    let mut files: Vec<_> = std::fs::read_dir(samples).expect("samples").collect();
    if let Some(folder) = std::env::var_os("DIFFAE_REFERENCE") {
        let photos = std::path::Path::new(&folder).join("photos/synthetic-faces");
        files.extend(std::fs::read_dir(photos).expect("photos"));
    }
    let paths = files.into_iter().map(|file| file.expect("a file").path());
    let open = |path: std::path::PathBuf| open(&path).ok();
    let found: Vec<Picture> = paths.filter_map(open).collect();
    assert!(found.len() >= 5);
    found
}

/// Every colour replaced, and the result compressed as JPEG of this quality.
fn printed(photo: &Picture, quality: u8, tone: impl Fn([f64; 3]) -> [f64; 3]) -> Picture {
    let rgb: Vec<u8> = photo
        .rgb()
        .as_chunks()
        .0
        .iter()
        .flat_map(|&[r, g, b]| tone([r, g, b].map(f64::from)).map(|v| (v + 0.5) as u8))
        .collect();
    let toned = Picture::from_rgb(photo.width(), photo.height(), &rgb).expect("fits");
    let jpeg = write_jpeg(&toned, None, quality).expect("encodes");
    let decoded = Original::decode(&jpeg).expect("decodes");
    decoded.into_srgb()
}

fn light([r, g, b]: [f64; 3]) -> f64 {
    0.299 * r + 0.587 * g + 0.114 * b
}

fn grey(colour: [f64; 3]) -> [f64; 3] {
    [light(colour); 3]
}

/// The usual recipe of old prints.
fn sepia([r, g, b]: [f64; 3]) -> [f64; 3] {
    [
        0.393 * r + 0.769 * g + 0.189 * b,
        0.349 * r + 0.686 * g + 0.168 * b,
        0.272 * r + 0.534 * g + 0.131 * b,
    ]
}

/// Blue in the shadows, yellow in the lights.
fn split(colour: [f64; 3]) -> [f64; 3] {
    let light = light(colour);
    let t = light / 255.0;
    [
        light + 14.0 * t * (1.0 - t) * 4.0 * (t - 0.3),
        light,
        light + 40.0 * (1.0 - t) * t - 16.0 * t,
    ]
}

/// A change of brightness and, much more, of colour, in the middle of a photo.
fn recoloured(photo: &Picture) -> Picture {
    let side = f64::from(photo.width().min(photo.height()));
    let centre = [photo.width(), photo.height()].map(|side| f64::from(side) / 2.0);
    let size = [photo.width(), photo.height()];
    let square = |colour: fn(u8, u8) -> [u8; 3]| {
        let rgb: Vec<u8> = (0..64)
            .flat_map(|y| (0..64).flat_map(move |x| colour(x, y)))
            .collect();
        Picture::from_rgb(64, 64, &rgb).expect("fits")
    };
    let change = Change {
        photo_from_frame: Similarity::from_square(centre, side, 0.0, 64, size).expect("good"),
        before: &square(|x, y| [90 + x, 90 + y, 100]),
        after: &square(|x, y| [140 + x, 110 + y, 60]),
    };
    composite(photo, &change).expect("composites")
}

/// How far the change moves the photo's colours, beside their brightness, in the mean.
fn colour_moved(photo: &Picture, tone: impl Fn([f64; 3]) -> [f64; 3]) -> f64 {
    let edited = recoloured(photo);
    let middle = photo.width() as usize * 4 * (photo.height() as usize / 2);
    let pairs = photo.rgba()[middle..middle + 4 * photo.width() as usize]
        .as_chunks::<4>()
        .0
        .iter()
        .zip(edited.rgba()[middle..].as_chunks::<4>().0);
    let moved = pairs.map(|(old, new)| {
        let colour = |p: &[u8; 4]| [p[0], p[1], p[2]].map(f64::from);
        let offset = |colour: [f64; 3]| colour.map(|v| v - light(colour));
        let (old, new) = (colour(old), colour(new));
        // Where the tone would have led, from where it was.
        let expected = |colour: [f64; 3]| {
            let (mut low, mut high) = (0.0, 255.0);
            for _ in 0..20 {
                let middle = f64::midpoint(low, high);
                match light(tone([middle; 3]).map(|v| v.clamp(0.0, 255.0))) < light(colour) {
                    true => low = middle,
                    false => high = middle,
                }
            }
            offset(tone([low; 3]).map(|v| v.clamp(0.0, 255.0)))
        };
        let (from, to) = (expected(old), expected(new));
        (0..3)
            .map(|i| (offset(new)[i] - offset(old)[i] - (to[i] - from[i])).abs())
            .fold(0.0, f64::max)
    });
    moved.sum::<f64>() / f64::from(photo.width())
}

#[test]
fn grey_photos_stay_grey() {
    for face in faces() {
        let exact = {
            let rgb: Vec<u8> = face
                .rgb()
                .as_chunks()
                .0
                .iter()
                .flat_map(|&[_, g, _]: &[u8; 3]| [g; 3])
                .collect();
            Picture::from_rgb(face.width(), face.height(), &rgb).expect("fits")
        };
        let edited = recoloured(&exact);
        assert!(edited != exact);
        for [r, g, b, _] in edited.rgba().as_chunks().0 {
            assert!(r == g && g == b);
        }
        for quality in [30, 75, 92] {
            let moved = colour_moved(&printed(&face, quality, grey), grey);
            assert!(moved < 0.5, "at quality {quality}: {moved} levels");
        }
    }
}

#[test]
fn photos_of_one_tone_keep_it() {
    for face in faces() {
        for quality in [50, 75, 92] {
            let moved = colour_moved(&printed(&face, quality, sepia), sepia);
            assert!(moved < 4.0, "sepia at quality {quality}: {moved} levels");
            let moved = colour_moved(&printed(&face, quality, split), split);
            assert!(moved < 4.0, "split at quality {quality}: {moved} levels");
        }
    }
}

#[test]
fn photos_in_colours_take_the_colours_of_a_change() {
    for face in faces() {
        let pale = |colour: [f64; 3]| colour.map(|v| light(colour) + 0.5 * (v - light(colour)));
        for photo in [
            face.clone(),
            printed(&face, 75, |colour| colour),
            printed(&face, 92, pale),
        ] {
            assert!(colour_moved(&photo, grey) > 15.0);
        }
    }
}
