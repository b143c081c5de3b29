//! Finding faces: against an independent run of the same network, against eyes placed by hand in
//! pictures turned, mirrored, shrunk and cut, and on what is no face at all.
//!
//! Five pictures lie in `www/samples`; where `DIFFAE_REFERENCE` names a folder with `photos/`, the
//! originals of these and the other synthetic faces are looked at instead.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

#[path = "faces/portraits.rs"]
mod portraits;
#[path = "faces/scene.rs"]
mod scene;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use diffae::Picture;
use diffae::face::{Detector, Face, FaceError};
use diffae::photo::{self, Similarity};
use pollster::block_on;
use portraits::{
    Portrait, detector, distance, find, middle, portraits, project, reference_photos, weights,
};
use scene::{Canvas, about, mirrored};

/// Score and points (corners of the box, six keypoints) of one detection.
#[derive(serde::Deserialize)]
struct Reference {
    score: f32,
    points: Vec<[f64; 2]>,
}

/// How far found eyes are from the right ones.
struct Miss {
    /// The midpoint, in eye distances.
    midpoint: f64,
    /// The turn of the eye line in degrees.
    turn: f64,
    /// The eye distance, as the factor by which it is wrong.
    scale: f64,
}

/// Checks the first face found in each scene of one condition: the midpoint within 5 % of the eye
/// distance in the median and 8 % at worst, the right way up.
fn check(detector: &Detector, condition: &str, scenes: &[(String, Picture, [[f64; 2]; 2])]) {
    let mut misses = Vec::new();
    for (name, picture, eyes) in scenes {
        let faces = find(detector, picture);
        let Some(face) = faces.first() else {
            panic!("{condition}: no face in {name}");
        };
        let found = [face.eyes.left, face.eyes.right];
        let line = |[a, b]: [[f64; 2]; 2]| (b[1] - a[1]).atan2(b[0] - a[0]).to_degrees();
        let turn = (line(found) - line(*eyes) + 540.0).rem_euclid(360.0) - 180.0;
        let apart = distance(eyes[0], eyes[1]);
        misses.push(Miss {
            midpoint: distance(middle(found), middle(*eyes)) / apart,
            turn,
            scale: distance(found[0], found[1]) / apart,
        });
        let miss = &misses[misses.len() - 1];
        println!(
            "{condition:>24} {name:>10}: {:.3} of the eye distance, {:+5.1} degrees, scale {:.3}, score {:.2}, {} found",
            miss.midpoint,
            miss.turn,
            miss.scale,
            face.score,
            faces.len()
        );
        assert_eq!(faces.len(), 1, "{condition}: {name}: {faces:?}");
    }
    let mut midpoints: Vec<f64> = misses.iter().map(|miss| miss.midpoint).collect();
    midpoints.sort_by(f64::total_cmp);
    let (median, worst) = (
        midpoints[midpoints.len() / 2],
        midpoints[midpoints.len() - 1],
    );
    let turn = misses
        .iter()
        .fold(0.0, |most, miss| f64::max(most, miss.turn.abs()));
    let scale = misses
        .iter()
        .fold(0.0, |most, miss| f64::max(most, miss.scale.ln().abs()));
    println!(
        "{condition}: {} scenes, midpoint {:.1} % in the median, {:.1} % at worst; turn {turn:.1} degrees, scale {:.1} % at worst",
        misses.len(),
        100.0 * median,
        100.0 * worst,
        100.0 * scale
    );
    assert!(
        median <= 0.05 && worst <= 0.08,
        "{condition}: {midpoints:.3?}"
    );
    assert!(turn < 10.0 && scale < 0.15, "{condition}");
}

/// The portraits moved onto canvases by `place`.
fn scenes(
    portraits: &[Portrait],
    canvas: &Canvas,
    place: impl Fn(&Portrait) -> Similarity,
) -> Vec<(String, Picture, [[f64; 2]; 2])> {
    portraits
        .iter()
        .map(|portrait| {
            let place = place(portrait);
            let mut canvas = canvas.clone();
            canvas.paste(&portrait.picture, &place);
            (
                portrait.name.clone(),
                canvas.picture(),
                portrait.eyes.map(|eye| place.apply(eye)),
            )
        })
        .collect()
}

#[test]
fn a_glance_agrees_with_an_independent_run_of_the_network() {
    let reference: BTreeMap<String, Vec<Reference>> =
        serde_json::from_slice(&std::fs::read(project("tests/faces/reference.json")).unwrap())
            .unwrap();
    let detector = detector();
    let (mut seen, mut furthest, mut score) = (0, 0.0_f64, 0.0_f32);
    for (name, expected) in reference {
        let places = [
            Some(project("www/samples").join(&name)),
            reference_photos().map(|photos| photos.join(&name)),
            reference_photos().map(|photos| photos.join("synthetic-faces").join(&name)),
        ];
        let Some(file) = places.into_iter().flatten().find(|file| file.exists()) else {
            continue;
        };
        let picture = photo::open(&file).unwrap();
        let found = block_on(detector.glance(&picture)).unwrap();
        assert_eq!(found.len(), expected.len(), "{name}");
        // Photo pixels to one pixel of the network's input.
        let pixel = f64::from(picture.width().max(picture.height())) / 192.0;
        for (found, expected) in found.iter().zip(&expected) {
            let [left, top, right, low] = found.edges;
            let points = [[left, top], [right, low]]
                .into_iter()
                .chain(found.keypoints);
            for (ours, theirs) in points.zip(&expected.points) {
                let apart = (ours[0] - theirs[0]).abs().max((ours[1] - theirs[1]).abs()) / pixel;
                assert!(apart < 0.5, "{name}: {ours:?} against {theirs:?}");
                furthest = furthest.max(apart);
            }
            score = score.max((found.score - expected.score).abs());
        }
        seen += 1;
    }
    println!("{seen} pictures: at most {furthest:.3} input pixels and {score:.4} in score apart");
    assert!(seen >= 5 && score < 0.02);
}

#[test]
fn eyes_are_where_a_person_places_them() {
    let (detector, portraits) = (detector(), portraits());
    let as_they_are: Vec<_> = portraits
        .iter()
        .map(|p| (p.name.clone(), p.picture.clone(), p.eyes))
        .collect();
    check(&detector, "as they are", &as_they_are);
    let flipped: Vec<_> = portraits
        .iter()
        .map(|p| {
            let width = f64::from(p.picture.width());
            let [left, right] = p.eyes.map(|[x, y]| [width - x, y]);
            (p.name.clone(), mirrored(&p.picture), [right, left])
        })
        .collect();
    check(&detector, "mirrored", &flipped);
}

#[test]
fn turned_faces_are_found_the_right_way_up() {
    let (detector, portraits) = (detector(), portraits());
    for degrees in [30.0, -30.0, 90.0, 180.0, 270.0_f64] {
        // As large as the largest turned picture.
        let canvas = Canvas::plain(700, 700);
        let turned = scenes(&portraits, &canvas, |p| {
            let size = [p.picture.width(), p.picture.height()].map(f64::from);
            about(
                size.map(|side| side / 2.0),
                [350.0; 2],
                1.0,
                degrees.to_radians(),
            )
        });
        check(&detector, &format!("turned by {degrees}"), &turned);
    }
}

#[test]
fn small_faces_are_found() {
    let (detector, portraits) = (detector(), portraits());
    for (width, height) in [(1600, 1200), (1200, 1800), (2560, 1080)] {
        for canvas in [Canvas::plain(width, height), Canvas::busy(width, height)] {
            let small = scenes(&portraits, &canvas, |p| {
                // A face is about 2.4 eye distances high from the eyebrows to the chin.
                let apart = distance(p.eyes[0], p.eyes[1]);
                let scale = 0.1 * f64::from(width.min(height)) / (2.4 * apart);
                let spot = scene::spot(&p.name, [width, height].map(f64::from));
                about(middle(p.eyes), spot, scale, 0.0)
            });
            let condition = format!("a tenth of {width} x {height}");
            check(&detector, &condition, &small);
        }
    }
}

#[test]
fn faces_at_the_border_are_found() {
    let (detector, portraits) = (detector(), portraits());
    // Where the middle between the eyes is, in eye distances from the border or the middle.
    for (side, x, y) in [
        ("left", -1.1, 0.0),
        ("right", 1.1, 0.0),
        ("upper", 0.0, -0.7),
        ("lower", 0.0, 1.4),
    ] {
        let canvas = Canvas::plain(640, 480);
        let cut = scenes(&portraits, &canvas, |p| {
            let apart = distance(p.eyes[0], p.eyes[1]);
            let scale = 60.0 / apart;
            let place = |border: f64, size: f64| match border {
                b if b < 0.0 => -b * 60.0,
                b if b > 0.0 => size - b * 60.0,
                _ => size / 2.0,
            };
            about(
                middle(p.eyes),
                [place(x, 640.0), place(y, 480.0)],
                scale,
                0.0,
            )
        });
        check(&detector, &format!("at the {side} border"), &cut);
    }
}

#[test]
fn a_face_that_is_half_outside_does_no_harm() {
    let (detector, portraits) = (detector(), portraits());
    let canvas = Canvas::plain(640, 480);
    let half = scenes(&portraits, &canvas, |p| {
        about(middle(p.eyes), [0.0, 240.0], 1.0, 0.0)
    });
    let mut found = 0;
    for (name, picture, eyes) in &half {
        let faces = find(&detector, picture);
        assert!(faces.len() <= 1, "{name}: {faces:?}");
        for face in faces {
            found += 1;
            let miss = distance(middle([face.eyes.left, face.eyes.right]), middle(*eyes));
            assert!(miss < 0.5 * distance(eyes[0], eyes[1]), "{name}: {face:?}");
        }
    }
    println!("half outside: {found} of {} found", half.len());
}

#[test]
fn twenty_faces_are_found_in_bounded_time() {
    let (detector, portraits) = (detector(), portraits());
    let mut canvas = Canvas::plain(2000, 1600);
    let mut eyes = Vec::new();
    for i in 0..20 {
        let portrait = &portraits[i % portraits.len()];
        let apart = distance(portrait.eyes[0], portrait.eyes[1]);
        let spot = [
            200.0 + 400.0 * (i % 5) as f64,
            190.0 + 400.0 * (i / 5) as f64,
        ];
        let place = about(middle(portrait.eyes), spot, 80.0 / apart, 0.0);
        // The astronaut's picture is larger than a face's share of the canvas.
        canvas.paste_around(&portrait.picture, &place, spot, 195.0);
        eyes.push(portrait.eyes.map(|eye| place.apply(eye)));
    }
    let started = Instant::now();
    let faces = find(&detector, &canvas.picture());
    println!("{} faces in {:?}", faces.len(), started.elapsed());
    let hit = |eyes: &[[f64; 2]; 2]| {
        faces.iter().any(|face| {
            let found = middle([face.eyes.left, face.eyes.right]);
            distance(found, middle(*eyes)) < 0.08 * distance(eyes[0], eyes[1])
        })
    };
    assert_eq!(eyes.iter().filter(|eyes| hit(eyes)).count(), 20);
    assert_eq!(faces.len(), 20);
    assert!(started.elapsed() < Duration::from_secs(60));
    let worth = |face: &Face| f64::from(face.score) * (face.bounds[2] + face.bounds[3]);
    assert!(
        faces
            .windows(2)
            .all(|pair| worth(&pair[0]) >= worth(&pair[1]))
    );
}

#[test]
fn no_face_is_seen_where_there_is_none() {
    let detector = detector();
    let mut pictures = vec![
        Canvas::plain(640, 480).picture(),
        Canvas::busy(900, 700).picture(),
    ];
    if let Some(photos) = reference_photos() {
        for name in ["coffee.png", "chelsea.png"] {
            pictures.push(photo::open(&photos.join(name)).unwrap());
        }
    }
    for picture in pictures {
        let turned = [0.0, 90.0, 180.0, 30.0_f64].map(|degrees| {
            let size = [picture.width(), picture.height()].map(f64::from);
            let mut canvas = Canvas::plain(900, 900);
            canvas.paste(
                &picture,
                &about(
                    size.map(|side| side / 2.0),
                    [450.0; 2],
                    0.9,
                    degrees.to_radians(),
                ),
            );
            canvas.picture()
        });
        for picture in std::iter::once(&picture).chain(&turned) {
            let faces = find(&detector, picture);
            assert!(faces.is_empty(), "{faces:?}");
        }
    }
}

#[test]
fn pictures_of_any_shape_do_no_harm() {
    let detector = detector();
    for (width, height) in [
        (1, 1),
        (2, 1),
        (1, 300_000),
        (300_000, 1),
        (40_000, 3),
        (191, 193),
    ] {
        let noise: Vec<u8> = (0..u64::from(width) * u64::from(height) * 4)
            .map(|i| (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8)
            .collect();
        let picture = Picture::new(width, height, noise).unwrap();
        let started = Instant::now();
        let faces = find(&detector, &picture);
        println!(
            "{width} x {height}: {} faces, {:?}",
            faces.len(),
            started.elapsed()
        );
        assert!(faces.is_empty());
    }
    // A portrait of 100 megapixels.
    let portrait = portraits()
        .into_iter()
        .find(|p| p.name == "face-03")
        .unwrap();
    let large = scene::enlarged(&portrait.picture, 10_000);
    let started = Instant::now();
    let faces = find(&detector, &large);
    println!("100 megapixels: {:?}", started.elapsed());
    let factor = 10_000.0 / 256.0;
    let found = middle([faces[0].eyes.left, faces[0].eyes.right]);
    let expected = middle(portrait.eyes).map(|value| value * factor);
    assert!(
        distance(found, expected) < 0.08 * 64.0 * factor,
        "{faces:?}"
    );
}

#[test]
fn transparent_pictures_are_seen_on_white() {
    let detector = detector();
    let portrait = portraits()
        .into_iter()
        .find(|p| p.name == "face-04")
        .unwrap();
    let clear = Picture::new(
        256,
        256,
        portrait
            .picture
            .rgba()
            .chunks(4)
            .flat_map(|p| [p[0], p[1], p[2], 0])
            .collect(),
    );
    assert!(find(&detector, &clear.unwrap()).is_empty());
}

#[test]
fn only_the_right_weights_are_accepted() {
    let bytes = weights();
    let says = |bytes: &[u8]| match Detector::from_bytes(bytes) {
        Ok(_) => panic!("accepted"),
        Err(FaceError::Hash { .. }) => {}
        Err(error) => panic!("{error}"),
    };
    for length in [0, 7, 8, 100, bytes.len() / 2, bytes.len() - 1] {
        says(&bytes[..length]);
    }
    for at in [0, 9, 5000, bytes.len() - 1] {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        says(&bytes);
    }
    let error = Detector::from_bytes(b"").unwrap_err().to_string();
    assert!(
        error.contains("fetch blazeface.safetensors again"),
        "{error}"
    );
}
