//! The linear probe, which says how far an attribute is a linear direction of a code.

use faer::linalg::matmul::matmul;
use faer::linalg::solvers::Solve;
use faer::{Accum, Mat, MatRef, Par, Side};

use super::EvalError;
use super::classification::equal;
use super::matrix::Matrix;

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
            let mut hessian =
                Mat::from_fn(width, width, |i, j| if i == j { ridge(i) } else { 0.0 });
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::golden;

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
    fn labels_that_are_all_alike_teach_nothing() {
        let x = Matrix::new(vec![1.0, 2.0], 1).unwrap();
        let alike = Probe::fit(&x, &[true, true], 1.0);
        assert!(matches!(alike, Err(EvalError::OneClass)));
        assert!(Matrix::new(vec![1.0], 2).is_err());
    }
}
