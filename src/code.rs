//! The two codes of a picture, z_sem and x_T, on the host: they outlive a lost device or a replaced
//! worker, and can be saved.

use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use thiserror::Error;

/// Why a code cannot be used.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum CodeError {
    /// A code that belongs to another model.
    #[error("the code does not fit this model: its {what} has {found} values, not {expected}")]
    Shape {
        /// z_sem or x_T.
        what: &'static str,
        /// Values found.
        found: usize,
        /// Values needed.
        expected: usize,
    },
    /// A code with a NaN or an infinite value.
    #[error("the code's {0} holds a value that is not finite; encode the picture again")]
    NotFinite(&'static str),
    /// The bytes are not those of a saved code.
    #[error("the saved code is not a whole one: {0}; encode the picture again")]
    Damaged(String),
}

/// What a Diff-AE makes of one picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Code {
    /// The semantic code, `[Z]`, un-normalized.
    pub z_sem: Vec<f32>,
    /// The stochastic code, [3, S, S] row-major, close to standard normal.
    pub x_t: Vec<f32>,
}

impl Code {
    /// Checks that this code belongs to a model with z_sem of `style` values and pictures of
    /// `side` pixels, and that it is finite.
    ///
    /// # Errors
    /// [`CodeError::Shape`] or [`CodeError::NotFinite`].
    pub fn check(&self, style: usize, side: usize) -> Result<(), CodeError> {
        check_values("z_sem", &self.z_sem, style)?;
        check_values("x_T", &self.x_t, 3 * side * side)
    }

    /// The code as a safetensors file with `z_sem` `[Z]` and `x_T` [3, S, S].
    ///
    /// # Errors
    /// [`CodeError::Damaged`] when x_T is not three square planes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CodeError> {
        let side = (self.x_t.len() / 3).isqrt();
        let bytes =
            |values: &[f32]| -> Vec<u8> { values.iter().flat_map(|v| v.to_le_bytes()).collect() };
        let (z_sem, x_t) = (bytes(&self.z_sem), bytes(&self.x_t));
        let view = |shape: Vec<usize>, data| TensorView::new(Dtype::F32, shape, data);
        let views = [
            ("z_sem", view(vec![self.z_sem.len()], &z_sem)),
            ("x_T", view(vec![3, side, side], &x_t)),
        ];
        let mut tensors = Vec::new();
        for (name, view) in views {
            tensors.push((name, view.map_err(|e| damaged(&e))?));
        }
        safetensors::serialize(tensors, None).map_err(|e| damaged(&e))
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`CodeError::Damaged`] when it is no such file.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodeError> {
        let file = SafeTensors::deserialize(bytes).map_err(|e| damaged(&e))?;
        let read = |name: &str| -> Result<Vec<f32>, CodeError> {
            let tensor = file.tensor(name).map_err(|e| damaged(&e))?;
            if tensor.dtype() != Dtype::F32 {
                return Err(damaged(&format!(
                    "its {name} is {:?}, not F32",
                    tensor.dtype()
                )));
            }
            let (values, _) = tensor.data().as_chunks();
            Ok(values.iter().map(|b| f32::from_le_bytes(*b)).collect())
        };
        Ok(Self {
            z_sem: read("z_sem")?,
            x_t: read("x_T")?,
        })
    }
}

/// Checks that `what`, z_sem or x_T, has as many values as the model's, all of them finite.
///
/// # Errors
/// [`CodeError::Shape`] or [`CodeError::NotFinite`].
pub(crate) fn check_values(
    what: &'static str,
    values: &[f32],
    expected: usize,
) -> Result<(), CodeError> {
    if values.len() != expected {
        return Err(CodeError::Shape {
            what,
            found: values.len(),
            expected,
        });
    }
    match values.iter().all(|v| v.is_finite()) {
        true => Ok(()),
        false => Err(CodeError::NotFinite(what)),
    }
}

fn damaged(reason: &impl ToString) -> CodeError {
    CodeError::Damaged(reason.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_code_comes_back_and_a_truncated_one_does_not() {
        let code = Code {
            z_sem: vec![1.0, -2.5],
            x_t: (0..12u8).map(f32::from).collect(),
        };
        let bytes = code.to_bytes().unwrap();
        assert_eq!(Code::from_bytes(&bytes).unwrap(), code);
        for length in 0..bytes.len() {
            assert!(
                Code::from_bytes(&bytes[..length]).is_err(),
                "{length} bytes"
            );
        }
        assert!(code.check(2, 2).is_ok());
        assert!(matches!(code.check(3, 2), Err(CodeError::Shape { .. })));
    }
}
