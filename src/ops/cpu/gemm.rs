//! Matrix products of a few rows with a prepared matrix, which all convolutions and linear layers
//! come down to. The prepared matrix lies in panels of two vectors' width, so that the innermost loop
//! reads it from start to end.

use macerator::WithSimd;

use super::simd::{self, F32, Simd, for_each_pair, lanes, load, splat, store};

/// A matrix [inner, columns] in panels: for each panel of columns, `inner` rows of the panel's width.
/// Columns beyond the last are zero.
#[derive(Debug)]
pub(super) struct Panels {
    values: Vec<f32>,
    inner: usize,
}

/// Rows of the left matrix: row i starts at `i · stride`.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) values: &'a [f32],
    pub(super) stride: usize,
    pub(super) count: usize,
}

/// Longest part of the inner dimension that is summed at once.
const RUN: usize = 384;

/// Columns in a panel on this machine.
pub(super) fn panel_width() -> usize {
    struct Width;
    impl WithSimd for Width {
        type Output = usize;
        #[inline(always)]
        fn with_simd<S: Simd>(self) -> usize {
            2 * lanes::<S>()
        }
    }
    simd::run(Width)
}

/// Columns of a row that has room for whole panels.
pub(super) fn padded_width(columns: usize) -> usize {
    columns.next_multiple_of(panel_width())
}

impl Panels {
    /// From the value at each row of the inner dimension and each column.
    pub(super) fn new(inner: usize, columns: usize, value: impl Fn(usize, usize) -> f32) -> Self {
        let mut values = vec![0.0; padded_width(columns) * inner];
        pack(&mut values, [inner, columns], value);
        Self { values, inner }
    }

    /// The product's inner dimension.
    pub(super) fn inner(&self) -> usize {
        self.inner
    }
}

/// Fills panels of a matrix [inner, columns] with the value at each row and column.
pub(super) fn pack(
    panels: &mut [f32],
    [inner, columns]: [usize; 2],
    value: impl Fn(usize, usize) -> f32,
) {
    let width = panel_width();
    for (index, panel) in panels.chunks_exact_mut((width * inner).max(1)).enumerate() {
        for (row, to) in panel.chunks_exact_mut(width).enumerate() {
            for (column, to) in (index * width..).zip(to) {
                *to = if column < columns {
                    value(row, column)
                } else {
                    0.0
                };
            }
        }
    }
}

/// out = rows · panels, or out += rows · panels. A row of `out` has room for whole panels.
pub(super) fn product(rows: Rows<'_>, panels: &Panels, out: &mut [f32], add: bool) {
    product_with(rows, &panels.values, panels.inner, out, add);
}

/// [`product`] with panels that lie elsewhere.
pub(super) fn product_with(
    rows: Rows<'_>,
    panels: &[f32],
    inner: usize,
    out: &mut [f32],
    add: bool,
) {
    simd::run(Product {
        rows,
        panels,
        inner,
        out,
        add,
    });
}

struct Product<'a> {
    rows: Rows<'a>,
    panels: &'a [f32],
    inner: usize,
    out: &'a mut [f32],
    add: bool,
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        let Self {
            rows,
            panels,
            inner,
            out,
            add,
        } = self;
        let width = 2 * lanes::<S>();
        let stride = panels.len() / inner.max(1);
        // The rows stay in the first level cache while the panels go by.
        let run = inner.div_ceil(inner.div_ceil(RUN).max(1)).max(1);
        for start in (0..inner).step_by(run) {
            let run = run.min(inner - start);
            let add = add || start > 0;
            for (panel, b) in panels.chunks_exact(width * inner).enumerate() {
                let b = &b[start * width..][..run * width];
                let mut row = 0;
                macro_rules! blocks {
                    ($($size:literal)*) => {{$(
                        while rows.count - row >= $size {
                            let a = |i| &rows.values[(row + i) * rows.stride + start..][..run];
                            let out = &mut out[row * stride + panel * width..];
                            block::<S, $size>(std::array::from_fn(a), b, out, stride, add);
                            row += $size;
                        }
                    )*}};
                }
                // Sums, one row of the panel and one value of the left matrix stay in registers.
                match lanes::<S>() {
                    4 => blocks!(4 2 1),
                    8 => blocks!(6 4 2 1),
                    _ => blocks!(8 4 2 1),
                }
            }
        }
    }
}

/// M rows times one panel, in registers.
#[inline(always)]
fn block<S: Simd, const M: usize>(
    a: [&[f32]; M],
    b: &[f32],
    out: &mut [f32],
    out_stride: usize,
    add: bool,
) {
    let lanes = lanes::<S>();
    let mut sums: [[F32<S>; 2]; M] = [[splat(0.0); 2]; M];
    if add {
        for (i, [low, high]) in sums.iter_mut().enumerate() {
            let row = &out[i * out_stride..][..2 * lanes];
            *low = load(row);
            *high = load(&row[lanes..]);
        }
    }
    for_each_pair(a, b, |a, low, high| {
        for (sums, a) in sums.iter_mut().zip(a) {
            let a = splat::<S>(a);
            sums[0] = a.mul_add(low, sums[0]);
            sums[1] = a.mul_add(high, sums[1]);
        }
    });
    for (i, [low, high]) in sums.into_iter().enumerate() {
        let row = &mut out[i * out_stride..][..2 * lanes];
        store(row, low);
        store(&mut row[lanes..], high);
    }
}
