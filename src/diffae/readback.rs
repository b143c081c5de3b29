//! Results back from the device.

use burn::tensor::{Device, Tensor};

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

/// The values of what a network computed, row-major. A device that skips work without a word leaves
/// what its memory held before: values that are not numbers, or one value everywhere.
///
/// # Errors
/// [`Error::Device`] when the device failed, [`Error::Values`] when it computed nonsense.
pub(crate) async fn computed<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, Error> {
    let skips = tensor.device() != Device::flex();
    let values = read(tensor).await?;
    plausible(&values, skips)?;
    Ok(values)
}

/// Whether a network can have computed these values; on the CPU they can all be one, since nothing is ever skipped there.
fn plausible(values: &[f32], skips: bool) -> Result<(), Error> {
    if !values.iter().all(|value| value.is_finite()) {
        return Err(Error::Values("values that are not numbers"));
    }
    match values {
        [first, rest @ ..] if skips && !rest.is_empty() && rest.iter().all(|v| v == first) => {
            Err(Error::Values("nothing but one value"))
        }
        _ => Ok(()),
    }
}

/// A batch of pictures in [-1, 1].
///
/// # Errors
/// As [`computed`].
///
/// # Shapes
/// - x: [B, 3, S, S]
pub(crate) async fn pictures(x: Tensor<4>) -> Result<Vec<Picture>, Error> {
    let [_, channels, height, width] = x.dims();
    let values = computed(to_unit(x)).await?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_of_a_device_is_told_from_numbers() {
        assert!(plausible(&[0.5, 0.25], true).is_ok());
        assert!(plausible(&[0.5], true).is_ok());
        assert!(plausible(&[], true).is_ok());
        assert!(plausible(&[0.0; 9], false).is_ok(), "a CPU skips nothing");
        for (values, what) in [
            ([0.0, f32::NAN, 1.0], "not numbers"),
            ([0.0, f32::INFINITY, 1.0], "not numbers"),
            ([0.0; 3], "one value"),
            ([0.5; 3], "one value"),
        ] {
            let error = plausible(&values, true).unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
        }
    }
}
