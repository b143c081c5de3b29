//! Weights made on the spot: for measuring a geometry, and for checking a device on a network
//! whose answer the CPU can give, neither of which needs a download.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::quantize::quantize;
use super::{Array, Precision, TensorSource, WeightsError};

/// A source of random weights. Matrices and kernels keep the scale of what passes through them;
/// vectors whose name ends in `weight` are gains near 1, other vectors biases near 0.
#[derive(Debug)]
pub struct RandomWeights {
    generator: ChaCha8Rng,
    precision: Precision,
}

impl RandomWeights {
    /// A source that gives the same weights for the same seed and order of tensors, at a precision.
    pub fn new(seed: u64, precision: Precision) -> Self {
        Self {
            generator: ChaCha8Rng::seed_from_u64(seed),
            precision,
        }
    }
}

impl TensorSource for RandomWeights {
    fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Array, WeightsError> {
        let count = shape.iter().product();
        let (mean, spread) = match shape {
            [_, rest @ ..] if !rest.is_empty() => {
                (0.0, 1.0 / (rest.iter().product::<usize>() as f32).sqrt())
            }
            _ if name.ends_with("weight") => (1.0, 0.1),
            _ => (0.0, 0.1),
        };
        let values = StandardNormal
            .sample_iter(&mut self.generator)
            .take(count)
            .map(|v: f32| mean + spread * v)
            .collect();
        Ok(quantize(name, Array::f32(shape, values), self.precision))
    }
}
