//! The faces of the tests, with their eyes as a person placed them.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test binary uses its own part of this"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use diffae::Picture;
use diffae::face::{Detector, Face};
use diffae::photo;
use pollster::block_on;

/// A picture of one face with the places of its eyes, the one on the viewer's left first.
pub struct Portrait {
    pub name: String,
    pub picture: Picture,
    pub eyes: [[f64; 2]; 2],
}

pub fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

pub fn weights() -> Vec<u8> {
    std::fs::read(project("pkg/face/blazeface.safetensors")).unwrap()
}

pub fn detector() -> Detector {
    Detector::from_bytes(&weights()).unwrap()
}

pub fn find(detector: &Detector, picture: &Picture) -> Vec<Face> {
    block_on(detector.find(picture)).unwrap()
}

pub fn reference_photos() -> Option<PathBuf> {
    std::env::var_os("DIFFAE_REFERENCE").map(|folder| PathBuf::from(folder).join("photos"))
}

pub fn portraits() -> Vec<Portrait> {
    let eyes: BTreeMap<String, [[f64; 2]; 2]> =
        serde_json::from_slice(&std::fs::read(project("tests/faces/eyes.json")).unwrap()).unwrap();
    let file = |name: &str| match reference_photos() {
        Some(photos) if name == "astronaut" => photos.join("astronaut.png"),
        Some(photos) => photos.join(format!("synthetic-faces/{name}.png")),
        None => project(&format!("www/samples/{name}.webp")),
    };
    let found: Vec<Portrait> = eyes
        .into_iter()
        .filter(|(name, _)| file(name).exists())
        .map(|(name, eyes)| Portrait {
            picture: photo::open(&file(&name)).unwrap(),
            name,
            eyes,
        })
        .collect();
    assert!(found.len() == 13 || (reference_photos().is_none() && found.len() == 5));
    found
}

pub fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

pub fn middle([a, b]: [[f64; 2]; 2]) -> [f64; 2] {
    [f64::midpoint(a[0], b[0]), f64::midpoint(a[1], b[1])]
}
