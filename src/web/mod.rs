//! The browser boundary: the raw classes that the package's workers drive, and the only place that
//! names wasm-bindgen, web-sys or js-sys.
//!
//! The public interface is the package's `DiffAe` and `Photo`; see `pkg/index.d.ts`. Everything here takes and
//! returns plain bytes and objects, and every failure is a JS `Error` with a stable `code`.

mod buffer;
mod engine;
mod error;
mod object;
mod options;
mod panic;
mod photo;
mod pixels;
mod step;
mod view;

pub use engine::Engine;
pub use panic::set_panic_hook;
pub use photo::{FaceFinder, Photo};
pub use pixels::Pixels;
