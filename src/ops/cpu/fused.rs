//! Relaxed SIMD: a browser's vectors with one instruction for a product and a sum, which not every browser has.
//! macerator knows it only where a whole program is compiled for it, and does not compile there.

use std::arch::wasm32::{f32x4_relaxed_madd, v128};

use macerator::{Simd, VRegister, WithSimd};

/// A kernel in whose function the instruction may stand.
pub(super) struct Fused<K>(pub(super) K);

impl<K: WithSimd> WithSimd for Fused<K> {
    type Output = K::Output;

    #[inline(always)]
    fn with_simd<S: Simd>(self) -> K::Output {
        with_relaxed_simd::<S, K>(self.0)
    }
}

#[target_feature(enable = "simd128,relaxed-simd")]
fn with_relaxed_simd<S: Simd, K: WithSimd>(kernel: K) -> K::Output {
    kernel.with_simd::<S>()
}

/// a · b + c, where the vectors are a browser's.
#[inline(always)]
pub(super) fn mul_add<R: VRegister>([a, b, c]: [R; 3]) -> Option<R> {
    if size_of::<R>() != size_of::<v128>() {
        return None;
    }
    let [a, b, c]: [v128; 3] = [bytemuck::cast(a), bytemuck::cast(b), bytemuck::cast(c)];
    Some(bytemuck::cast(f32x4_relaxed_madd(a, b, c)))
}
