//! Vectors of f32 as wide as the machine has them, read from slices and written to slices: the only
//! place of the CPU kernels that touches raw memory.
#![allow(
    unsafe_code,
    reason = "macerator reads and writes vectors through pointers; the lengths are checked here"
)]

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
