//! How a picture is changed before training sees it.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::photo::Similarity;
use crate::train::Draws;
use crate::train::draws::Purpose;

/// What befalls the picture in one place of one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Change {
    pub(super) mirrored: bool,
    /// Turn in radians, logarithm of the scale, and shift to the right and down in parts of the side.
    pub(super) jitter: Option<[f64; 4]>,
}

impl Change {
    /// Draws what the recipe's `flip` and `jitter` allow.
    pub(super) fn draw(
        draws: &Draws,
        step: u64,
        place: usize,
        flip: bool,
        jitter: [f64; 3],
    ) -> Self {
        let mut rng = draws.at(Purpose::Augmentation, step, place as u64);
        // All of it is drawn whatever the recipe allows, so that each setting changes what it says and nothing else.
        let (mirrored, moved): (bool, bool) = (rng.random(), rng.random());
        let [turn, scale, shift] = jitter;
        let drawn = [turn, scale, shift, shift].map(|deviation| {
            let drawn: f64 = StandardNormal.sample(&mut rng);
            drawn * deviation
        });
        Self {
            mirrored: flip && mirrored,
            jitter: (moved && jitter.iter().any(|&deviation| deviation > 0.0)).then_some(drawn),
        }
    }
}

/// The place of a square of `side` pixels in a photo of size `photo`, turned, scaled and shifted about its centre. None
/// where no square could be: the draws know no bounds.
pub(super) fn jittered(
    photo_from_frame: &Similarity,
    [turn, log_scale, right, down]: [f64; 4],
    side: u32,
    photo: [u32; 2],
) -> Option<Similarity> {
    let pixels = f64::from(side);
    let centre = photo_from_frame.apply([(0.5 + right) * pixels, (0.5 + down) * pixels]);
    let size = photo_from_frame.scale * log_scale.exp() * pixels;
    let rotation = photo_from_frame.rotation + turn;
    Similarity::from_square(centre, size, rotation, side, photo).ok()
}
