//! Functions of a vector that macerator does not have.

use macerator::{Scalar, Vector};

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
    // Bits of positive numbers are in order as signed integers, those of negative ones in reverse
    // order as unsigned integers, whose minimum is one instruction; wasm's f32x4.min takes seven.
    let largest: Vector<S, i32> = (88f32.to_bits() as i32).splat();
    let lowest: Vector<S, u32> = (-87f32).to_bits().splat();
    let x = S::typed::<i32>(*x).min(largest);
    let x: F32<S> = S::typed(*S::typed::<u32>(*x).min(lowest));
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

#[cfg(test)]
mod tests {
    use macerator::WithSimd;

    use super::*;
    use crate::ops::cpu::simd::{self, lanes, load, store};

    /// Both functions of as many values as the slice has.
    struct Both<'a>(&'a mut [[f32; 2]]);

    impl WithSimd for Both<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self) {
            for values in self.0 {
                let x = splat::<S>(values[0]);
                let mut lane = [0.0; simd::WIDEST];
                store(&mut lane, exp(x));
                let of_exp = lane[lanes::<S>() - 1];
                store(&mut lane, silu(load::<S>(&[values[0]; simd::WIDEST])));
                *values = [of_exp, lane[lanes::<S>() - 1]];
            }
        }
    }

    fn both(x: f32) -> [f32; 2] {
        let mut values = [[x; 2]];
        simd::run(Both(&mut values));
        values[0]
    }

    #[test]
    fn agree_with_double_precision() {
        for i in -8_700..=8_800 {
            let x = i as f32 / 100.0;
            let exact = f64::from(x).exp();
            let [exp, silu] = both(x).map(f64::from);
            assert!((exp / exact - 1.0).abs() < 2e-7, "e^{x} = {exp}");
            let exact = f64::from(x) / (1.0 + (-f64::from(x)).exp());
            assert!(
                (silu - exact).abs() <= 4e-7 * exact.abs(),
                "silu({x}) = {silu}"
            );
        }
    }

    #[test]
    fn hold_at_the_ends() {
        for x in [200.0, 1e30, f32::INFINITY] {
            assert_eq!(both(x), [both(88.0)[0], x]);
        }
        for x in [-200.0, -1e30, f32::NEG_INFINITY] {
            let [exp, silu] = both(x);
            assert_eq!(exp, both(-87.0)[0]);
            assert!(silu <= 0.0);
        }
        assert!(both(f32::NAN)[1].is_nan());
    }
}
