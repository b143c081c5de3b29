//! Databases as the reference packs them, and as they should not be.

use std::sync::Arc;

use super::*;
use crate::photo::write_png;
use crate::picture::Picture;
use crate::pictures::{Crop, Framer, PictureSet};

/// A picture that tells its index by its colour, as PNG.
fn coloured(index: usize) -> Vec<u8> {
    let rgb = [index as u8 * 10 + 5; 3 * 4 * 4];
    write_png(&Picture::from_rgb(4, 4, &rgb).unwrap(), None).unwrap()
}

/// The same as WebP.
fn webp(index: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = image::codecs::webp::WebPEncoder::new_lossless(&mut bytes);
    let rgb = [index as u8 * 10 + 5; 3 * 4 * 4];
    encoder
        .encode(&rgb, 4, 4, image::ExtendedColorType::Rgb8)
        .unwrap();
    bytes
}

/// Writes a database, as the reference does, with room for a terabyte.
fn database<'a>(entries: impl IntoIterator<Item = (&'a str, Vec<u8>)>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut options = EnvOpenOptions::new().read_txn_without_tls();
    options.map_size(1 << 40);
    #[allow(unsafe_code, reason = "nobody else has this folder")]
    let env = unsafe { options.open(folder.path()) }.unwrap();
    let writing = env.write_txn().unwrap();
    let opened = env.create_databases_and_commit(writing, |opener, writing| {
        let unnamed = opener.create_database::<Bytes, Bytes>(writing, None)?;
        for (key, value) in entries {
            unnamed.put(writing, key.as_bytes(), &value)?;
        }
        Ok::<_, heed::Error>(CommitOrAbort::<_, ()>::Commit(unnamed))
    });
    opened.unwrap();
    env.prepare_for_closing().wait();
    folder
}

fn open(folder: &tempfile::TempDir) -> Result<PictureSet, SetError> {
    PictureSet::open(&[folder.path().to_owned()], None)
}

/// A set of these entries, and the folder that holds it.
fn set<'a>(
    entries: impl IntoIterator<Item = (&'a str, Vec<u8>)>,
) -> (tempfile::TempDir, PictureSet) {
    let folder = database(entries);
    let set = open(&folder).unwrap();
    (folder, set)
}

/// The one sentence that is said of a database.
fn reason(folder: &tempfile::TempDir) -> String {
    match open(folder) {
        Err(error @ (SetError::Lmdb { .. } | SetError::Read { .. })) => {
            let text = error.to_string();
            assert!(!text.contains('\n'), "{text}");
            text
        }
        other => panic!("{other:?}"),
    }
}

const FFHQ: [&str; 4] = ["256-00000", "256-00001", "256-00002", "256-00003"];

fn ffhq(length: &str) -> Vec<(&'static str, Vec<u8>)> {
    let pictures = FFHQ.iter().enumerate();
    let mut entries: Vec<_> = pictures.map(|(i, &key)| (key, coloured(i))).collect();
    entries.push(("length", length.as_bytes().to_vec()));
    entries
}

/// The colours of a set's pictures, in its order.
fn colours(set: &mut PictureSet) -> Vec<u8> {
    (0..set.len())
        .map(|i| set.read(i).unwrap().rgba()[0])
        .collect()
}

#[test]
fn both_layouts_of_the_reference_are_read_by_index() {
    let (_folder, mut set) = set(ffhq("4"));
    assert_eq!((set.len(), set.name(3)), (4, "256-00003"));
    assert_eq!(colours(&mut set), [5, 15, 25, 35]);
    assert_eq!(colours(&mut set.reopen().unwrap()), [5, 15, 25, 35]);
    let celeba = ["None-0000000", "None-0000001"];
    let mut entries: Vec<_> = celeba
        .iter()
        .enumerate()
        .map(|(i, &k)| (k, webp(i)))
        .collect();
    entries.push(("length", b"2".to_vec()));
    let (_folder, mut set) = self::set(entries);
    assert_eq!(colours(&mut set), [5, 15]);
}

#[test]
fn of_several_resolutions_the_largest_is_taken() {
    let mut entries = ffhq("4");
    for key in ["64-00000", "64-00001", "64-00002", "64-00003"] {
        entries.push((key, coloured(9)));
    }
    let (_folder, mut set) = set(entries);
    assert_eq!(colours(&mut set), [5, 15, 25, 35]);
}

#[test]
fn threads_share_a_database() {
    let (folder, set) = set(ffhq("4"));
    let framer = Arc::new(Framer::new(Crop::Centre, 2, None).unwrap());
    let walk = set.walk(&framer, (0..4).cycle().take(100), 3).unwrap();
    for (index, picture) in walk {
        assert_eq!(picture.unwrap().rgba()[0], index as u8 * 10 + 5);
    }
    // The same folder twice at once is told, not undefined.
    assert!(reason(&folder).contains("open already"));
    drop(set);
    open(&folder).unwrap();
}

#[test]
fn a_broken_picture_is_named() {
    let mut entries = ffhq("4");
    entries[2].1.truncate(30);
    let (_folder, mut set) = set(entries);
    let error = set.read(2).unwrap_err();
    assert!(
        error.is_of_picture() && error.to_string().contains("256-00002"),
        "{error}"
    );
    assert_eq!(set.read(3).unwrap().rgba()[0], 35);
}

#[test]
fn wrong_keys_and_a_length_that_lies_are_one_sentence() {
    let with = |length: &str, more: &[&'static str]| {
        let mut entries = ffhq(length);
        entries.extend(more.iter().map(|&key| (key, coloured(1))));
        reason(&database(entries))
    };
    for (length, more, what) in [
        ("5", &[][..], "says 5, but it has 4"),
        ("3", &[], "says 3, but it has 4"),
        ("four", &[], "no decimal number"),
        ("", &[], "no decimal number"),
        ("18446744073709551616", &[], "no decimal number"),
        ("4", &["thumbnails"], "`thumbnails` is no RESOLUTION-INDEX"),
        ("4", &["256-"], "`256-` is no RESOLUTION-INDEX"),
        ("4", &["large-00000"], "`large-00000`"),
        ("5", &["256-00005"], "no key `256-00004`"),
        ("1", &["512-000"], "neither `512-00000` nor `512-0000000`"),
    ] {
        let text = with(length, more);
        assert!(text.contains(what), "{text}");
    }
    let missing = ffhq("4").into_iter().take(4);
    assert!(reason(&database(missing)).contains("no key `length`"));
    let bare = database([("length", b"0".to_vec())]);
    assert!(reason(&bare).contains("no picture"));
    assert!(reason(&database([])).contains("no key `length`"));
}

#[test]
fn a_cut_or_foreign_file_is_refused_before_it_is_looked_into() {
    let mut entries = ffhq("4");
    // Values of many pages, the last of which are at the end of the file.
    for (_, value) in &mut entries[..4] {
        value.resize(30_000, 0);
    }
    let folder = database(entries);
    let file = folder.path().join(DATA);
    let whole = std::fs::read(&file).unwrap();
    for length in [
        0,
        1,
        100,
        4096,
        5000,
        8192,
        12_288,
        whole.len() / 2,
        whole.len() - 1,
    ] {
        std::fs::write(&file, &whole[..length]).unwrap();
        let text = reason(&folder);
        assert!(
            text.contains(&folder.path().display().to_string()),
            "{text}"
        );
    }
    std::fs::write(&file, vec![7; 50_000]).unwrap();
    reason(&folder);
    std::fs::write(&file, &whole).unwrap();
    let mut set = open(&folder).unwrap();
    std::fs::rename(&file, folder.path().join("elsewhere")).unwrap();
    // What is mapped stays readable.
    assert_eq!(set.len(), 4);
    assert!(set.read(9).is_err());
}

#[test]
fn a_file_that_claims_every_page_there_could_be_is_refused() {
    let folder = database(ffhq("4"));
    let file = folder.path().join(DATA);
    let mut bytes = std::fs::read(&file).unwrap();
    // Both first pages say, after the page's header and the sizes of the whole and of its tables, which page is the last.
    let page = u32::from_le_bytes(*bytes[40..].first_chunk().unwrap()) as usize;
    for start in [0, page] {
        bytes[start + 136..][..8].fill(0xff);
    }
    std::fs::write(&file, &bytes).unwrap();
    let text = reason(&folder);
    assert!(text.contains("it is cut"), "{text}");
}

#[test]
fn rows_of_attributes_go_by_the_index() {
    let folder = database(ffhq("4"));
    let list = folder.path().join("anno.txt");
    std::fs::write(&list, "4\nSmiling\n0.jpg 1\n1.jpg -1\n3.jpg 1\n").unwrap();
    let set = PictureSet::open(&[folder.path().to_owned()], Some(&list)).unwrap();
    let labels: Vec<_> = (0..4).map(|index| set.labels(index)).collect();
    let expected = [Some(&[true][..]), Some(&[false]), None, Some(&[true])];
    assert_eq!(labels, expected);
    assert_eq!(
        [Lmdb::row("None-0000010"), Lmdb::row("8-00000")],
        ["10", "0"]
    );
}
