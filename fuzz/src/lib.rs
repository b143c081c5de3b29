//! The targets, which the replay of the corpus has, too.

#[path = "../../tests/corpus/targets/mod.rs"]
pub mod targets;
