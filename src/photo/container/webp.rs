//! The chunks of WebP files.

use super::{Origin, Replacement, Said, tiff};
use crate::photo::colour::Statement;

/// Where the first chunk is: after what the file calls itself.
const FIRST: usize = 12;
/// In the first byte that a VP8X chunk holds, whether there is a profile.
const HAS_PROFILE: u8 = 0x20;

struct Chunk<'a> {
    name: [u8; 4],
    held: &'a [u8],
    start: usize,
}

/// The chunks as far as they are whole.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    let mut from = FIRST;
    std::iter::from_fn(move || {
        let start = from;
        let (&name, after) = bytes.get(start..)?.split_first_chunk()?;
        let (&length, after) = after.split_first_chunk()?;
        let length = usize::try_from(u32::from_le_bytes(length)).ok()?;
        let held = after.get(..length)?;
        // Odd lengths are filled up.
        from = start
            .checked_add(8)?
            .checked_add(length)?
            .checked_add(length % 2)?;
        Some(Chunk { name, held, start })
    })
}

/// The profile.
pub(in crate::photo) fn profile(bytes: &[u8]) -> Option<&[u8]> {
    chunks(bytes)
        .find(|chunk| chunk.name == *b"ICCP")
        .map(|chunk| chunk.held)
}

pub(super) fn origin(bytes: &[u8]) -> Origin<'_> {
    let held = |name: &[u8; 4]| {
        chunks(bytes)
            .find(|chunk| chunk.name == *name)
            .map(|chunk| chunk.held)
    };
    Origin {
        exif: held(b"EXIF").map(tiff),
        xmp: held(b"XMP "),
    }
}

pub(super) fn said(bytes: &[u8]) -> Said {
    if bytes.get(8..FIRST) != Some(b"WEBP") {
        return Said::default();
    }
    // The file states its own length, so that nothing is taken out: the profile gets a name that means nothing.
    let colourless = chunks(bytes).filter_map(|chunk| match (&chunk.name, chunk.held) {
        (b"ICCP", _) => Some(Replacement {
            at: chunk.start..chunk.start + 4,
            with: b"none".to_vec(),
        }),
        (b"VP8X", [flags, ..]) if flags & HAS_PROFILE != 0 => Some(Replacement {
            at: chunk.start + 8..chunk.start + 9,
            with: vec![flags & !HAS_PROFILE],
        }),
        _ => None,
    });
    Said {
        statements: profile(bytes)
            .map(|icc| Statement::icc(icc.to_vec()))
            .into_iter()
            .collect(),
        grey: false,
        colourless: colourless.collect(),
    }
}
