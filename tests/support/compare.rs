//! How far numbers are from those expected, where NaN is far from everything.
#![allow(dead_code, reason = "each test binary uses its own part of this")]

/// The largest of some differences, or NaN where one of them is.
pub(crate) fn worst(differences: impl Iterator<Item = impl Into<f64>>) -> f64 {
    let differences = differences.map(Into::into);
    differences.fold(0.0, |m: f64, d| if m.is_nan() || d <= m { m } else { d })
}

/// The largest difference between values at the same place.
pub(crate) fn worst_between(expected: &[f32], found: &[f32]) -> f64 {
    assert_eq!(expected.len(), found.len());
    let pairs = expected.iter().zip(found);
    worst(pairs.map(|(a, b)| (a - b).abs()))
}

/// Asserts that values differ by at most `tolerance` times the largest that is expected, or times `least` where that is
/// larger.
pub(crate) fn close(expected: &[f32], found: &[f32], least: f32, tolerance: f32, what: &str) {
    assert_eq!(expected.len(), found.len(), "{what}");
    let largest = expected.iter().fold(least, |a, b| a.max(b.abs()));
    let worst = worst_between(expected, found);
    assert!(
        worst <= f64::from(tolerance * largest),
        "{what}: off by {worst} of {largest}"
    );
}
