//! The browser boundary: the raw classes that the package's workers drive, and the only place that
//! names wasm-bindgen, web-sys or js-sys.
//!
//! The public interface is the package's `DiffAe` and `Photo`; see `pkg/index.d.ts`. Everything here
//! takes and returns plain bytes and objects, and every failure is a JS `Error` with a stable `code`.
//!
//! Photos are handled on the CPU whichever device the model is on, by the file without WebGPU: the
//! other one leaves them out, and with the feature `import` what makes models of checkpoints.

mod buffer;
#[cfg(feature = "import")]
mod convert;
mod diffae;
mod error;
#[cfg(feature = "import")]
mod model_files;
mod object;
mod options;
mod panic;
#[cfg(not(feature = "gpu"))]
mod photo;
#[cfg(not(feature = "gpu"))]
mod pixels;
#[cfg(feature = "import")]
mod sink;
#[cfg(feature = "import")]
mod source;
mod step;
#[cfg(not(feature = "gpu"))]
mod view;

#[cfg(feature = "import")]
pub use convert::Checkpoints;
pub use diffae::DiffAe;
#[cfg(feature = "import")]
pub use model_files::{ModelFiles, parameters};
pub use panic::set_panic_hook;
#[cfg(not(feature = "gpu"))]
pub use photo::{FaceFinder, Photo};
#[cfg(not(feature = "gpu"))]
pub use pixels::Pixels;
