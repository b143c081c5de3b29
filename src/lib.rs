//! Diffusion Autoencoders (Preechakul et al., CVPR 2022) in Rust, natively and in a browser tab.
//!
//! A Diff-AE splits a picture into two codes: z_sem, a short vector in which attributes such as
//! smile or age are linear directions, and x_T, a noise map that holds the rest. A diffusion decoder
//! turns both back into the picture, almost exactly, or into the same picture with a smile.
//!
//! ```
//! use diffae::weights::Part;
//! use diffae::{Device, DiffAe, Inversion, block_on, photo, unwatched};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # std::env::set_current_dir(env!("CARGO_MANIFEST_DIR"))?;
//! # let folder = tempfile::tempdir()?;
//! # let smile_png = folder.path().join("smile.png");
//! // A tiny model with random weights, which travels with the crate; its pictures show nothing.
//! let parts = [Part::Encoder, Part::Decoder, Part::Attributes];
//! let model = DiffAe::open("examples/model", &parts, &Device::flex())?;
//! let face = photo::open("examples/face.png".as_ref())?; // framed for the model, of its size
//!
//! let code = block_on(model.encode(&face, 20, Inversion::default(), &mut unwatched()))?;
//! let smile = block_on(model.edit(&code, &[("Smiling", 0.3)], &[], 20, &mut unwatched()))?;
//! photo::save_png(&smile, &smile_png)?;
//! # Ok(())
//! # }
//! ```
//!
//! # Names
//!
//! | here | in the paper |
//! |---|---|
//! | [`DiffAe`] | the diffusion autoencoder: both encoders, the decoder, and what belongs to them |
//! | [`networks::Encoder`] | Enc_φ, the semantic encoder |
//! | [`networks::UNet`] | ε_θ(x_t, t, z_sem), what the decoder predicts |
//! | [`networks::LatentNet`] | ε_ω, of the latent DDIM |
//! | [`Code`] | (z_sem, x_T) |
//! | [`DiffAe::encode`] | Enc_φ for z_sem, the stochastic encoder (eq. 8) for x_T |
//! | [`DiffAe::reconstruct`] | the decoder, from x_T down to x_0 given z_sem |
//! | [`DiffAe::edit`] | attribute manipulation: z_sem along a linear classifier's direction |
//! | [`DiffAe::interpolate`] | interpolation: lerp of z_sem, slerp of x_T |
//! | [`DiffAe::teach`] | few-shot conditions |
//! | [`DiffAe::sample`] | unconditional samples, by way of the latent DDIM |
//!
//! # The way through the crate
//!
//! In the direction in which data flows:
//!
//! - [`config`]: what a model is made of, and the published configurations.
//! - [`weights`]: model directories, their parts and their precision.
//! - `ops`: the few operations the networks are written in; the seam to the device.
//! - [`networks`]: U-Net, semantic encoder, latent DPM, classifier.
//! - `import`: official checkpoints, to model directories.
//! - [`diffusion`]: schedules, DDIM in both directions, seeded noise.
//! - [`edit`]: moving codes along attributes, between pictures, along taught directions.
//! - [`photo`], [`picture`]: photos in, framed faces out.
//! - [`face`]: where the faces in a photo are.
//! - [`DiffAe`]: a loaded model and everything one does with it; the page and the tool drive this.
//! - [`metrics`]: how close two pictures are.
//! - `pictures`: sets of pictures, as evaluation measures on them and training learns from them.
//! - `eval`: the tables of papers, from one command each.
//! - `train`: the paper's three stages, on the same networks.

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
#[doc(hidden)]
pub mod lfs;
pub mod metrics;
mod nearest;
pub mod networks;
#[doc(hidden)]
pub mod ops;
pub mod photo;
pub mod picture;
#[cfg(feature = "pictures")]
pub mod pictures;
#[doc(hidden)]
pub mod self_test;
#[cfg(feature = "train")]
pub mod train;
#[cfg(feature = "web")]
#[doc(hidden)]
pub mod web;
pub mod weights;
#[doc(hidden)]
pub mod whole;
#[cfg(any(feature = "import", feature = "pictures"))]
mod zipped;

pub use burn::tensor::Device;
pub use code::{Code, CodeError};
pub use diffae::{DiffAe, Inversion, Near, Sampling, Variations};
pub use diffusion::unwatched;
pub use edit::MAX_PICTURES;
pub use error::Error;
pub use picture::Picture;
#[cfg(not(target_arch = "wasm32"))]
pub use pollster::block_on;
