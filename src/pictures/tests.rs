//! Sets as people have them, and as they should not be.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::*;
use crate::photo::write_png;

fn grey(width: u32, height: u32, value: u8) -> Vec<u8> {
    let rgb = vec![value; (width * height * 3) as usize];
    write_png(&Picture::from_rgb(width, height, &rgb).unwrap(), None).unwrap()
}

/// Writes files into a fresh folder.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    folder
}

fn zip(path: &Path, files: &[(&str, &[u8])]) {
    let mut zip = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    for (name, bytes) in files {
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

fn open(path: &Path) -> Result<PictureSet, SetError> {
    PictureSet::open(&[path.to_owned()], None)
}

const LIST: &str = "3\nSmiling Male\n000001.jpg -1  1\n000002.jpg  1 -1\n000003.jpg 1 1\n";

#[test]
fn a_folder_and_a_zip_of_the_same_files_are_the_same_set() {
    let (a, b) = (grey(3, 2, 1), grey(2, 3, 2));
    let files: Vec<(&str, &[u8])> = vec![
        ("img/000002.png", &b),
        ("img/000001.PNG", &a),
        ("list_attr_celeba.txt", LIST.as_bytes()),
        ("img/readme.md", b"no picture"),
        ("img/.000003.png", &a),
        ("__MACOSX/img/000002.png", b"hidden"),
    ];
    let root = folder(&files);
    let packed = root.path().join("set.zip");
    zip(&packed, &files);
    let mut digests = Vec::new();
    for path in [root.path().to_owned(), packed] {
        let mut set = open(&path).unwrap();
        assert_eq!(
            (set.len(), set.name(0), set.name(1)),
            (2, "img/000001.PNG", "img/000002.png")
        );
        assert_eq!(set.labels(1), Some(&[true, false][..]));
        assert_eq!(set.read(0).unwrap().width(), 3);
        assert_eq!(set.attribute("Male").unwrap(), 1);
        set.check_labelled().unwrap();
        digests.push(set.digest());
    }
    assert_eq!(digests[0], digests[1]);
    let again = open(root.path().join("img").as_path()).unwrap();
    // Attributes beside the folder of the pictures serve too.
    assert_eq!(again.labels(0), Some(&[false, true][..]));
    // And beside a zip, where CelebA itself has them.
    let alone = root.path().join("img_align_celeba.zip");
    zip(&alone, &files[..2]);
    let again = open(&alone).unwrap();
    assert_eq!(again.labels(0), Some(&[false, true][..]));
    assert_eq!(again.row(0), "img/000001.PNG");
}

#[test]
fn an_empty_set_is_refused() {
    let root = folder(&[("notes.txt", b"nothing")]);
    assert!(matches!(
        open(root.path()),
        Err(SetError::NoPictures { .. })
    ));
    let packed = root.path().join("set.zip");
    zip(&packed, &[]);
    assert!(matches!(open(&packed), Err(SetError::NoPictures { .. })));
    let absent = open(Path::new("/no/such/place"));
    assert!(matches!(absent, Err(SetError::Read { .. })));
    let text = root.path().join("notes.txt");
    assert!(open(&text).unwrap_err().to_string().contains("whole zip"));
}

#[test]
fn a_broken_picture_is_named() {
    let whole = grey(8, 8, 9);
    let root = folder(&[
        ("a.png", &whole),
        ("b.png", &whole[..40]),
        ("c.png", b""),
        ("d.jpg", b"<html>"),
    ]);
    let packed = root.path().join("set.zip");
    zip(&packed, &[("b.png", &whole[..40]), ("e.png", &whole)]);
    let mut set = PictureSet::open(&[root.path().to_owned(), packed], None).unwrap();
    assert_eq!(set.len(), 6);
    let broken: Vec<usize> = (0..6).filter(|&i| set.read(i).is_err()).collect();
    assert_eq!(broken, [1, 2, 3, 4]);
    let error = set.read(1).unwrap_err().to_string();
    assert!(error.contains("b.png"), "{error}");
}

#[test]
fn a_file_that_is_not_there_is_the_picture_s_matter_and_what_else_the_system_refuses_is_not() {
    let whole = grey(8, 8, 9);
    let root = folder(&[("a.png", &whole), ("b.png", &whole)]);
    let mut set = open(root.path()).unwrap();
    let refused = root.path().join("b.png");
    std::fs::remove_file(&refused).unwrap();
    let error = set.read(1).unwrap_err();
    assert!(
        error.is_of_picture() && error.to_string().contains("b.png"),
        "{error}"
    );
    std::fs::create_dir(&refused).unwrap();
    let error = set.read(1).unwrap_err();
    assert!(
        matches!(&error, SetError::Read { path, .. } if *path == refused),
        "{error}"
    );
    set.read(0).unwrap();
    // What a zip holds is the picture's own matter.
    let packed = root.path().join("set.zip");
    zip(&packed, &[("a.png", &whole), ("b.png", &whole)]);
    let mut bytes = std::fs::read(&packed).unwrap();
    let name = bytes.windows(5).position(|w| w == b"b.png").unwrap();
    bytes[name + 5] ^= 0xff;
    std::fs::write(&packed, bytes).unwrap();
    let mut set = open(&packed).unwrap();
    let error = set.read(1).unwrap_err();
    assert!(
        error.is_of_picture() && error.to_string().contains("b.png"),
        "{error}"
    );
    set.read(0).unwrap();
}

#[test]
fn a_picture_without_a_row_is_told_and_can_be_left_out() {
    let a = grey(2, 2, 1);
    let root = folder(&[
        ("000001.png", &a),
        ("000004.png", &a),
        ("000005.png", &a),
        ("list_attr_celeba.txt", LIST.as_bytes()),
    ]);
    let mut set = open(root.path()).unwrap();
    let error = set.check_labelled().unwrap_err().to_string();
    assert!(
        error.contains("2 of the pictures") && error.contains("000004.png"),
        "{error}"
    );
    assert_eq!(set.keep_labelled(), 2);
    set.check_labelled().unwrap();
    let unknown = set.attribute("Smilling").unwrap_err().to_string();
    assert!(unknown.contains("`Smiling`"), "{unknown}");
    let bare = folder(&[("a.png", &a)]);
    let set = open(bare.path()).unwrap();
    assert!(matches!(
        set.check_labelled(),
        Err(SetError::NoAttributes { .. })
    ));
}

#[test]
fn both_kinds_of_attribute_file_say_the_same() {
    let csv = "image_id,Smiling,Male\n000001.jpg,-1,1\n\"000002.jpg\",1,-1\n000003.jpg,1,1\n";
    let text = Attributes::parse("t", LIST.as_bytes()).unwrap();
    let table = Attributes::parse("c", csv.as_bytes()).unwrap();
    assert_eq!(text.names(), table.names());
    for name in ["000001.jpg", "x/000002.png", "000003"] {
        assert_eq!(text.of(name), table.of(name), "{name}");
        assert!(text.of(name).is_some());
    }
    assert_eq!(text.of("000009.jpg"), None);
}

#[test]
fn an_attribute_file_that_lies_is_refused_by_its_line() {
    for (text, line, what) in [
        ("", 1, "names"),
        ("5\n", 1, "names"),
        ("1\nA B\nx.jpg 1\n", 3, "1 values"),
        ("1\nA B\nx.jpg 1 2\n", 3, "`2`"),
        ("A B\nx.jpg 1 1\nx.png 1 1\n", 3, "second row"),
        ("id,A\nx.jpg,1,1\n", 2, "2 values"),
        ("id,\nx.jpg,1\n", 1, "names"),
    ] {
        let error = Attributes::parse("f", text.as_bytes()).unwrap_err();
        assert!(
            matches!(&error, SetError::AttributeFile { line: at, reason, .. } if *at == line && reason.contains(what)),
            "{text:?}: {error}"
        );
    }
    assert!(
        Attributes::parse("f", b"A\nx 1\n\xff 1\n")
            .unwrap_err()
            .to_string()
            .contains("line 3")
    );
}

#[test]
fn an_attribute_file_that_is_too_large_is_refused_and_not_cut() {
    let a = grey(2, 2, 1);
    // Cut at the limit, both would be good.
    let mut list = b"A\n1.png 1\n".to_vec();
    list.resize(attributes::MAX_BYTES as usize + 1, b'\n');
    let root = folder(&[("1.png", &a), ("list_attr_celeba.txt", &list)]);
    let packed = root.path().join("set.zip");
    zip(&packed, &[("1.png", &a), ("list_attr_celeba.txt", &list)]);
    for path in [root.path(), &packed] {
        let error = open(path).unwrap_err().to_string();
        assert!(
            error.contains("list_attr_celeba.txt is larger than 64 MiB"),
            "{error}"
        );
    }
}

#[test]
fn crops_go_by_name() {
    for name in ["centre", "celeba", "face", "box=7,20,74,74"] {
        assert_eq!(name.parse::<Crop>().unwrap().to_string(), name);
    }
    for name in ["", "box=1,2,3", "box=1,2,0,4", "box=-1,2,3,4", "middle"] {
        assert!(
            matches!(name.parse::<Crop>(), Err(SetError::UnknownCrop(_))),
            "{name}"
        );
    }
    let columns: Vec<u8> = (0..218)
        .flat_map(|y| (0..178).flat_map(move |x| [x as u8, y as u8, 0]))
        .collect();
    let picture = Picture::from_rgb(178, 218, &columns).unwrap();
    let frame = |crop: &str, side| {
        let framer = Framer::new(crop.parse().unwrap(), side, None).unwrap();
        pollster::block_on(framer.frame("p", &picture))
    };
    let celeba = frame("celeba", 128).unwrap();
    assert_eq!(celeba.rgba()[..2], [25, 57]);
    assert_eq!(celeba.rgba()[128 * 128 * 4 - 4..][..2], [152, 184]);
    let boxed = frame("box=7,20,64,64", 64).unwrap();
    assert_eq!(boxed.rgba()[..2], [7, 20]);
    assert_eq!(frame("centre", 178).unwrap().rgba()[..2], [0, 20]);
    let outside = frame("box=170,0,9,9", 8);
    assert!(matches!(outside, Err(SetError::CropOutside { .. })));
    let edge = frame(&format!("box={},0,{},1", u32::MAX, u32::MAX), 8);
    assert!(matches!(edge, Err(SetError::CropOutside { .. })));
    let blind = Framer::new(Crop::Face, 8, None);
    assert!(matches!(blind, Err(SetError::NoDetector)));
}

#[test]
fn sources_with_other_attributes_do_not_go_together() {
    let a = grey(2, 2, 1);
    let first = folder(&[("1.png", &a), ("list_attr_celeba.txt", b"A\n1.png 1\n")]);
    let second = folder(&[("2.png", &a), ("list_attr_celeba.txt", b"B\n2.png 1\n")]);
    let paths: Vec<PathBuf> = [&first, &second].map(|f| f.path().to_owned()).to_vec();
    assert!(matches!(
        PictureSet::open(&paths, None),
        Err(SetError::AttributeFile { .. })
    ));
    let list = first.path().join("all.txt");
    std::fs::write(&list, "A\n1.png 1\n2.png -1\n").unwrap();
    let set = PictureSet::open(&paths, Some(&list)).unwrap();
    assert_eq!(set.labels(1), Some(&[false][..]));
}

#[test]
fn a_crop_lies_where_it_says() {
    // Colours that tell the place, smooth enough for both ways of shrinking.
    let rgb: Vec<u8> = (0..109u32)
        .flat_map(|y| (0..89u32).flat_map(move |x| [x as u8 * 2, y as u8 * 2, 7]))
        .collect();
    let picture = Picture::from_rgb(89, 109, &rgb).unwrap();
    for (crop, side) in [
        ("centre", 89),
        ("celeba", 32),
        ("box=15,20,32,32", 16),
        ("box=15,20,32,48", 16),
    ] {
        let framer = Framer::new(crop.parse().unwrap(), side, None).unwrap();
        let cut = pollster::block_on(framer.frame("p", &picture)).unwrap();
        let place = pollster::block_on(framer.place("p", &picture)).unwrap();
        let placed = framer.frame_at("p", &picture, &place).unwrap();
        // Borders are weighed otherwise.
        for row in 1..side as usize - 1 {
            let start = (row * side as usize + 1) * 4;
            let length = (side as usize - 2) * 4;
            let rows = [&cut, &placed].map(|picture| &picture.rgba()[start..start + length]);
            let near = rows[0]
                .iter()
                .zip(rows[1])
                .all(|(a, b)| a.abs_diff(*b) <= 1);
            assert!(near, "{crop}, row {row}: {:?} and {:?}", rows[0], rows[1]);
        }
    }
    let framer = Framer::new("box=85,0,9,9".parse().unwrap(), 8, None).unwrap();
    let outside = pollster::block_on(framer.place("p", &picture));
    assert!(matches!(outside, Err(SetError::CropOutside { .. })));
}

#[cfg(not(feature = "lmdb"))]
#[test]
fn a_database_in_a_build_without_lmdb_says_what_is_missing() {
    let root = folder(&[("data.mdb", b"whatever")]);
    let error = open(root.path()).unwrap_err().to_string();
    assert!(error.contains("feature `lmdb`"), "{error}");
}

#[test]
fn a_walk_goes_through_any_places_in_their_order_and_past_broken_pictures() {
    let pictures: Vec<Vec<u8>> = (0..7).map(|value| grey(4, 4, value)).collect();
    let names: Vec<String> = (0..7).map(|index| format!("{index}.png")).collect();
    let mut files: Vec<(&str, &[u8])> = (names.iter().zip(&pictures))
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    files[3].1 = &files[3].1[..30];
    let root = folder(&files);
    let set = open(root.path()).unwrap();
    let framer = Arc::new(Framer::new(Crop::Centre, 2, None).unwrap());
    for threads in [0, 1, 3, 50] {
        for places in [vec![0, 1, 2, 3, 4, 5, 6], vec![6, 3, 0], vec![2], vec![]] {
            let walk = set.walk(&framer, places.iter().copied(), threads).unwrap();
            let walked: Vec<_> = walk.collect();
            let found: Vec<usize> = walked.iter().map(|(index, _)| *index).collect();
            assert_eq!(found, places);
            for (index, picture) in walked {
                match picture {
                    Ok(picture) => assert_eq!(picture.rgba()[0], index as u8),
                    Err(error) => assert!(index == 3 && error.is_of_picture(), "{error}"),
                }
            }
        }
    }
    let past_end = set.walk(&framer, [7], 1).unwrap().next();
    assert!(matches!(past_end, Some((7, Err(SetError::PastEnd { .. })))));
}
