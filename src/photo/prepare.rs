//! A photo into the square that a model was trained on, by the data preparation of the reference:
//! shorter side to S, centre crop, 8-bit antialiased bilinear as in Pillow.

use super::PhotoError;
use super::resize::{Filter, Part, resize};
use crate::picture::{Picture, PictureError};

/// Resizes the shorter side to `side` (the longer to `side * long / short`, rounded down) and cuts
/// out the middle `side` x `side`; smaller pictures are enlarged, transparent ones put on white.
///
/// Follows Pillow pixel by pixel: horizontal pass first, rounded to 8 bits between the passes. A
/// value that lies in the middle between two bytes may be rounded to the other one.
/// Only the part that the crop shows is computed, so a panorama costs no more than its middle.
///
/// # Errors
/// [`PhotoError::Picture`] for a side of 0, [`PhotoError::Resize`] when the resizer refuses.
pub fn prepare(picture: &Picture, side: u32) -> Result<Picture, PhotoError> {
    let picture = &*picture.on_white();
    let (width, height) = (picture.width(), picture.height());
    if side == 0 {
        return Err(PictureError::Empty {
            width: side,
            height: side,
        }
        .into());
    }
    let shorter = width.min(height);
    let x = Span::of_crop(width, shorter, side);
    let y = Span::of_crop(height, shorter, side);
    // The rows that the vertical pass can reach: one filter radius around the crop.
    let radius = (y.length / f64::from(side)).max(1.0);
    let first_row = (y.start - radius).floor().max(0.0);
    let rows = (y.start + y.length + radius).ceil().min(f64::from(height)) - first_row;

    // Two calls, since one call for both axes would begin with the vertical pass.
    let squeezed = resize(
        picture,
        Part {
            rectangle: [x.start, first_row, x.length, rows],
            by_alpha: false,
        },
        [side, rows as u32],
        Filter::Triangle,
    )?;
    let vertical = Part {
        rectangle: [0.0, y.start - first_row, f64::from(side), y.length],
        by_alpha: false,
    };
    resize(&squeezed, vertical, [side, side], Filter::Triangle)
}

/// The part of one axis of the photo that the crop shows, in photo pixels.
struct Span {
    start: f64,
    length: f64,
}

impl Span {
    fn of_crop(size: u32, shorter: u32, side: u32) -> Self {
        let resized = u64::from(side) * u64::from(size) / u64::from(shorter);
        let scale = f64::from(size) / resized as f64;
        // Python rounds halves to even.
        let offset = ((resized - u64::from(side)) as f64 / 2.0).round_ties_even();
        let start = offset * scale;
        let length = (f64::from(side) * scale).min(f64::from(size) - start);
        Self { start, length }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use safetensors::SafeTensors;

    #[test]
    fn agrees_with_the_reference() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/golden/golden.safetensors"
        );
        let bytes = std::fs::read(path).expect("golden file");
        let file = SafeTensors::deserialize(&bytes).expect("golden file");
        let source = file.tensor("prep.src_u8_hwc").expect("source");
        assert_eq!(source.shape(), [53, 71, 3]);
        let photo = Picture::from_rgb(71, 53, source.data()).expect("fits");
        let prepared = prepare(&photo, 32).expect("prepares");
        let resized = file.tensor("prep.resized_u8_hwc").expect("resized");
        let differing: Vec<u8> = prepared
            .rgb()
            .iter()
            .zip(resized.data())
            .filter(|(a, b)| a != b)
            .map(|(a, b)| a.abs_diff(*b))
            .collect();
        assert!(differing.iter().all(|&d| d == 1), "{differing:?}");
        assert!(differing.len() < 10, "{} of 3072", differing.len());

        let tensor: Vec<u8> = Picture::from_rgb(32, 32, resized.data())
            .expect("fits")
            .to_chw()
            .iter()
            .flat_map(|v| v.to_le_bytes())
            .collect();
        assert!(tensor == file.tensor("prep.tensor").expect("tensor").data());
    }

    /// Stripes by column, so that the crop's place shows.
    fn columns(width: u32, height: u32) -> Picture {
        let rgb: Vec<u8> = (0..height)
            .flat_map(|_| (0..width).flat_map(|x| [x as u8; 3]))
            .collect();
        Picture::from_rgb(width, height, &rgb).expect("fits")
    }

    #[test]
    fn crop_offset_rounds_halves_to_even() {
        // No resizing; 5 columns too many: offset round(2.5) = 2. 7 too many: round(3.5) = 4.
        for (width, first) in [(15, 2), (17, 4)] {
            let prepared = prepare(&columns(width, 10), 10).expect("prepares");
            assert_eq!(prepared.rgba()[0], first, "{width}");
        }
    }

    #[test]
    fn any_shape_becomes_a_square() {
        for (width, height, side) in [
            (1, 1, 64),
            (3, 2, 64),
            (1, 40_000, 32),
            (40_000, 1, 32),
            (200, 199, 64),
            (64, 64, 64),
        ] {
            let flat = Picture::from_rgb(
                width,
                height,
                &[7, 130, 255].repeat((width * height) as usize),
            );
            let prepared = prepare(&flat.expect("fits"), side).expect("prepares");
            assert_eq!((prepared.width(), prepared.height()), (side, side));
            assert_eq!(prepared.rgb(), [7, 130, 255].repeat((side * side) as usize));
        }
        assert!(matches!(
            prepare(&columns(4, 4), 0),
            Err(PhotoError::Picture(PictureError::Empty { .. }))
        ));
    }
}
