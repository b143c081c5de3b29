//! Matrix products of a few rows with a prepared matrix, which all convolutions and linear layers
//! come down to. The prepared matrix lies in panels of two vectors' width, so that the innermost loop
//! reads it from start to end.

use macerator::WithSimd;

use super::simd::{self, F32, Simd, lanes, load, splat, store};

/// A matrix [inner, columns] in panels: for each panel of columns, `inner` rows of the panel's width.
/// Columns beyond the last are zero.
#[derive(Debug, Clone)]
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
    /// All zero.
    pub(super) fn zeros(inner: usize, columns: usize) -> Self {
        Self {
            values: vec![0.0; padded_width(columns) * inner],
            inner,
        }
    }

    /// Sets the value at a row of the inner dimension and a column.
    pub(super) fn set(&mut self, row: usize, column: usize, value: f32) {
        let width = panel_width();
        let panel = column / width * self.inner;
        self.values[(panel + row) * width + column % width] = value;
    }

    /// The product's inner dimension.
    pub(super) fn inner(&self) -> usize {
        self.inner
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
        for (panel, b) in panels.chunks_exact(width * inner.max(1)).enumerate() {
            let mut row = 0;
            macro_rules! blocks {
                ($($size:literal)*) => {{$(
                    while rows.count - row >= $size {
                        let a = |i| &rows.values[(row + i) * rows.stride..][..inner];
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
    for (k, b) in b.chunks_exact(2 * lanes).enumerate() {
        let (low, high) = (load::<S>(b), load::<S>(&b[lanes..]));
        for i in 0..M {
            let a = splat::<S>(a[i][k]);
            sums[i][0] = a.mul_add(low, sums[i][0]);
            sums[i][1] = a.mul_add(high, sums[i][1]);
        }
    }
    for (i, [low, high]) in sums.into_iter().enumerate() {
        let row = &mut out[i * out_stride..][..2 * lanes];
        store(row, low);
        store(&mut row[lanes..], high);
    }
}
