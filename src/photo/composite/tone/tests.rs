//! Changes in photos of one tone, and in those that only seem to be.

use crate::photo::{Change, Original, Similarity, composite, open, write_jpeg};
use crate::picture::Picture;

/// How much further from its tone a change may take a photo that keeps it, in levels: half of one is
/// what rounding can add, and between the brightnesses that a photo shows its tone is only guessed.
/// What compression put beside the tone is there before and after.
const LOST: f64 = 0.75;

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

/// The colours across the middle of a photo, where the change has its full strength.
fn middle(photo: &Picture) -> Vec<[f64; 3]> {
    let [width, height] = [photo.width(), photo.height()].map(|side| side as usize);
    let reach = 3 * width.min(height) / 8;
    let row = &photo.rgba().as_chunks::<4>().0[height / 2 * width..][..width];
    let pixels = row[width / 2 - reach..width / 2 + reach].iter();
    pixels
        .map(|&[r, g, b, _]| [r, g, b].map(f64::from))
        .collect()
}

/// How far colours are from a tone in the mean: the levels that a channel is off the nearest colour
/// of the tone. Going by brightness instead would tell nothing where channels are at their limit:
/// there, the colour changes much while the brightness hardly does.
fn off_tone(colours: &[[f64; 3]], tone: impl Fn([f64; 3]) -> [f64; 3]) -> f64 {
    let all: Vec<[f64; 3]> = (0..=4 * 255)
        .map(|level| tone([f64::from(level) / 4.0; 3]).map(|v| v.clamp(0.0, 255.0)))
        .collect();
    let apart =
        |a: &[f64; 3], b: &[f64; 3]| (0..3).map(|i| (a[i] - b[i]).abs()).fold(0.0, f64::max);
    let nearest = |colour| {
        let distances = all.iter().map(|of_tone| apart(colour, of_tone));
        distances.fold(f64::INFINITY, f64::min)
    };
    colours.iter().map(nearest).sum::<f64>() / colours.len() as f64
}

/// How much further from a tone the photo is once it is changed, in levels.
fn tone_lost(photo: &Picture, tone: impl Fn([f64; 3]) -> [f64; 3]) -> f64 {
    let [before, after] = [photo, &recoloured(photo)].map(middle);
    let brightness = |colours: &[[f64; 3]]| colours.iter().copied().map(light).sum::<f64>();
    let brighter = (brightness(&after) - brightness(&before)) / before.len() as f64;
    assert!(brighter > 5.0, "only {brighter} levels brighter");
    off_tone(&after, &tone) - off_tone(&before, &tone)
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
            let lost = tone_lost(&printed(&face, quality, grey), grey);
            assert!(lost < LOST, "at quality {quality}: {lost} levels");
        }
    }
}

#[test]
fn photos_of_one_tone_keep_it() {
    for face in faces() {
        for quality in [50, 75, 92] {
            let lost = tone_lost(&printed(&face, quality, sepia), sepia);
            assert!(lost < LOST, "sepia at quality {quality}: {lost} levels");
            let lost = tone_lost(&printed(&face, quality, split), split);
            assert!(lost < LOST, "split at quality {quality}: {lost} levels");
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
            assert!(tone_lost(&photo, grey) > 15.0);
        }
    }
}
