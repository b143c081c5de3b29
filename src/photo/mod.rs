//! Photos: from a file to an upright picture, from there to the square that a model expects, and
//! pictures back into files.

mod composite;
#[cfg(feature = "image")]
mod decode;
#[cfg(feature = "image")]
#[cfg(test)]
mod decode_tests;
#[cfg(feature = "image")]
mod encode;
mod error;
mod frame;
#[cfg(test)]
mod frame_tests;
mod prepare;
mod sheet;
mod similarity;

pub use composite::{Change, composite};
#[cfg(feature = "image")]
pub use decode::{MAX_FILE_BYTES, MAX_PIXELS, decode, open};
#[cfg(feature = "image")]
pub use encode::{png, save_png, write_atomically};
pub use error::PhotoError;
pub use frame::frame;
pub use prepare::prepare;
pub use sheet::contact_sheet;
pub use similarity::{Eyes, Framing, Similarity};
