//! Vectors of f32 as wide as the machine has them, read from slices and written to slices: the only
//! place of the CPU kernels that touches raw memory.
//!
//! Operations on vectors are instructions only where they are inlined into [`run`]'s function for the
//! machine's instruction set; elsewhere each is a call. So the functions here and the kernels' own are
//! `inline(always)`, as are closures with vectors in them, and arrays of vectors go without `map` and
//! `from_fn`, which promise nothing.
#![allow(
    unsafe_code,
    reason = "macerator reads and writes vectors through pointers; the lengths are checked here"
)]

use std::marker::PhantomData;

use macerator::{AutoArch, Scalar, Vector, WithSimd, vload_unaligned, vstore_unaligned};

#[cfg(all(feature = "fused", target_arch = "wasm32"))]
use super::fused;

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

/// Columns in a panel of a prepared matrix on this machine: two vectors.
pub(super) fn panel_width() -> usize {
    struct Width;
    impl WithSimd for Width {
        type Output = usize;
        #[inline(always)]
        fn with_simd<S: Simd>(self) -> usize {
            2 * lanes::<S>()
        }
    }
    run(Width)
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

    /// The vectors of a column.
    #[inline(always)]
    pub(super) fn column(&self, j: usize) -> [F32<S>; R] {
        let mut column = [splat(0.0); R];
        for (i, value) in column.iter_mut().enumerate() {
            *value = self.load(i, j);
        }
        column
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

/// Pairs of vectors, one after the other.
///
/// # Safety
/// Every pair below [`Pairs::count`] must lie within memory that may be read for as long as the value lives:
/// [`for_each_pair`] asks for all of them and checks nothing else.
pub(super) unsafe trait Pairs: Copy {
    /// Number of pairs.
    fn count<S: Simd>(self) -> usize;

    /// A pair.
    ///
    /// # Safety
    /// There must be more than `index` pairs.
    unsafe fn pair<S: Simd>(self, index: usize) -> [F32<S>; 2];
}

// SAFETY: the slice's length in values, divided by those of a pair, counts only whole pairs.
unsafe impl Pairs for &[f32] {
    #[inline(always)]
    fn count<S: Simd>(self) -> usize {
        self.len() / (2 * lanes::<S>())
    }

    #[inline(always)]
    unsafe fn pair<S: Simd>(self, index: usize) -> [F32<S>; 2] {
        let lanes = lanes::<S>();
        // SAFETY: both vectors of the pair lie within the slice, as the caller says.
        unsafe {
            let pair = self.as_ptr().add(index * 2 * lanes);
            [vload_unaligned(pair), vload_unaligned(pair.add(lanes))]
        }
    }
}

/// Each vector of words holds a pair of vectors of 16-bit numbers in its lower and its upper halves; those
/// in the lower halves come out 2^16 times as large.
// SAFETY: the slice's length in words, divided by those of a pair, counts only whole pairs.
unsafe impl Pairs for &[i32] {
    #[inline(always)]
    fn count<S: Simd>(self) -> usize {
        self.len() / lanes::<S>()
    }

    #[inline(always)]
    unsafe fn pair<S: Simd>(self, index: usize) -> [F32<S>; 2] {
        // SAFETY: the vector of words lies within the slice, as the caller says.
        let words: Vector<S, i32> =
            unsafe { vload_unaligned(self.as_ptr().add(index * lanes::<S>())) };
        [(words << 16).to_float(), (words >> 16).to_float()]
    }
}

/// Calls `work` with the values at the same place of M slices and the two vectors at that place of `pairs`. The
/// lengths are checked once, so that the loop holds nothing but `work`.
#[inline(always)]
pub(super) fn for_each_pair<S: Simd, P: Pairs, const M: usize>(
    values: [&[f32]; M],
    pairs: P,
    mut work: impl FnMut([f32; M], F32<S>, F32<S>),
) {
    let count = pairs.count::<S>();
    assert!(values.iter().all(|values| values.len() >= count));
    for k in 0..count {
        // SAFETY: every slice has more than k values, and `pairs` more than k pairs of vectors.
        unsafe {
            let [low, high] = pairs.pair::<S>(k);
            let mut at = [0.0; M];
            for (at, values) in at.iter_mut().zip(values) {
                *at = *values.get_unchecked(k);
            }
            work(at, low, high);
        }
    }
}

/// Calls `work` for each of `count` rows with the first M values of the left matrix's row and the first N
/// vectors of the right one's. The lengths are checked once, so that the loop holds nothing but `work`.
#[cfg(feature = "train")]
#[inline(always)]
pub(super) fn for_each_row<S: Simd, const M: usize, const N: usize>(
    count: usize,
    [left, right]: [&[f32]; 2],
    strides: [usize; 2],
    mut work: impl FnMut([f32; M], [F32<S>; N]),
) {
    let lanes = lanes::<S>();
    let Some(last) = count.checked_sub(1) else {
        return;
    };
    let ends = strides.map(|stride| last.saturating_mul(stride));
    assert!(ends[0].saturating_add(M) <= left.len());
    assert!(ends[1].saturating_add(N * lanes) <= right.len());
    for k in 0..count {
        // SAFETY: the last row's values lie within the slices, and so do those of the rows before it.
        unsafe {
            let (left, right) = (
                left.as_ptr().add(k * strides[0]),
                right.as_ptr().add(k * strides[1]),
            );
            let mut values = [0.0; M];
            for (i, value) in values.iter_mut().enumerate() {
                *value = *left.add(i);
            }
            let mut vectors = [splat(0.0); N];
            for (i, vector) in vectors.iter_mut().enumerate() {
                *vector = vload_unaligned(right.add(i * lanes));
            }
            work(values, vectors);
        }
    }
}

/// Writes out the pairs of vectors that the words hold.
#[inline(always)]
pub(super) fn unpack_all<S: Simd>(words: &[i32], to: &mut [f32]) {
    let lanes = lanes::<S>();
    for (words, to) in words
        .chunks_exact(lanes)
        .zip(to.chunks_exact_mut(2 * lanes))
    {
        // SAFETY: the words are those of one pair.
        let [low, high] = unsafe { words.pair::<S>(0) };
        store(to, low);
        store(&mut to[lanes..], high);
    }
}

/// The same value in every lane.
#[inline(always)]
pub(super) fn splat<S: Simd>(value: f32) -> F32<S> {
    value.splat()
}

/// The same value in every lane, for use in a loop that follows. Browsers make a known constant anew wherever it is
/// used, from three instructions, and keep what they can't know.
#[inline(always)]
pub(super) fn constant<S: Simd>(value: f32) -> F32<S> {
    if cfg!(target_family = "wasm") {
        splat(std::hint::black_box(value))
    } else {
        splat(value)
    }
}

/// The vectors at a place of each of N lines.
#[inline(always)]
pub(super) fn across<S: Simd, const N: usize, const M: usize>(
    lines: &[[F32<S>; M]; N],
    place: usize,
) -> [F32<S>; N] {
    let mut row = [splat(0.0); N];
    for (value, line) in row.iter_mut().zip(lines) {
        *value = line[place];
    }
    row
}

/// a · b + c, in one instruction where the machine has one for it; whether the product is rounded differs with it.
#[inline(always)]
pub(super) fn mul_add<S: Simd>(a: F32<S>, b: F32<S>, c: F32<S>) -> F32<S> {
    #[cfg(all(feature = "fused", target_arch = "wasm32"))]
    if let Some(sum) = fused::mul_add([*a, *b, *c]) {
        return S::typed(sum);
    }
    a.mul_add(b, c)
}

/// Runs a kernel with the widest vectors that this machine has.
#[inline]
pub(super) fn run<K: WithSimd>(kernel: K) -> K::Output {
    #[cfg(all(feature = "fused", target_arch = "wasm32"))]
    let kernel = fused::Fused(kernel);
    AutoArch::new().dispatch(kernel)
}

/// Runs a kernel as on a machine without vectors, where one has two values.
#[cfg(all(test, feature = "train"))]
pub(super) fn run_without_vectors<K: WithSimd>(kernel: K) -> K::Output {
    // SAFETY: nothing is asked of the machine.
    unsafe { macerator::Arch::Scalar.dispatch(kernel) }
}
