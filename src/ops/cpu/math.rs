//! Functions of a vector that macerator does not have.

use macerator::Vector;

use super::simd::{F32, Simd, constant, mul_add, splat};

/// The exponential function, and what is made of it. Its constants are made once for a loop.
pub(super) struct Exp<S: Simd> {
    largest: Vector<S, i32>,
    lowest: Vector<S, u32>,
    log2_e: F32<S>,
    round: F32<S>,
    minus_ln_2: [F32<S>; 2],
    powers: [F32<S>; 6],
    one: F32<S>,
}

impl<S: Simd> Exp<S> {
    #[inline(always)]
    pub(super) fn new() -> Self {
        // Rounds to the nearest integer by pushing the fraction out of the mantissa; the integer is then
        // in the low bits.
        const ROUND: f32 = 12_582_912.0;
        const LN_2_HIGH: f32 = 0.693_359_4;
        const LN_2_LOW: f32 = -2.121_944_4e-4;
        Self {
            largest: S::typed(*constant::<S>(88.0)),
            lowest: S::typed(*constant::<S>(-87.0)),
            log2_e: constant(std::f32::consts::LOG2_E),
            round: constant(ROUND),
            minus_ln_2: [constant(-LN_2_HIGH), constant(-LN_2_LOW)],
            // e^r for |r| <= ln 2 / 2: 1 + r + r² p(r), p fitted for the smallest largest error.
            powers: [
                constant(1.987_569_1e-4),
                constant(1.398_199_9e-3),
                constant(8.333_452e-3),
                constant(4.166_579_6e-2),
                constant(1.666_666_5e-1),
                constant(0.5),
            ],
            one: constant(1.0),
        }
    }

    /// e^x to a relative error of 2e-7 for x up to 88; beyond that it stays at e^88, and e^x under the
    /// smallest normal number at that number.
    #[inline(always)]
    pub(super) fn of(&self, x: F32<S>) -> F32<S> {
        // Bits of positive numbers are in order as signed integers, those of negative ones in reverse
        // order as unsigned integers, whose minimum is one instruction; wasm's f32x4.min takes seven.
        let x = S::typed::<i32>(*x).min(self.largest);
        let x: F32<S> = S::typed(*S::typed::<u32>(*x).min(self.lowest));
        let shifted = mul_add(x, self.log2_e, self.round);
        let n = shifted - self.round;
        let r = mul_add(n, self.minus_ln_2[0], x);
        let r = mul_add(n, self.minus_ln_2[1], r);
        let p = self.powers[0];
        let p = mul_add(r, p, self.powers[1]);
        let p = mul_add(r, p, self.powers[2]);
        let p = mul_add(r, p, self.powers[3]);
        let p = mul_add(r, p, self.powers[4]);
        let p = mul_add(r, p, self.powers[5]);
        let p = mul_add(r * r, p, r) + self.one;
        let bits: Vector<S, i32> = S::typed(*shifted);
        let power: Vector<S, i32> = S::typed(*p);
        S::typed(*(power + (bits << 23)))
    }

    /// x · sigmoid(x).
    #[inline(always)]
    pub(super) fn silu(&self, x: F32<S>) -> F32<S> {
        x / (self.one + self.of(splat(0.0) - x))
    }
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
                store(&mut lane, Exp::<S>::new().of(x));
                let of_exp = lane[lanes::<S>() - 1];
                store(
                    &mut lane,
                    Exp::<S>::new().silu(load(&[values[0]; simd::WIDEST])),
                );
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
