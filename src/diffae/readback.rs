//! Results back from the device.

use burn::tensor::Tensor;

use crate::error::Error;
use crate::picture::Picture;

/// The values of a tensor, row-major.
///
/// # Errors
/// [`Error::Device`] when the device failed.
pub(crate) async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, Error> {
    let data = tensor.into_data_async().await;
    let data = data.map_err(|e| Error::Device(e.to_string()))?;
    data.try_into_vec()
        .map_err(|_| Error::Device("its values are not those of f32 tensors".to_owned()))
}

/// A batch of pictures in [-1, 1].
///
/// # Errors
/// [`Error::Device`] when the device failed, [`Error::Picture`] when it computed NaN.
///
/// # Shapes
/// - x: [B, 3, S, S]
pub(crate) async fn pictures(x: Tensor<4>) -> Result<Vec<Picture>, Error> {
    let [_, channels, height, width] = x.dims();
    let values = read(to_unit(x)).await?;
    values
        .chunks(channels * height * width)
        .map(|chw| Ok(Picture::from_chw(width as u32, height as u32, chw)?))
        .collect()
}

/// The only picture of a batch of one.
///
/// # Errors
/// As [`pictures`].
///
/// # Shapes
/// - x: [1, 3, S, S]
pub(crate) async fn picture(x: Tensor<4>) -> Result<Picture, Error> {
    let none = || Error::Device("it returned no picture".to_owned());
    pictures(x).await?.pop().ok_or_else(none)
}

/// What a sampler's watcher is shown of a predicted x_0: the first picture of the batch, within
/// [-1, 1], [1, 3, S, S].
#[cfg(any(feature = "web-model", feature = "gpu"))]
pub(crate) fn preview(x0: Tensor<4>) -> Tensor<4> {
    x0.narrow(0, 0, 1).clamp(-1.0, 1.0)
}

/// [-1, 1] to [0, 1].
pub(crate) fn to_unit(x: Tensor<4>) -> Tensor<4> {
    (x + 1.0) / 2.0
}
