//! `diffae edit` on photos: the face is found, and the whole photo comes back with nothing but the
//! face changed.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

mod support;

use std::path::Path;

use diffae::Picture;
use diffae::photo::{self, save_png, write_jpeg};
use exif::{Field, In, Rational, Tag, Value};
use image::metadata::Orientation;
use image::{DynamicImage, ImageFormat, RgbaImage};
use support::{EYES, FACE, Folder, OTHER_FACE, QUICK, gradient};

fn edit<'a>(photo: &'a str, change: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["edit", photo, "--set", change], &QUICK[..], more].concat()
}

fn image(picture: &Picture) -> RgbaImage {
    RgbaImage::from_raw(picture.width(), picture.height(), picture.rgba().to_vec()).unwrap()
}

fn picture(image: RgbaImage) -> Picture {
    Picture::new(image.width(), image.height(), image.into_raw()).unwrap()
}

/// Sample faces of 256 x 256 on a canvas that is transparent here and there.
fn canvas(width: u32, height: u32, faces: &[(&str, i64, i64)]) -> Picture {
    let mut canvas = RgbaImage::from_fn(width, height, |x, y| {
        image::Rgba([x as u8, y as u8, 90, if x < 40 { 7 } else { 255 }])
    });
    for (file, x, y) in faces {
        let face = image(&photo::open(Path::new(file)).unwrap());
        image::imageops::replace(&mut canvas, &face, *x, *y);
    }
    picture(canvas)
}

/// How many pixels differ inside and outside of a face's square of 256 pixels and a little room, as
/// the model's square is laid out by the eyes; alpha must never differ.
fn differences(a: &Picture, b: &Picture, left: u32, top: u32) -> (usize, usize) {
    assert_eq!((a.width(), a.height()), (b.width(), b.height()));
    let mut counts = (0, 0);
    let pairs = a.rgba().chunks_exact(4).zip(b.rgba().chunks_exact(4));
    for (i, (a_pixel, b_pixel)) in pairs.enumerate() {
        assert_eq!(a_pixel[3], b_pixel[3]);
        let (x, y) = (i as u32 % a.width(), i as u32 / a.width());
        let around = |at: u32, start: u32| (start.saturating_sub(12)..start + 268).contains(&at);
        let inside = around(x, left) && around(y, top);
        if a_pixel != b_pixel {
            *(if inside { &mut counts.0 } else { &mut counts.1 }) += 1;
        }
    }
    counts
}

#[test]
fn the_whole_photo_comes_back_with_only_the_face_changed() {
    let folder = Folder::new();
    let photo = canvas(700, 500, &[(FACE, 300, 150)]);
    save_png(&photo, &folder.path("holiday.png")).unwrap();
    let said = folder.succeeds(&edit("holiday.png", "Smiling=0.3", &[]));
    assert_eq!(said, "Wrote holiday-edited.png\n");
    let edited = folder.picture("holiday-edited.png");
    let (inside, outside) = differences(&photo, &edited, 300, 150);
    assert!(inside > 5_000, "{inside} pixels of the face");
    assert_eq!(outside, 0);

    // No change at all: every pixel as it was, alpha included.
    folder.succeeds(&edit("holiday.png", "Smiling=0", &["-o", "same.png"]));
    assert!(folder.picture("same.png") == photo);

    folder.succeeds(&edit(
        "holiday.png",
        "Smiling=0.3",
        &["--crop-only", "-o", "crop.png"],
    ));
    assert_eq!(folder.size("crop.png"), (64, 64));
    folder.succeeds(&edit(
        "holiday.png",
        "Smiling=0.3",
        &["--aligned", "-o", "square.png"],
    ));
    assert_eq!(folder.size("square.png"), (64, 64));
    assert_ne!(folder.read("crop.png"), folder.read("square.png"));
}

#[test]
fn one_of_several_faces_is_chosen() {
    let folder = Folder::new();
    let photo = canvas(800, 400, &[(FACE, 60, 80), (OTHER_FACE, 480, 80)]);
    save_png(&photo, &folder.path("group.png")).unwrap();
    let said = folder.succeeds(&edit("group.png", "Smiling=0.3", &["-o", "first.png"]));
    assert!(said.starts_with("2 faces in group.png: "), "{said}");
    let said = folder.succeeds(&edit(
        "group.png",
        "Smiling=0.3",
        &["--face", "2", "-o", "second.png"],
    ));
    assert_eq!(said, "Wrote second.png\n");
    let mut changed = ["first.png", "second.png"].map(|file| {
        let edited = folder.picture(file);
        [60, 480].map(|left| differences(&photo, &edited, left, 80).0 > 5_000)
    });
    changed.sort_unstable();
    assert_eq!(changed, [[false, true], [true, false]]);
    let args = edit("group.png", "Smiling=0.3", &["--face", "3"]);
    folder.fails(&args, &["number 3", "group.png", "only 2"]);
}

#[test]
fn photos_without_a_face_are_refused() {
    let folder = Folder::new();
    save_png(&gradient(200), &folder.path("wall.png")).unwrap();
    save_png(&gradient(1), &folder.path("dot.png")).unwrap();
    for file in ["wall.png", "dot.png"] {
        let args = edit(file, "Smiling=0.3", &[]);
        folder.fails(&args, &["no face", file, "--eyes", "--aligned"]);
        let args = edit(file, "Smiling=0.3", &["--aligned", "-o", "out.png"]);
        folder.succeeds(&args);
        assert_eq!(folder.size("out.png"), (64, 64));
    }
    folder.succeeds(&edit(
        "wall.png",
        "Smiling=0.3",
        &["--eyes", "80,90,130,95", "-o", "out.png"],
    ));
    assert_eq!(folder.size("out.png"), (200, 200));
}

#[test]
fn a_face_at_the_border_is_edited_up_to_it() {
    let folder = Folder::new();
    let face = image(&photo::open(Path::new(FACE)).unwrap());
    let cut = image::imageops::crop_imm(&face, 40, 60, 130, 150).to_image();
    let photo = picture(cut);
    save_png(&photo, &folder.path("cut.png")).unwrap();
    let args = ["--eyes", "58,63,118,63", "-o", "out.png"];
    folder.succeeds(&edit("cut.png", "Smiling=0.3", &args));
    let edited = folder.picture("out.png");
    assert_eq!((edited.width(), edited.height()), (130, 150));
    assert!(differences(&photo, &edited, 0, 0).0 > 2_000);
}

/// The smallest EXIF segment: one entry, the orientation.
fn with_orientation(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    let length = [0xff, 0xe1, 0, exif.len() as u8 + 2];
    [&jpeg[..2], &length, &exif, &jpeg[2..]].concat()
}

#[test]
fn jpeg_photos_come_back_upright() {
    let folder = Folder::new();
    let face = photo::open(Path::new(FACE)).unwrap();
    // Stored so that the orientation's turn brings the face upright: two turns undo each other,
    // and the others undo themselves.
    for orientation in 1..=8 {
        let undo = [0, 1, 2, 3, 4, 5, 8, 7, 6][usize::from(orientation)];
        let mut stored = DynamicImage::from(image(&face));
        stored.apply_orientation(Orientation::from_exif(undo).unwrap());
        let jpeg = write_jpeg(&picture(stored.into_rgba8()), None, 95).unwrap();
        folder.write("phone.jpg", with_orientation(&jpeg, orientation));
        folder.succeeds(&edit("phone.jpg", "Smiling=0", &["-o", "out.png"]));
        let out = folder.picture("out.png");
        assert!(
            out == folder.picture("phone.jpg"),
            "orientation {orientation}"
        );
        let off = out
            .rgba()
            .iter()
            .zip(face.rgba())
            .map(|(a, b)| u64::from(a.abs_diff(*b)));
        let off = off.sum::<u64>() as f64 / out.rgba().len() as f64;
        assert!(
            off < 4.0,
            "orientation {orientation}: {off} levels off on average"
        );
    }
    let said = folder.succeeds(&edit("phone.jpg", "Smiling=0.3", &[]));
    assert_eq!(said, "Wrote phone-edited.jpg\n");
    let fine = folder.read("phone-edited.jpg");
    assert!(fine.starts_with(&[0xff, 0xd8]));
    assert!(!fine.windows(4).any(|bytes| bytes == b"Exif"));
    let args = ["--quality", "30", "-o", "small.JPEG"];
    folder.succeeds(&edit("phone.jpg", "Smiling=0.3", &args));
    assert!(folder.read("small.JPEG").len() < fine.len() / 2);
}

#[test]
fn deep_png_photos_are_read() {
    let folder = Folder::new();
    let face = image(&photo::open(Path::new(FACE)).unwrap());
    let deep = DynamicImage::from(face).into_rgb16();
    deep.save_with_format(folder.path("deep.png"), ImageFormat::Png)
        .unwrap();
    folder.succeeds(&edit("deep.png", "Smiling=0", &["--eyes", EYES]));
    assert!(folder.picture("deep-edited.png") == folder.picture("deep.png"));
}

/// Display P3 as a cICP chunk says it.
const DISPLAY_P3: [u8; 4] = [12, 13, 0, 1];

/// A picture as a PNG file that says more of itself in chunks.
fn png_saying(picture: &Picture, chunks: &[([u8; 4], &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, picture.width(), picture.height());
    encoder.set_color(png::ColorType::Rgba);
    let mut writer = encoder.write_header().unwrap();
    for (name, contents) in chunks {
        let name = png::chunk::ChunkType(*name);
        writer.write_chunk(name, contents).unwrap();
    }
    writer.write_image_data(picture.rgba()).unwrap();
    writer.finish().unwrap();
    bytes
}

#[test]
fn a_photo_keeps_its_colours_and_says_so_in_the_result() {
    let folder = Folder::new();
    let photo = canvas(400, 330, &[(FACE, 70, 40)]);
    folder.write("wide.png", png_saying(&photo, &[(*b"cICP", &DISPLAY_P3)]));

    folder.succeeds(&edit("wide.png", "Smiling=0", &["-o", "same.png"]));
    let [original, same] =
        ["wide.png", "same.png"].map(|file| photo::Original::open(&folder.path(file)).unwrap());
    assert!(*same.picture() == photo, "every number stays");
    assert!(same.profile().is_some() && same.profile() == original.profile());

    folder.succeeds(&edit("wide.png", "Smiling=0.3", &["-o", "smile.png"]));
    let smile = photo::Original::open(&folder.path("smile.png")).unwrap();
    assert_eq!(smile.profile(), original.profile());
    let (inside, outside) = differences(&photo, smile.picture(), 70, 40);
    assert!(
        inside > 5_000 && outside == 0,
        "{inside} and {outside} pixels"
    );

    folder.succeeds(&edit("wide.png", "Smiling=0", &["-o", "same.jpg"]));
    let jpeg = photo::Original::open(&folder.path("same.jpg")).unwrap();
    assert_eq!(
        jpeg.profile().unwrap().icc(),
        original.profile().unwrap().icc()
    );
    // What the model draws is sRGB.
    folder.succeeds(&edit(
        "wide.png",
        "Smiling=0",
        &["--crop-only", "-o", "crop.png"],
    ));
    let crop = photo::Original::open(&folder.path("crop.png")).unwrap();
    assert!(crop.profile().is_none());
}

/// EXIF data as a phone writes it: camera, time, place, maker's notes, and a thumbnail of the face as it was.
fn phones_exif() -> Vec<u8> {
    let field = |tag, value| Field {
        tag,
        ifd_num: In::PRIMARY,
        value,
    };
    let text = |text: &str| Value::Ascii(vec![text.as_bytes().to_vec()]);
    let rational = |num, denom| Rational { num, denom };
    let fields = [
        field(Tag::Make, text("Maker")),
        field(Tag::Model, text("Phone 9")),
        field(Tag::DateTimeOriginal, text("2024:05:06 07:08:09")),
        field(Tag::ExposureTime, Value::Rational(vec![rational(1, 125)])),
        field(
            Tag::MakerNote,
            Value::Undefined(b"maker's notes".to_vec(), 0),
        ),
        field(Tag::GPSLatitudeRef, text("N")),
        field(
            Tag::GPSLatitude,
            Value::Rational(vec![rational(48, 1), rational(51, 1), rational(24, 1)]),
        ),
    ];
    let mut writer = exif::experimental::Writer::new();
    fields.iter().for_each(|field| writer.push_field(field));
    let thumbnail = Field {
        tag: Tag::Compression,
        ifd_num: In::THUMBNAIL,
        value: Value::Short(vec![6]),
    };
    writer.push_field(&thumbnail);
    writer.set_jpeg(b"thumbnail of the face", In::THUMBNAIL);
    let mut bytes = std::io::Cursor::new(Vec::new());
    writer.write(&mut bytes, false).unwrap();
    bytes.into_inner()
}

/// What a file says of how it was taken, as `tag value`, in order.
fn taken(file: &[u8]) -> Vec<String> {
    let read = exif::Reader::new().read_from_container(&mut std::io::Cursor::new(file));
    let Ok(read) = read else {
        return Vec::new();
    };
    let mut tags: Vec<String> = read
        .fields()
        .map(|field| format!("{} {}", field.tag, field.display_value()))
        .collect();
    tags.sort();
    tags
}

fn holds(file: &[u8], text: &str) -> bool {
    file.windows(text.len()).any(|part| part == text.as_bytes())
}

/// A phone's photo in Display P3, as JPEG and as PNG, into `phone.jpg` and `phone.png`.
fn phones_photos(folder: &Folder) {
    let photo = canvas(400, 330, &[(FACE, 70, 40)]).over_white();
    let exif = phones_exif();
    let bytes = png_saying(&photo, &[(*b"cICP", &DISPLAY_P3), (*b"eXIf", &exif)]);
    let p3 = photo::Original::decode(&bytes).unwrap();
    let jpeg = write_jpeg(&photo, p3.profile(), 95).unwrap();
    folder.write("phone.png", bytes);
    let exif = [b"Exif\0\0", exif.as_slice()].concat();
    let length = (exif.len() as u16 + 2).to_be_bytes();
    let with_exif = [&jpeg[..2], &[0xff, 0xe1], &length, &exif, &jpeg[2..]].concat();
    folder.write("phone.jpg", with_exif);
}

#[test]
fn a_phones_photo_keeps_camera_time_and_colours_and_leaves_the_place_behind() {
    let folder = Folder::new();
    phones_photos(&folder);
    let kept = [
        "DateTimeOriginal 2024-05-06 07:08:09",
        "ExposureTime 1/125",
        "Make \"Maker\"",
        "Model \"Phone 9\"",
        "Orientation row 0 at top and column 0 at left",
    ];
    for (input, output) in [
        ("phone.jpg", "out.jpg"),
        ("phone.jpg", "out.png"),
        ("phone.png", "out.jpg"),
        ("phone.png", "out.png"),
    ] {
        let case = format!("{input} to {output}");
        folder.succeeds(&edit(input, "Smiling=0.3", &["-o", output]));
        let file = folder.read(output);
        assert_eq!(taken(&file), kept, "{case}");
        for secret in ["thumbnail", "notes"] {
            assert!(holds(&folder.read(input), secret) && !holds(&file, secret));
        }
        let term =
            "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia";
        assert!(holds(&file, term) && holds(&file, "Iptc4xmpExt:DigitalSourceType"));
        let [before, after] =
            [input, output].map(|file| photo::Original::open(&folder.path(file)).unwrap());
        let icc = |photo: &photo::Original| photo.profile().map(|profile| profile.icc().to_vec());
        assert!(
            icc(&before).is_some() && icc(&before) == icc(&after),
            "{case}"
        );
        if output == "out.png" {
            let (inside, outside) = differences(before.picture(), after.picture(), 70, 40);
            assert!(
                inside > 5_000 && outside == 0,
                "{case}: {inside}, {outside}"
            );
        }

        // Where nothing was edited, nothing says so.
        folder.succeeds(&edit(input, "Smiling=0", &["-o", output]));
        let file = folder.read(output);
        assert_eq!(taken(&file), kept, "{case}");
        assert!(!holds(&file, "DigitalSourceType"), "{case}");
    }
}

#[test]
fn the_place_is_kept_where_it_is_asked_for_and_nothing_where_that_is() {
    let folder = Folder::new();
    phones_photos(&folder);
    folder.succeeds(&edit(
        "phone.jpg",
        "Smiling=0",
        &["--keep-gps", "-o", "out.jpg"],
    ));
    let told = taken(&folder.read("out.jpg"));
    for tag in [
        "GPSLatitude 48 deg 51 min 24 sec",
        "GPSLatitudeRef N",
        "Model \"Phone 9\"",
    ] {
        assert!(told.iter().any(|told| told == tag), "{told:?}");
    }
    folder.succeeds(&edit(
        "phone.jpg",
        "Smiling=0",
        &["--no-metadata", "-o", "out.png"],
    ));
    assert!(taken(&folder.read("out.png")).is_empty());
    // One or the other.
    let args = edit("phone.jpg", "Smiling=0", &["--no-metadata", "--keep-gps"]);
    assert!(!folder.run(&args).status.success());
}

#[test]
fn pictures_that_a_model_drew_say_so() {
    let folder = Folder::new();
    let term = "digitalsourcetype/trainedAlgorithmicMedia";
    folder.succeeds(&[
        "sample",
        "--count",
        "1",
        "--steps",
        "2",
        "--latent-steps",
        "2",
        "-o",
        "nobody.png",
    ]);
    assert!(holds(&folder.read("nobody.png"), term));
    save_png(
        &canvas(400, 330, &[(FACE, 70, 40)]),
        &folder.path("photo.png"),
    )
    .unwrap();
    folder.succeeds(&edit(
        "photo.png",
        "Smiling=0.3",
        &["--crop-only", "-o", "crop.png"],
    ));
    let crop = folder.read("crop.png");
    assert!(holds(&crop, "compositeWithTrainedAlgorithmicMedia") && !holds(&crop, term));
}

/// What a command that works says beside its result.
fn warnings(folder: &Folder, args: &[&str]) -> String {
    let output = folder.run(args);
    assert!(output.status.success(), "{args:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn what_is_wrong_with_a_photo_that_is_read_all_the_same_is_told() {
    let folder = Folder::new();
    let face = image(&photo::open(Path::new(FACE)).unwrap());
    let jpeg = write_jpeg(&picture(face), None, 95).unwrap();
    folder.write("half.jpg", &jpeg[..jpeg.len() * 3 / 4]);
    let args = edit("half.jpg", "Smiling=0.3", &["--eyes", EYES]);
    let told = warnings(&folder, &args);
    assert_eq!(
        told,
        "diffae: half.jpg: the JPEG file is damaged (it ends in the middle of the picture); what could be read of it is used\n"
    );
    assert_eq!(folder.size("half-edited.jpg"), (256, 256));
    folder.write("whole.jpg", &jpeg[..jpeg.len() - 2]);
    let args = edit("whole.jpg", "Smiling=0.3", &["--eyes", EYES]);
    assert_eq!(warnings(&folder, &args), "");
    folder.write("nothing.jpg", &jpeg[..jpeg.len() / 50]);
    let args = edit("nothing.jpg", "Smiling=0.3", &["--eyes", EYES]);
    folder.fails(&args, &["nothing.jpg", "JPEG", "damaged"]);
}
