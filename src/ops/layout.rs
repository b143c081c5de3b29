//! What every set of kernels needs to know of a weight before it lays it out its own way.

use burn::tensor::{Device, Tensor, TensorData};

use crate::weights::{Array, Values};

/// A tensor of an array's values; an empty one where they are absent, for layers that compute
/// nothing.
pub(super) fn tensor<const D: usize>(
    array: Array,
    shape: [usize; D],
    device: &Device,
) -> Tensor<D> {
    match array.values {
        Values::Absent => Tensor::empty([0; D], device),
        #[cfg(feature = "train")]
        Values::Trained(crate::weights::Trained(values)) => values.reshape(shape),
        _ => Tensor::from_data(TensorData::new(array.into_f32(), shape), device),
    }
}

/// A vector, `[C]`.
pub(super) fn vector(array: Array, device: &Device) -> Tensor<1> {
    let length = array.len();
    tensor(array, [length], device)
}

/// Output channels, input channels and kernel side of a convolution's weight.
pub(super) fn conv_shape(weight: &Array) -> [usize; 3] {
    match weight.shape[..] {
        [out, input, kernel, _] => [out, input, kernel],
        [out, input, kernel] => [out, input, kernel],
        [out, input] => [out, input, 1],
        _ => [weight.len(), 1, 1],
    }
}
