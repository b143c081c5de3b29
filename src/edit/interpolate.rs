//! Interpolation between two codes (paper, section 5.2): linear in z_sem, spherical in x_T.

use crate::dot::dot;

/// Below this sine of the angle, two vectors count as parallel and are interpolated linearly.
const PARALLEL: f64 = 1e-6;

/// (1 − alpha) · a + alpha · b.
pub fn lerp(a: &[f32], b: &[f32], alpha: f32) -> Vec<f32> {
    a.iter()
        .zip(b)
        .map(|(a, b)| (1.0 - alpha) * a + alpha * b)
        .collect()
}

/// The angle between two vectors, in radians; one angle for a whole x_T.
pub fn angle(a: &[f32], b: &[f32]) -> f64 {
    let norms = (dot(a, a) * dot(b, b)).sqrt();
    if norms == 0.0 {
        return 0.0;
    }
    (dot(a, b) / norms).clamp(-1.0, 1.0).acos()
}

/// Spherical interpolation of un-normalized vectors, so that lengths interpolate too. Parallel,
/// opposite and zero vectors, for which the formula divides by zero, are interpolated linearly.
pub fn slerp(a: &[f32], b: &[f32], alpha: f32) -> Vec<f32> {
    let theta = angle(a, b);
    if theta.sin() < PARALLEL {
        return lerp(a, b, alpha);
    }
    let alpha = f64::from(alpha);
    let from_a = (((1.0 - alpha) * theta).sin() / theta.sin()) as f32;
    let from_b = ((alpha * theta).sin() / theta.sin()) as f32;
    a.iter()
        .zip(b)
        .map(|(a, b)| from_a * a + from_b * b)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_the_two_vectors() {
        let (a, b) = ([1.0, 0.0, 2.0], [0.0, 3.0, -1.0]);
        assert_eq!(slerp(&a, &b, 0.0), a);
        let end = slerp(&a, &b, 1.0);
        assert!(end.iter().zip(&b).all(|(x, y)| (x - y).abs() < 1e-6));
    }

    #[test]
    fn degenerate_pairs_stay_finite() {
        let a = [1.0, -2.0, 0.5];
        let opposite = a.map(|v| -v);
        for (a, b) in [(a, a), (a, opposite), ([0.0; 3], a), ([0.0; 3], [0.0; 3])] {
            let middle = slerp(&a, &b, 0.5);
            assert!(middle.iter().all(|v| v.is_finite()), "{a:?} {b:?}");
        }
        assert_eq!(slerp(&a, &a, 0.25), a);
    }
}
