//! Attribute manipulation (paper, section 5.3): a step along a classifier's direction in the
//! normalized space of z_sem.

use super::EditError;
use crate::config::EDIT_NORM;

/// How far an amplitude may go. The official demo offers ±0.5; beyond 3 every picture is noise.
const MAX_AMPLITUDE: f32 = 3.0;

/// Mean and standard deviation of z_sem over the training set, per dimension.
#[derive(Debug, Clone, PartialEq)]
pub struct Statistics {
    mean: Vec<f32>,
    std: Vec<f32>,
}

/// One attribute to change, by how much, along which direction.
#[derive(Debug, Clone, Copy)]
pub struct AttributeChange<'a> {
    /// Name, for errors.
    pub name: &'a str,
    /// Signed amplitude; ±0.3 is a clear change.
    pub amplitude: f32,
    /// Direction in normalized z_sem, of any length but zero.
    pub direction: &'a [f32],
}

impl Statistics {
    /// From vectors of equal length.
    pub fn new(mean: Vec<f32>, std: Vec<f32>) -> Self {
        Self { mean, std }
    }

    /// (z − mean) / std.
    pub fn normalize(&self, z_sem: &[f32]) -> Vec<f32> {
        self.zip(z_sem, |z, mean, std| (z - mean) / std)
    }

    /// z · std + mean.
    pub fn denormalize(&self, normalized: &[f32]) -> Vec<f32> {
        self.zip(normalized, |z, mean, std| z * std + mean)
    }

    fn zip(&self, z: &[f32], f: impl Fn(f32, f32, f32) -> f32) -> Vec<f32> {
        z.iter()
            .zip(self.mean.iter().zip(&self.std))
            .map(|(z, (mean, std))| f(*z, *mean, *std))
            .collect()
    }
}

/// Moves z_sem along several attributes at once: normalized z_sem gains
/// `amplitude · √512 · w / ‖w‖` for each.
///
/// # Errors
/// [`EditError::Amplitude`] for an amplitude that is not a number within ±3.
pub fn move_along(
    z_sem: &[f32],
    changes: &[AttributeChange<'_>],
    statistics: &Statistics,
) -> Result<Vec<f32>, EditError> {
    let mut normalized = statistics.normalize(z_sem);
    for change in changes {
        if !(-MAX_AMPLITUDE..=MAX_AMPLITUDE).contains(&change.amplitude) {
            return Err(EditError::Amplitude {
                name: change.name.to_owned(),
                value: change.amplitude,
                limit: MAX_AMPLITUDE,
            });
        }
        let norm = change
            .direction
            .iter()
            .map(|w| f64::from(*w).powi(2))
            .sum::<f64>()
            .sqrt()
            // The floor of PyTorch's F.normalize.
            .max(1e-12);
        let step = f64::from(change.amplitude) * EDIT_NORM / norm;
        for (z, w) in normalized.iter_mut().zip(change.direction) {
            *z += (step * f64::from(*w)) as f32;
        }
    }
    Ok(statistics.denormalize(&normalized))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opposite_changes_cancel() {
        let statistics = Statistics::new(vec![0.5, -1.0], vec![2.0, 0.1]);
        let change = |amplitude| AttributeChange {
            name: "x",
            amplitude,
            direction: &[3.0, 4.0],
        };
        let z = [1.0, 2.0];
        let moved = move_along(&z, &[change(0.4)], &statistics).unwrap();
        // 0.4 · √512 · 3/5 in normalized space, times the standard deviation 2.
        assert!((moved[0] - (1.0 + 0.4 * 22.627_417 * 0.6 * 2.0)).abs() < 1e-5);
        let back = move_along(&z, &[change(0.4), change(-0.4)], &statistics).unwrap();
        assert!(z.iter().zip(&back).all(|(a, b)| (a - b).abs() < 1e-6));
    }

    #[test]
    fn an_amplitude_that_is_no_number_is_refused() {
        let statistics = Statistics::new(vec![0.0], vec![1.0]);
        for amplitude in [f32::NAN, f32::INFINITY, 3.5] {
            let change = AttributeChange {
                name: "Smiling",
                amplitude,
                direction: &[1.0],
            };
            let error = move_along(&[0.0], &[change], &statistics).unwrap_err();
            assert!(matches!(error, EditError::Amplitude { .. }), "{error}");
        }
    }
}
