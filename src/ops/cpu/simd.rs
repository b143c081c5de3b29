//! Vectors of f32 as wide as the machine has them, read from slices and written to slices: the only
//! place of the CPU kernels that touches raw memory.
#![allow(
    unsafe_code,
    reason = "macerator reads and writes vectors through pointers; the lengths are checked here"
)]

use std::marker::PhantomData;

use macerator::{AutoArch, Scalar, Vector, WithSimd, vload_unaligned, vstore_unaligned};

pub(super) use macerator::Simd;

/// A vector of f32.
pub(super) type F32<S> = Vector<S, f32>;

/// Values in the widest vector that there is.
pub(super) const WIDEST: usize = 16;

/// Values in a vector.
#[inline(always)]
pub(super) fn lanes<S: Simd>() -> usize {
    S::lanes32()
}

/// The first values of a slice that is at least a vector long.
#[inline(always)]
pub(super) fn load<S: Simd>(from: &[f32]) -> F32<S> {
    assert!(from.len() >= lanes::<S>());
    // SAFETY: the slice holds a whole vector.
    unsafe { vload_unaligned(from.as_ptr()) }
}

/// Overwrites the first values of a slice that is at least a vector long.
#[inline(always)]
pub(super) fn store<S: Simd>(to: &mut [f32], value: F32<S>) {
    assert!(to.len() >= lanes::<S>());
    // SAFETY: the slice has room for a whole vector.
    unsafe { vstore_unaligned(to.as_mut_ptr(), value) }
}

/// Vectors at the places of a grid of R rows and C columns, some values apart. The whole grid is
/// checked once, so that a tile's transform costs no check for each of its values.
pub(super) struct Window<'a, S, const R: usize, const C: usize> {
    values: &'a [f32],
    row: usize,
    column: usize,
    vectors: PhantomData<S>,
}

/// A [`Window`] to write to.
pub(super) struct WindowMut<'a, S, const R: usize, const C: usize> {
    values: &'a mut [f32],
    row: usize,
    column: usize,
    vectors: PhantomData<S>,
}

impl<'a, S: Simd, const R: usize, const C: usize> Window<'a, S, R, C> {
    /// The place (i, j) is the vector at `i · row + j · column`.
    #[inline(always)]
    pub(super) fn new(values: &'a [f32], row: usize, column: usize) -> Self {
        assert!(end::<S, R, C>(row, column) <= values.len());
        Self {
            values,
            row,
            column,
            vectors: PhantomData,
        }
    }

    /// The vector at a place.
    #[inline(always)]
    pub(super) fn load(&self, i: usize, j: usize) -> F32<S> {
        assert!(i < R && j < C);
        // SAFETY: `new` saw that the last place's vector lies within the values.
        unsafe {
            let first = self.values.as_ptr();
            vload_unaligned(first.add(i * self.row + j * self.column))
        }
    }
}

impl<'a, S: Simd, const R: usize, const C: usize> WindowMut<'a, S, R, C> {
    /// See [`Window::new`].
    #[inline(always)]
    pub(super) fn new(values: &'a mut [f32], row: usize, column: usize) -> Self {
        assert!(end::<S, R, C>(row, column) <= values.len());
        Self {
            values,
            row,
            column,
            vectors: PhantomData,
        }
    }

    /// Overwrites the vector at a place.
    #[inline(always)]
    pub(super) fn store(&mut self, i: usize, j: usize, value: F32<S>) {
        assert!(i < R && j < C);
        // SAFETY: `new` saw that the last place's vector lies within the values.
        unsafe {
            let first = self.values.as_mut_ptr();
            vstore_unaligned(first.add(i * self.row + j * self.column), value);
        }
    }
}

/// Where the last vector of a window ends.
#[inline(always)]
fn end<S: Simd, const R: usize, const C: usize>(row: usize, column: usize) -> usize {
    let (rows, columns) = (row.saturating_mul(R - 1), column.saturating_mul(C - 1));
    rows.saturating_add(columns).saturating_add(lanes::<S>())
}

/// Calls `work` with the values at the same place of M slices and the two vectors at that place of
/// `pairs`. The lengths are checked once, so that the loop holds nothing but `work`.
#[inline(always)]
pub(super) fn for_each_pair<S: Simd, const M: usize>(
    values: [&[f32]; M],
    pairs: &[f32],
    mut work: impl FnMut([f32; M], F32<S>, F32<S>),
) {
    let lanes = lanes::<S>();
    let count = pairs.len() / (2 * lanes);
    assert!(values.iter().all(|values| values.len() >= count));
    for k in 0..count {
        // SAFETY: every slice has more than k values, and `pairs` more than k pairs of vectors.
        unsafe {
            let pair = pairs.as_ptr().add(k * 2 * lanes);
            let (low, high) = (vload_unaligned(pair), vload_unaligned(pair.add(lanes)));
            work(values.map(|values| *values.get_unchecked(k)), low, high);
        }
    }
}

/// The same value in every lane.
#[inline(always)]
pub(super) fn splat<S: Simd>(value: f32) -> F32<S> {
    value.splat()
}

/// Runs a kernel with the widest vectors that this machine has.
#[inline]
pub(super) fn run<K: WithSimd>(kernel: K) -> K::Output {
    AutoArch::new().dispatch(kernel)
}
