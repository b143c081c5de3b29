//! The Lasso by coordinate descent: the regressor of DCI.

use super::matrix::Matrix;

/// Sweeps at most, and the largest change of a coefficient that ends them.
const SWEEPS: usize = 20_000;
const CONVERGED: f64 = 1e-11;

/// Coefficients b that minimize |y - x b|² / (2 n) + alpha |b|₁, for centred `x` and `y` (scikit-learn's
/// `Lasso(alpha)`, whose intercept is then zero).
pub(super) fn lasso(x: &Matrix, y: &[f64], alpha: f64) -> Vec<f64> {
    let n = y.len() as f64;
    let width = x.columns;
    // Only products of columns count: the Gram matrix is made once, and a sweep costs width² then.
    let gram = {
        let x = x.view();
        x.transpose() * x
    };
    let mut gradient: Vec<f64> = vec![0.0; width];
    for (row, y) in x.values.chunks_exact(width).zip(y) {
        for (g, x) in gradient.iter_mut().zip(row) {
            *g += x * y;
        }
    }
    let mut b = vec![0.0; width];
    for _ in 0..SWEEPS {
        let mut largest = 0.0f64;
        for column in 0..width {
            let square = gram[(column, column)];
            let (Some(g), Some(old)) = (gradient.get(column), b.get(column).copied()) else {
                continue;
            };
            if square == 0.0 {
                continue;
            }
            // `gradient` is x'(y - x b); without this coefficient it would be larger by square · b.
            let rho = (g + square * old) / n;
            let new = rho.signum() * (rho.abs() - alpha).max(0.0) / (square / n);
            let change = new - old;
            if change != 0.0 {
                for (row, g) in gradient.iter_mut().enumerate() {
                    *g -= gram[(row, column)] * change;
                }
                if let Some(b) = b.get_mut(column) {
                    *b = new;
                }
            }
            largest = largest.max(change.abs());
        }
        if largest < CONVERGED {
            break;
        }
    }
    b
}
