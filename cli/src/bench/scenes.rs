//! The photos that the search for faces is measured on, of 12 megapixels each: one large face, a
//! group of small ones, and none. They are laid out as in `bench/scenes.js`, so that the tool and a
//! browser search the same.

use diffae::Picture;
use diffae::photo::{self, Original, Similarity};

use crate::error::ToolError;

const WIDTH: usize = 4000;
const HEIGHT: usize = 3000;
/// A portrait in the public domain.
const PORTRAIT: &[u8] = include_bytes!("../../../www/samples/astronaut.webp");
/// The middle and the side of the square that the face fills in it.
const FACE: ([f64; 2], f64) = ([225.5, 115.0], 170.0);
/// Columns and rows of the group.
const GROUP: [usize; 2] = [4, 3];
/// Side of a face in the group, whose eyes are 75 pixels apart then.
const SMALL: usize = 292;

pub(super) struct Scene {
    pub(super) name: &'static str,
    pub(super) photo: Picture,
}

/// The one with a large face comes first.
pub(super) fn scenes() -> Result<[Scene; 3], ToolError> {
    let portrait = Original::decode(PORTRAIT)?.into_srgb();
    let mut large = ground();
    lay(
        &mut large,
        &face(&portrait, HEIGHT)?,
        [(WIDTH - HEIGHT) / 2, 0],
    );

    let mut group = ground();
    let small = face(&portrait, SMALL)?;
    let cell = [WIDTH / GROUP[0], HEIGHT / GROUP[1]];
    for i in 0..GROUP[0] * GROUP[1] {
        // Neither in step with each other nor with the squares of the search.
        let x = i % GROUP[0] * cell[0] + i * 277 % (cell[0] - SMALL);
        let y = i / GROUP[0] * cell[1] + i * 431 % (cell[1] - SMALL);
        lay(&mut group, &small, [x, y]);
    }
    Ok([
        scene("one large face", large)?,
        scene("group of 12 faces", group)?,
        scene("no face", ground())?,
    ])
}

fn scene(name: &'static str, rgba: Vec<u8>) -> Result<Scene, ToolError> {
    let photo = Picture::new(WIDTH as u32, HEIGHT as u32, rgba).map_err(diffae::Error::from)?;
    Ok(Scene { name, photo })
}

/// The face as a square of this side.
fn face(portrait: &Picture, side: usize) -> Result<Picture, ToolError> {
    let (middle, size) = FACE;
    let side = side as u32;
    let whole = [portrait.width(), portrait.height()];
    let place = Similarity::from_square(middle, size, 0.0, side, whole)?;
    Ok(photo::frame(portrait, &place, side)?)
}

/// Waves and discs in many colours, so that there is something to look at everywhere.
fn ground() -> Vec<u8> {
    let mut rgba = Vec::with_capacity(4 * WIDTH * HEIGHT);
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let [x, y] = [x, y].map(|place| place as f64);
            let disc = ((0.031 * x).sin() + (0.027 * y).cos()).signum();
            let red = 120.0 + 60.0 * (0.05 * x + 0.02 * y).sin();
            let green = 110.0 + 40.0 * disc;
            let blue = 100.0 + 50.0 * disc * (0.011 * x - 0.04 * y).sin();
            rgba.extend([red as u8, green as u8, blue as u8, 255]);
        }
    }
    rgba
}

/// Lays a square over a photo, with its corner here.
fn lay(photo: &mut [u8], square: &Picture, [left, top]: [usize; 2]) {
    let row = 4 * square.width() as usize;
    let rows = photo.chunks_exact_mut(4 * WIDTH).skip(top);
    for (to, from) in rows.zip(square.rgba().chunks_exact(row)) {
        if let Some(to) = to.get_mut(4 * left..4 * left + row) {
            to.copy_from_slice(from);
        }
    }
}
