//! Which values dropout leaves out: a hash of the seed and of the value's place, so that no mask is kept for the way
//! back.

use macerator::WithSimd;

use crate::ops::Dropout;
use crate::ops::cpu::simd::{self, Simd};

/// Leaves out values of one picture's map, [pixels, `stride`], of which the first `channels` of each pixel count, and
/// scales up the others.
pub(super) fn apply(
    dropout: Dropout,
    picture: usize,
    channels: usize,
    stride: usize,
    values: &mut [f32],
) {
    let key = mixed(dropout.seed ^ mixed(picture as u64));
    simd::run(Apply {
        key: [key as u32, (key >> 32) as u32],
        // A rate below 1 lies below 2^32 as f64.
        threshold: (f64::from(dropout.rate) * 4_294_967_296.0) as u32,
        scale: (1.0 - dropout.rate).recip(),
        channels,
        stride,
        values,
    });
}

/// SplitMix64's finalizer.
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

struct Apply<'a> {
    key: [u32; 2],
    threshold: u32,
    scale: f32,
    channels: usize,
    stride: usize,
    values: &'a mut [f32],
}

impl WithSimd for Apply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        for (pixel, values) in self.values.chunks_exact_mut(self.stride).enumerate() {
            let first = (pixel * self.channels) as u32;
            for (channel, value) in values[..self.channels].iter_mut().enumerate() {
                let place = first.wrapping_add(channel as u32);
                let mut hash = place.wrapping_mul(0x9e37_79b9) ^ self.key[0];
                hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
                hash = hash.wrapping_add(self.key[1]);
                hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
                hash ^= hash >> 16;
                let kept = hash >= self.threshold;
                *value = if kept { *value * self.scale } else { 0.0 };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left_out(seed: u64, picture: usize) -> Vec<bool> {
        let mut values = vec![1.0; 100 * 16];
        let dropout = Dropout { rate: 0.25, seed };
        apply(dropout, picture, 10, 16, &mut values);
        let values = values.chunks_exact(16).flat_map(|pixel| &pixel[..10]);
        values.map(|v| *v == 0.0).collect()
    }

    #[test]
    fn the_rate_is_left_out_and_others_elsewhere() {
        let first = left_out(1, 0);
        let count = first.iter().filter(|out| **out).count();
        // Four deviations of 1000 draws.
        assert!((195..=305).contains(&count), "{count}");
        assert_eq!(first, left_out(1, 0));
        for other in [left_out(2, 0), left_out(1, 1)] {
            let both = first.iter().zip(&other).filter(|(a, b)| **a && **b).count();
            assert!((32..=93).contains(&both), "{both}");
        }
    }
}
