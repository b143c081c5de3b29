//! Learning an attribute from few labels: which rows are shown, and how well the direction they teach tells the
//! rest apart (paper, section 5.6 and its positive-unlabelled setting).

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::EvalError;
use super::classification::{auroc, equal};
use crate::edit::{Direction, MAX_EXAMPLES};

/// What is known of the rows that stand against the positives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Against {
    /// As many rows that do not have the attribute.
    Negatives,
    /// Rows of which nothing is known, up to [`MAX_EXAMPLES`].
    Unlabelled,
}

/// The rows that a direction is taught by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shots {
    /// Rows with the attribute.
    pub positives: Vec<usize>,
    /// Rows without it, or of which nothing is known.
    pub others: Vec<usize>,
}

/// Draws `shots` rows with the attribute and what stands against them; the same seed draws the same.
///
/// # Errors
/// [`EvalError::TooFew`] where a side has too few rows, or none would be left to test on.
pub fn draw(
    labels: &[bool],
    shots: usize,
    against: Against,
    seed: u64,
) -> Result<Shots, EvalError> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut take = |mut from: Vec<usize>, count: usize| {
        let count = count.min(from.len());
        for i in 0..count {
            let j = random.random_range(i..from.len());
            from.swap(i, j);
        }
        from.truncate(count);
        from
    };
    let having = |label: bool| -> Vec<usize> {
        let rows = labels.iter().enumerate();
        rows.filter(|&(_, l)| *l == label).map(|(i, _)| i).collect()
    };
    for (what, found) in [
        ("few-shot learning, with the attribute,", having(true).len()),
        (
            "few-shot learning, without the attribute,",
            having(false).len(),
        ),
    ] {
        if found <= shots || shots == 0 {
            return Err(EvalError::TooFew {
                what,
                needed: shots.saturating_add(1).max(2),
                found,
            });
        }
    }
    let positives = take(having(true), shots.min(MAX_EXAMPLES));
    let others = match against {
        Against::Negatives => take(having(false), shots.min(MAX_EXAMPLES)),
        Against::Unlabelled => {
            let rest = (0..labels.len())
                .filter(|i| !positives.contains(i))
                .collect();
            // Half of the rest at most, so that there is something to test on.
            let most = (labels.len() - positives.len()) / 2;
            take(rest, most.min(MAX_EXAMPLES))
        }
    };
    Ok(Shots { positives, others })
}

/// How well a taught direction tells rows apart that it has not seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FewShotScores {
    /// Share of right decisions.
    pub accuracy: f64,
    /// Mean of the shares among rows with and rows without the attribute; NaN where a class is empty.
    pub balanced_accuracy: f64,
    /// Area under the ROC curve, where both classes are left.
    pub auroc: Option<f64>,
}

/// Scores a direction on the rows of normalized z_sem that taught nothing.
///
/// # Errors
/// [`EvalError::Unequal`]; [`EvalError::TooFew`] if all rows taught.
pub fn score(
    direction: &Direction,
    normalized: &[Vec<f32>],
    labels: &[bool],
    shots: &Shots,
) -> Result<FewShotScores, EvalError> {
    equal(normalized.len(), labels.len())?;
    let mut scores = Vec::new();
    let mut kept = Vec::new();
    for (index, (z, &label)) in normalized.iter().zip(labels).enumerate() {
        if !shots.positives.contains(&index) && !shots.others.contains(&index) {
            scores.push(direction.probability(z));
            kept.push(label);
        }
    }
    if kept.is_empty() {
        return Err(EvalError::TooFew {
            what: "testing",
            needed: 1,
            found: 0,
        });
    }
    let right = |of: &dyn Fn(bool) -> bool| {
        let pairs = scores.iter().zip(&kept).filter(|&(_, &label)| of(label));
        let (mut right, mut all) = (0.0, 0.0);
        for (score, &label) in pairs {
            right += f64::from((*score > 0.5) == label);
            all += 1.0;
        }
        right / all
    };
    Ok(FewShotScores {
        accuracy: right(&|_| true),
        balanced_accuracy: (right(&|label| label) + right(&|label| !label)) / 2.0,
        auroc: auroc(&scores, &kept)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::fit;

    fn labels() -> Vec<bool> {
        (0..60).map(|i| i % 3 == 0).collect()
    }

    #[test]
    fn a_seed_draws_the_same_rows_of_the_right_kind() {
        let labels = labels();
        let shots = draw(&labels, 5, Against::Negatives, 7).unwrap();
        assert_eq!(shots, draw(&labels, 5, Against::Negatives, 7).unwrap());
        assert_ne!(shots, draw(&labels, 5, Against::Negatives, 8).unwrap());
        assert_eq!((shots.positives.len(), shots.others.len()), (5, 5));
        assert!(shots.positives.iter().all(|&i| labels[i]));
        assert!(shots.others.iter().all(|&i| !labels[i]));
        let unlabelled = draw(&labels, 5, Against::Unlabelled, 7).unwrap();
        assert_eq!(unlabelled.positives, shots.positives);
        assert!(unlabelled.others.iter().any(|&i| labels[i]));
        assert!(
            unlabelled
                .others
                .iter()
                .all(|i| !unlabelled.positives.contains(i))
        );
    }

    #[test]
    fn a_direction_is_scored_on_rows_that_taught_nothing() {
        let labels = labels();
        let rows: Vec<Vec<f32>> = (0..60u8)
            .map(|i| vec![if i % 3 == 0 { 1.0 } else { -1.0 }, f32::from(i % 7)])
            .collect();
        let shots = draw(&labels, 4, Against::Negatives, 1).unwrap();
        let side = |rows_of: &[usize]| -> Vec<Vec<f32>> {
            rows_of.iter().map(|&i| rows[i].clone()).collect()
        };
        let direction = fit(&side(&shots.positives), &side(&shots.others)).unwrap();
        let scores = score(&direction, &rows, &labels, &shots).unwrap();
        assert_eq!((scores.accuracy, scores.auroc), (1.0, Some(1.0)));
        let wrong = Direction {
            weight: direction.weight.iter().map(|w| -w).collect(),
            bias: -direction.bias,
        };
        let scores = score(&wrong, &rows, &labels, &shots).unwrap();
        assert_eq!((scores.balanced_accuracy, scores.auroc), (0.0, Some(0.0)));
    }

    #[test]
    fn a_side_without_enough_rows_is_refused() {
        for (labels, shots) in [
            (vec![true; 9], 2),
            (labels(), 20),
            (labels(), 0),
            (vec![], 1),
        ] {
            let drawn = draw(&labels, shots, Against::Unlabelled, 0);
            assert!(matches!(drawn, Err(EvalError::TooFew { .. })), "{shots}");
        }
    }
}
