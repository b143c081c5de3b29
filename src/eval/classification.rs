//! Binary classification: scores of a ranking, and of decisions.

use super::EvalError;

/// Area under the ROC curve: the chance that a positive scores above a negative, ties counting half. `None` without
/// a positive or without a negative, where there is no curve.
///
/// # Errors
/// [`EvalError::Unequal`] and [`EvalError::NotFinite`].
pub fn auroc(scores: &[f64], labels: &[bool]) -> Result<Option<f64>, EvalError> {
    let order = descending(scores, labels)?;
    let positives = labels.iter().filter(|&&label| label).count();
    let negatives = labels.len() - positives;
    if positives == 0 || negatives == 0 {
        return Ok(None);
    }
    let (mut above, mut area) = (0, 0.0);
    for tie in order.chunk_by(|a, b| a.0 == b.0) {
        let hits = tie.iter().filter(|(_, label)| *label).count();
        area += (tie.len() - hits) as f64 * (above as f64 + hits as f64 / 2.0);
        above += hits;
    }
    Ok(Some(area / (positives as f64 * negatives as f64)))
}

/// Average precision: the mean over recall steps of the precision reached there, without interpolation. `None`
/// without a positive.
///
/// # Errors
/// As [`auroc`].
pub fn average_precision(scores: &[f64], labels: &[bool]) -> Result<Option<f64>, EvalError> {
    let order = descending(scores, labels)?;
    let positives = labels.iter().filter(|&&label| label).count();
    if positives == 0 {
        return Ok(None);
    }
    let (mut seen, mut hits, mut sum) = (0, 0, 0.0);
    for tie in order.chunk_by(|a, b| a.0 == b.0) {
        let new = tie.iter().filter(|(_, label)| *label).count();
        seen += tie.len();
        hits += new;
        sum += new as f64 * hits as f64 / seen as f64;
    }
    Ok(Some(sum / positives as f64))
}

/// F1 of decisions, the harmonic mean of precision and recall; 0 where both are.
///
/// # Errors
/// [`EvalError::Unequal`].
pub fn f1(decisions: &[bool], labels: &[bool]) -> Result<f64, EvalError> {
    equal(decisions.len(), labels.len())?;
    let count = |decision, label| {
        let pairs = decisions.iter().zip(labels);
        pairs.filter(|&pair| pair == (&decision, &label)).count() as f64
    };
    let hits = count(true, true);
    let wrong = count(true, false) + count(false, true);
    Ok(if hits == 0.0 {
        0.0
    } else {
        2.0 * hits / (2.0 * hits + wrong)
    })
}

/// The three figures of one attribute; each is `None` where it is not defined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scores {
    /// Area under the ROC curve.
    pub auroc: Option<f64>,
    /// Average precision.
    pub average_precision: Option<f64>,
    /// F1 of deciding by the sign of the score.
    pub f1: f64,
}

impl Scores {
    /// Of logits, which decide by their sign.
    ///
    /// # Errors
    /// As [`auroc`].
    pub fn of_logits(logits: &[f64], labels: &[bool]) -> Result<Self, EvalError> {
        let decisions: Vec<bool> = logits.iter().map(|&logit| logit > 0.0).collect();
        Ok(Self {
            auroc: auroc(logits, labels)?,
            average_precision: average_precision(logits, labels)?,
            f1: f1(&decisions, labels)?,
        })
    }
}

/// Scores and labels, the highest score first.
fn descending(scores: &[f64], labels: &[bool]) -> Result<Vec<(f64, bool)>, EvalError> {
    equal(scores.len(), labels.len())?;
    if scores.iter().any(|score| score.is_nan()) {
        return Err(EvalError::NotFinite);
    }
    let mut order: Vec<(f64, bool)> = scores.iter().copied().zip(labels.iter().copied()).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    Ok(order)
}

pub(super) fn equal(first: usize, second: usize) -> Result<(), EvalError> {
    match first == second {
        true => Ok(()),
        false => Err(EvalError::Unequal { first, second }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::golden;

    #[test]
    fn rankings_and_decisions_score_as_in_scikit_learn() {
        for case in golden::cases("classification") {
            let scores = case.numbers("scores");
            let labels = case.labels("labels");
            let decisions: Vec<bool> = scores.iter().map(|&s| s > 0.0).collect();
            golden::close(
                auroc(&scores, &labels).unwrap().unwrap(),
                case.number("auroc"),
                1e-12,
            );
            let ap = average_precision(&scores, &labels).unwrap().unwrap();
            golden::close(ap, case.number("average_precision"), 1e-12);
            golden::close(f1(&decisions, &labels).unwrap(), case.number("f1"), 1e-12);
        }
    }

    #[test]
    fn what_is_not_defined_is_not_a_number() {
        assert_eq!(auroc(&[1.0, 2.0], &[true, true]).unwrap(), None);
        assert_eq!(average_precision(&[1.0, 2.0], &[false; 2]).unwrap(), None);
        assert_eq!(f1(&[false, false], &[true, false]).unwrap(), 0.0);
        assert_eq!(auroc(&[0.5, 0.5], &[true, false]).unwrap(), Some(0.5));
        assert!(matches!(auroc(&[1.0], &[]), Err(EvalError::Unequal { .. })));
        let nan = auroc(&[f64::NAN], &[true]);
        assert!(matches!(nan, Err(EvalError::NotFinite)));
    }
}
