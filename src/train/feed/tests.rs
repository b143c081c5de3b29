//! Batches of sets as people have them, and of hostile ones.

use std::path::Path;

use rand::Rng;

use super::augment::{Change, jittered};
use super::reader::Reader;
use super::*;
use crate::photo::{self, Similarity, write_png};
use crate::picture::Picture;
use crate::pictures::Crop;
use crate::train::draws::Purpose;
use crate::train::{Draws, order};

const SIDE: u32 = 4;

/// A picture that tells its index by its colour.
fn coloured(index: usize) -> Vec<u8> {
    let rgb = vec![index as u8 * 10 + 5; 6 * 8 * 3];
    write_png(&Picture::from_rgb(6, 8, &rgb).unwrap(), None).unwrap()
}

/// The index that values tell.
fn index_of(values: &[f32]) -> usize {
    ((values[0] + 1.0) * 127.5).round() as usize / 10
}

fn name(index: usize) -> String {
    format!("{index:06}.png")
}

/// A folder of coloured pictures, those of `broken` damaged in one way or another.
fn folder(count: usize, broken: &[usize]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for index in 0..count {
        let whole = coloured(index);
        let bytes = match (broken.contains(&index), index % 3) {
            (false, _) => &whole[..],
            (true, 0) => &whole[..whole.len() / 2],
            (true, 1) => b"",
            (true, _) => b"<html>not here</html>",
        };
        std::fs::write(folder.path().join(name(index)), bytes).unwrap();
    }
    folder
}

fn zipped(folder: &Path, path: &Path) {
    let mut zip = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file(entry.file_name().to_string_lossy(), options)
            .unwrap();
        std::io::Write::write_all(&mut zip, &std::fs::read(entry.path()).unwrap()).unwrap();
    }
    zip.finish().unwrap();
}

fn recipe(batch: usize, accumulate: usize) -> Recipe {
    Recipe {
        batch,
        accumulate,
        flip: false,
        jitter: [0.0; 3],
        seed: 7,
        ..Recipe::autoencoder("portrait64")
    }
}

fn open(path: &Path) -> PictureSet {
    PictureSet::open(&[path.to_owned()], None).unwrap()
}

/// A feed, and one reader of it who takes any step, on the thread that asks.
struct Alone {
    feed: Feed,
    reader: Reader,
    told: Told,
}

impl Alone {
    fn new(feed: Feed) -> Self {
        let reader = Reader::new(Arc::clone(&feed.plan), feed.set.reopen().unwrap());
        let told = Told::default();
        Self { feed, reader, told }
    }

    fn ahead(&self, from: u64, threads: usize) -> Result<FeedAhead, SetError> {
        self.feed.ahead(from, threads)
    }

    fn batch(&mut self, step: u64) -> Result<Vec<PictureBatch>, SetError> {
        let (plan, reader) = (&self.feed.plan, &mut self.reader);
        batch(plan, &mut self.told, |place| reader.show(step, place))
    }

    fn take_bad(&mut self) -> Vec<String> {
        self.told.take()
    }
}

fn feed_of(path: &Path, crop: Crop, recipe: &Recipe, strict: bool) -> Alone {
    let framer = Framer::new(crop, SIDE, None).unwrap();
    Alone::new(Feed::new(open(path), framer, &[], recipe, strict).unwrap())
}

fn feed(path: &Path, recipe: &Recipe) -> Alone {
    feed_of(path, Crop::Centre, recipe, false)
}

/// The pictures of a batch, in order.
fn shown(parts: &[PictureBatch]) -> Vec<usize> {
    let length = 3 * (SIDE * SIDE) as usize;
    let parts = parts
        .iter()
        .flat_map(|part| part.pixels.chunks_exact(length));
    parts.map(index_of).collect()
}

fn pixels(parts: &[PictureBatch]) -> Vec<f32> {
    parts.iter().flat_map(|part| part.pixels.clone()).collect()
}

#[test]
fn a_batch_is_the_order_of_seed_and_step_in_equal_parts() {
    let folder = folder(10, &[]);
    let mut feed = feed(folder.path(), &recipe(6, 3));
    for step in [0, 1, 4, 2, 900] {
        let parts = feed.batch(step).unwrap();
        let places: Vec<_> = parts.iter().map(|p| (p.first, p.of, p.len())).collect();
        assert_eq!(places, [(0, 6, 2), (2, 6, 2), (4, 6, 2)]);
        assert_eq!(shown(&parts), order(7, step, 6, 10), "{step}");
    }
    assert!(feed.take_bad().is_empty());
}

#[test]
fn neither_threads_nor_where_one_begins_change_a_batch() {
    let folder = folder(23, &[4, 5, 17]);
    let packed = folder.path().join("set.zip");
    zipped(folder.path(), &packed);
    let augmented = Recipe {
        flip: true,
        jitter: [0.1, 0.1, 0.1],
        ..recipe(5, 1)
    };
    let mut told = Vec::new();
    for path in [folder.path(), &packed] {
        let mut feed = feed(path, &augmented);
        let expected: Vec<_> = (3..20).map(|s| pixels(&feed.batch(s).unwrap())).collect();
        told.push(feed.take_bad());
        for threads in [1, 2, 5, 11] {
            let mut ahead = feed.ahead(3, threads).unwrap();
            for (at, expected) in expected.iter().enumerate() {
                let parts = ahead.next().unwrap().unwrap();
                assert!(pixels(&parts) == *expected, "{threads} threads, batch {at}");
            }
            assert_eq!(ahead.take_bad(), *told.last().unwrap());
        }
    }
    assert_eq!(told[0].len(), 3);
}

#[test]
fn a_bad_picture_is_named_once_and_the_next_one_takes_its_place() {
    // One in ten, the last ones among them, so that the next one is the first.
    let broken = [3, 19, 18];
    let folder = folder(20, &broken);
    let mut feed = feed(folder.path(), &recipe(8, 1));
    for step in 0..10 {
        let expected = order(7, step, 8, 20).into_iter().map(|index| match index {
            3 => 4,
            18 | 19 => 0,
            index => index,
        });
        assert_eq!(
            shown(&feed.batch(step).unwrap()),
            expected.collect::<Vec<_>>()
        );
    }
    let bad = feed.take_bad();
    assert_eq!(bad.len(), 3);
    for index in broken {
        let of_it = bad.iter().filter(|why| why.contains(&name(index)));
        assert_eq!(of_it.count(), 1, "{bad:?}");
    }
    feed.batch(0).unwrap();
    assert!(feed.take_bad().is_empty());
}

#[test]
fn a_strict_feed_ends_at_the_first_bad_picture() {
    let folder = folder(5, &[2]);
    let mut feed = feed_of(folder.path(), Crop::Centre, &recipe(5, 1), true);
    let error = feed.batch(0).unwrap_err();
    assert!(
        matches!(&error, SetError::Broken { name, .. } if name == "000002.png"),
        "{error}"
    );
    let mut ahead = feed.ahead(0, 3).unwrap();
    assert!(matches!(ahead.next(), Some(Err(SetError::Broken { .. }))));
    assert!(ahead.next().is_none());
}

#[test]
fn a_set_without_a_usable_picture_is_an_error_and_no_endless_search() {
    let broken = folder(4, &[0, 1, 2, 3]);
    let error = feed(broken.path(), &recipe(2, 1))
        .batch(0)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("not one of the 4") && error.contains("000000.png"),
        "{error}"
    );
    let small = folder(3, &[]);
    let outside = Crop::Box {
        left: 3,
        top: 0,
        width: 4,
        height: 4,
    };
    for jitter in [[0.0; 3], [0.1; 3]] {
        let recipe = Recipe {
            jitter,
            ..recipe(2, 1)
        };
        let feed = feed_of(small.path(), outside, &recipe, false);
        let mut ahead = feed.ahead(0, 2).unwrap();
        let error = ahead.next().unwrap().unwrap_err().to_string();
        assert!(
            error.contains("not one of the 3") && error.contains("crop"),
            "{error}"
        );
    }
    let mut set = open(small.path());
    set.truncate(0);
    let framer = Framer::new(Crop::Centre, SIDE, None).unwrap();
    let empty = Feed::new(set, framer, &[], &recipe(2, 1), false);
    assert!(matches!(empty, Err(SetError::NoneUsable { count: 0, .. })));
}

#[test]
fn a_folder_that_vanishes_and_a_zip_that_is_cut_are_told_and_not_their_pictures() {
    let pictures = folder(30, &[]);
    let kept = tempfile::tempdir().unwrap();
    let packed = kept.path().join("set.zip");
    zipped(pictures.path(), &packed);
    let mut from_zip = feed(&packed, &recipe(3, 1));
    let mut from_folder = feed(pictures.path(), &recipe(3, 1));
    let mut ahead = from_folder.ahead(0, 2).unwrap();
    for _ in 0..2 {
        from_zip.batch(0).unwrap();
        ahead.next().unwrap().unwrap();
    }
    std::fs::rename(pictures.path(), kept.path().join("elsewhere")).unwrap();
    let error = ahead.find_map(Result::err).unwrap().to_string();
    assert!(error.contains("no longer"), "{error}");
    assert!(ahead.take_bad().is_empty());
    assert!(matches!(from_folder.batch(9), Err(SetError::Gone { .. })));
    assert!(matches!(
        from_folder.ahead(0, 1),
        Err(SetError::Read { .. })
    ));

    let file = std::fs::OpenOptions::new()
        .write(true)
        .open(&packed)
        .unwrap();
    for length in [600, 0] {
        file.set_len(length).unwrap();
        let error = (0..10).find_map(|step| from_zip.batch(step).err()).unwrap();
        assert!(matches!(error, SetError::Gone { .. }), "{error}");
        assert!(
            from_zip
                .ahead(0, 1)
                .unwrap_err()
                .to_string()
                .contains("whole zip")
        );
        let error = PictureSet::open(std::slice::from_ref(&packed), None)
            .unwrap_err()
            .to_string();
        assert!(error.contains("whole zip"), "{error}");
    }
    assert!(from_zip.take_bad().is_empty());
}

#[test]
fn what_the_system_refuses_to_read_ends_the_batches_and_is_not_left_out() {
    let folder = folder(4, &[]);
    let mut feed = feed(folder.path(), &recipe(4, 1));
    let refused = folder.path().join(name(2));
    std::fs::remove_file(&refused).unwrap();
    std::fs::create_dir(&refused).unwrap();
    for _ in 0..2 {
        assert!(matches!(feed.batch(0), Err(SetError::Read { .. })));
    }
    assert!(feed.take_bad().is_empty());
    std::fs::remove_dir(&refused).unwrap();
    std::fs::write(&refused, coloured(2)).unwrap();
    assert_eq!(shown(&feed.batch(0).unwrap()), order(7, 0, 4, 4));
}

#[test]
fn attributes_come_in_the_order_of_the_model() {
    let folder = folder(3, &[]);
    let list = "2\nSmiling Young Male\n000000.jpg -1 1 1\n000002.jpg 1 0 -1\n";
    std::fs::write(folder.path().join("list_attr_celeba.txt"), list).unwrap();
    let with = |attributes: &[&str]| {
        let attributes: Vec<String> = attributes.iter().map(|&a| a.to_owned()).collect();
        let framer = Framer::new(Crop::Centre, SIDE, None).unwrap();
        Feed::new(
            open(folder.path()),
            framer,
            &attributes,
            &recipe(3, 1),
            false,
        )
        .map(Alone::new)
    };
    let parts = with(&["Male", "Smiling"]).unwrap().batch(0).unwrap();
    for (index, attributes) in shown(&parts).into_iter().zip(&parts[0].attributes) {
        let expected = [Some(vec![1.0, 0.0]), None, Some(vec![0.0, 1.0])];
        assert_eq!(*attributes, expected[index], "{index}");
    }
    let error = with(&["Smilling"]).err().unwrap().to_string();
    assert!(error.contains("`Smiling`"), "{error}");
    let parts = with(&[]).unwrap().batch(0).unwrap();
    assert_eq!(parts[0].attributes, [None, None, None]);
}

#[test]
fn every_other_picture_is_mirrored_and_every_other_one_moved() {
    let draws = Draws::new(3);
    let drawn = |flip, jitter| -> Vec<Change> {
        (0..4000)
            .map(|place| Change::draw(&draws, 5, place, flip, jitter))
            .collect()
    };
    let changes = drawn(true, [0.3, 0.2, 0.1]);
    let mirrored = changes.iter().filter(|change| change.mirrored).count();
    let moved: Vec<[f64; 4]> = changes.iter().filter_map(|change| change.jitter).collect();
    // Four deviations of a binomial distribution.
    for count in [mirrored, moved.len()] {
        assert!(count.abs_diff(2000) < 4 * 32, "{count}");
    }
    for (at, deviation) in [0.3, 0.2, 0.1, 0.1].into_iter().enumerate() {
        let squares = moved.iter().map(|jitter| jitter[at].powi(2)).sum::<f64>();
        let found = (squares / moved.len() as f64).sqrt();
        assert!(
            (found / deviation - 1.0).abs() < 4.0 / 4000f64.sqrt(),
            "{at}: {found}"
        );
    }
    for change in drawn(false, [0.0; 3]) {
        assert_eq!(
            change,
            Change {
                mirrored: false,
                jitter: None
            }
        );
    }
    let still: Vec<bool> = drawn(true, [0.0; 3]).iter().map(|c| c.mirrored).collect();
    assert_eq!(
        still,
        changes.iter().map(|c| c.mirrored).collect::<Vec<_>>()
    );
}

/// A folder with one picture of noise, 40 x 48, and that picture.
fn noise() -> (tempfile::TempDir, Picture) {
    let mut rng = Draws::new(1).at(Purpose::Noise, 0, 0);
    let rgb: Vec<u8> = (0..40 * 48 * 3).map(|_| rng.random()).collect();
    let picture = Picture::from_rgb(40, 48, &rgb).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("a.png"),
        write_png(&picture, None).unwrap(),
    )
    .unwrap();
    (folder, picture)
}

#[test]
fn what_is_not_moved_is_what_evaluation_sees_mirrored_or_not() {
    let (folder, picture) = noise();
    let augmented = Recipe {
        flip: true,
        jitter: [0.2; 3],
        ..recipe(64, 1)
    };
    let parts = feed(folder.path(), &augmented).batch(2).unwrap();
    let prepared = photo::prepare(&picture, SIDE).unwrap().to_chw();
    let mirrored: Vec<f32> = prepared
        .chunks(SIDE as usize)
        .flat_map(|row| row.iter().rev().copied())
        .collect();
    let mut counts = [0; 3];
    for (place, values) in parts[0].pixels.chunks_exact(prepared.len()).enumerate() {
        let change = Change::draw(&Draws::new(7), 2, place, true, [0.2; 3]);
        let kind = match change.jitter {
            None if change.mirrored => 0,
            None => 1,
            Some(_) => 2,
        };
        counts[kind] += 1;
        match kind {
            0 => assert!(values == mirrored, "{place}"),
            1 => assert!(values == prepared, "{place}"),
            _ => assert!(values != prepared && values != mirrored, "{place}"),
        }
    }
    assert!(counts.iter().all(|&count| count > 5), "{counts:?}");
}

#[test]
fn jitter_turns_scales_and_shifts_about_the_middle_of_the_crop() {
    let place = Similarity::from_square([20.0, 24.0], 16.0, 0.5, 4, [40, 48]).unwrap();
    let moved = jittered(&place, [0.25, 0.5f64.ln(), 0.0, 0.0], 4, [40, 48]).unwrap();
    let middle = moved.apply([2.0, 2.0]);
    assert!((middle[0] - 20.0).hypot(middle[1] - 24.0) < 1e-9);
    assert!((moved.rotation - 0.75).abs() < 1e-12 && (moved.scale - 2.0).abs() < 1e-12);
    // A quarter of the side of 16 pixels to the right, along the crop's own axis.
    let shifted = jittered(&place, [0.0, 0.0, 0.25, 0.0], 4, [40, 48]).unwrap();
    let (sin, cos) = 0.5f64.sin_cos();
    let middle = shifted.apply([2.0, 2.0]);
    assert!((middle[0] - 20.0 - 4.0 * cos).hypot(middle[1] - 24.0 - 4.0 * sin) < 1e-9);
}

#[test]
fn no_draw_makes_a_picture_unusable() {
    let folder = folder(4, &[]);
    for jitter in [[100.0, 100.0, 0.0], [0.0, 0.0, 1e6]] {
        let wild = Recipe {
            jitter,
            ..recipe(64, 1)
        };
        let mut feed = feed(folder.path(), &wild);
        for step in 0..4 {
            assert_eq!(shown(&feed.batch(step).unwrap()), order(7, step, 64, 4));
        }
        assert!(feed.take_bad().is_empty());
    }
}

/// Takes the detector some seconds.
#[test]
fn a_face_is_found_once_and_framed_as_evaluation_does() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let weights = std::fs::read(root.join("pkg/face/blazeface.safetensors")).unwrap();
    let framing = crate::config::Framing {
        eye_midpoint: [0.5, 0.4],
        eye_distance: 0.25,
    };
    let framer = || {
        let detector = crate::face::Detector::from_bytes(&weights).unwrap();
        Framer::new(Crop::Face, 16, Some((detector, framing))).unwrap()
    };
    let folder = folder(1, &[]);
    std::fs::copy(root.join(FACE), folder.path().join("face.webp")).unwrap();
    let set = open(folder.path());
    let face = photo::open(&root.join(FACE)).unwrap();
    let expected = pollster::block_on(framer().frame("face", &face)).unwrap();
    let feed = Feed::new(set, framer(), &[], &recipe(6, 1), false).unwrap();
    let mut feed = Alone::new(feed);
    let mut ahead = feed.ahead(0, 2).unwrap();
    for _ in 0..2 {
        let parts = ahead.next().unwrap().unwrap();
        for values in parts[0].pixels.chunks_exact(3 * 16 * 16) {
            assert!(values == expected.to_chw());
        }
    }
    assert_eq!(
        ahead.take_bad(),
        ["no face was found in the picture 000000.png"]
    );
    feed.batch(0).unwrap();
}

/// A picture with a face.
const FACE: &str = "www/samples/face-03.webp";
