//! Diffusion Autoencoders (Preechakul et al., CVPR 2022) in Rust, natively and in a browser tab.
//!
//! A Diff-AE splits a picture into two codes: z_sem, a short vector in which attributes such as
//! smile or age are linear directions, and x_T, a noise map that holds the rest. A diffusion decoder
//! turns both back into the picture, almost exactly, or into the same picture with a smile.
//!
//! The way through the crate, in the direction in which data flows:
//!
//! - [`config`]: what a model is made of, and the published configurations.
//! - [`weights`]: model directories, their parts, their precision, and official checkpoints.
//! - [`ops`]: the few operations the networks are written in; the seam to the device.
//! - [`model`]: U-Net, semantic encoder, latent DPM, classifier.
//! - [`diffusion`]: schedules, DDIM in both directions, seeded noise.
//! - [`edit`]: moving codes along attributes, between pictures, along taught directions.
//! - [`photo`], [`picture`]: photos in, framed faces out.
//! - [`face`]: where the faces in a photo are.
//! - [`editor`]: a loaded model and everything one does with it; the page and the tool drive this.
//! - [`metrics`]: how close two pictures are.

pub mod code;
pub mod config;
pub mod diffusion;
pub mod edit;
pub mod editor;
mod error;
pub mod face;
pub mod metrics;
pub mod model;
pub mod ops;
pub mod photo;
pub mod picture;
pub mod self_test;
#[cfg(feature = "web")]
pub mod web;
pub mod weights;

pub use code::Code;
pub use editor::{Editor, Inversion, Sampling};
pub use error::Error;
pub use picture::Picture;
