//! Room for the pixels of a photo, filled by JS where they will stay.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::error::WebError;

/// `4 * width * height` bytes of an upright photo, to become a [`super::Photo`] without a copy.
#[wasm_bindgen]
pub struct Pixels {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) rgba: Vec<u8>,
}

#[wasm_bindgen]
impl Pixels {
    /// Room for a photo of this size.
    #[wasm_bindgen(constructor)]
    pub fn new(width: u32, height: u32) -> Result<Self, JsValue> {
        let too_large = || {
            let message = format!(
                "a photo of {width} x {height} pixels does not fit into the memory of this tab"
            );
            WebError::new("out-of-memory", &message)
        };
        let length = usize::try_from(4 * u64::from(width) * u64::from(height));
        let length = length.map_err(|_| too_large())?;
        let mut rgba = Vec::new();
        rgba.try_reserve_exact(length).map_err(|_| too_large())?;
        rgba.resize(length, 0);
        Ok(Self {
            width,
            height,
            rgba,
        })
    }

    /// Where the room begins in the linear memory. It moves no more until a photo is made of it.
    pub fn address(&mut self) -> usize {
        self.rgba.as_mut_ptr() as usize
    }

    /// Fills in rows of a photo that is stored turned: row `first` and those after it, which are
    /// brought upright by `turns` quarter turns clockwise and then, if `mirrored`, by swapping left
    /// and right.
    pub fn place(&mut self, rows: &[u8], first: u32, turns: u8, mirrored: bool) {
        let (width, height) = (self.width as usize, self.height as usize);
        let (stored_width, stored_height) = match turns % 2 {
            0 => (width, height),
            _ => (height, width),
        };
        let first = first as usize * stored_width;
        for (position, pixel) in (first..).zip(rows.chunks_exact(4)) {
            let (x, y) = (position % stored_width, position / stored_width);
            if y >= stored_height {
                return;
            }
            let (x, y) = match turns % 4 {
                0 => (x, y),
                1 => (stored_height - 1 - y, x),
                2 => (stored_width - 1 - x, stored_height - 1 - y),
                _ => (y, stored_width - 1 - x),
            };
            let x = if mirrored { width - 1 - x } else { x };
            let at = 4 * (y * width + x);
            if let Some(place) = self.rgba.get_mut(at..at + 4) {
                place.copy_from_slice(pixel);
            }
        }
    }
}
