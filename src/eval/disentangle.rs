//! How far single dimensions of a code stand for single attributes: DCI (Eastwood and Williams, ICLR 2018) with
//! its Lasso, and TAD (Yeats et al., ECCV 2022).

use super::EvalError;
use super::classification::{auroc, equal};
use super::lasso::lasso;
use super::matrix::{Matrix, Scaling};

/// The Lasso's penalty of the published code of DCI.
pub const DCI_ALPHA: f64 = 0.02;
/// What an attribute's best dimension must reach for TAD to count the attribute as captured.
pub const TAD_CAPTURED: f64 = 0.75;
/// How much of an attribute's entropy another attribute may take away before TAD leaves it out.
pub const TAD_SHARED: f64 = 0.2;

/// Keeps logarithms of zero and divisions by zero out, as in the published code.
const TINY: f64 = 1e-12;

/// Disentanglement, completeness and informativeness, each 1 at best (informativeness: 0 at best).
#[derive(Debug, Clone, PartialEq)]
pub struct Dci {
    /// How far a dimension stands for one attribute alone, weighted by how much the dimension matters.
    pub disentanglement: f64,
    /// How far an attribute is held by one dimension alone, averaged over the attributes.
    pub completeness: f64,
    /// Root mean squared error of the regressions over the attribute's standard deviation, on the rows kept for
    /// testing and averaged over the attributes.
    pub informativeness: f64,
}

/// DCI of codes, [N, Z], and attributes, [N, A], both brought to mean 0 and standard deviation 1 on the rows to
/// learn from. Importance of a dimension for an attribute is the absolute coefficient of a Lasso. An attribute that
/// is the same in all rows to learn from has no part in it.
///
/// # Errors
/// [`EvalError::Unequal`]; [`EvalError::TooFew`] without rows to learn from or to test on.
pub fn dci(
    codes: &Matrix,
    attributes: &Matrix,
    train: &[usize],
    test: &[usize],
    alpha: f64,
) -> Result<Dci, EvalError> {
    equal(codes.rows(), attributes.rows())?;
    for rows in [train, test] {
        if rows.is_empty() {
            return Err(EvalError::TooFew {
                what: "DCI, on either side of the split,",
                needed: 1,
                found: 0,
            });
        }
    }
    let (x, y) = (codes.select(train), attributes.select(train));
    let (x_scaling, y_scaling) = (Scaling::of(&x), Scaling::of(&y));
    let (x, y) = (x_scaling.apply(&x), y_scaling.apply(&y));
    let x_test = x_scaling.apply(&codes.select(test));
    let y_test = y_scaling.apply(&attributes.select(test));

    let mut importance: Vec<Vec<f64>> = Vec::new(); // [attributes][Z]
    let mut errors = Vec::new();
    for attribute in 0..y.columns {
        let column = |m: &Matrix| -> Vec<f64> {
            let rows = m.values.chunks_exact(m.columns);
            rows.filter_map(|row| row.get(attribute).copied()).collect()
        };
        let target = column(&y);
        if target.iter().all(|v| *v == 0.0) {
            continue;
        }
        let b = lasso(&x, &target, alpha);
        let error = (x_test
            .values
            .chunks_exact(x_test.columns)
            .zip(column(&y_test)))
        .map(|(row, y)| {
            let predicted: f64 = row.iter().zip(&b).map(|(x, b)| x * b).sum();
            (predicted - y).powi(2)
        })
        .sum::<f64>();
        // The target's standard deviation is 1 on the rows that were learned from.
        errors.push((error / y_test.rows() as f64).sqrt());
        importance.push(b.iter().map(|b| b.abs()).collect());
    }
    if importance.is_empty() {
        return Err(EvalError::OneClass);
    }
    let (disentanglement, completeness) = disentanglement_and_completeness(&importance);
    Ok(Dci {
        disentanglement,
        completeness,
        informativeness: errors.iter().sum::<f64>() / errors.len() as f64,
    })
}

/// D and C of importances `[attribute][dimension]`.
fn disentanglement_and_completeness(importance: &[Vec<f64>]) -> (f64, f64) {
    let dimensions = importance.first().map_or(0, Vec::len);
    let mut weighted = 0.0;
    let mut total = 0.0;
    for dimension in 0..dimensions {
        let row: Vec<f64> = (importance.iter())
            .filter_map(|attribute| attribute.get(dimension).copied())
            .collect();
        let weight: f64 = row.iter().sum();
        weighted += weight * concentration(&row);
        total += weight;
    }
    let disentanglement = if total > 0.0 { weighted / total } else { 0.0 };
    let completeness = importance.iter().map(|row| concentration(row)).sum::<f64>();
    (disentanglement, completeness / importance.len() as f64)
}

/// 1 minus the entropy of shares, over that of equal shares; a single part has all there is.
fn concentration(parts: &[f64]) -> f64 {
    if parts.len() < 2 {
        return 1.0;
    }
    let sum: f64 = parts.iter().map(|part| part + TINY).sum();
    let base = (parts.len() as f64 + TINY).ln();
    let entropy: f64 = parts
        .iter()
        .map(|part| {
            let share = (part + TINY) / sum;
            -share * (share + TINY).ln() / base
        })
        .sum();
    1.0 - entropy
}

/// Total AUROC difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Tad {
    /// The sum over captured attributes of what the best dimension is ahead of the second best.
    pub tad: f64,
    /// The captured attributes' columns.
    pub captured: Vec<usize>,
}

/// TAD of codes, [N, Z], and labels, `[N][A]`: each dimension by itself, in the better of both directions, is a
/// detector of each attribute. Attributes that share more than [`TAD_SHARED`] of their entropy with another one,
/// and attributes whose best detector is below [`TAD_CAPTURED`], do not count.
///
/// # Errors
/// [`EvalError::Unequal`].
pub fn tad(codes: &Matrix, labels: &[Vec<bool>]) -> Result<Tad, EvalError> {
    equal(codes.rows(), labels.len())?;
    let attributes = labels.first().map_or(0, Vec::len);
    let columns: Vec<Vec<bool>> = (0..attributes)
        .map(|a| {
            labels
                .iter()
                .filter_map(|row| row.get(a).copied())
                .collect()
        })
        .collect();
    let dimensions: Vec<Vec<f64>> = (0..codes.columns)
        .map(|d| {
            let rows = codes.values.chunks_exact(codes.columns);
            rows.filter_map(|row| row.get(d).copied()).collect()
        })
        .collect();
    let mut sum = 0.0;
    let mut captured = Vec::new();
    for (index, column) in columns.iter().enumerate() {
        let (mut best, mut second) = (0.0f64, 0.0f64);
        for dimension in &dimensions {
            let Some(area) = auroc(dimension, column)? else {
                break;
            };
            let area = area.max(1.0 - area);
            if area > best {
                (best, second) = (area, best);
            } else {
                second = second.max(area);
            }
        }
        let entropy = mutual_information(column, column);
        let shared = (columns.iter().enumerate())
            .filter(|(other, _)| *other != index)
            .map(|(_, other)| mutual_information(column, other))
            .fold(0.0, f64::max);
        if entropy > 0.0 && best >= TAD_CAPTURED && shared / entropy <= TAD_SHARED {
            sum += best - second;
            captured.push(index);
        }
    }
    Ok(Tad { tad: sum, captured })
}

/// Mutual information of two lists of labels in nats; of a list with itself, its entropy.
fn mutual_information(a: &[bool], b: &[bool]) -> f64 {
    let n = a.len().max(1) as f64;
    let share = |test: &dyn Fn(bool, bool) -> bool| {
        let pairs = a.iter().zip(b);
        pairs.filter(|&(&a, &b)| test(a, b)).count() as f64 / n
    };
    let mut sum = 0.0;
    for x in [false, true] {
        for y in [false, true] {
            let joint = share(&|a, b| a == x && b == y);
            if joint > 0.0 {
                let (px, py) = (share(&|a, _| a == x), share(&|_, b| b == y));
                sum += joint * (joint / (px * py)).ln();
            }
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::golden;

    #[test]
    fn dci_is_that_of_scikit_learns_lasso_and_the_published_arithmetic() {
        for case in golden::cases("dci") {
            let codes = Matrix::new(case.numbers("codes"), 6).unwrap();
            let attributes = Matrix::new(case.numbers("attributes"), 4).unwrap();
            let half = codes.rows() / 2;
            let (train, test): (Vec<usize>, Vec<usize>) =
                (0..codes.rows()).partition(|i| *i < half);
            let dci = dci(&codes, &attributes, &train, &test, DCI_ALPHA).unwrap();
            golden::close(dci.disentanglement, case.number("disentanglement"), 1e-6);
            golden::close(dci.completeness, case.number("completeness"), 1e-6);
            golden::close(dci.informativeness, case.number("informativeness"), 1e-6);
        }
    }

    #[test]
    fn a_single_part_has_all_there_is() {
        assert_eq!(concentration(&[0.7]), 1.0);
    }

    #[test]
    fn tad_is_that_of_the_published_arithmetic() {
        for case in golden::cases("tad") {
            let codes = Matrix::new(case.numbers("codes"), 6).unwrap();
            let labels = case.labels("labels");
            let labels: Vec<Vec<bool>> = labels.chunks(5).map(<[bool]>::to_vec).collect();
            let tad = tad(&codes, &labels).unwrap();
            golden::close(tad.tad, case.number("tad"), 1e-6);
            let captured: Vec<f64> = tad.captured.iter().map(|&i| i as f64).collect();
            assert_eq!(captured, case.numbers("captured"));
        }
    }

    #[test]
    fn a_code_that_is_the_attributes_is_disentangled_and_a_rotated_one_is_not() {
        let labels = |i: usize| [i % 2, i / 2 % 2].map(|bit| bit as f64);
        let attributes = Matrix::new((0..64).flat_map(labels).collect(), 2).unwrap();
        let rows: Vec<usize> = (0..64).collect();
        let score = |codes: &Matrix| dci(codes, &attributes, &rows, &rows, DCI_ALPHA).unwrap();
        let same = score(&attributes);
        assert!(
            same.disentanglement > 0.999 && same.completeness > 0.999,
            "{same:?}"
        );
        // The Lasso's penalty is all that is lost.
        golden::close(same.informativeness, DCI_ALPHA, 1e-9);
        let mixed = (0..64).flat_map(|i| {
            let [a, b] = labels(i);
            [a + b, a - b]
        });
        let rotated = score(&Matrix::new(mixed.collect(), 2).unwrap());
        assert!(rotated.disentanglement < 0.001, "{rotated:?}");
        assert!(dci(&attributes, &attributes, &[], &rows, DCI_ALPHA).is_err());
    }
}
