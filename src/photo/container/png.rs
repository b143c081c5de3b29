//! The chunks of PNG files.

use super::{Origin, Replacement, Said, tiff};
use crate::photo::colour::{MAX_ICC_BYTES, Statement};
use crate::photo::metadata::PNG_NAME;
use std::ops::Range;

const SIGNATURE: usize = 8;

struct Chunk<'a> {
    name: [u8; 4],
    held: &'a [u8],
    /// Where in the file it stands, from its length to its checksum.
    at: Range<usize>,
}

/// The chunks as far as they are whole.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    let mut from = SIGNATURE;
    std::iter::from_fn(move || {
        let (&length, after) = bytes.get(from..)?.split_first_chunk()?;
        let (&name, after) = after.split_first_chunk()?;
        let length = usize::try_from(u32::from_be_bytes(length)).ok()?;
        let held = after.get(..length)?;
        // A file can end where the checksum would be.
        let end = from.checked_add(length)?.checked_add(12)?;
        let at = from..end.min(bytes.len());
        from = at.end;
        Some(Chunk { name, held, at })
    })
}

/// Those before the pixels, where all that is said of the colours has its place.
fn before_pixels(bytes: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    chunks(bytes).take_while(|chunk| chunk.name != *b"IDAT")
}

fn is_of_colours(chunk: &Chunk<'_>) -> bool {
    matches!(&chunk.name, b"cICP" | b"iCCP" | b"sRGB" | b"gAMA" | b"cHRM")
}

/// What the chunks say, in the order in which PNG ranks them: cICP, iCCP, sRGB, then gAMA and cHRM.
pub(in crate::photo) fn statements(bytes: &[u8]) -> Vec<Statement> {
    let first = |name: &[u8; 4]| before_pixels(bytes).find(|chunk| chunk.name == *name);
    let cicp = first(b"cICP").and_then(|chunk| match *chunk.held {
        [primaries, transfer, 0, range] => Some(Statement::Cicp {
            primaries,
            transfer,
            full_range: range == 1,
        }),
        _ => None,
    });
    let icc = first(b"iCCP").map(|chunk| Statement::Icc(inflated(chunk.held)));
    let srgb = first(b"sRGB").map(|_| Statement::Srgb);
    let numbers = |name| {
        let held = first(name)?.held;
        let (words, []) = held.as_chunks() else {
            return None;
        };
        Some(words.iter().map(|&word| u32::from_be_bytes(word)).collect())
    };
    let gamma = numbers(b"gAMA").and_then(|said: Vec<u32>| match *said {
        [gamma] => Some(gamma),
        _ => None,
    });
    let primaries = numbers(b"cHRM").and_then(|said: Vec<u32>| {
        let (pairs, []) = said.as_chunks() else {
            return None;
        };
        <[[u32; 2]; 4]>::try_from(pairs).ok()
    });
    let measured = (gamma.is_some() || primaries.is_some())
        .then_some(Statement::Measured { gamma, primaries });
    [cicp, icc, srgb, measured].into_iter().flatten().collect()
}

/// The profile in an iCCP chunk: after its name, a zero and the method of compression, which is 0.
fn inflated(chunk: &[u8]) -> Result<Vec<u8>, &'static str> {
    let name = chunk.iter().position(|&byte| byte == 0);
    let deflated = name.and_then(|end| match chunk.get(end + 1..)? {
        [0, deflated @ ..] => Some(deflated),
        _ => None,
    });
    let broken = "its data is corrupt";
    match fdeflate::decompress_to_vec_bounded(deflated.ok_or(broken)?, MAX_ICC_BYTES) {
        Ok(profile) => Ok(profile),
        Err(fdeflate::BoundedDecompressionError::OutputTooLarge { .. }) => {
            Err("it is larger than 8 MiB")
        }
        Err(_) => Err(broken),
    }
}

pub(super) fn origin(bytes: &[u8]) -> Origin<'_> {
    let held = |name: &'static [u8; 4]| {
        chunks(bytes)
            .filter(move |chunk| chunk.name == *name)
            .map(|chunk| chunk.held)
    };
    Origin {
        exif: held(b"eXIf").next().map(tiff),
        xmp: held(b"iTXt").find_map(|text| text.strip_prefix(PNG_NAME.as_bytes())),
    }
}

pub(super) fn said(bytes: &[u8]) -> Said {
    let header = chunks(bytes).next().filter(|chunk| chunk.name == *b"IHDR");
    let colour_type = header.and_then(|header| header.held.get(9).copied());
    let of_colours = before_pixels(bytes).filter(is_of_colours);
    Said {
        statements: statements(bytes),
        grey: matches!(colour_type, Some(0 | 4)),
        colourless: of_colours
            .map(|chunk| Replacement::nothing(chunk.at))
            .collect(),
    }
}
