//! Where a model wants the eyes, and the similarity transform between its square and a photo.
//!
//! Coordinates are continuous: the pixel in column 0 spans x from 0 to 1 and has its centre at
//! 0.5, x grows to the right and y downwards. So a position scales with the picture's size and
//! fractions of the side mean the same at every resolution.

use super::PhotoError;
use crate::config::Framing;

/// Two eye positions in photo pixels. `left` is the eye that a viewer sees on the left when the
/// face is upright (the person's own right eye), whichever way the photo happens to be turned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Eyes {
    /// The eye on the viewer's left, x and y.
    pub left: [f64; 2],
    /// The eye on the viewer's right, x and y.
    pub right: [f64; 2],
}

impl Eyes {
    /// The eye positions of a framing in a square of `side` pixels.
    #[must_use]
    pub fn of(framing: &Framing, side: u32) -> Self {
        let side = f64::from(side);
        let [x, y] = framing.eye_midpoint;
        let half = framing.eye_distance / 2.0;
        Self {
            left: [(x - half) * side, y * side],
            right: [(x + half) * side, y * side],
        }
    }

    /// The eyes of a face that is less than a quarter turn from upright, given in any order: the
    /// one further left in the photo is `left`, so a mixed-up order cannot turn the face upside
    /// down.
    #[must_use]
    pub fn upright(one: [f64; 2], other: [f64; 2]) -> Self {
        let (left, right) = if other[0] < one[0] {
            (other, one)
        } else {
            (one, other)
        };
        Self { left, right }
    }
}

/// `p -> scale * R(rotation) * p + translation`; never a reflection. A positive turn is clockwise
/// on the screen, since y grows downwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Similarity {
    /// The factor by which lengths grow, above 0.
    pub scale: f64,
    /// The turn in radians, positive from the x axis towards the y axis.
    pub rotation: f64,
    /// Where the origin goes.
    pub translation: [f64; 2],
}

impl Similarity {
    /// From a model's square of `side` pixels to a photo of size `photo` (width, height), so that
    /// the eyes of `framing` land on `eyes`.
    ///
    /// Eyes may lie outside the photo by up to its own size; they must be at least a pixel apart.
    ///
    /// # Errors
    /// [`PhotoError::Framing`] for a framing that is none, [`PhotoError::Outside`] or
    /// [`PhotoError::EyesCoincide`] for such eyes.
    pub fn from_eyes(
        eyes: &Eyes,
        framing: &Framing,
        side: u32,
        photo: [u32; 2],
    ) -> Result<Self, PhotoError> {
        let [x, y] = framing.eye_midpoint;
        let eye_distance = framing.eye_distance;
        let is_fraction = |v: f64| (0.0..=1.0).contains(&v);
        if !is_fraction(x) || !is_fraction(y) || !is_fraction(eye_distance) || eye_distance <= 0.0 {
            return Err(PhotoError::Framing { x, y, eye_distance });
        }
        check_near("the left eye", eyes.left, photo)?;
        check_near("the right eye", eyes.right, photo)?;
        let [dx, dy] = [eyes.right[0] - eyes.left[0], eyes.right[1] - eyes.left[1]];
        let distance = dx.hypot(dy);
        if distance < 1.0 {
            let [x, y] = eyes.left;
            return Err(PhotoError::EyesCoincide { x, y });
        }
        let side = f64::from(side);
        let middle = [
            f64::midpoint(eyes.left[0], eyes.right[0]),
            f64::midpoint(eyes.left[1], eyes.right[1]),
        ];
        Ok(Self::pinned(
            distance / (eye_distance * side),
            dy.atan2(dx),
            [x * side, y * side],
            middle,
        ))
    }

    /// From a model's square of `side` pixels to a square of the photo that was placed by hand:
    /// its centre and side length `size` in photo pixels, turned by `rotation` radians.
    ///
    /// # Errors
    /// [`PhotoError::NotFinite`] or [`PhotoError::Outside`].
    pub fn from_square(
        centre: [f64; 2],
        size: f64,
        rotation: f64,
        side: u32,
        photo: [u32; 2],
    ) -> Result<Self, PhotoError> {
        check_near("the frame's centre", centre, photo)?;
        for (what, value) in [("the frame's size", size), ("the frame's turn", rotation)] {
            if !value.is_finite() {
                return Err(PhotoError::NotFinite { what });
            }
        }
        let side = f64::from(side);
        Ok(Self::pinned(
            size / side,
            rotation,
            [side / 2.0, side / 2.0],
            centre,
        ))
    }

    /// The transform of given scale and turn that takes `from` to `to`.
    fn pinned(scale: f64, rotation: f64, from: [f64; 2], to: [f64; 2]) -> Self {
        let turned = Self {
            scale,
            rotation,
            translation: [0.0, 0.0],
        }
        .apply(from);
        Self {
            scale,
            rotation,
            translation: [to[0] - turned[0], to[1] - turned[1]],
        }
    }

    /// Where a point goes.
    #[must_use]
    pub fn apply(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let (sin, cos) = self.rotation.sin_cos();
        [
            self.scale * (cos * x - sin * y) + self.translation[0],
            self.scale * (sin * x + cos * y) + self.translation[1],
        ]
    }

    /// Where the centres of a row's pixels go, from the pixel (x, y) on.
    pub(super) fn row(&self, x: usize, y: usize) -> impl Iterator<Item = [f64; 2]> {
        let start = self.apply([x as f64 + 0.5, y as f64 + 0.5]);
        let (origin, step) = (self.apply([0.0, 0.0]), self.apply([1.0, 0.0]));
        let (du, dv) = (step[0] - origin[0], step[1] - origin[1]);
        (0u32..).map(move |i| [start[0] + du * f64::from(i), start[1] + dv * f64::from(i)])
    }

    /// The transform back; a scale of 0 has none and gives values that are not finite.
    #[must_use]
    pub fn inverse(&self) -> Self {
        Self::pinned(
            1.0 / self.scale,
            -self.rotation,
            self.translation,
            [0.0, 0.0],
        )
    }
}

/// Accepts a position inside the photo or outside by at most the photo's own size.
fn check_near(
    what: &'static str,
    [x, y]: [f64; 2],
    [width, height]: [u32; 2],
) -> Result<(), PhotoError> {
    if !x.is_finite() || !y.is_finite() {
        return Err(PhotoError::NotFinite { what });
    }
    let near = |at: f64, size: u32| (-f64::from(size)..=2.0 * f64::from(size)).contains(&at);
    if near(x, width) && near(y, height) {
        Ok(())
    } else {
        Err(PhotoError::Outside {
            what,
            x,
            y,
            width,
            height,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::{FRAC_PI_2, PI};

    const FRAMING: Framing = Framing {
        eye_midpoint: [0.5, 0.4],
        eye_distance: 0.25,
    };
    const PHOTO: [u32; 2] = [400, 300];

    fn assert_close(a: [f64; 2], b: [f64; 2]) {
        let apart = (a[0] - b[0]).hypot(a[1] - b[1]);
        assert!(apart < 1e-9, "{a:?} against {b:?}");
    }

    #[test]
    fn eyes_land_where_the_framing_wants_them() {
        let wanted = Eyes::of(&FRAMING, 64);
        assert_close(wanted.left, [24.0, 25.6]);
        assert_close(wanted.right, [40.0, 25.6]);
        // Level, tilted, upside down.
        for eyes in [
            ([100.0, 90.0], [164.0, 90.0]),
            ([100.5, 90.0], [130.0, 210.25]),
            ([164.0, 90.0], [100.0, 80.0]),
        ] {
            let eyes = Eyes {
                left: eyes.0,
                right: eyes.1,
            };
            let photo_from_frame =
                Similarity::from_eyes(&eyes, &FRAMING, 64, PHOTO).expect("good eyes");
            assert_close(photo_from_frame.apply(wanted.left), eyes.left);
            assert_close(photo_from_frame.apply(wanted.right), eyes.right);
            let frame_from_photo = photo_from_frame.inverse();
            assert_close(frame_from_photo.apply(eyes.left), wanted.left);
            assert_close(frame_from_photo.apply(eyes.right), wanted.right);
            let p = [-12.5, 71.0];
            assert_close(photo_from_frame.apply(frame_from_photo.apply(p)), p);
        }
    }

    #[test]
    fn mixed_up_eyes_do_not_turn_the_face_upside_down() {
        let (a, b) = ([100.0, 90.0], [160.0, 120.0]);
        assert_eq!(Eyes::upright(a, b), Eyes::upright(b, a));
        let eyes = Eyes::upright(b, a);
        assert_eq!(eyes.left, a);
        let transform = Similarity::from_eyes(&eyes, &FRAMING, 64, PHOTO).expect("good eyes");
        assert!(transform.rotation.abs() < FRAC_PI_2);
        // Whoever knows that the photo is turned says so and is taken at their word.
        let turned = Eyes { left: b, right: a };
        let transform = Similarity::from_eyes(&turned, &FRAMING, 64, PHOTO).expect("good eyes");
        assert!(transform.rotation.abs() > FRAC_PI_2);
    }

    #[test]
    fn a_square_placed_by_hand() {
        let t = Similarity::from_square([200.0, 100.0], 128.0, FRAC_PI_2, 64, PHOTO)
            .expect("good square");
        assert_close(t.apply([32.0, 32.0]), [200.0, 100.0]);
        // A quarter turn clockwise: the square's top left corner is at the top right.
        assert_close(t.apply([0.0, 0.0]), [264.0, 36.0]);
        let t = Similarity::from_square([200.0, 100.0], 128.0, PI, 64, PHOTO).expect("good");
        assert_close(t.apply([0.0, 0.0]), [264.0, 164.0]);
    }

    #[test]
    fn impossible_eyes_are_named() {
        let says = |left, right, words: &str| {
            let eyes = Eyes { left, right };
            let error =
                Similarity::from_eyes(&eyes, &FRAMING, 64, PHOTO).expect_err("impossible eyes");
            assert!(error.to_string().contains(words), "{error}");
        };
        says([5.0, 5.0], [5.2, 5.5], "both eyes are at (5.0, 5.0)");
        says([f64::NAN, 5.0], [5.0, 5.0], "the left eye is not a finite");
        says([5.0, 5.0], [f64::INFINITY, 5.0], "the right eye is not");
        says([5.0, 5.0], [801.0, 5.0], "the right eye at (801.0, 5.0)");
        says([5.0, -301.0], [50.0, 5.0], "outside the photo of 400 x 300");
        let eyes = Eyes::upright([-399.0, 5.0], [799.0, 5.0]);
        assert!(Similarity::from_eyes(&eyes, &FRAMING, 64, PHOTO).is_ok());
        let zero = Framing {
            eye_distance: 0.0,
            ..FRAMING
        };
        let error = Similarity::from_eyes(&eyes, &zero, 64, PHOTO).expect_err("no distance");
        assert!(error.to_string().contains("eyes 0 apart"), "{error}");
        assert!(Similarity::from_square([0.0, 0.0], f64::NAN, 0.0, 64, PHOTO).is_err());
        assert!(Similarity::from_square([0.0, 999.0], 9.0, 0.0, 64, PHOTO).is_err());
    }
}
