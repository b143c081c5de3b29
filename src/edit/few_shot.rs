//! Few-shot directions (paper, section 5.6): a linear classifier fitted to a handful of normalized
//! z_sem with and without something. It serves as one more attribute, or to accept sampled latents.

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::EditError;
use crate::diffusion::{Stream, generator};
use crate::dot::dot;

/// The most examples on one side; the paper uses up to 100 labels.
pub const MAX_EXAMPLES: usize = 200;

/// Ridge penalty per dimension. With fewer examples than dimensions the classes are always
/// separable, and without a penalty the weights would grow for ever.
const RIDGE: f64 = 1e-2;
const NEWTON_STEPS: usize = 30;

/// A taught direction: logit(z) = weight · z + bias over normalized z_sem.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Direction {
    /// Weight per dimension of z_sem.
    pub weight: Vec<f32>,
    /// Bias of the logit.
    pub bias: f32,
}

impl Direction {
    /// Reads a saved direction, which is JSON.
    ///
    /// # Errors
    /// [`EditError::Direction`] when the bytes are no whole direction of finite numbers.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EditError> {
        let read: Self =
            serde_json::from_slice(bytes).map_err(|e| EditError::Direction(e.to_string()))?;
        if !read.bias.is_finite() || read.weight.iter().any(|weight| !weight.is_finite()) {
            let reason = "it holds a number that is too large";
            return Err(EditError::Direction(reason.to_owned()));
        }
        Ok(read)
    }

    /// The probability that a normalized z_sem has what was taught.
    pub fn probability(&self, normalized: &[f32]) -> f64 {
        sigmoid(dot(&self.weight, normalized) + f64::from(self.bias))
    }

    /// Whether rejection sampling keeps the `row`-th latent of a seed: with its probability.
    pub(crate) fn accepts(&self, normalized: &[f32], seed: u64, row: usize) -> bool {
        let chance: f64 = generator(seed, Stream::Acceptance, row).random();
        chance < self.probability(normalized)
    }
}

/// Fits a logistic regression with a ridge penalty, both sides weighing the same however many
/// examples they have, by Newton's method in the space that the examples span. Unlabelled latents
/// may stand for negatives (the paper's positive-unlabelled setting).
///
/// # Errors
/// [`EditError::Examples`] for an empty or huge side, [`EditError::Width`] for examples of unequal
/// lengths, [`EditError::NoDifference`] when both sides are the same.
pub fn fit(positives: &[Vec<f32>], negatives: &[Vec<f32>]) -> Result<Direction, EditError> {
    let allowed = 1..=MAX_EXAMPLES;
    if !allowed.contains(&positives.len()) || !allowed.contains(&negatives.len()) {
        return Err(EditError::Examples {
            positives: positives.len(),
            negatives: negatives.len(),
        });
    }
    let examples: Vec<&Vec<f32>> = positives.iter().chain(negatives).collect();
    let (n, width) = (examples.len(), examples[0].len());
    if let Some(other) = examples.iter().find(|example| example.len() != width) {
        return Err(EditError::Width {
            what: "example",
            found: other.len(),
            expected: width,
        });
    }
    let label = |i: usize| if i < positives.len() { 1.0 } else { 0.0 };
    let importance = |i: usize| match i < positives.len() {
        true => 0.5 / positives.len() as f64,
        false => 0.5 / negatives.len() as f64,
    };
    // The solution is a combination of the examples, w = Σ a_j z_j, so only their products count.
    let gram: Vec<f64> = (0..n * n)
        .map(|ij| dot(examples[ij / n], examples[ij % n]))
        .collect();

    let mut a = vec![0.0; n];
    let mut bias = 0.0;
    for _ in 0..NEWTON_STEPS {
        // Stationarity in the span: for each j, importance_j (p_j − y_j) + RIDGE · a_j = 0, and
        // Σ importance_j (p_j − y_j) = 0 for the bias.
        let logits: Vec<f64> = (0..n)
            .map(|i| bias + (0..n).map(|j| gram[i * n + j] * a[j]).sum::<f64>())
            .collect();
        let p: Vec<f64> = logits.iter().map(|l| sigmoid(*l)).collect();
        let size = n + 1;
        let mut system = vec![0.0; size * size];
        let mut rhs = vec![0.0; size];
        for i in 0..n {
            let curvature = importance(i) * (p[i] * (1.0 - p[i])).max(1e-9);
            for j in 0..n {
                system[i * size + j] = curvature * gram[i * n + j];
                system[n * size + j] += curvature * gram[i * n + j];
            }
            system[i * size + i] += RIDGE;
            system[i * size + n] = curvature;
            system[n * size + n] += curvature;
            let residual = importance(i) * (p[i] - label(i));
            rhs[i] = -(residual + RIDGE * a[i]);
            rhs[n] -= residual;
        }
        let Some(change) = solve(system, rhs) else {
            break;
        };
        for (a, d) in a.iter_mut().zip(&change) {
            *a += d;
        }
        bias += change[n];
        if change.iter().all(|d| d.abs() < 1e-12) {
            break;
        }
    }

    let weight: Vec<f32> = (0..width)
        .map(|d| {
            let sum: f64 = (0..n).map(|j| a[j] * f64::from(examples[j][d])).sum();
            sum as f32
        })
        .collect();
    let length: f64 = weight.iter().map(|w| f64::from(*w).powi(2)).sum();
    if length < 1e-12 || !length.is_finite() || !bias.is_finite() {
        return Err(EditError::NoDifference);
    }
    Ok(Direction {
        weight,
        bias: bias as f32,
    })
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Gaussian elimination with partial pivoting; `None` for a singular system.
fn solve(mut m: Vec<f64>, mut rhs: Vec<f64>) -> Option<Vec<f64>> {
    let n = rhs.len();
    for column in 0..n {
        let pivot = (column..n)
            .max_by(|a, b| m[a * n + column].abs().total_cmp(&m[b * n + column].abs()))?;
        if m[pivot * n + column].abs() < 1e-14 {
            return None;
        }
        for k in 0..n {
            m.swap(column * n + k, pivot * n + k);
        }
        rhs.swap(column, pivot);
        for row in column + 1..n {
            let factor = m[row * n + column] / m[column * n + column];
            for k in column..n {
                m[row * n + k] -= factor * m[column * n + k];
            }
            rhs[row] -= factor * rhs[column];
        }
    }
    for column in (0..n).rev() {
        rhs[column] /= m[column * n + column];
        for row in 0..column {
            rhs[row] -= m[row * n + column] * rhs[column];
        }
    }
    Some(rhs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_direction_points_from_negatives_to_positives() {
        let side = |sign: f32| -> Vec<Vec<f32>> {
            (0..5u8)
                .map(|i| {
                    vec![
                        sign * 2.0,
                        f32::from(i) - 2.0,
                        0.3 * sign * f32::from(i % 2),
                    ]
                })
                .collect()
        };
        let direction = fit(&side(1.0), &side(-1.0)).unwrap();
        assert!(direction.weight[0] > 10.0 * direction.weight[1].abs());
        assert!(direction.probability(&[2.0, 0.0, 0.0]) > 0.8);
        assert!(direction.probability(&[-2.0, 0.0, 0.0]) < 0.2);
        // One side with five times the examples must not move the boundary.
        let many: Vec<_> = std::iter::repeat_n(side(1.0), 5).flatten().collect();
        let lopsided = fit(&many, &side(-1.0)).unwrap();
        assert!((lopsided.probability(&[0.0; 3]) - 0.5).abs() < 0.05);
    }

    #[test]
    fn a_saved_direction_comes_back_and_a_damaged_one_does_not() {
        let direction = Direction {
            weight: vec![0.5, -2.0],
            bias: 1.0,
        };
        let bytes = serde_json::to_vec(&direction).unwrap();
        assert_eq!(Direction::from_bytes(&bytes), Ok(direction));
        for length in 0..bytes.len() {
            assert!(Direction::from_bytes(&bytes[..length]).is_err());
        }
        let twice = [bytes.as_slice(), bytes.as_slice()].concat();
        let infinite = br#"{"weight":[1e39],"bias":0}"#;
        for damaged in [twice.as_slice(), infinite] {
            let error = Direction::from_bytes(damaged).unwrap_err();
            assert!(matches!(error, EditError::Direction(_)), "{error}");
        }
    }

    #[test]
    fn one_example_on_each_side_is_enough_and_none_is_not() {
        let (a, b) = (vec![vec![1.0, 0.0]], vec![vec![0.0, 1.0]]);
        assert!(fit(&a, &b).unwrap().probability(&[1.0, 0.0]) > 0.5);
        assert_eq!(fit(&a, &a), Err(EditError::NoDifference));
        assert!(matches!(fit(&a, &[]), Err(EditError::Examples { .. })));
        let longer = vec![vec![0.0, 1.0, 2.0]];
        assert!(matches!(fit(&a, &longer), Err(EditError::Width { .. })));
    }
}
