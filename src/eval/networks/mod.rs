//! The networks by which FID and LPIPS are defined. Their weights come only from the public files, told by their
//! SHA-256; there is no way to build them from anything else outside this module's tests, so that no figure made
//! with other weights can pass for one of these.

mod blocks;
mod file;
mod inception;
mod layers;
mod lpips;
mod resize;

pub use file::PublicFile;
pub use inception::{FEATURES, INCEPTION, Inception};
pub use lpips::{ALEXNET, LPIPS_HEADS, Lpips};
pub use resize::bilinear;

#[cfg(test)]
mod tests;
