//! Files of every kind that a person may drop, made here byte by byte or with an encoder.

use super::{MAX_FILE_BYTES, decode, open};
use crate::picture::Picture;
use image::{DynamicImage, ImageFormat, RgbImage};
use std::io::Cursor;

/// Four flat quarters: red and green above, blue and white below; wide, so that a turn shows.
fn quarters() -> RgbImage {
    RgbImage::from_fn(48, 32, |x, y| {
        image::Rgb(match (x < 24, y < 16) {
            (true, true) => [255, 0, 0],
            (false, true) => [0, 255, 0],
            (true, false) => [0, 0, 255],
            (false, false) => [255, 255, 255],
        })
    })
}

fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture
        .into()
        .write_to(&mut bytes, format)
        .expect("encodes");
    bytes.into_inner()
}

/// One letter for each quarter, row by row: which of the four colours it shows.
fn layout(picture: &Picture) -> String {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    [(1, 1), (3, 1), (1, 3), (3, 3)]
        .map(|(x, y)| {
            let at = (y * height / 4 * width + x * width / 4) * 4;
            match picture.rgba()[at..at + 3] {
                [200..=255, ..=60, ..=60] => 'r',
                [..=60, 200..=255, ..=60] => 'g',
                [..=60, ..=60, 200..=255] => 'b',
                [200..=255, 200..=255, 200..=255] => 'w',
                _ => '?',
            }
        })
        .iter()
        .collect()
}

fn refusal(bytes: &[u8]) -> String {
    let message = decode(bytes).expect_err("must be refused").to_string();
    assert!(!message.contains('\n'), "{message}");
    message
}

/// A JPEG file with an EXIF segment that holds nothing but the orientation.
fn jpeg_with_orientation(orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    let jpeg = encoded(quarters(), ImageFormat::Jpeg);
    let mut bytes = jpeg[..2].to_vec();
    bytes.extend([0xff, 0xe1, 0, exif.len() as u8 + 2]);
    bytes.extend(exif);
    bytes.extend(&jpeg[2..]);
    bytes
}

#[test]
fn every_exif_orientation_comes_out_upright() {
    // What the stored quarters "rgbw" look like after the turn that EXIF 2.3 gives each value.
    for (orientation, upright, turned) in [
        (1, "rgbw", false),
        (2, "grwb", false),
        (3, "wbgr", false),
        (4, "bwrg", false),
        (5, "rbgw", true),
        (6, "brwg", true),
        (7, "wgbr", true),
        (8, "gwrb", true),
        // Not defined: taken as upright.
        (0, "rgbw", false),
        (77, "rgbw", false),
    ] {
        let picture = decode(&jpeg_with_orientation(orientation)).expect("decodes");
        assert_eq!(layout(&picture), upright, "orientation {orientation}");
        assert_eq!(picture.width() < picture.height(), turned, "{orientation}");
    }
}

#[test]
fn the_three_formats_are_told_apart_by_content() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("misleading.gif");
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
        std::fs::write(&path, encoded(quarters(), format)).expect("writes");
        let picture = open(&path).expect("opens");
        assert_eq!(layout(&picture), "rgbw", "{format:?}");
    }
}

#[test]
fn unusual_pixels_become_rgb() {
    let wide = DynamicImage::from(quarters()).into_rgb16();
    let picture = decode(&encoded(wide, ImageFormat::Png)).expect("16 bits");
    assert_eq!(picture.rgb(), quarters().into_raw());
    let grey = image::GrayImage::from_fn(3, 1, |x, _| image::Luma([x as u8 * 100]));
    let picture = decode(&encoded(grey, ImageFormat::Png)).expect("grey");
    assert_eq!(picture.rgb(), [0, 0, 0, 100, 100, 100, 200, 200, 200]);
    let pixels = [7, 8, 9, 0, 255, 0, 0, 51];
    let soft = image::RgbaImage::from_raw(2, 1, pixels.to_vec()).expect("fits");
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let picture = decode(&encoded(soft.clone(), format)).expect("transparent");
        assert_eq!(picture.rgba(), pixels);
    }
}

#[test]
fn a_palette_becomes_rgb() {
    // Two pixels of two bits each: entries 1 and 2 of the palette, the second half transparent.
    let bytes = png(&[
        (b"IHDR", &[0, 0, 0, 2, 0, 0, 0, 1, 2, 3, 0, 0, 0]),
        (b"PLTE", &[9, 9, 9, 10, 200, 30, 100, 0, 50]),
        (b"tRNS", &[255, 255, 0]),
        // Stored deflate block: filter byte 0 and the bits 01 10.
        (
            b"IDAT",
            &[0x78, 1, 1, 2, 0, 0xfd, 0xff, 0, 0x60, 0, 0x62, 0, 0x61],
        ),
        (b"IEND", &[]),
    ]);
    let picture = decode(&bytes).expect("palette");
    assert_eq!(picture.rgba(), [10, 200, 30, 255, 100, 0, 50, 0]);
}

#[test]
fn cmyk_jpeg_becomes_rgb() {
    // Ink amounts: red is magenta and yellow, then cyan alone, then black.
    for (ink, wanted) in [
        ([0, 255, 255, 0], [255, 0, 0]),
        ([255, 0, 0, 0], [0, 255, 255]),
        ([0, 0, 0, 255], [0, 0, 0]),
    ] {
        for colour in [
            jpeg_encoder::ColorType::Cmyk,
            jpeg_encoder::ColorType::CmykAsYcck,
        ] {
            let mut bytes = Vec::new();
            jpeg_encoder::Encoder::new(&mut bytes, 95)
                .encode(&ink.repeat(24 * 16), 24, 16, colour)
                .expect("encodes");
            let picture = decode(&bytes).expect("decodes");
            let found = &picture.rgb()[..3];
            let close = found.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) < 6);
            assert!(close, "{ink:?} as {colour:?}: {found:?}");
        }
    }
}

fn png(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, data) in chunks {
        bytes.extend((data.len() as u32).to_be_bytes());
        let checked = [name.as_slice(), data].concat();
        bytes.extend(&checked);
        let crc = checked.iter().fold(!0u32, |crc, &byte| {
            (0..8).fold(crc ^ u32::from(byte), |crc, _| {
                (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
            })
        });
        bytes.extend((!crc).to_be_bytes());
    }
    bytes
}

#[test]
fn too_many_pixels_are_refused_by_the_header() {
    let mut header = [0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20, 8, 2, 0, 0, 0];
    let huge = png(&[(b"IHDR", &header), (b"IDAT", &[]), (b"IEND", &[])]);
    assert_eq!(
        refusal(&huge),
        "the PNG picture has 20000 x 20000 pixels; at most 100 million are read, so make it smaller first"
    );
    header[..4].fill(0);
    let empty = png(&[(b"IHDR", &header), (b"IDAT", &[]), (b"IEND", &[])]);
    assert!(refusal(&empty).starts_with("the PNG file is damaged"));
    // The frame header of a JPEG: height and width after the marker, its length and precision.
    let mut jpeg = encoded(quarters(), ImageFormat::Jpeg);
    let frame = jpeg
        .windows(2)
        .position(|m| m == [0xff, 0xc0])
        .expect("frame");
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0x4e, 0x20, 0x4e, 0x20]);
    assert!(refusal(&jpeg).starts_with("the JPEG picture has 20000 x 20000"));
    jpeg[frame + 5..frame + 9].fill(0);
    assert!(refusal(&jpeg).contains("JPEG"), "{}", refusal(&jpeg));
}

#[test]
fn damaged_files_are_refused_at_every_length() {
    for (format, name) in [
        (ImageFormat::Png, "PNG"),
        (ImageFormat::Jpeg, "JPEG"),
        (ImageFormat::WebP, "WebP"),
    ] {
        let mut noise = 1u32;
        let picture = RgbImage::from_fn(40, 40, |_, _| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            image::Rgb([(noise >> 24) as u8; 3])
        });
        let whole = encoded(picture, format);
        for part in 1..10 {
            let message = refusal(&whole[..whole.len() * part / 10]);
            assert!(
                message.starts_with(&format!("the {name} file is damaged (")),
                "{message}"
            );
        }
        // Wrong bytes in the middle may be refused or shown, but never stop the program.
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << (at % 8);
            let _ = decode(&flipped);
        }
    }
}

#[test]
fn a_thumbnail_does_not_pass_for_the_end_of_a_jpeg() {
    let jpeg = encoded(quarters(), ImageFormat::Jpeg);
    let mut bytes = jpeg[..2].to_vec();
    bytes.extend([0xff, 0xe1, 0, 12]);
    bytes.extend([0xff, 0xd8, 1, 2, 3, 4, 5, 6, 0xff, 0xd9]);
    bytes.extend(&jpeg[2..]);
    assert!(decode(&bytes).is_ok());
    bytes.truncate(bytes.len() - 2);
    assert!(refusal(&bytes).contains("ends in the middle"));
}

#[test]
fn other_files_are_named() {
    let iso = |brands: &[u8]| {
        let length = brands.len() as u8 + 8;
        [&[0, 0, 0, length], b"ftyp", brands, &[0; 40]].concat()
    };
    for (bytes, name) in [
        (b"Dear diary".to_vec(), "this is a text file, which"),
        (b"BMW and P5".to_vec(), "a text file"),
        ("Grüße".repeat(300).into_bytes(), "a text file"),
        (b"<?xml version='1.0'?>\n<svg/>".to_vec(), "an SVG drawing"),
        (b"<!DOCTYPE html>".to_vec(), "a web page"),
        (iso(b"heic\0\0\0\0mif1heic"), "a HEIC picture"),
        (iso(b"mif1\0\0\0\0mif1avif"), "an AVIF picture"),
        (iso(b"avif\0\0\0\0avifmif1"), "an AVIF picture"),
        (iso(b"isom\0\0\0\0mp42"), "a video"),
        (b"GIF89a\x01\0\x01\0\0\0\0".to_vec(), "a GIF picture"),
        (b"BM\x9a\0\0\0\0\0".to_vec(), "a BMP picture"),
        (b"II*\0\x08\0\0\0".to_vec(), "a TIFF picture"),
        (b"%PDF-1.7\n\x80\xff".to_vec(), "a PDF document"),
        (b"\0\0\0\x0cJXL \r\n\x87\n".to_vec(), "a JPEG XL picture"),
        (vec![0x80; 50], "a file of unknown kind"),
    ] {
        let message = refusal(&bytes);
        assert!(message.contains(name), "{name}: {message}");
        assert!(message.ends_with("give the picture as PNG, JPEG or WebP"));
    }
}

#[test]
fn empty_large_and_missing_files_are_named() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("holiday.png");
    let fails = || open(&path).expect_err("must be refused").to_string();
    assert!(fails().contains("holiday.png: No such file"), "{}", fails());
    std::fs::write(&path, b"").expect("writes");
    assert!(
        fails()
            .ends_with("holiday.png: the file is empty; a picture as PNG, JPEG or WebP is needed")
    );
    // A sparse file takes no room on the disk.
    let file = std::fs::File::create(&path).expect("creates");
    file.set_len(MAX_FILE_BYTES + 1).expect("grows");
    assert!(fails().contains("larger than 64 MiB"), "{}", fails());
    let folder_error = open(folder.path()).expect_err("a folder").to_string();
    assert!(folder_error.starts_with("cannot read the picture"));
}
