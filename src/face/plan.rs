//! Where a photo is looked at from afar: the whole of it, and squares all over it in which small
//! faces are large enough to be seen.

use super::network::INPUT;

/// The eye distance from which faces are found, in photo pixels: a smaller one leaves a model of 64
/// pixels nothing to see.
const EYES: f64 = 40.0;
/// The eye distance from which the network sees a face, in pixels of its input.
const SEEN: f64 = 6.0;
/// Squares no larger than this many times the photo's shorter side, so that a long photo is not
/// looked at from too far.
const LONG: f64 = 1.5;
/// How much smaller the squares of one level may be than those of the level before, of which the
/// faces that are too small are large in these.
const LEVEL: f64 = 3.2;
/// How much neighbours share for that factor, as a fraction of their side: as large a face as is not
/// seen in the level before, from the forehead to the chin, is whole in one of them.
const SHARED: f64 = 0.1;
const LEAST_SHARED: f64 = 0.15;
/// The most squares of all levels; for a still larger photo, they are made larger.
pub(super) const MAX_SQUARES: usize = 96;

/// A square of the photo.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Square {
    pub(super) centre: [f64; 2],
    pub(super) side: f64,
}

/// The squares of a photo of this width and height beside the whole of it, the largest first.
pub(super) fn squares(size: [f64; 2]) -> Vec<Square> {
    let (short, long) = (size[0].min(size[1]), size[0].max(size[1]));
    let mut smallest = (EYES * f64::from(INPUT) / SEEN).min(LONG * short);
    loop {
        let squares = down_to(smallest, long, size);
        if squares.len() <= MAX_SQUARES {
            return squares;
        }
        smallest *= 1.1;
    }
}

fn down_to(smallest: f64, long: f64, size: [f64; 2]) -> Vec<Square> {
    let factor = long / smallest;
    if factor <= 1.0 {
        return Vec::new();
    }
    let levels = (factor.ln() / LEVEL.ln()).ceil();
    let each = factor.powf(1.0 / levels);
    let shared = (SHARED * each).max(LEAST_SHARED);
    (1..=levels as i32)
        .flat_map(|level| covering(long / each.powi(level), shared, size))
        .collect()
}

/// Squares of this side all over the photo, in rows.
fn covering(side: f64, shared: f64, size: [f64; 2]) -> impl Iterator<Item = Square> {
    let [columns, rows] = size.map(|length| {
        let count = ((length - side) / (side * (1.0 - shared))).ceil().max(0.0) + 1.0;
        // Where one would do, it is in the middle.
        let (start, step) = match count > 1.0 {
            true => (side / 2.0, (length - side) / (count - 1.0)),
            false => (length / 2.0, 0.0),
        };
        // More than can ever be looked at is not counted out.
        (0..(count as usize).min(MAX_SQUARES + 1)).map(move |i| start + step * i as f64)
    });
    rows.flat_map(move |y| {
        columns.clone().map(move |x| Square {
            centre: [x, y],
            side,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_photos_are_looked_at_as_a_whole() {
        for size in [[1.0, 1.0], [640.0, 480.0], [1280.0, 1280.0], [900.0, 600.0]] {
            assert!(squares(size).is_empty(), "{size:?}");
        }
    }

    #[test]
    fn every_small_face_is_whole_in_a_square_that_shows_it_well() {
        for size in [
            [4000.0, 3000.0],
            [3000.0, 4000.0],
            [6000.0, 4000.0],
            [8660.0, 5773.0],
            [7071.0, 7071.0],
            [2560.0, 1080.0],
            [12_000.0, 1500.0],
        ] {
            let all = squares(size);
            let long = size[0].max(size[1]);
            for step in 0..30 {
                let eyes = EYES * 1.1_f64.powi(step);
                // From where the network sees it well in the whole photo.
                if eyes > 1.3 * SEEN * long / f64::from(INPUT) {
                    break;
                }
                // From the eyebrows to the chin, and as wide.
                let face = 2.4 * eyes;
                for i in 0..400 {
                    let (across, down) = (i % 20, i / 20);
                    let place =
                        |i: i32, length: f64| face / 2.0 + (length - face) * f64::from(i) / 19.0;
                    let at = [place(across, size[0]), place(down, size[1])];
                    let shown = all.iter().any(|square| {
                        let room = (square.side - face) / 2.0;
                        let inside = (0..2)
                            .all(|axis| (at[axis] - square.centre[axis]).abs() <= room + 1e-6);
                        inside && eyes >= (SEEN - 1e-6) * square.side / f64::from(INPUT)
                    });
                    assert!(shown, "{eyes} apart at {at:?} of {size:?}");
                }
            }
        }
    }

    #[test]
    fn there_are_few_squares_whatever_the_shape() {
        for size in [
            [8660.0, 5773.0],
            [10_000.0, 10_000.0],
            [300_000.0, 16.0],
            [16.0, 300_000.0],
            [40_000.0, 2500.0],
        ] {
            let all = squares(size);
            println!("{size:?}: {} squares", all.len());
            assert!(all.len() <= MAX_SQUARES);
        }
        assert_eq!(squares([4000.0, 3000.0]).len(), 15);
    }
}
