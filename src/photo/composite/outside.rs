//! The proof that an edit stays where it belongs: pixels beyond the square are compared, by nothing but their places.

use super::Similarity;
use crate::picture::Picture;

/// What a comparison of two pictures found beyond a square.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outside {
    /// Pixels that differ in any of their numbers.
    pub changed: u64,
    /// Pixels that were compared.
    pub compared: u64,
}

/// Compares the pixels of two pictures of one size whose centres lie beyond the model's square of `side` pixels.
#[must_use]
pub fn outside(
    before: &Picture,
    after: &Picture,
    photo_from_frame: &Similarity,
    side: u32,
) -> Outside {
    let frame_from_photo = photo_from_frame.inverse();
    let origin = frame_from_photo.apply([0.0, 0.0]);
    let step = frame_from_photo.apply([1.0, 0.0]);
    let (du, dv) = (step[0] - origin[0], step[1] - origin[1]);
    let inside = 0.0..f64::from(side);
    let width = before.width().max(1) as usize * 4;
    let rows = before.rgba().chunks_exact(width);
    let rows = rows.zip(after.rgba().chunks_exact(width));
    let mut found = Outside {
        changed: 0,
        compared: 0,
    };
    for (y, (before, after)) in rows.enumerate() {
        let start = frame_from_photo.apply([0.5, y as f64 + 0.5]);
        let pairs = before.as_chunks::<4>().0.iter().zip(after.as_chunks().0);
        for (x, (before, after)) in pairs.enumerate() {
            let (u, v) = (start[0] + du * x as f64, start[1] + dv * x as f64);
            if inside.contains(&u) && inside.contains(&v) {
                continue;
            }
            found.compared += 1;
            found.changed += u64::from(before != after);
        }
    }
    found
}
