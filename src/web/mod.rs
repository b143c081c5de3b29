//! The browser boundary: the raw classes that the package's workers drive, and the only place that
//! names wasm-bindgen, web-sys or js-sys.
//!
//! The public interface is the package's `DiffAe` and `Photo`; see `pkg/index.d.ts`. Everything here
//! takes and returns plain bytes and objects, and every failure is a JS `Error` with a stable `code`.
//!
//! Four files are made of it. Models run in the one of their device, or, on the CPU of a page whose
//! workers may share memory, in one with threads. Photos are handled on the CPU whichever device that
//! is: only its plain file has them. The fourth makes models of what a person has chosen, and does
//! nothing else.

#[cfg(feature = "web-model")]
mod buffer;
#[cfg(feature = "web-import")]
mod convert;
#[cfg(feature = "web-model")]
mod diffae;
mod error;
#[cfg(feature = "gpu")]
mod gpu;
#[cfg(feature = "web-import")]
mod model_files;
mod object;
#[cfg(feature = "web-model")]
mod options;
mod panic;
#[cfg(feature = "web-photo")]
mod photo;
#[cfg(feature = "web-photo")]
mod pixels;
#[cfg(feature = "web-import")]
mod sink;
#[cfg(feature = "web-import")]
mod source;
#[cfg(feature = "web-model")]
mod step;
#[cfg(feature = "web-threads")]
mod threads;
#[cfg(feature = "web-photo")]
mod view;

#[cfg(feature = "web-import")]
pub use convert::Checkpoints;
#[cfg(feature = "web-model")]
pub use diffae::DiffAe;
#[cfg(feature = "gpu")]
pub use gpu::set_gpu_hook;
#[cfg(feature = "web-import")]
pub use model_files::{ModelFiles, parameters};
pub use panic::set_panic_hook;
#[cfg(feature = "web-photo")]
pub use photo::{FaceFinder, Photo};
#[cfg(feature = "web-photo")]
pub use pixels::Pixels;
#[cfg(feature = "web-threads")]
pub use threads::{join_threads, start_threads};
