//! LPIPS (Zhang et al., CVPR 2018), version 0.1 with AlexNet: differences of unit-length feature maps, weighted by
//! learned heads.

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};

use super::file::{PublicFile, Tensors};
use super::layers::{Conv, Geometry, max_pool_down};
use crate::eval::EvalError;

/// torchvision's AlexNet.
pub const ALEXNET: PublicFile = PublicFile {
    name: "alexnet-owt-7be5be79.pth",
    sha256: "7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02",
};

/// The heads that the Python package `lpips` 0.1.4 brings along as `lpips/weights/v0.1/alex.pth`.
pub const LPIPS_HEADS: PublicFile = PublicFile {
    name: "alex.pth of lpips 0.1.4",
    sha256: "df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0",
};

/// Mean and scale of the channels of pictures in [-1, 1].
const SHIFT: [f32; 3] = [-0.030, -0.088, -0.188];
const SCALE: [f32; 3] = [0.458, 0.448, 0.450];
/// Added to the length of a feature vector.
const EPS: f64 = 1e-10;

/// The convolutions: name, channels in and out, kernel, stride, padding.
const LAYERS: [(&str, usize, usize, usize, usize, usize); 5] = [
    ("features.0", 3, 64, 11, 4, 2),
    ("features.3", 64, 192, 5, 1, 2),
    ("features.6", 192, 384, 3, 1, 1),
    ("features.8", 384, 256, 3, 1, 1),
    ("features.10", 256, 256, 3, 1, 1),
];

/// The smallest side of a picture whose feature maps all have a pixel.
const SMALLEST: usize = 31;

/// The distance.
#[derive(Debug)]
pub struct Lpips {
    /// Each convolution with the weights of its feature map's channels, [1, C, 1, 1].
    layers: Vec<(Conv, Tensor<4>)>,
    device: Device,
}

impl Lpips {
    /// Loads both public files.
    ///
    /// # Errors
    /// [`EvalError::OtherNetwork`] for any files but [`ALEXNET`] and [`LPIPS_HEADS`], and as for unreadable ones.
    pub fn open(alexnet: &Path, heads: &Path, device: &Device) -> Result<Self, EvalError> {
        Self::load(
            &mut ALEXNET.open(alexnet)?,
            &mut LPIPS_HEADS.open(heads)?,
            device,
        )
    }

    pub(super) fn load(
        alexnet: &mut impl Tensors,
        heads: &mut impl Tensors,
        device: &Device,
    ) -> Result<Self, EvalError> {
        let mut layers = Vec::new();
        for (index, (name, input, output, kernel, stride, padding)) in
            LAYERS.into_iter().enumerate()
        {
            let geometry = Geometry {
                input,
                output,
                kernel: [kernel; 2],
                stride,
                padding: [padding; 2],
            };
            let conv = Conv::plain(name, geometry, alexnet, device)?;
            let shape = [1, output, 1, 1];
            let head = heads.tensor(&format!("lin{index}.model.1.weight"), &shape)?;
            layers.push((
                conv,
                Tensor::from_data(TensorData::new(head, shape), device),
            ));
        }
        Ok(Self {
            layers,
            device: device.clone(),
        })
    }

    /// The distance of two pictures `[3, H, W]` with values in [-1, 1]; 0 for equal ones.
    ///
    /// # Errors
    /// [`EvalError::Unequal`] for pictures that do not fill their shape, [`EvalError::TooSmall`] for sides below 31
    /// pixels, [`EvalError::Device`].
    pub async fn distance(
        &self,
        a: &[f32],
        b: &[f32],
        [height, width]: [usize; 2],
    ) -> Result<f64, EvalError> {
        for picture in [a, b] {
            crate::eval::classification::equal(picture.len(), 3 * height * width)?;
        }
        if height.min(width) < SMALLEST {
            return Err(EvalError::TooSmall {
                needed: SMALLEST,
                found: height.min(width),
            });
        }
        let mut pair = [a, b].map(|picture| {
            let data = TensorData::new(picture.to_vec(), [1, 3, height, width]);
            let x: Tensor<4> = Tensor::from_data(data, &self.device);
            let channels = |values: [f32; 3]| -> Tensor<4> {
                Tensor::from_data(TensorData::new(values.to_vec(), [1, 3, 1, 1]), &self.device)
            };
            (x - channels(SHIFT)) / channels(SCALE)
        });
        let mut sum: Option<Tensor<4>> = None;
        for (index, (conv, head)) in self.layers.iter().enumerate() {
            pair = pair.map(|x| {
                // AlexNet pools before its second and third convolution.
                let x = match index {
                    1 | 2 => max_pool_down(x),
                    _ => x,
                };
                conv.forward(x)
            });
            let [first, second] = pair.clone().map(|features| {
                let length = features.clone().square().sum_dim(1).sqrt() + EPS; // [1, 1, H, W]
                features / length
            });
            let weighted = (first - second).square() * head.clone();
            let map = weighted.sum_dim(1); // [1, 1, H, W]
            let mean = map.mean_dim(2).mean_dim(3);
            sum = Some(match sum {
                None => mean,
                Some(sum) => sum + mean,
            });
        }
        let none = || EvalError::Device("it returned no distance".to_owned());
        let data = sum.ok_or_else(none)?.into_data_async().await;
        let data = data.map_err(|e| EvalError::Device(e.to_string()))?;
        let values: Vec<f32> = data
            .try_into_vec()
            .map_err(|e| EvalError::Device(format!("{e:?}")))?;
        values.first().map(|&v| f64::from(v)).ok_or_else(none)
    }
}
