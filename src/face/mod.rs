//! Faces in a photo, found on the CPU: where they are and where their eyes are, to a few percent
//! of the eye distance, so that a model's square can be laid over them without help.
//!
//! The network is MediaPipe's full-range face detector (the paper is Bazarevsky et al., "BlazeFace",
//! 2019), which looks at 192 x 192 pixels and knows upright faces. The search around it makes up for
//! both limits.

mod closer;
mod detection;
mod error;
mod network;
mod plan;
mod search;
mod view;

use burn::tensor::{Device, Tensor, TensorData};
use sha2::{Digest, Sha256};

use crate::lfs;
use crate::photo::Eyes;
use crate::picture::Picture;
use crate::weights::hash::hex;
use crate::weights::{PartReader, WeightsError};
use network::{BlazeFace, INPUT};
use view::Scene;

pub use detection::Detection;
pub use error::FaceError;
pub use search::Search;

/// The file `pkg/face/blazeface.safetensors`.
const WEIGHTS_SHA256: &str = "3722b6bb3d1977f096e13b649fcea6033dfd8a43f1012d4b8d74d5d6aa7ac82e";
/// Score from which MediaPipe counts a detection.
const SEEN: f32 = 0.5;

/// A face in a photo.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Face {
    /// How sure the network is, from 0.65 to 1.
    pub score: f32,
    /// Left, top, width and height of the face in photo pixels, roughly from the eyebrows to the
    /// chin; parallel to the photo's edges, and partly outside where the face is.
    pub bounds: [f64; 4],
    /// The eyes in photo pixels. Their order tells which way up the face is.
    pub eyes: Eyes,
}

impl From<Detection> for Face {
    fn from(detection: Detection) -> Self {
        let [left, top, right, low] = detection.edges;
        let [first, second, ..] = detection.keypoints;
        Self {
            score: detection.score,
            bounds: [left, top, right - left, low - top],
            eyes: Eyes {
                left: first,
                right: second,
            },
        }
    }
}

/// The loaded network.
#[derive(Debug)]
pub struct Detector {
    network: BlazeFace,
    device: Device,
}

impl Detector {
    /// Loads the bytes of `blazeface.safetensors`.
    ///
    /// # Errors
    /// [`FaceError`] when they are not exactly that file.
    pub fn from_bytes(weights: &[u8]) -> Result<Self, FaceError> {
        if lfs::is_pointer(weights) {
            let file = "blazeface.safetensors".to_owned();
            return Err(WeightsError::Pointer { file }.into());
        }
        let found = hex(&Sha256::digest(weights));
        if found != WEIGHTS_SHA256 {
            return Err(FaceError::Hash {
                expected: WEIGHTS_SHA256,
                found,
            });
        }
        let device = Device::flex();
        let mut file = PartReader::open("blazeface.safetensors", weights)?;
        let network = BlazeFace::new(&mut file, &device)?;
        Ok(Self { network, device })
    }

    /// All faces in a photo, the largest and surest first; an empty list where there is none.
    ///
    /// The whole photo is looked at, and where no face fills it, squares all over it that show faces
    /// whose eyes are 40 pixels apart well. Every place that the network finds likely is looked at
    /// again, close by and upright. Where no face is found, the photo is turned by quarters and
    /// searched again. The work is bounded whatever the photo's size and shape. [`Search`] does the
    /// same in steps.
    ///
    /// # Errors
    /// [`FaceError`] when the photo cannot be scaled or the device fails.
    pub async fn find(&self, photo: &Picture) -> Result<Vec<Face>, FaceError> {
        let mut search = Search::new();
        while !search.is_over() {
            search.step(self, photo).await?;
        }
        Ok(search.faces())
    }

    /// What the network sees in the whole photo at one glance, in photo pixels, surest first: the
    /// computation of MediaPipe's pipeline. Good enough for a rough outline, and the yardstick for
    /// comparing with other implementations.
    ///
    /// # Errors
    /// As [`Detector::find`].
    pub async fn glance(&self, photo: &Picture) -> Result<Vec<Detection>, FaceError> {
        let view = Scene::new(photo).whole()?;
        let found = self.look(&view.picture, SEEN).await?;
        Ok(found.iter().map(|face| view.to_photo(face)).collect())
    }

    /// What the network sees in a picture of its own size, in that picture's pixels.
    async fn look(&self, picture: &Picture, least: f32) -> Result<Vec<Detection>, FaceError> {
        let side = INPUT as usize;
        let values = TensorData::new(picture.to_chw(), [1, 3, side, side]);
        let answer = self
            .network
            .forward(Tensor::from_data(values, &self.device));
        let answer = answer
            .into_data_async()
            .await
            .map_err(|error| FaceError::Device(error.to_string()))?
            .try_into_vec::<f32>()
            .map_err(|_| FaceError::Device("its values are not those of f32 tensors".to_owned()))?;
        Ok(detection::detections(&answer, least))
    }
}
