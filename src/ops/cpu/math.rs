//! Functions of a vector that macerator does not have.

use macerator::Vector;

use super::simd::{F32, Simd, splat};

/// e^x to a relative error of 2e-7 for x up to 88; beyond that it stays at e^88, and e^x under the
/// smallest normal number at that number.
#[inline(always)]
pub(super) fn exp<S: Simd>(x: F32<S>) -> F32<S> {
    // Rounds to the nearest integer by pushing the fraction out of the mantissa; the integer is then
    // in the low bits.
    const ROUND: f32 = 12_582_912.0;
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let x = x.min(splat(88.0)).max(splat(-87.0));
    let shifted = x.mul_add(splat(std::f32::consts::LOG2_E), splat(ROUND));
    let n = shifted - splat(ROUND);
    let r = n.mul_add(splat(-LN_2_HIGH), x);
    let r = n.mul_add(splat(-LN_2_LOW), r);
    // e^r for |r| <= ln 2 / 2: 1 + r + r² p(r), p fitted for the smallest largest error.
    let p = splat(1.987_569_1e-4);
    let p = r.mul_add(p, splat(1.398_199_9e-3));
    let p = r.mul_add(p, splat(8.333_452e-3));
    let p = r.mul_add(p, splat(4.166_579_6e-2));
    let p = r.mul_add(p, splat(1.666_666_5e-1));
    let p = r.mul_add(p, splat(0.5));
    let p = (r * r).mul_add(p, r) + splat(1.0);
    let bits: Vector<S, i32> = S::typed(*shifted);
    let power: Vector<S, i32> = S::typed(*p);
    S::typed(*(power + (bits << 23)))
}

/// x · sigmoid(x).
#[inline(always)]
pub(super) fn silu<S: Simd>(x: F32<S>) -> F32<S> {
    x / (splat(1.0) + exp(splat(0.0) - x))
}
