//! Products of the columns of one matrix with those of another, aᵀ b: what gradients of weights come down to, sums over
//! rows that both matrices have, one for each pixel or tile.

use macerator::WithSimd;

use crate::ops::cpu::simd::{self, F32, Simd, for_each_row, lanes, load, splat, store};

/// Some columns of a matrix: row k starts at `k · stride`. Their number is a multiple of the vector's width.
#[derive(Clone, Copy)]
pub(super) struct Columns<'a> {
    pub(super) values: &'a [f32],
    pub(super) stride: usize,
    pub(super) count: usize,
}

/// Rows whose products are summed in registers, so that both matrices' parts stay in the first level cache.
const RUN: usize = 128;

/// out = leftᵀ · right, or out += leftᵀ · right, over the first `rows` rows; `out` has as many values in a row as
/// `right` has columns.
pub(super) fn product(
    rows: usize,
    left: Columns<'_>,
    right: Columns<'_>,
    out: &mut [f32],
    add: bool,
) {
    simd::run(Product {
        rows,
        left,
        right,
        out,
        add,
    });
}

struct Product<'a> {
    rows: usize,
    left: Columns<'a>,
    right: Columns<'a>,
    out: &'a mut [f32],
    add: bool,
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        let Self {
            rows,
            left,
            right,
            out,
            add,
        } = self;
        let width = 2 * lanes::<S>();
        for start in (0..rows).step_by(RUN) {
            let run = RUN.min(rows - start);
            let add = add || start > 0;
            let left = Columns {
                values: &left.values[start * left.stride..],
                ..left
            };
            let mut column = 0;
            while column < right.count {
                let panel = Columns {
                    values: &right.values[start * right.stride + column..],
                    ..right
                };
                let out = &mut out[column..];
                if right.count - column >= width {
                    columns_times::<S, 2>(run, left, panel, out, add);
                } else {
                    columns_times::<S, 1>(run, left, panel, out, add);
                }
                column += width;
            }
        }
    }
}

/// All columns of the left matrix times N vectors of columns of the right one.
#[inline(always)]
fn columns_times<S: Simd, const N: usize>(
    rows: usize,
    left: Columns<'_>,
    right: Columns<'_>,
    out: &mut [f32],
    add: bool,
) {
    let mut column = 0;
    macro_rules! blocks {
        ($($size:literal)*) => {{$(
            while left.count - column >= $size {
                let from = [&left.values[column..], right.values];
                let out = &mut out[column * right.count..];
                block::<S, $size, N>(rows, from, [left.stride, right.stride], out, right.count, add);
                column += $size;
            }
        )*}};
    }
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
    from: [&[f32]; 2],
    strides: [usize; 2],
    out: &mut [f32],
    out_stride: usize,
    add: bool,
) {
    let lanes = lanes::<S>();
    let mut sums: [[F32<S>; N]; M] = [[splat(0.0); N]; M];
    if add {
        for (i, sums) in sums.iter_mut().enumerate() {
            for (j, sum) in sums.iter_mut().enumerate() {
                *sum = load(&out[i * out_stride + j * lanes..]);
            }
        }
    }
    for_each_row::<S, M, N>(
        rows,
        from,
        strides,
        #[inline(always)]
        |left, right| {
            for (sums, left) in sums.iter_mut().zip(left) {
                let left = splat::<S>(left);
                for (sum, right) in sums.iter_mut().zip(right) {
                    *sum = left.mul_add(right, *sum);
                }
            }
        },
    );
    for (i, sums) in sums.into_iter().enumerate() {
        for (j, sum) in sums.into_iter().enumerate() {
            store(&mut out[i * out_stride + j * lanes..], sum);
        }
    }
}
