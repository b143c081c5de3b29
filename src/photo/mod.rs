//! Photos: from a file to an upright picture, from there to the square that a model expects, from
//! an edit of that square back into the photo, and pictures back into files.

#[cfg(feature = "files")]
mod colour;
mod composite;
#[cfg(feature = "files")]
mod container;
#[cfg(feature = "image")]
mod decode;
#[cfg(feature = "files")]
mod encode;
mod error;
mod frame;
#[cfg(feature = "files")]
mod metadata;
#[cfg(feature = "files")]
mod original;
mod prepare;
#[cfg(feature = "files")]
mod profile;
pub(crate) mod resize;
mod rows;
#[cfg(test)]
#[cfg(feature = "image")]
mod samples;
#[cfg(feature = "image")]
mod save;
mod sheet;
mod similarity;

pub use composite::{Change, Compared, Edited, Outside, composite, outside};
#[cfg(feature = "image")]
pub use decode::{MAX_FILE_BYTES, MAX_PIXELS};
#[cfg(feature = "files")]
pub use encode::{Beside, write_jpeg, write_png};
pub use error::PhotoError;
#[cfg(feature = "pictures")]
pub(crate) use frame::check as check_place;
pub use frame::frame;
#[cfg(feature = "files")]
pub use metadata::{Maker, Metadata};
#[cfg(feature = "image")]
pub use original::open;
#[cfg(feature = "files")]
pub use original::{Description, Numbers, Original, Remark};
pub use prepare::prepare;
#[cfg(feature = "files")]
pub use profile::Profile;
pub use rows::Rows;
#[cfg(feature = "image")]
pub use save::{save_png, write_atomically};
pub use sheet::contact_sheet;
pub use similarity::{Eyes, Similarity};
