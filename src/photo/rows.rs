//! A picture as files take it: row after row, so that one that is made on the way is never whole in memory.

use crate::picture::Picture;

/// RGBA pixels by rows, from the top.
pub trait Rows {
    /// Pixels in a row; at least one.
    fn width(&self) -> u32;
    /// Rows of pixels; at least one.
    fn height(&self) -> u32;
    /// Whether every pixel has alpha 255.
    fn is_opaque(&self) -> bool;
    /// The `4 * width` bytes of row `y`, which may be made in `room`; none below the last row.
    fn row<'a>(&'a self, y: u32, room: &'a mut Vec<u8>) -> &'a [u8];
}

impl Rows for Picture {
    fn width(&self) -> u32 {
        self.width()
    }

    fn height(&self) -> u32 {
        self.height()
    }

    fn is_opaque(&self) -> bool {
        self.is_opaque()
    }

    fn row<'a>(&'a self, y: u32, _: &'a mut Vec<u8>) -> &'a [u8] {
        self.row(y)
    }
}
