//! The browser boundary: the raw classes that the package's workers drive, and the only place that
//! names wasm-bindgen, web-sys or js-sys.
//!
//! The public interface is the package's `DiffAe` and `Photo`; see `pkg/index.d.ts`. Everything here
//! takes and returns plain bytes and objects, and every failure is a JS `Error` with a stable `code`.
//!
//! Photos are handled on the CPU whichever device the model is on, by the file without WebGPU: the
//! other one leaves them out.

mod buffer;
mod diffae;
mod error;
mod object;
mod options;
mod panic;
#[cfg(not(feature = "gpu"))]
mod photo;
#[cfg(not(feature = "gpu"))]
mod pixels;
mod step;
#[cfg(not(feature = "gpu"))]
mod view;

pub use diffae::DiffAe;
pub use panic::set_panic_hook;
#[cfg(not(feature = "gpu"))]
pub use photo::{FaceFinder, Photo};
#[cfg(not(feature = "gpu"))]
pub use pixels::Pixels;
