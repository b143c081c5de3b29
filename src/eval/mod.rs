//! The figures of papers: how well a model reconstructs, samples, classifies, disentangles and edits, as small
//! functions over numbers, and the networks and stored rows that they need.
//!
//! - [`classification`], [`probe`], [`few_shot`]: AUROC, average precision and F1; linear probes; learning from few
//!   labels.
//! - [`matrix`]: rows of numbers.
//! - [`disentangle`]: DCI and TAD.
//! - [`fid`]: the Fréchet distance between two sets of features.
//! - [`identity`]: what an edit changes besides what it should.
//! - [`networks`]: Inception and LPIPS, from the public files.
//! - [`rows`]: one stored row a picture, so that several processes measure one set and agree with one to the bit.

pub mod classification;
pub mod disentangle;
mod error;
pub mod few_shot;
pub mod fid;
pub mod identity;
mod lasso;
pub mod matrix;
pub mod networks;
pub mod probe;
pub mod rows;

pub use error::EvalError;

#[cfg(test)]
mod golden;
