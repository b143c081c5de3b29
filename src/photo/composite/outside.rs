//! The proof that an edit stays where it belongs: pixels beyond the square are compared, by nothing but their places.

use std::cell::Cell;

use super::Similarity;
use crate::photo::Rows;
use crate::picture::Picture;

/// What a comparison of two pictures found beyond a square.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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
    let compared = Compared::new(after, before, photo_from_frame, side);
    for y in 0..before.height() {
        compared.row(y, &mut Vec::new());
    }
    compared.found()
}

/// Rows on their way into a file, compared as [`outside`] does as they pass.
pub struct Compared<'a> {
    after: &'a dyn Rows,
    before: &'a Picture,
    frame_from_photo: Similarity,
    side: f64,
    found: Cell<Outside>,
    /// The first row that has not passed yet.
    next: Cell<u32>,
}

impl<'a> Compared<'a> {
    /// `after` is what passes, of the size of `before`.
    #[must_use]
    pub fn new(
        after: &'a dyn Rows,
        before: &'a Picture,
        photo_from_frame: &Similarity,
        side: u32,
    ) -> Self {
        Self {
            after,
            before,
            frame_from_photo: photo_from_frame.inverse(),
            side: f64::from(side),
            found: Cell::default(),
            next: Cell::default(),
        }
    }

    /// What was found in the rows that have passed.
    #[must_use]
    pub fn found(&self) -> Outside {
        self.found.get()
    }

    fn compare(&self, y: u32, after: &[u8]) {
        let inside = 0.0..self.side;
        let before = self.before.row(y).as_chunks::<4>().0;
        let pairs = before.iter().zip(after.as_chunks().0);
        let mut found = self.found.get();
        for ((before, after), [u, v]) in pairs.zip(self.frame_from_photo.row(0, y as usize)) {
            if inside.contains(&u) && inside.contains(&v) {
                continue;
            }
            found.compared += 1;
            found.changed += u64::from(before != after);
        }
        self.found.set(found);
    }
}

impl Rows for Compared<'_> {
    fn width(&self) -> u32 {
        self.after.width()
    }

    fn height(&self) -> u32 {
        self.after.height()
    }

    fn is_opaque(&self) -> bool {
        self.after.is_opaque()
    }

    fn row<'a>(&'a self, y: u32, room: &'a mut Vec<u8>) -> &'a [u8] {
        let row = self.after.row(y, room);
        // A writer may ask for a row twice.
        if y == self.next.get() {
            self.next.set(y + 1);
            self.compare(y, row);
        }
        row
    }
}
