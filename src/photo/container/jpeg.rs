//! The marker segments of JPEG files.

use super::{Origin, Replacement, Said, tiff};
use crate::photo::colour::Statement;
use crate::photo::metadata::JPEG_NAME;
use std::ops::Range;

pub(in crate::photo) const START_OF_SCAN: u8 = 0xda;
pub(in crate::photo) const END_OF_IMAGE: u8 = 0xd9;
const APP1: u8 = 0xe1;
const APP2: u8 = 0xe2;
const EXIF: &[u8] = b"Exif\0\0";
const PROFILE: &[u8] = b"ICC_PROFILE\0";

/// A marker with what it holds.
pub(in crate::photo) struct Segment<'a> {
    pub(in crate::photo) marker: u8,
    pub(in crate::photo) held: &'a [u8],
    /// Where in the file it stands, marker included.
    at: Range<usize>,
}

/// The segments before the first scan.
pub(in crate::photo) fn segments(bytes: &[u8]) -> impl Iterator<Item = Segment<'_>> {
    all(bytes).take_while(|segment| segment.marker != START_OF_SCAN)
}

/// All of them. None is looked for within a segment, and compressed data has none.
pub(in crate::photo) fn all(bytes: &[u8]) -> impl Iterator<Item = Segment<'_>> {
    let mut from = 2;
    std::iter::from_fn(move || {
        loop {
            let rest = bytes.get(from..)?;
            let start = from
                + rest.windows(2).position(|pair| {
                    pair[0] == 0xff && !matches!(pair[1], 0 | 0x01 | 0xd0..=0xd8 | 0xff)
                })?;
            let (&[_, marker], after) = bytes.get(start..)?.split_first_chunk()?;
            if marker == END_OF_IMAGE {
                from = start + 2;
                return Some(Segment {
                    marker,
                    held: &[],
                    at: start..from,
                });
            }
            let (&length, _) = after.split_first_chunk()?;
            let length = usize::from(u16::from_be_bytes(length));
            from = start + 2 + length.max(2);
            if let Some(held) = after.get(2..length) {
                return Some(Segment {
                    marker,
                    held,
                    at: start..from,
                });
            }
        }
    })
}

/// The colour profile, put together from its numbered pieces.
pub(in crate::photo) fn profile(bytes: &[u8]) -> Option<Result<Vec<u8>, &'static str>> {
    let mut pieces: Vec<([u8; 2], &[u8])> = segments(bytes)
        .filter_map(|segment| {
            let (&number, piece) = profile_piece(&segment)?.split_first_chunk()?;
            Some((number, piece))
        })
        .collect();
    let (_, count) = pieces
        .first()
        .map(|([number, count], _)| (*number, *count))?;
    pieces.sort_by_key(|([number, _], _)| *number);
    let complete = pieces.len() == usize::from(count)
        && (1..=count)
            .zip(&pieces)
            .all(|(i, (number, _))| *number == [i, count]);
    Some(if complete {
        Ok(pieces
            .iter()
            .flat_map(|(_, piece)| *piece)
            .copied()
            .collect())
    } else {
        Err("pieces of it are missing")
    })
}

fn profile_piece<'a>(segment: &Segment<'a>) -> Option<&'a [u8]> {
    (segment.marker == APP2)
        .then(|| segment.held.strip_prefix(PROFILE))
        .flatten()
}

/// How many numbers there are to a pixel, as the frame's header says.
fn components(bytes: &[u8]) -> Option<u8> {
    let frame = segments(bytes).find(|segment| {
        matches!(segment.marker, 0xc0..=0xcf) && !matches!(segment.marker, 0xc4 | 0xc8 | 0xcc)
    })?;
    frame.held.get(5).copied()
}

pub(super) fn origin(bytes: &[u8]) -> Origin<'_> {
    let named = |name: &[u8]| {
        segments(bytes)
            .filter(|segment| segment.marker == APP1)
            .find_map(|segment| segment.held.strip_prefix(name))
    };
    Origin {
        exif: named(EXIF).map(tiff),
        xmp: named(JPEG_NAME),
    }
}

pub(super) fn said(bytes: &[u8]) -> Said {
    let components = components(bytes);
    // A profile of printing inks is none of red, green and blue.
    let inks = components == Some(4);
    let statement = profile(bytes).filter(|_| !inks).map(Statement::Icc);
    let pieces = segments(bytes).filter(|segment| !inks && profile_piece(segment).is_some());
    Said {
        statements: statement.into_iter().collect(),
        grey: components == Some(1),
        colourless: pieces
            .map(|segment| Replacement::nothing(segment.at))
            .collect(),
    }
}
