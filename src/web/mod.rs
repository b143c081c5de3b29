//! The browser boundary: the raw class that the package's worker drives, and the only place that
//! names wasm-bindgen, web-sys or js-sys.
//!
//! The public interface is the package's `DiffAe`; see `pkg/index.d.ts`. Everything here takes and
//! returns plain bytes and objects, and every failure is a JS `Error` with a stable `code`.

mod buffer;
mod engine;
mod error;
mod options;
mod panic;
mod step;

pub use engine::Engine;
pub use panic::set_panic_hook;
