//! Seeded Gaussian noise, drawn on the CPU from ChaCha8 so that a seed gives the same picture on
//! every device.

use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// What noise is for. Each purpose draws from a stream of its own, so that asking for more of one
/// leaves the others as they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// The x_T of sampled pictures.
    Pictures,
    /// The initial noise of the latent DPM.
    Latents,
    /// The x_T of variations of one picture.
    Variations,
    /// Acceptance of latents by a classifier's probability.
    Acceptance,
    /// What a stochastic sampler adds in its steps.
    Steps,
}

/// Standard normal noise. Row `r` of the batch depends on the seed, the stream and `first_row + r`
/// alone, so picture 3 of a seed is the same however many are drawn at once.
///
/// # Shapes
/// - output: `shape`, whose first dimension is the batch
pub fn noise<const D: usize>(
    seed: u64,
    stream: Stream,
    first_row: usize,
    shape: [usize; D],
    device: &Device,
) -> Tensor<D> {
    let rows = shape[0];
    let row_len: usize = shape[1..].iter().product();
    let values = (first_row..first_row + rows)
        .flat_map(|row| gaussian(seed, stream, row, row_len))
        .collect::<Vec<f32>>();
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// The values of one row.
pub(crate) fn gaussian(seed: u64, stream: Stream, row: usize, count: usize) -> Vec<f32> {
    let rng = generator(seed, stream, row);
    StandardNormal.sample_iter(rng).take(count).collect()
}

/// The random generator of one row of a stream.
pub(crate) fn generator(seed: u64, stream: Stream, row: usize) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(((stream as u64) << 32) | row as u64);
    rng
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(seed: u64, stream: Stream, first: usize, rows: usize) -> Vec<f32> {
        noise(seed, stream, first, [rows, 5], &Device::flex())
            .into_data()
            .try_to_vec()
            .unwrap()
    }

    #[test]
    fn a_row_does_not_depend_on_its_company() {
        let three = values(7, Stream::Pictures, 0, 3);
        assert_eq!(three[10..], values(7, Stream::Pictures, 2, 1));
        assert_ne!(three[..5], three[5..10]);
        assert_ne!(three, values(7, Stream::Latents, 0, 3));
        assert_ne!(three, values(8, Stream::Pictures, 0, 3));
    }
}
