//! What is done with bytes from outside, one function for each kind of file, by the ways in which the tool and the page come to
//! them. The fuzzer calls these (`fuzz/`), and so does the replay of the corpus.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what fails here is what is looked for"
)]

pub mod attributes;
pub mod beside;
pub mod checkpoint;
pub mod code;
pub mod composite;
pub mod direction;
pub mod manifest;
pub mod metadata;
pub mod packed;
pub mod part;
pub mod pickle;
pub mod picture;
pub mod zip;

/// One kind of file.
pub struct Target {
    /// Its name, which is that of the fuzzer's program and of the corpus's folder.
    pub name: &'static str,
    /// What is done with the bytes of such a file; whether it was read as one.
    pub run: fn(&[u8]) -> bool,
    /// The most memory that this may take for a file of so many bytes.
    pub most: fn(usize) -> usize,
}

const MIB: usize = 1 << 20;

/// All kinds.
pub const ALL: [Target; 13] = [
    attributes::TARGET,
    beside::TARGET,
    checkpoint::TARGET,
    code::TARGET,
    composite::TARGET,
    direction::TARGET,
    manifest::TARGET,
    metadata::TARGET,
    packed::TARGET,
    part::TARGET,
    pickle::TARGET,
    picture::TARGET,
    zip::TARGET,
];

/// The target of a name.
///
/// # Panics
/// Where there is none.
pub fn named(name: &str) -> &'static Target {
    static TARGETS: [Target; 13] = ALL;
    (TARGETS.iter().find(|target| target.name == name)).expect("a target of that name")
}
