//! How far the parts of a face moved between two pictures of it: a dense, smooth displacement
//! field, estimated from brightness coarse to fine.
//!
//! Lucas-Kanade in Gaussian windows, with a local gain and offset of brightness eliminated from
//! each window (an edit also changes light and colour, which must not pass for motion) and a
//! penalty on the displacement itself, so that flat regions stay where they are. What the motion
//! does not explain, such as glasses that were not there before, is not moved at all.

use super::grid::{Grid, catmull_rom};

/// Standard deviation of the windows, in points.
const WINDOW: f32 = 3.0;
/// Weight of the penalty on displacements: the variance of brightness gradients, in squared levels
/// per point, at which half of an apparent motion is believed.
const STIFFNESS: f32 = 60.0;
/// Blur of each level, in points.
const LEVELS: [f32; 3] = [2.0, 1.0, 0.0];
/// Gauss-Newton steps per level.
const STEPS: usize = 3;
/// The longest displacement, in points: beyond it the windows do not overlap what they compare.
const LONGEST: f32 = 3.0;
/// Displacements below this, in points, are noise.
const SHORTEST: f32 = 0.12;
/// Standard deviation of brightness that is noise, in levels.
const NOISE: f32 = 2.0;

/// The field v, in points, for which `after(p)` shows what was at `before(p + v)`.
pub(super) fn motion(before: &Grid<1>, after: &Grid<1>) -> Grid<2> {
    let mut field = Grid::from_fn(before.side(), |_, _| [0.0; 2]);
    for blur in LEVELS {
        let [coarse_before, coarse_after] = [before, after].map(|grid| match blur {
            0.0 => grid.clone(),
            blur => grid.blurred(blur),
        });
        for _ in 0..STEPS {
            field = refined(&field, &coarse_before, &coarse_after);
        }
        field = field.blurred(1.0);
    }
    believed(&field, before, after)
}

/// `picture(p + v)`.
pub(super) fn moved<const N: usize>(picture: &Grid<N>, field: &Grid<2>) -> Grid<N> {
    Grid::from_fn(picture.side(), |x, y| {
        let [dx, dy] = *field.at(x as isize, y as isize);
        if [dx, dy] == [0.0; 2] {
            return *picture.at(x as isize, y as isize);
        }
        picture.sample(x as f32 + dx, y as f32 + dy, catmull_rom)
    })
}

/// One Gauss-Newton step of every window.
fn refined(field: &Grid<2>, before: &Grid<1>, after: &Grid<1>) -> Grid<2> {
    let side = before.side();
    let warped = moved(before, field);
    // Brightness, its two slopes, the error; then their products that the windows need.
    let sums = Grid::from_fn(side, |x, y| {
        let (x, y) = (x as isize, y as isize);
        let at = |dx: isize, dy: isize| warped.at(x + dx, y + dy)[0];
        let w = at(0, 0);
        let gx = 0.5 * (at(1, 0) - at(-1, 0));
        let gy = 0.5 * (at(0, 1) - at(0, -1));
        let e = after.at(x, y)[0] - w;
        [
            w,
            gx,
            gy,
            e,
            w * w,
            gx * w,
            gy * w,
            e * w,
            gx * gx,
            gx * gy,
            gy * gy,
            gx * e,
            gy * e,
        ]
    })
    .blurred(WINDOW);
    sums.zip(field, |s, v| {
        let [w, gx, gy, e, ww, xw, yw, ew, xx, xy, yy, xe, ye] = *s;
        // Covariances within the window eliminate the offset, the Schur complement of the
        // brightness eliminates the gain.
        let gain = ww - w * w + STIFFNESS;
        let (xw, yw, ew) = (xw - gx * w, yw - gy * w, ew - e * w);
        let xx = xx - gx * gx - xw * xw / gain + STIFFNESS;
        let yy = yy - gy * gy - yw * yw / gain + STIFFNESS;
        let xy = xy - gx * gy - xw * yw / gain;
        let xe = xe - gx * e - xw * ew / gain - STIFFNESS * v[0];
        let ye = ye - gy * e - yw * ew / gain - STIFFNESS * v[1];
        let determinant = xx * yy - xy * xy;
        let step = [
            (xe * yy - ye * xy) / determinant,
            (ye * xx - xe * xy) / determinant,
        ];
        let [dx, dy] = at_most(step, 1.0);
        at_most([v[0] + dx, v[1] + dy], LONGEST)
    })
}

/// The field where it explains the difference, fading to nothing where it does not.
fn believed(field: &Grid<2>, before: &Grid<1>, after: &Grid<1>) -> Grid<2> {
    let variance = |before: &Grid<1>| {
        let errors = after.zip(before, |[a], [b]| [a - b, (a - b) * (a - b)]);
        errors.blurred(WINDOW).map(|[e, ee]| [ee - e * e])
    };
    let unmoved = variance(before);
    let left = variance(&moved(before, field));
    let trust = unmoved.zip(&left, |[all], [left]| {
        let explained = 1.0 - (left + NOISE * NOISE) / (all + NOISE * NOISE);
        [((explained - 0.15) / 0.35).clamp(0.0, 1.0)]
    });
    field.zip(&trust.blurred(1.0), |v, [trust]| {
        let length = v[0].hypot(v[1]) * trust;
        let kept = trust * (1.0 - (SHORTEST / length.max(SHORTEST)).powi(2));
        v.map(|v| v * kept)
    })
}

fn at_most(v: [f32; 2], limit: f32) -> [f32; 2] {
    let length = v[0].hypot(v[1]);
    if length > limit {
        v.map(|v| v * limit / length)
    } else {
        v
    }
}
