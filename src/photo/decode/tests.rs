//! Files of every kind that a person may drop, made here byte by byte or with an encoder.

use super::MAX_FILE_BYTES;
use crate::photo::samples::{idat, png};
use crate::photo::{Original, PhotoError, Remark, open};
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

fn decode(bytes: &[u8]) -> Result<Picture, PhotoError> {
    Original::decode(bytes).map(Original::into_srgb)
}

fn refusal(bytes: &[u8]) -> String {
    let message = decode(bytes).expect_err("must be refused").to_string();
    assert!(!message.contains('\n'), "{message}");
    message
}

/// EXIF data that hold nothing but the orientation, with the words that stand before them in a JPEG file.
fn exif(orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    exif
}

/// A JPEG file with an EXIF segment for each orientation.
fn jpeg_with_orientations(orientations: &[u8]) -> Vec<u8> {
    let jpeg = encoded(quarters(), ImageFormat::Jpeg);
    let mut bytes = jpeg[..2].to_vec();
    for &orientation in orientations {
        let exif = exif(orientation);
        bytes.extend([0xff, 0xe1, 0, exif.len() as u8 + 2]);
        bytes.extend(exif);
    }
    bytes.extend(&jpeg[2..]);
    bytes
}

/// A PNG file with an EXIF chunk in front of its end, behind its pixels.
fn png_with_late_exif(exif: &[u8]) -> Vec<u8> {
    let picture = encoded(quarters(), ImageFormat::Png);
    let (pixels, end) = picture.split_at(picture.len() - 12);
    let chunk = png(&[(b"eXIf", exif)]);
    [pixels, &chunk[8..], end].concat()
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
        let picture = decode(&jpeg_with_orientations(&[orientation])).expect("decodes");
        assert_eq!(layout(&picture), upright, "orientation {orientation}");
        assert_eq!(picture.width() < picture.height(), turned, "{orientation}");
    }
}

#[test]
fn the_orientation_is_found_wherever_other_metadata_are() {
    for file in [
        jpeg_with_orientations(&[6, 1]),
        png_with_late_exif(&exif(6)[6..]),
        png_with_late_exif(&exif(6)),
    ] {
        assert_eq!(layout(&decode(&file).expect("decodes")), "brwg");
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

/// Grey noise, which no part of a file can be missing from unnoticed.
fn noise(side: u32) -> RgbImage {
    let mut state = 1u32;
    RgbImage::from_fn(side, side, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        image::Rgb([(state >> 24) as u8; 3])
    })
}

/// A JPEG file of smooth colours, without losses that show.
fn jpeg(progressive: bool) -> Vec<u8> {
    let smooth: Vec<u8> = (0..64 * 64u32)
        .flat_map(|i| [(i % 64 * 3) as u8 + 20, (i / 64 * 3) as u8 + 20, 128])
        .collect();
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 95);
    encoder.set_progressive(progressive);
    encoder
        .encode(&smooth, 64, 64, jpeg_encoder::ColorType::Rgb)
        .expect("encodes");
    bytes
}

/// What is left of a file: the photo and what is said about it.
fn remains(bytes: &[u8]) -> (Picture, Vec<Remark>) {
    let photo = Original::decode(bytes).expect("something can be seen");
    (photo.picture().clone(), photo.remarks().to_vec())
}

fn furthest(a: &Picture, b: &Picture, rows: std::ops::Range<usize>) -> u8 {
    let part = |picture: &Picture| {
        let row = picture.width() as usize * 4;
        picture.rgba()[rows.start * row..rows.end * row].to_vec()
    };
    let pairs = part(a).into_iter().zip(part(b));
    pairs.map(|(a, b)| a.abs_diff(b)).max().expect("pixels")
}

#[test]
fn cut_files_show_what_is_there_or_are_refused() {
    for (format, name) in [
        (ImageFormat::Png, "PNG"),
        (ImageFormat::Jpeg, "JPEG"),
        (ImageFormat::WebP, "WebP"),
    ] {
        let whole = encoded(noise(40), format);
        let (mut shown, mut refused) = (0, 0);
        // Checksums and marks at the end, of which no picture is made, may be missing.
        for length in 12..whole.len() - 24 {
            match Original::decode(&whole[..length]) {
                Ok(photo) => {
                    let [remark @ Remark::Damaged { format, .. }] = photo.remarks() else {
                        panic!("{name} of {length}: {:?}", photo.remarks());
                    };
                    assert_eq!(*format, name);
                    let said = remark.to_string();
                    assert!(said.ends_with("what could be read of it is used"), "{said}");
                    shown += 1;
                }
                Err(error) => {
                    let said = error.to_string();
                    let start = format!("the {name} file is damaged (");
                    assert!(said.starts_with(&start), "{name} of {length}: {said}");
                    assert!(!said.contains('{') && !said.contains('"'), "{said}");
                    refused += 1;
                }
            }
        }
        assert!(refused > 5, "{name}: {refused} refused");
        assert!((shown > 500) == (name != "WebP"), "{name}: {shown} shown");
        // Wrong bytes in the middle may be refused or shown, but never stop the program.
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << (at % 8);
            let _ = decode(&flipped);
        }
    }
}

#[test]
fn half_a_picture_shows_its_upper_half() {
    let part = |bytes: Vec<u8>| {
        let whole = remains(&bytes).0;
        let (half, remarks) = remains(&bytes[..bytes.len() * 6 / 10]);
        let [Remark::Damaged { reason, .. }] = remarks[..] else {
            panic!("{remarks:?}");
        };
        assert_eq!(reason, "it ends in the middle of the picture");
        assert!(half.is_opaque());
        (whole, half)
    };
    let (whole, half) = part(encoded(noise(64), ImageFormat::Jpeg));
    assert_eq!(furthest(&whole, &half, 0..24), 0);
    assert!(furthest(&whole, &half, 48..64) > 60);
    let (whole, half) = part(encoded(noise(64), ImageFormat::Png));
    assert_eq!(furthest(&whole, &half, 0..32), 0);
    assert!(furthest(&whole, &half, 48..64) > 60);
    // What is missing of a progressive file is detail.
    let (whole, half) = part(jpeg(true));
    assert!(furthest(&whole, &half, 0..64) < 60);
}

#[test]
fn a_file_that_lacks_nothing_but_its_end_is_whole() {
    for progressive in [false, true] {
        let plain = jpeg(progressive);
        // A thumbnail has an end of its own.
        let mut bytes = plain[..2].to_vec();
        bytes.extend([0xff, 0xe1, 0, 12]);
        bytes.extend([0xff, 0xd8, 1, 2, 3, 4, 5, 6, 0xff, 0xd9]);
        bytes.extend(&plain[2..]);
        let whole = remains(&plain);
        assert!(remains(&bytes) == whole && whole.1.is_empty());
        bytes.truncate(bytes.len() - 2);
        assert!(remains(&bytes) == whole, "progressive: {progressive}");
        // A few bytes more are part of the picture.
        bytes.truncate(bytes.len() - 60);
        assert_eq!(remains(&bytes).1.len(), 1, "progressive: {progressive}");
        // What follows the end, such as a second picture or a film, is none of this one.
        let followed = [&plain[..], &jpeg(!progressive)[..300], b"ftypmp42"].concat();
        assert!(remains(&followed) == whole);
    }
    let bytes = encoded(noise(30), ImageFormat::Png);
    let whole = remains(&bytes);
    for lacking in 1..=12 {
        assert!(
            remains(&bytes[..bytes.len() - lacking]) == whole,
            "{lacking}"
        );
    }
}

#[test]
fn wrong_data_is_not_taken_for_a_cut_whatever_follows_the_end() {
    for progressive in [false, true] {
        let mut bytes = jpeg(progressive);
        let scan = bytes.windows(2).position(|m| m == [0xff, 0xda]);
        let at = scan.expect("a scan") + 40;
        // No code consists of ones alone.
        bytes[at..at + 8].copy_from_slice(&[0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0]);
        for trailer in [&b""[..], b"\0\0\0\x18ftypmp42", &jpeg(true)[..300], &[0; 9]] {
            let found = Original::decode(&[&bytes[..], trailer].concat());
            let said = match &found {
                Ok(photo) => photo.remarks()[0].to_string(),
                Err(error) => error.to_string(),
            };
            let corrupt = said.contains("its data is corrupt");
            assert!(
                corrupt,
                "{} bytes, progressive {progressive}: {said}",
                trailer.len()
            );
        }
        // Without its end, and in front of room that was never filled, it is cut.
        let cut = [&bytes[..bytes.len() - 2], &[0; 9]].concat();
        let said = match Original::decode(&cut) {
            Ok(photo) => photo.remarks()[0].to_string(),
            Err(error) => error.to_string(),
        };
        assert!(
            said.contains("it ends in the middle"),
            "progressive {progressive}: {said}"
        );
    }
}

#[test]
fn wrong_checksums_are_told_and_the_picture_shown() {
    let mut bytes = encoded(noise(30), ImageFormat::Png);
    let whole = remains(&bytes).0;
    // The last byte of the IDAT chunk's checksum, before the twelve of IEND.
    let at = bytes.len() - 13;
    bytes[at] ^= 1;
    let (picture, remarks) = remains(&bytes);
    assert!(picture == whole);
    assert_eq!(
        remarks[0].to_string(),
        "the PNG file is damaged (a checksum does not match); what could be read of it is used"
    );
    // In the header, too.
    let mut bytes = encoded(noise(30), ImageFormat::Png);
    bytes[29] ^= 1;
    assert!(remains(&bytes).0 == whole);
}

#[test]
fn a_cut_interlaced_picture_is_coarse_but_complete() {
    let colour = [200, 90, 40];
    // Pixels in a row of each pass of a 16 x 16 picture, and its rows.
    let passes = [(2, 2), (2, 2), (4, 2), (4, 4), (8, 4), (8, 8), (16, 8)];
    let rows: Vec<Vec<u8>> = passes
        .iter()
        .flat_map(|&(width, rows)| vec![colour.repeat(width); rows])
        .collect();
    let rows: Vec<&[u8]> = rows.iter().map(Vec::as_slice).collect();
    let pixels = idat(&rows);
    let header: &[u8] = &[0, 0, 0, 16, 0, 0, 0, 16, 8, 2, 0, 0, 1];
    let file = png(&[(b"IHDR", header), (b"IDAT", &pixels), (b"IEND", &[])]);
    let (whole, remarks) = remains(&file);
    assert!(remarks.is_empty());
    assert_eq!(whole.rgb(), colour.repeat(256));
    assert!(remains(&file[..file.len() - 12]) == (whole.clone(), Vec::new()));
    // The header, the chunk's and the block's own headers, and the first pass.
    let (coarse, remarks) = remains(&file[..33 + 8 + 7 + 2 * 7 + 40]);
    assert_eq!(remarks.len(), 1);
    assert!(coarse == whole);
}

#[test]
fn unusual_kinds_are_named_and_not_called_damaged() {
    let plain = jpeg(false);
    let frame = plain
        .windows(2)
        .position(|m| m == [0xff, 0xc0])
        .expect("frame");
    for (marker, bits, name) in [
        (0xc9, 8, "a JPEG with arithmetic coding"),
        (0xca, 8, "a JPEG with arithmetic coding"),
        (0xc3, 8, "a JPEG with lossless coding"),
        (0xc5, 8, "a JPEG with hierarchical coding"),
        (0xc1, 12, "a JPEG with more than 8 bits to a colour"),
        (0xf7, 8, "a JPEG-LS"),
    ] {
        let mut bytes = plain.clone();
        bytes[frame + 1] = marker;
        bytes[frame + 4] = bits;
        assert_eq!(
            refusal(&bytes),
            format!(
                "this is {name}, which cannot be read here; open it in an image editor and save it as an ordinary JPEG or PNG"
            )
        );
    }
    // The tables of arithmetic coding come before the frame.
    let mut bytes = plain[..2].to_vec();
    bytes.extend([0xff, 0xcc, 0, 4, 0, 0x10]);
    bytes.extend(&plain[2..]);
    bytes[frame + 7] = 0xc9;
    assert!(refusal(&bytes).contains("arithmetic coding"));
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
        (b"\0\0\0\x0cjP  \r\n\x87\n".to_vec(), "a JPEG 2000 picture"),
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
