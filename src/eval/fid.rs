//! The Fréchet distance between two sets of features, taken for Gaussians (Heusel et al., NIPS 2017), in f64 and on
//! one thread, so that the same rows give the same figure to the bit.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par, Side};

use super::EvalError;

/// Rows whose products are summed at a time.
const BLOCK: usize = 1024;

/// Mean and unbiased covariance of a set of features.
#[derive(Debug, Clone)]
pub struct Moments {
    mean: Vec<f64>,
    covariance: Mat<f64>,
}

impl Moments {
    /// Of rows of `columns` features, row-major.
    ///
    /// # Errors
    /// [`EvalError::TooFew`] for fewer than two rows, [`EvalError::Unequal`], [`EvalError::NotFinite`].
    pub fn of(features: &[f32], columns: usize) -> Result<Self, EvalError> {
        if columns == 0 || !features.len().is_multiple_of(columns) {
            return Err(EvalError::Unequal {
                first: features.len(),
                second: columns,
            });
        }
        let rows = features.len() / columns;
        if rows < 2 {
            return Err(EvalError::TooFew {
                what: "a covariance",
                needed: 2,
                found: rows,
            });
        }
        if !features.iter().all(|f| f.is_finite()) {
            return Err(EvalError::NotFinite);
        }
        let mut mean = vec![0.0; columns];
        for row in features.chunks_exact(columns) {
            for (sum, value) in mean.iter_mut().zip(row) {
                *sum += f64::from(*value);
            }
        }
        mean.iter_mut().for_each(|sum| *sum /= rows as f64);
        let mut covariance = Mat::zeros(columns, columns);
        for block in features.chunks(BLOCK * columns) {
            let centred = Mat::from_fn(block.len() / columns, columns, |i, j| {
                let value = block.get(i * columns + j).copied().unwrap_or(0.0);
                f64::from(value) - mean.get(j).unwrap_or(&0.0)
            });
            let scale = 1.0 / (rows - 1) as f64;
            let (left, right) = (centred.transpose(), centred.as_ref());
            matmul(
                covariance.as_mut(),
                Accum::Add,
                left,
                right,
                scale,
                Par::Seq,
            );
        }
        Ok(Self { mean, covariance })
    }
}

/// |m₁ − m₂|² + tr(C₁ + C₂ − 2 (C₁ C₂)^½). The trace of the root is that of (C₁^½ C₂ C₁^½)^½, which is symmetric,
/// so that no complex number comes up however few rows there were.
///
/// # Errors
/// [`EvalError::Unequal`] for features of different widths, [`EvalError::Singular`].
pub fn frechet(a: &Moments, b: &Moments) -> Result<f64, EvalError> {
    super::classification::equal(a.mean.len(), b.mean.len())?;
    let means = a.mean.iter().zip(&b.mean);
    let distance: f64 = means.map(|(a, b)| (a - b).powi(2)).sum();
    let eigen = (a.covariance)
        .self_adjoint_eigen(Side::Lower)
        .map_err(|_| EvalError::Singular)?;
    let (vectors, values) = (eigen.U(), eigen.S());
    let scaled = Mat::from_fn(vectors.nrows(), vectors.ncols(), |i, j| {
        // Rounding leaves eigenvalues that should be 0 a little below it.
        vectors[(i, j)] * values[j].max(0.0).sqrt().sqrt()
    });
    // C₁^½ = (U S^¼)(U S^¼)ᵀ
    let root = &scaled * scaled.transpose();
    let inner = &root * &b.covariance * &root;
    let inner = inner
        .self_adjoint_eigenvalues(Side::Lower)
        .map_err(|_| EvalError::Singular)?;
    let root_trace: f64 = inner.iter().map(|value| value.max(0.0).sqrt()).sum();
    let trace = |m: &Mat<f64>| (0..m.nrows()).map(|i| m[(i, i)]).sum::<f64>();
    Ok(distance + trace(&a.covariance) + trace(&b.covariance) - 2.0 * root_trace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::golden;

    fn gaussian(mean: &[f64], covariance: &[f64]) -> Moments {
        let n = mean.len();
        Moments {
            mean: mean.to_vec(),
            covariance: Mat::from_fn(n, n, |i, j| covariance[i * n + j]),
        }
    }

    #[test]
    fn gaussians_have_their_analytic_distance() {
        // Covariances that commute: Σ (√a − √b)², and the means apart by 5.
        let a = gaussian(&[0.0, 0.0], &[4.0, 0.0, 0.0, 9.0]);
        let b = gaussian(&[3.0, 4.0], &[1.0, 0.0, 0.0, 16.0]);
        golden::close(frechet(&a, &b).unwrap(), 25.0 + 1.0 + 1.0, 1e-12);
        golden::close(frechet(&a, &a).unwrap(), 0.0, 1e-12);
        // Two that do not: tr (C₁ C₂)^½ of 2 x 2 is √(tr C₁C₂ + 2 √det C₁C₂).
        let c = gaussian(&[0.0, 0.0], &[2.0, 1.0, 1.0, 3.0]);
        let root = ((4.0 * 2.0 + 9.0 * 3.0) + 2.0 * (36.0f64 * 5.0).sqrt()).sqrt();
        golden::close(frechet(&a, &c).unwrap(), 13.0 + 5.0 - 2.0 * root, 1e-12);
        golden::close(frechet(&c, &a).unwrap(), 18.0 - 2.0 * root, 1e-12);
        // A covariance without full rank, as few pictures leave.
        let flat = gaussian(&[0.0, 0.0], &[1.0, 1.0, 1.0, 1.0]);
        golden::close(frechet(&flat, &flat).unwrap(), 0.0, 1e-7);
        assert!(frechet(&a, &gaussian(&[0.0], &[1.0])).is_err());
    }

    #[test]
    fn features_give_the_distance_of_pytorch_fid() {
        for case in golden::cases("fid") {
            let columns = case.number("columns") as usize;
            let features =
                |name| -> Vec<f32> { case.numbers(name).iter().map(|&v| v as f32).collect() };
            let a = Moments::of(&features("a"), columns).unwrap();
            let b = Moments::of(&features("b"), columns).unwrap();
            golden::close(frechet(&a, &b).unwrap(), case.number("fid"), 1e-6);
        }
    }

    #[test]
    fn one_row_or_a_nan_has_no_covariance() {
        assert!(matches!(
            Moments::of(&[1.0, 2.0], 2),
            Err(EvalError::TooFew { .. })
        ));
        assert!(matches!(Moments::of(&[], 2), Err(EvalError::TooFew { .. })));
        assert!(Moments::of(&[1.0, f32::NAN], 1).is_err());
        assert!(Moments::of(&[1.0, 2.0, 3.0], 2).is_err());
    }
}
