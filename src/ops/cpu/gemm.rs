//! Matrix products of a few rows with a prepared matrix ([`panels`](super::panels)), which all
//! convolutions and linear layers come down to.

use macerator::WithSimd;

use super::panels::{PanelSlice, Panels};
use super::scratch;
use super::simd::{
    self, F32, Pairs, Simd, for_each_pair, lanes, load, mul_add, splat, store, unpack_all,
};

/// Rows of the left matrix: row i starts at `i · stride`.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) values: &'a [f32],
    pub(super) stride: usize,
    pub(super) count: usize,
}

/// Longest part of the inner dimension that is summed at once.
const RUN: usize = 384;

/// Rows from which on it is worth unpacking a packed panel into memory before they are multiplied.
const UNPACKED: usize = 16;

/// out = rows · panels, or out += rows · panels. A row of `out` has room for whole panels.
pub(super) fn product(rows: Rows<'_>, panels: &Panels, out: &mut [f32], add: bool) {
    product_with(rows, panels.all(), panels.inner, out, add);
}

/// [`product`] with panels that lie elsewhere.
pub(super) fn product_with(
    rows: Rows<'_>,
    panels: PanelSlice<'_>,
    inner: usize,
    out: &mut [f32],
    add: bool,
) {
    let unpacked = match panels {
        PanelSlice::Packed(_) if rows.count >= UNPACKED => RUN.min(inner) * simd::panel_width(),
        _ => 0,
    };
    scratch::with(unpacked, |unpacked| {
        simd::run(Product {
            rows,
            panels,
            inner,
            out,
            add,
            unpacked,
        });
    });
}

struct Product<'a> {
    rows: Rows<'a>,
    panels: PanelSlice<'a>,
    inner: usize,
    out: &'a mut [f32],
    add: bool,
    /// Room for a run of a packed panel, or nothing where it is unpacked in registers.
    unpacked: &'a mut [f32],
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
            unpacked,
        } = self;
        let lanes = lanes::<S>();
        let width = 2 * lanes;
        let stride = panels.len() / inner.max(1);
        // The rows stay in the first level cache while the panels go by.
        let run = inner.div_ceil(inner.div_ceil(RUN).max(1)).max(1);
        for start in (0..inner).step_by(run) {
            let run = run.min(inner - start);
            let run = start..start + run;
            let add = add || start > 0;
            for panel in 0..stride / width {
                let row = panel * inner + start;
                let out = &mut out[panel * width..];
                match panels {
                    PanelSlice::Float(values) => {
                        let values = &values[row * width..][..run.len() * width];
                        rows_times::<S, _>(rows, run.clone(), values, out, stride, add);
                    }
                    PanelSlice::Packed(words) => {
                        let words = &words[row * lanes..][..run.len() * lanes];
                        if unpacked.is_empty() {
                            rows_times::<S, _>(rows, run.clone(), words, out, stride, add);
                        } else {
                            let values = &mut unpacked[..run.len() * width];
                            unpack_all::<S>(words, values);
                            let values = &*values;
                            rows_times::<S, _>(rows, run.clone(), values, out, stride, add);
                        }
                    }
                }
            }
        }
    }
}

/// All rows times a run of one panel.
#[inline(always)]
fn rows_times<S: Simd, P: Pairs>(
    rows: Rows<'_>,
    run: std::ops::Range<usize>,
    panel: P,
    out: &mut [f32],
    stride: usize,
    add: bool,
) {
    let mut row = 0;
    macro_rules! blocks {
        ($($size:literal)*) => {{$(
            while rows.count - row >= $size {
                let a = |i| &rows.values[(row + i) * rows.stride..][run.clone()];
                let out = &mut out[row * stride..];
                block::<S, P, $size>(std::array::from_fn(a), panel, out, stride, add);
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

/// M rows times one panel, in registers.
#[inline(always)]
fn block<S: Simd, P: Pairs, const M: usize>(
    a: [&[f32]; M],
    panel: P,
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
    for_each_pair(
        a,
        panel,
        // A vector's operations are instructions only inside a function for machines that have them.
        #[inline(always)]
        |a, low, high| {
            for (sums, a) in sums.iter_mut().zip(a) {
                let a = splat::<S>(a);
                sums[0] = mul_add(a, low, sums[0]);
                sums[1] = mul_add(a, high, sums[1]);
            }
        },
    );
    for (i, [low, high]) in sums.into_iter().enumerate() {
        let row = &mut out[i * out_stride..][..2 * lanes];
        store(row, low);
        store(&mut row[lanes..], high);
    }
}
