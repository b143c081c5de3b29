//! Products of the columns of one matrix with those of another, aᵀ b: what gradients of weights come down to, sums over
//! rows that both matrices have, one for each pixel or tile.

use macerator::WithSimd;

use crate::ops::cpu::simd::{self, F32, Simd, for_each_row, lanes, load, mul_add, splat, store};

/// Rows whose products are summed in registers, so that both matrices' parts stay in the first level cache.
const RUN: usize = 128;

/// out = leftᵀ · right, or out += leftᵀ · right, over the first `rows` rows; the rows of both lie one after the other.
/// Each has a number of columns that is a multiple of the vector's width; `out` is [columns of left, columns of right].
pub(super) fn product(
    rows: usize,
    sides: [&[f32]; 2],
    columns: [usize; 2],
    out: &mut [f32],
    add: bool,
) {
    simd::run(Product {
        rows,
        sides,
        columns,
        out,
        add,
    });
}

struct Product<'a> {
    rows: usize,
    sides: [&'a [f32]; 2],
    columns: [usize; 2],
    out: &'a mut [f32],
    add: bool,
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        let Self {
            rows,
            sides: [left, right],
            columns,
            out,
            add,
        } = self;
        let width = 2 * lanes::<S>();
        for start in (0..rows).step_by(RUN) {
            let run = RUN.min(rows - start);
            let add = add || start > 0;
            let left = &left[start * columns[0]..];
            let right = &right[start * columns[1]..];
            for column in (0..columns[1]).step_by(width) {
                let (sides, out) = ([left, &right[column..]], &mut out[column..]);
                if columns[1] - column >= width {
                    columns_times::<S, 2>(run, sides, columns, out, add);
                } else {
                    columns_times::<S, 1>(run, sides, columns, out, add);
                }
            }
        }
    }
}

/// All columns of the left matrix times the first N vectors of columns of the right one.
#[inline(always)]
fn columns_times<S: Simd, const N: usize>(
    rows: usize,
    [left, right]: [&[f32]; 2],
    columns: [usize; 2],
    out: &mut [f32],
    add: bool,
) {
    let mut column = 0;
    macro_rules! blocks {
        ($($size:literal)*) => {{$(
            while columns[0] - column >= $size {
                let out = &mut out[column * columns[1]..];
                block::<S, $size, N>(rows, [&left[column..], right], columns, out, add);
                column += $size;
            }
        )*}};
    }
    // As many sums as there are registers for. The last size divides the vector's width, so that no column is left.
    match lanes::<S>() {
        4 => blocks!(4),
        8 => blocks!(6 4 2),
        _ => blocks!(12 8 4 2),
    }
}

/// M columns times N vectors of columns, in registers.
#[inline(always)]
fn block<S: Simd, const M: usize, const N: usize>(
    rows: usize,
    sides: [&[f32]; 2],
    columns: [usize; 2],
    out: &mut [f32],
    add: bool,
) {
    let lanes = lanes::<S>();
    let mut sums: [[F32<S>; N]; M] = [[splat(0.0); N]; M];
    if add {
        for (i, sums) in sums.iter_mut().enumerate() {
            for (j, sum) in sums.iter_mut().enumerate() {
                *sum = load(&out[i * columns[1] + j * lanes..]);
            }
        }
    }
    for_each_row::<S, M, N>(
        rows,
        sides,
        columns,
        #[inline(always)]
        |left, right| {
            for (sums, left) in sums.iter_mut().zip(left) {
                let left = splat::<S>(left);
                for (sum, right) in sums.iter_mut().zip(right) {
                    *sum = mul_add(left, right, *sum);
                }
            }
        },
    );
    for (i, sums) in sums.into_iter().enumerate() {
        for (j, sum) in sums.into_iter().enumerate() {
            store(&mut out[i * columns[1] + j * lanes..], sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Products over more rows than one run, of every number of columns up to four vectors, added up in two parts.
    fn check(lanes: usize, product: impl Fn(Product<'_>)) {
        let rows = RUN + 3;
        let values = |columns: usize, by: usize| -> Vec<f32> {
            let values = 0..rows * columns;
            values.map(|i| ((i * by) % 7) as f32 - 3.0).collect()
        };
        for [a, b] in (1..=4).flat_map(|a| [1, 2, 3].map(|b| [a * lanes, b * lanes])) {
            let (left, right) = (values(a, 5), values(b, 3));
            let mut out = vec![f32::NAN; a * b];
            for add in [false, true] {
                product(Product {
                    rows,
                    sides: [&left, &right],
                    columns: [a, b],
                    out: &mut out,
                    add,
                });
            }
            for (at, found) in out.into_iter().enumerate() {
                let pairs = (0..rows).map(|row| left[row * a + at / b] * right[row * b + at % b]);
                let expected = 2.0 * pairs.sum::<f32>();
                assert_eq!(found, expected, "{at} of {a} x {b} columns");
            }
        }
    }

    #[test]
    fn every_column_is_summed_at_any_width() {
        check(simd::panel_width() / 2, |product| simd::run(product));
        check(2, |product| simd::run_without_vectors(product));
    }
}
