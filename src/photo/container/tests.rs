//! What is found in containers that were put together here, and what of them a browser is not to see.

use super::*;
use crate::photo::samples::{phones_exif, png};
use crate::photo::{Beside, Maker, Metadata, Original, write_jpeg, write_png};
use crate::picture::Picture;

fn without_colours(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for part in said(&bytes.clone()).colourless.into_iter().rev() {
        bytes.splice(part.at, part.with);
    }
    bytes
}

fn picture() -> Picture {
    let rgb: Vec<u8> = (0..16 * 16 * 3).map(|i| (i * 7 % 256) as u8).collect();
    Picture::from_rgb(16, 16, &rgb).expect("fits")
}

/// A photo in Display P3.
fn p3() -> Original {
    let header = [0, 0, 0, 16, 0, 0, 0, 16, 8, 2, 0, 0, 0];
    let rows: Vec<Vec<u8>> = picture().rgb().chunks(48).map(<[u8]>::to_vec).collect();
    let rows: Vec<&[u8]> = rows.iter().map(Vec::as_slice).collect();
    let file = png(&[
        (b"IHDR", &header),
        (b"cICP", &[12, 13, 0, 1]),
        (b"IDAT", &crate::photo::samples::idat(&rows)),
        (b"IEND", b""),
    ]);
    Original::decode(&file).expect("decodes")
}

#[test]
fn a_file_without_its_colours_shows_the_same_numbers() {
    let photo = p3();
    let icc = crate::photo::Profile {
        icc: photo.profile().expect("is P3").icc().to_vec(),
        chunks: Vec::new(),
    };
    for (file, parts) in [
        (
            write_png(photo.picture(), photo.profile()).expect("writes"),
            1,
        ),
        (write_png(photo.picture(), Some(&icc)).expect("writes"), 1),
        (
            write_jpeg(photo.picture(), Some(&icc), 90).expect("writes"),
            1,
        ),
    ] {
        let found = said(&file);
        assert_eq!((found.statements.len(), found.colourless.len()), (1, parts));
        let plain = without_colours(&file);
        assert!(said(&plain).statements.is_empty());
        let [file, plain] = [file, plain].map(|file| Original::decode(&file).expect("decodes"));
        assert!(file.profile().is_some() && plain.profile().is_none());
        assert!(file.picture() == plain.picture());
    }
}

#[test]
fn every_container_gives_its_exif_data() {
    let exif = phones_exif();
    let metadata = Metadata::of(&exif);
    let beside = Beside {
        metadata: Some(&metadata),
        place: true,
        maker: Maker::Edit,
        ..Beside::default()
    };
    let mut webp =
        b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x28\0\0\0\0\0\0\0\0\0ICCP\x03\0\0\0abc\0EXIF".to_vec();
    webp.extend((exif.len() as u32).to_le_bytes());
    webp.extend(&exif);
    for file in [
        write_png(&picture(), beside).expect("writes"),
        write_jpeg(&picture(), beside, 90).expect("writes"),
        webp.clone(),
    ] {
        let found = Metadata::of(origin(&file).exif.expect("is there"));
        assert!(found.has_place());
        assert_eq!(found.exif(true), metadata.exif(true));
    }
    let plain = without_colours(&webp);
    assert_eq!(plain.len(), webp.len());
    assert!(said(&plain).statements.is_empty() && said(&plain).colourless.is_empty());
    assert_eq!(plain[20], 0x08);
}

#[test]
fn a_profile_of_inks_is_left_to_whoever_decodes_the_pixels() {
    let mut file = write_jpeg(p3().picture(), p3().profile(), 90).expect("writes");
    let frame = file
        .windows(2)
        .position(|pair| pair == [0xff, 0xc0])
        .expect("has a frame");
    file[frame + 9] = 4;
    let found = said(&file);
    assert!(found.statements.is_empty() && found.colourless.is_empty());
}

#[test]
fn containers_that_are_cut_or_changed_anywhere_are_survived() {
    let photo = p3();
    let metadata = Metadata::of(&phones_exif());
    let beside = Beside {
        metadata: Some(&metadata),
        ..photo.beside()
    };
    let mut webp =
        b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x28\0\0\0\0\0\0\0\0\0ICCP\xff\xff\xff\xffEXIF\x09\0\0\0"
            .to_vec();
    webp.extend(b"Exif\0\0II*");
    for file in [
        write_png(photo.picture(), beside).expect("writes"),
        write_jpeg(photo.picture(), beside, 90).expect("writes"),
        webp,
    ] {
        for length in 0..file.len() {
            said(&file[..length]);
            origin(&file[..length]);
            let mut changed = file.clone();
            changed[length] ^= 0xff;
            origin(&changed);
            let found = said(&changed).colourless;
            // Parts stand in their order and within the file, as whoever replaces them expects.
            let ends = found
                .windows(2)
                .all(|pair| pair[0].at.end <= pair[1].at.start);
            assert!(ends && found.iter().all(|part| part.at.end <= changed.len()));
        }
    }
}

#[test]
fn a_mark_of_an_earlier_edit_stays_though_nothing_is_edited_now() {
    let picture = Picture::new(8, 8, vec![90; 4 * 64]).expect("fits");
    for maker in [Maker::Edit, Maker::Model, Maker::Somebody] {
        let beside = Beside {
            maker,
            ..Beside::default()
        };
        for file in [
            write_png(&picture, beside).expect("writes"),
            write_jpeg(&picture, beside, 90).expect("writes"),
        ] {
            let opened = Original::decode(&file).expect("decodes");
            assert_eq!(opened.beside().maker, maker);
        }
    }
}
