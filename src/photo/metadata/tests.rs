//! What goes on of a phone's EXIF data and what does not, and data that was made to do harm.

use super::*;
use crate::photo::samples::{Entry, exif, phones_exif};
use rand::{RngCore, SeedableRng};

/// The tags of EXIF data with their values as text.
fn tags(exif: &[u8]) -> Vec<String> {
    let read = Reader::new().read_raw(exif.to_vec()).expect("is EXIF data");
    let fields = read.fields();
    let mut tags: Vec<String> = fields
        .map(|field| format!("{} {}", field.tag, field.display_value()))
        .collect();
    tags.sort();
    tags
}

#[test]
fn camera_lens_time_exposure_and_rights_go_on_and_nothing_else() {
    let metadata = Metadata::of(&phones_exif());
    assert!(metadata.has_place());
    let bytes = metadata.exif(false).expect("there is something");
    assert_eq!(
        tags(&bytes),
        [
            "Copyright \"(c) Somebody\"",
            "DateTime 2024-05-06 07:08:09",
            "DateTimeOriginal 2024-05-06 07:08:09",
            "ExposureTime 1/125",
            "LensModel \"Lens 50\"",
            "Make \"Maker\"",
            "Model \"Phone 9\"",
            "Orientation row 0 at top and column 0 at left",
            "PhotographicSensitivity 200",
        ]
    );
    for secret in ["thumbnail", "notes", "comment", "SERIAL", "grandma"] {
        let found = bytes
            .windows(secret.len())
            .any(|part| part == secret.as_bytes());
        assert!(!found, "{secret}");
    }
}

#[test]
fn the_place_goes_on_where_it_is_asked_for_and_the_time_zone_with_it() {
    let metadata = Metadata::of(&phones_exif());
    let with = tags(&metadata.exif(true).expect("there is something"));
    let without = tags(&metadata.exif(false).expect("there is something"));
    let more: Vec<&String> = with.iter().filter(|tag| !without.contains(tag)).collect();
    assert_eq!(
        more,
        [
            "GPSDateStamp 2024-05-06",
            "GPSLatitude 48 deg 51 min 24 sec",
            "GPSLatitudeRef N",
            "GPSLongitude 2 deg 21 min 3 sec",
            "GPSLongitudeRef E",
            "GPSVersionID 2.3.0.0",
            "OffsetTimeOriginal \"+02:00\"",
        ]
    );
    // Some cameras write the version of what they do not know.
    let version: [Entry<'_>; 1] = [(0x0000, 1, 4, &[2, 3, 0, 0])];
    assert!(!Metadata::of(&exif(&[], &[], &version, b"")).has_place());
}

#[test]
fn both_byte_orders_are_read() {
    let mut big = b"MM\0*\0\0\0\x08\0\x01\x01\x10\0\x02\0\0\0\x04".to_vec();
    big.extend(b"XT4\0\0\0\0\0");
    let written = Metadata::of(&big).exif(false).expect("there is something");
    assert!(tags(&written).contains(&"Model \"XT4\"".to_owned()));
}

#[test]
fn nothing_is_written_of_nothing() {
    for bytes in [
        &b""[..],
        b"II*\0",
        b"no EXIF data at all",
        &exif(&[], &[], &[], b""),
    ] {
        let metadata = Metadata::of(bytes);
        assert!(metadata.is_empty() && !metadata.has_place());
        assert_eq!(metadata.exif(true), None);
    }
}

/// Data that was made to do harm: it ends soon, and what is written is EXIF data that fits into a JPEG file.
fn survives(bytes: &[u8]) -> Option<Vec<u8>> {
    let written = Metadata::of(bytes).exif(true)?;
    assert!(written.len() < 65_000, "{} bytes", written.len());
    tags(&written);
    Some(written)
}

#[test]
fn directories_that_lead_back_to_themselves_end() {
    // The first directory is its own next one, its own EXIF directory, and its own directory of the place.
    for tag in [0x8769u16, 0x8825, 0xa005] {
        let mut bytes = b"II*\0\x08\0\0\0\x02\0\x0f\x01\x02\0\x04\0\0\0abc\0".to_vec();
        bytes.extend(tag.to_le_bytes());
        bytes.extend(b"\x04\0\x01\0\0\0\x08\0\0\0\x08\0\0\0");
        assert!(survives(&bytes).is_some(), "{tag:#x}");
    }
}

#[test]
fn values_beyond_the_end_are_left_out_and_the_others_kept() {
    for (count, at) in [
        (9u32, 0xffff_fff0u32),
        (u32::MAX, 40),
        (0x2000_0001, 40),
        (100, 30),
    ] {
        let mut bytes = b"II*\0\x08\0\0\0\x02\0\x0f\x01\x02\0\x04\0\0\0abc\0".to_vec();
        bytes.extend(b"\x10\x01\x05\0");
        bytes.extend(count.to_le_bytes());
        bytes.extend(at.to_le_bytes());
        bytes.extend([0; 20]);
        let kept = tags(&survives(&bytes).expect("the maker is kept"));
        assert!(kept.contains(&"Make \"abc\"".to_owned()), "{kept:?}");
        assert!(!kept.iter().any(|tag| tag.starts_with("Model")), "{kept:?}");
    }
}

#[test]
fn one_long_value_for_all_tags_does_not_multiply() {
    let long = vec![0u8; 60_000];
    let tags: Vec<Entry<'_>> = KEPT
        .iter()
        .map(|tag| (tag.number(), 2, long.len() as u32, long.as_slice()))
        .take(1)
        .collect();
    assert_eq!(survives(&exif(&tags, &tags, &[], b"")), None);
    // What is just short enough, of every tag there is.
    let short = [b'x'; MAX_VALUE - 1];
    let all: Vec<Entry<'_>> = KEPT
        .iter()
        .chain(&ZONES)
        .map(|tag| (tag.number(), 2, short.len() as u32, short.as_slice()))
        .collect();
    let place: Vec<Entry<'_>> = (0..=LAST_OF_PLACE)
        .map(|tag| (tag, 2, short.len() as u32, short.as_slice()))
        .collect();
    let mut bytes = exif(&all, &all, &place, b"");
    bytes.truncate(MAX_BLOCK);
    survives(&bytes);
}

#[test]
fn a_directory_of_65535_entries_ends_soon() {
    let mut bytes = b"II*\0\x08\0\0\0\xff\xff".to_vec();
    while bytes.len() < 3 * MAX_BLOCK {
        bytes.extend(b"\x0f\x01\x02\0\x04\0\0\0abc\0");
    }
    survives(&bytes);
}

#[test]
fn data_that_is_cut_or_changed_anywhere_is_survived() {
    let whole = phones_exif();
    for length in 0..whole.len() {
        survives(&whole[..length]);
    }
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(7);
    for _ in 0..3_000 {
        let mut bytes = whole.clone();
        for _ in 0..1 + random.next_u32() % 4 {
            let at = random.next_u32() as usize % bytes.len();
            bytes[at] = random.next_u32() as u8;
        }
        survives(&bytes);
    }
}
