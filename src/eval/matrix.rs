//! Rows of numbers, and bringing their columns to one scale.

use faer::MatRef;

use super::EvalError;

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
