//! Diffusion Autoencoders (Preechakul et al., CVPR 2022) in Rust, natively and in a browser tab.
//!
//! A Diff-AE splits a picture into two codes: z_sem, a short vector in which attributes such as
//! smile or age are linear directions, and x_T, a noise map that holds the rest. A diffusion decoder
//! turns both back into the picture, almost exactly, or into the same picture with a smile.
//!
//! The way through the crate, in the direction in which data flows:
//!
//! - [`config`]: what a model is made of, and the published configurations.
//! - [`weights`]: model directories, their parts and their precision.
//! - [`ops`]: the few operations the networks are written in; the seam to the device.
//! - [`networks`]: U-Net, semantic encoder, latent DPM, classifier.
//! - `import`: official checkpoints, to model directories.
//! - [`diffusion`]: schedules, DDIM in both directions, seeded noise.
//! - [`edit`]: moving codes along attributes, between pictures, along taught directions.
//! - [`photo`], [`picture`]: photos in, framed faces out.
//! - [`face`]: where the faces in a photo are.
//! - [`DiffAe`]: a loaded model and everything one does with it; the page and the tool drive this.
//! - [`metrics`]: how close two pictures are.
//! - `eval`: the tables of papers, from one command each.

pub mod code;
pub mod config;
mod diffae;
pub mod diffusion;
mod dot;
pub mod edit;
mod error;
#[cfg(feature = "eval")]
pub mod eval;
pub mod face;
#[cfg(feature = "import")]
pub mod import;
pub mod metrics;
mod nearest;
pub mod networks;
pub mod ops;
pub mod photo;
pub mod picture;
pub mod self_test;
#[cfg(feature = "web")]
pub mod web;
pub mod weights;

pub use burn::tensor::Device;
pub use code::{Code, CodeError};
pub use diffae::{DiffAe, Inversion, MAX_PICTURES, Sampling};
pub use diffusion::unwatched;
pub use error::Error;
pub use picture::Picture;
#[cfg(not(target_arch = "wasm32"))]
pub use pollster::block_on;
