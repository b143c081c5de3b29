//! Tensors as burn's GPU backend holds them.

use burn::backend::wgpu::{CubeBackend, CubeTensor};
use burn::tensor::kind::Basic;
use burn::tensor::{BackendPrimitive, Tensor};

/// The primitive of a tensor on the GPU.
pub(super) fn primitive<const D: usize, K>(tensor: Tensor<D, K>) -> CubeTensor
where
    K: Basic + BackendPrimitive<CubeBackend, Primitive = CubeTensor>,
{
    match tensor.try_into_primitive::<CubeBackend>() {
        Ok(tensor) => tensor,
        // burn's own operations panic on this, too.
        Err(error) => unreachable!("a tensor of another device met weights on the GPU: {error:?}"),
    }
}
