//! What Git LFS leaves in place of a large file that was not fetched: a few lines of text that only
//! stand for it.

/// How every pointer begins.
const START: &[u8] = b"version https://git-lfs.github.com/spec/";

/// What to say of one, after the name of the file.
pub const NOTE: &str = "a Git LFS pointer, which only stands for the file; run `git lfs pull` where it comes from, or download the file itself";

/// Whether these first bytes of a file are those of a pointer.
#[must_use]
pub fn is_pointer(bytes: &[u8]) -> bool {
    bytes.starts_with(START)
}
