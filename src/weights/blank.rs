//! Weights of zeros, for going through a network before its weights are there: shapes and
//! precisions are those of the file, and nothing is drawn or read.

use half::f16;

use super::quantize::stored_in;
use super::{Array, Precision, TensorSource, Values, WeightsError};

/// A source of zeros in the precisions of a part.
#[derive(Debug)]
pub struct BlankWeights {
    precision: Precision,
}

impl BlankWeights {
    /// A source for a part of a precision.
    pub fn new(precision: Precision) -> Self {
        Self { precision }
    }
}

impl TensorSource for BlankWeights {
    fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Array, WeightsError> {
        let count = shape.iter().product();
        let values = match stored_in(name, shape, self.precision) {
            Precision::F32 => Values::F32(vec![0.0; count]),
            Precision::F16 => Values::F16(vec![f16::ZERO; count]),
            Precision::Int8 => Values::Int8 {
                values: vec![0; count],
                scales: vec![0.0; shape.first().copied().unwrap_or(1)],
            },
        };
        let shape = shape.to_vec();
        Ok(Array { shape, values })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::quantize::quantize;

    #[test]
    fn a_blank_is_stored_as_the_weight_would_be() {
        let names = ["out.2.weight", "out.2.bias", "middle_block.1.qkv.weight"];
        for precision in [Precision::F32, Precision::F16, Precision::Int8] {
            for (name, shape) in names.iter().zip([&[3, 2, 3, 3][..], &[3], &[3, 2, 1]]) {
                let blank = BlankWeights::new(precision).tensor(name, shape).unwrap();
                let zeros = Array::f32(shape, vec![0.0; shape.iter().product()]);
                assert_eq!(blank, quantize(name, zeros, precision), "{name}");
            }
        }
    }
}
