//! Binary classification: scores of a ranking, scores of decisions, and the linear probe that says how far an
//! attribute is a linear direction of a code.

use faer::linalg::matmul::matmul;
use faer::linalg::solvers::Solve;
use faer::{Accum, Mat, MatRef, Par, Side};

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

/// Rows of numbers of one width, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    /// The numbers, `rows x columns`.
    pub values: Vec<f64>,
    /// Numbers in a row.
    pub columns: usize,
}

impl Matrix {
    /// Takes rows of `columns` finite numbers.
    ///
    /// # Errors
    /// [`EvalError::Unequal`] for a number of values that fills no rows, [`EvalError::NotFinite`].
    pub fn new(values: Vec<f64>, columns: usize) -> Result<Self, EvalError> {
        if columns == 0 || !values.len().is_multiple_of(columns) {
            return Err(EvalError::Unequal {
                first: values.len(),
                second: columns,
            });
        }
        if !values.iter().all(|v| v.is_finite()) {
            return Err(EvalError::NotFinite);
        }
        Ok(Self { values, columns })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.values.len() / self.columns
    }

    /// A row, empty past the end.
    pub fn row(&self, index: usize) -> &[f64] {
        let start = index.saturating_mul(self.columns);
        self.values
            .get(start..start + self.columns)
            .unwrap_or_default()
    }

    /// The rows at `indices`, in that order.
    #[must_use]
    pub fn select(&self, indices: &[usize]) -> Self {
        Self {
            values: indices
                .iter()
                .flat_map(|&index| self.row(index))
                .copied()
                .collect(),
            columns: self.columns,
        }
    }

    pub(crate) fn view(&self) -> MatRef<'_, f64> {
        MatRef::from_row_major_slice(&self.values, self.rows(), self.columns)
    }
}

/// Mean and biased standard deviation of each column, by which codes are brought to one scale.
#[derive(Debug, Clone, PartialEq)]
pub struct Scaling {
    mean: Vec<f64>,
    std: Vec<f64>,
}

impl Scaling {
    /// Of the columns of a matrix; a constant column is left at its scale.
    pub fn of(matrix: &Matrix) -> Self {
        let rows = matrix.rows().max(1) as f64;
        let sum = |f: &dyn Fn(usize, f64) -> f64| -> Vec<f64> {
            let mut sums = vec![0.0; matrix.columns];
            for row in matrix.values.chunks_exact(matrix.columns) {
                for (column, (sum, value)) in sums.iter_mut().zip(row).enumerate() {
                    *sum += f(column, *value);
                }
            }
            sums.iter().map(|sum| sum / rows).collect()
        };
        let mean = sum(&|_, value| value);
        let variance = sum(&|column, value| (value - mean.get(column).unwrap_or(&0.0)).powi(2));
        let std = variance.iter().map(|variance| match variance.sqrt() {
            0.0 => 1.0,
            std => std,
        });
        Self {
            std: std.collect(),
            mean,
        }
    }

    /// (x - mean) / std, column by column.
    pub fn apply(&self, matrix: &Matrix) -> Matrix {
        let scale = self.mean.iter().zip(&self.std).cycle();
        let values = matrix.values.iter().zip(scale);
        Matrix {
            values: values.map(|(x, (mean, std))| (x - mean) / std).collect(),
            columns: matrix.columns,
        }
    }
}

/// A linear probe, logit(x) = weight · x + bias.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    /// Weight of each column.
    pub weight: Vec<f64>,
    /// Bias of the logit.
    pub bias: f64,
}

/// Newton steps at most; the convex problem needs about ten.
const NEWTON_STEPS: usize = 100;
/// Where the largest change of a weight ends Newton's method.
const CONVERGED: f64 = 1e-10;

impl Probe {
    /// Logistic regression: minimizes |w|² / 2 + c · Σ log-loss, with the bias free, which is scikit-learn's
    /// `LogisticRegression(C=c)`. Newton's method with halved steps where a whole one goes too far.
    ///
    /// # Errors
    /// [`EvalError::Unequal`], [`EvalError::OneClass`] where all labels are alike, [`EvalError::Singular`].
    pub fn fit(x: &Matrix, labels: &[bool], c: f64) -> Result<Self, EvalError> {
        equal(x.rows(), labels.len())?;
        if labels.iter().all(|&label| label) || !labels.contains(&true) {
            return Err(EvalError::OneClass);
        }
        let width = x.columns + 1;
        // The bias is the weight of a column of ones.
        let ones: Vec<f64> = (x.values.chunks_exact(x.columns))
            .flat_map(|row| row.iter().copied().chain([1.0]))
            .collect();
        let design = MatRef::from_row_major_slice(&ones, x.rows(), width);
        let ridge = |column: usize| if column < x.columns { 1.0 / c } else { 0.0 };
        let loss = |theta: &[f64]| -> f64 {
            let penalty = theta.iter().take(x.columns).map(|w| w * w).sum::<f64>() / (2.0 * c);
            let rows = ones.chunks_exact(width).zip(labels);
            let logs = rows.map(|(row, &label)| {
                let logit = dot(row, theta);
                softplus(if label { -logit } else { logit })
            });
            penalty + logs.sum::<f64>()
        };
        let mut theta = vec![0.0; width];
        let mut current = loss(&theta);
        for _ in 0..NEWTON_STEPS {
            let p: Vec<f64> = (ones.chunks_exact(width))
                .map(|row| 1.0 / (1.0 + (-dot(row, &theta)).exp()))
                .collect();
            let residual: Vec<f64> = (p.iter().zip(labels))
                .map(|(p, &label)| p - f64::from(label))
                .collect();
            let mut gradient: Vec<f64> = (0..width)
                .map(|column| ridge(column) * theta.get(column).unwrap_or(&0.0))
                .collect();
            for (row, residual) in ones.chunks_exact(width).zip(&residual) {
                for (g, x) in gradient.iter_mut().zip(row) {
                    *g += residual * x;
                }
            }
            let weighted: Vec<f64> = (ones.chunks_exact(width).zip(&p))
                .flat_map(|(row, p)| row.iter().map(move |x| x * (p * (1.0 - p)).max(1e-12)))
                .collect();
            let weighted = MatRef::from_row_major_slice(&weighted, x.rows(), width);
            let mut hessian = Mat::from_fn(width, width, |i, j| if i == j { ridge(i) } else { 0.0 });
            matmul(
                hessian.as_mut(),
                Accum::Add,
                weighted.transpose(),
                design,
                1.0,
                Par::Seq,
            );
            let rhs = Mat::from_fn(width, 1, |i, _| *gradient.get(i).unwrap_or(&0.0));
            let step = hessian
                .llt(Side::Lower)
                .map_err(|_| EvalError::Singular)?
                .solve(&rhs);
            let (mut size, mut moved) = (1.0, 0.0f64);
            loop {
                let next: Vec<f64> = (theta.iter().enumerate())
                    .map(|(i, t)| t - size * step.get(i, 0))
                    .collect();
                let after = loss(&next);
                if after <= current || size < 1e-6 {
                    for (a, b) in theta.iter().zip(&next) {
                        moved = moved.max((a - b).abs());
                    }
                    (theta, current) = (next, after);
                    break;
                }
                size /= 2.0;
            }
            if moved < CONVERGED {
                break;
            }
        }
        let bias = theta.pop().unwrap_or(0.0);
        Ok(Self {
            weight: theta,
            bias,
        })
    }

    /// The logit of every row.
    pub fn logits(&self, x: &Matrix) -> Vec<f64> {
        (x.values.chunks_exact(x.columns))
            .map(|row| dot(row, &self.weight) + self.bias)
            .collect()
    }
}

/// ln(1 + e^x) without overflow.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
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
            golden::close(auroc(&scores, &labels).unwrap().unwrap(), case.number("auroc"), 1e-12);
            let ap = average_precision(&scores, &labels).unwrap().unwrap();
            golden::close(ap, case.number("average_precision"), 1e-12);
            golden::close(f1(&decisions, &labels).unwrap(), case.number("f1"), 1e-12);
        }
    }

    #[test]
    fn the_probe_is_scikit_learns_logistic_regression() {
        for case in golden::cases("probe") {
            let x = Matrix::new(case.numbers("x"), 5).unwrap();
            let probe = Probe::fit(&x, &case.labels("labels"), case.number("c")).unwrap();
            for (ours, theirs) in probe.weight.iter().zip(case.numbers("weight")) {
                golden::close(*ours, theirs, 2e-6);
            }
            golden::close(probe.bias, case.number("bias"), 2e-6);
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
        let x = Matrix::new(vec![1.0, 2.0], 1).unwrap();
        let alike = Probe::fit(&x, &[true, true], 1.0);
        assert!(matches!(alike, Err(EvalError::OneClass)));
        assert!(Matrix::new(vec![1.0], 2).is_err());
    }
}
