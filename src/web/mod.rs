//! The browser boundary: the raw classes that the package's workers drive, and the only place that
//! names wasm-bindgen, web-sys or js-sys.
//!
//! The public interface is the package's `DiffAe` and `Photo`; see `pkg/index.d.ts`. Everything here
//! takes and returns plain bytes and objects, and every failure is a JS `Error` with a stable `code`.
//!
//! Three files are made of it. Models run in the one of their device. Photos are handled on the CPU
//! whichever device that is: the file with WebGPU leaves them out. The third makes models of what a
//! person has chosen, and does nothing else.

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
