//! What the cores can do at best, beside which kernels are measured.

use std::time::Instant;

use macerator::WithSimd;

use super::parallel::for_each_piece;
use super::simd::{self, F32, Simd, lanes, load, mul_add, splat, store};

/// Multiply-adds of the widest vectors that this machine's cores do in a second: the yardstick for kernels.
pub fn multiply_adds() -> f64 {
    #[cfg(feature = "rayon")]
    let threads = rayon::current_num_threads();
    #[cfg(not(feature = "rayon"))]
    let threads = 1;
    let mut values = vec![0.0; threads * simd::WIDEST];
    let lanes = simd::panel_width() / 2;
    let mut best = f64::INFINITY;
    for _ in 0..9 {
        let start = Instant::now();
        for_each_piece(&mut values, simd::WIDEST, |_, values| {
            simd::run(Chains { values });
        });
        best = best.min(start.elapsed().as_secs_f64());
    }
    (threads * lanes * CHAINS * LENGTH) as f64 / best
}

/// Sums that do not wait for each other: more than the multiply-adds that are under way at a time.
const CHAINS: usize = 12;
const LENGTH: usize = 1 << 20;

struct Chains<'a> {
    values: &'a mut [f32],
}

impl WithSimd for Chains<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        let factor: F32<S> = load(&[0.999_99; simd::WIDEST]);
        let mut sums = [splat::<S>(1.0); CHAINS];
        for _ in 0..LENGTH {
            for sum in &mut sums {
                *sum = mul_add(*sum, factor, factor);
            }
        }
        for sum in sums {
            let to = &mut self.values[..lanes::<S>()];
            let sum = sum + load(to);
            store(to, sum);
        }
    }
}
