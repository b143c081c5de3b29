//! Photos in colours of their own: what models see of them, what a change does to them, and what is
//! written of them, for every way of saying colours and for what is wrong with them.

mod devices;

use super::MAX_ICC_BYTES;
use crate::photo::samples::{idat, png};
use crate::photo::{Change, Original, Remark, Similarity, write_jpeg, write_png};
use crate::picture::Picture;
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageEncoder};
use moxcms::{ColorProfile, ToneReprCurve, curve_from_gamma};

/// A skin tone in Display P3, and the same colour in sRGB.
const SKIN: [u8; 3] = [219, 134, 97];
const SKIN_SHOWN: [u8; 3] = [233, 129, 88];

type Chunk<'a> = (&'a [u8; 4], Vec<u8>);

fn encoded(profile: &ColorProfile) -> Vec<u8> {
    profile.encode().expect("encodes")
}

fn icc_chunk(profile: &[u8]) -> Vec<u8> {
    [b"name\0\0", &fdeflate::compress_to_vec(profile)[..]].concat()
}

/// A flat PNG file with chunks in front of its pixels.
fn png_with(colour: [u8; 3], chunks: &[Chunk<'_>]) -> Vec<u8> {
    let row = colour.repeat(16);
    let pixels = idat(&[&row[..]; 16]);
    let header: &[u8] = &[0, 0, 0, 16, 0, 0, 0, 16, 8, 2, 0, 0, 0];
    let mut all: Vec<(&[u8; 4], &[u8])> = vec![(b"IHDR", header)];
    all.extend(chunks.iter().map(|(name, held)| (*name, &held[..])));
    all.extend([(b"IDAT", &pixels[..]), (b"IEND", &[])]);
    png(&all)
}

fn jpeg_with(pixels: &[u8], kind: jpeg_encoder::ColorType, icc: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 100);
    encoder.add_icc_profile(icc).expect("fits");
    encoder.encode(pixels, 16, 16, kind).expect("encodes");
    bytes
}

fn webp_with(colour: [u8; 3], icc: Vec<u8>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = WebPEncoder::new_lossless(&mut bytes);
    encoder.set_icc_profile(icc).expect("takes profiles");
    encoder
        .write_image(&colour.repeat(256), 16, 16, ExtendedColorType::Rgb8)
        .expect("encodes");
    bytes
}

fn u32s(values: &[u32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_be_bytes())
        .collect()
}

/// The cHRM chunk of Display P3.
fn p3_primaries() -> Vec<u8> {
    u32s(&[
        31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000,
    ])
}

fn first(picture: &Picture) -> [u8; 3] {
    [0, 1, 2].map(|i| picture.rgba()[i])
}

fn near(found: [u8; 3], wanted: [u8; 3], levels: u8) -> bool {
    found
        .iter()
        .zip(wanted)
        .all(|(a, b)| a.abs_diff(b) <= levels)
}

fn opened(bytes: &[u8]) -> Original {
    let photo = Original::decode(bytes).expect("decodes");
    assert_eq!(photo.remarks(), [], "nothing to remark");
    photo
}

/// Display P3 with curves of so many points that the profile fills several segments of a JPEG.
fn long_p3() -> ColorProfile {
    let mut profile = ColorProfile::new_display_p3();
    let curve = |i: u32| {
        let v = f64::from(i) / 29_999.0;
        let light = if v <= 0.04045 {
            v / 12.92
        } else {
            ((v + 0.055) / 1.055).powf(2.4)
        };
        (light * 65_535.0).round() as u16
    };
    let curve = ToneReprCurve::Lut((0..30_000).map(curve).collect());
    profile.red_trc = Some(curve.clone());
    profile.green_trc = Some(curve.clone());
    profile.blue_trc = Some(curve);
    profile.cicp = None;
    profile
}

#[test]
fn every_way_of_saying_a_colour_shows_that_colour_and_keeps_the_numbers() {
    let p3 = encoded(&ColorProfile::new_display_p3());
    let long = encoded(&long_p3());
    assert!(long.len() > 2 * 65_536);
    let rgb = SKIN.repeat(256);
    let jpeg = |icc: &[u8]| jpeg_with(&rgb, jpeg_encoder::ColorType::Rgb, icc);
    let cicp = vec![12, 13, 0, 1];
    // The exponent that is nearest to sRGB's curve, not that curve.
    let measured = [(b"gAMA", u32s(&[45_455])), (b"cHRM", p3_primaries())];
    for (way, bytes, levels) in [
        ("iCCP", png_with(SKIN, &[(b"iCCP", icc_chunk(&p3))]), 1),
        (
            "a long iCCP",
            png_with(SKIN, &[(b"iCCP", icc_chunk(&long))]),
            1,
        ),
        ("APP2", jpeg(&p3), 3),
        ("several APP2", jpeg(&long), 3),
        ("ICCP", webp_with(SKIN, p3.clone()), 1),
        ("cICP", png_with(SKIN, &[(b"cICP", cicp)]), 1),
        ("gAMA and cHRM", png_with(SKIN, &measured), 3),
        ("cHRM", png_with(SKIN, &measured[1..]), 1),
    ] {
        let photo = opened(&bytes);
        let jpeg_levels = if way.contains("APP2") { 2 } else { 0 };
        assert!(near(first(photo.picture()), SKIN, jpeg_levels), "{way}");
        let shown = first(&photo.srgb());
        assert!(near(shown, SKIN_SHOWN, levels), "{way}: {shown:?}");

        if let Some(profile) = photo.profile()
            && ["cICP", "gAMA and cHRM", "cHRM"].contains(&way)
        {
            assert_eq!(profile.icc()[super::DATE], super::MADE, "{way}");
        }
        // Written and read again, it is the same photo in every respect.
        let written = write_png(photo.picture(), photo.profile()).expect("writes");
        let again = opened(&written);
        assert!(again.picture() == photo.picture(), "{way}");
        assert_eq!(first(&again.srgb()), shown, "{way}");
        if way != "several APP2" && way != "APP2" && way != "ICCP" {
            assert_eq!(again.profile(), photo.profile(), "{way}");
        }
        let written = write_jpeg(photo.picture(), photo.profile(), 100).expect("writes");
        let again = opened(&written);
        assert!(
            near(first(&again.srgb()), shown, 3),
            "{way}: {:?}",
            first(&again.srgb())
        );
    }
}

#[test]
fn linear_light_is_seen_as_it_is_meant() {
    // 18 % grey, which sRGB writes as 118.
    let photo = opened(&png_with([46; 3], &[(b"gAMA", u32s(&[100_000]))]));
    assert!(
        near(first(&photo.srgb()), [118; 3], 1),
        "{:?}",
        first(&photo.srgb())
    );
    // White at 203 nits, and 10 % of that, in ITU-R BT.2100's PQ; both of one grey.
    for (signal, shown) in [(148, 255), (92, 89)] {
        let photo = opened(&png_with([signal; 3], &[(b"cICP", vec![9, 16, 0, 1])]));
        let found = first(&photo.srgb());
        assert!(near(found, [shown; 3], 4), "{signal}: {found:?}");
    }
    // 75 % of HLG's signal is white.
    let photo = opened(&png_with([191; 3], &[(b"cICP", vec![9, 18, 0, 1])]));
    assert!(near(first(&photo.srgb()), [255; 3], 2));
}

#[test]
fn png_chunks_count_in_their_order() {
    let icc = |profile: &ColorProfile| (b"iCCP", icc_chunk(&encoded(profile)));
    let p3_icc = icc(&ColorProfile::new_display_p3());
    let wide = icc(&ColorProfile::new_pro_photo_rgb());
    let p3: Chunk<'_> = (b"cICP", vec![12, 13, 0, 1]);
    let srgb: Chunk<'_> = (b"sRGB", vec![0]);
    let linear: Chunk<'_> = (b"gAMA", u32s(&[100_000]));
    for (what, chunks, shown, kept) in [
        ("cICP over iCCP", vec![p3.clone(), wide], SKIN_SHOWN, true),
        (
            "iCCP over gAMA",
            vec![linear.clone(), p3_icc.clone()],
            SKIN_SHOWN,
            true,
        ),
        (
            "sRGB over gAMA",
            vec![linear.clone(), srgb.clone()],
            SKIN,
            false,
        ),
        (
            "cICP over sRGB",
            vec![p3, srgb.clone(), linear],
            SKIN_SHOWN,
            true,
        ),
        ("sRGB", vec![srgb], SKIN, false),
        ("nothing", vec![], SKIN, false),
    ] {
        let photo = opened(&png_with(SKIN, &chunks));
        let found = first(&photo.srgb());
        assert!(near(found, shown, 1), "{what}: {found:?}");
        assert_eq!(photo.profile().is_some(), kept, "{what}");
    }
}

fn change<'a>(before: &'a Picture, after: &'a Picture) -> Change<'a> {
    Change {
        photo_from_frame: Similarity::from_square([80.0, 60.0], 100.0, 0.2, 64, [160, 120])
            .expect("good square"),
        before,
        after,
    }
}

fn frame(grey: u8) -> Picture {
    Picture::from_rgb(64, 64, &[grey; 3 * 64 * 64]).expect("fits")
}

#[test]
fn a_change_arrives_in_the_photos_own_colours() {
    let srgb = encoded(&ColorProfile::new_srgb());
    for (name, profile) in [
        ("sRGB", srgb),
        ("Display P3", encoded(&ColorProfile::new_display_p3())),
        ("Adobe RGB", encoded(&ColorProfile::new_adobe_rgb())),
        ("ProPhoto", encoded(&ColorProfile::new_pro_photo_rgb())),
    ] {
        let rgb: Vec<u8> = (0..120u32)
            .flat_map(|y| {
                (0..160u32).flat_map(move |x| [110 + x / 8, 90 + y / 4, 80 + (x + y) / 10])
            })
            .map(|value| value as u8)
            .collect();
        let plain = Picture::from_rgb(160, 120, &rgb).expect("fits");
        let profile = crate::photo::Profile {
            icc: profile,
            chunks: Vec::new(),
        };
        let photo = opened(&write_png(&plain, Some(&profile)).expect("writes"));
        let seen = photo.srgb().into_owned();
        let (before, after) = (frame(100), frame(120));
        let none = photo
            .composite(&change(&before, &before))
            .expect("composites");
        assert!(*none.picture() == plain, "{name}: every number stays");
        assert_eq!(none.profile(), photo.profile(), "{name}");
        assert_eq!(none.profile().map(|kept| kept.icc()), Some(profile.icc()));

        let edited = photo
            .composite(&change(&before, &after))
            .expect("composites");
        let (shown, old) = (edited.srgb(), seen.rgba());
        let at = (60 * 160 + 80) * 4;
        for c in 0..3 {
            let difference = i32::from(shown.rgba()[at + c]) - i32::from(old[at + c]);
            assert!((difference - 20).abs() <= 2, "{name}: {difference} levels");
        }
        // A corner of the photo.
        assert_eq!(
            edited.picture().rgba()[..400],
            plain.rgba()[..400],
            "{name}"
        );
        assert!(*edited.picture() != plain, "{name}");
    }
}

#[test]
fn colours_beyond_srgb_survive_a_change() {
    // The green of Display P3 and of ProPhoto is outside of sRGB.
    for profile in [
        ColorProfile::new_display_p3(),
        ColorProfile::new_pro_photo_rgb(),
    ] {
        let profile = crate::photo::Profile {
            icc: encoded(&profile),
            chunks: Vec::new(),
        };
        let green = Picture::from_rgb(160, 120, &[0, 250, 0].repeat(160 * 120)).expect("fits");
        let photo = opened(&write_png(&green, Some(&profile)).expect("writes"));
        let (before, after) = (frame(120), frame(117));
        let edited = photo
            .composite(&change(&before, &after))
            .expect("composites");
        let at = (60 * 160 + 80) * 4;
        let [r, g, b] = [0, 1, 2].map(|c| edited.picture().rgba()[at + c]);
        assert!(r < 8 && b < 8 && (240..=250).contains(&g), "{r} {g} {b}");
    }
}

#[test]
fn grey_profiles_keep_greys_and_their_look() {
    let mut bytes = Vec::new();
    let mut info = png::Info::with_size(16, 16);
    // Darker than sRGB by far.
    info.icc_profile = Some(encoded(&ColorProfile::new_gray_with_gamma(3.0)).into());
    let mut encoder = png::Encoder::with_info(&mut bytes, info).expect("encodes");
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().expect("encodes");
    writer.write_image_data(&[128; 256]).expect("encodes");
    writer.finish().expect("encodes");
    let jpeg = jpeg_with(
        &[128; 256],
        jpeg_encoder::ColorType::Luma,
        &encoded(&ColorProfile::new_gray_with_gamma(3.0)),
    );
    for bytes in [bytes, jpeg] {
        let photo = opened(&bytes);
        assert_eq!(first(photo.picture()), [128; 3]);
        // 0.502 to the third is 12.6 % of the light, which sRGB writes as 100.
        let shown = first(&photo.srgb());
        assert!(near(shown, [100; 3], 1), "{shown:?}");
        let again = opened(&write_png(photo.picture(), photo.profile()).expect("writes"));
        assert_eq!(first(&again.srgb()), shown);
        assert_eq!(first(again.picture()), [128; 3]);
    }
}

#[test]
fn useless_profiles_are_passed_over_with_a_word() {
    let p3 = encoded(&ColorProfile::new_display_p3());
    let grey = encoded(&ColorProfile::new_gray_with_gamma(2.2));
    let bomb = icc_chunk(&vec![0; 300 << 20]);
    assert!(bomb.len() < 2 << 20);
    let large = [&p3[..], &vec![0; MAX_ICC_BYTES]].concat();
    let mut black = ColorProfile::new_display_p3();
    black.green_colorant = black.red_colorant;
    black.blue_colorant = black.red_colorant;
    black.cicp = None;
    let iccp = |held: Vec<u8>| png_with(SKIN, &[(b"iCCP", held)]);
    let rgb = SKIN.repeat(256);
    let mut torn = jpeg_with(&rgb, jpeg_encoder::ColorType::Rgb, &encoded(&long_p3()));
    let at = torn
        .windows(12)
        .rposition(|w| w == b"ICC_PROFILE\0")
        .expect("there");
    torn[at] = b'X';
    for (what, bytes, reason) in [
        ("cut", iccp(icc_chunk(&p3[..p3.len() / 2])), "corrupt"),
        ("empty", iccp(icc_chunk(&[])), "corrupt"),
        ("not deflated", iccp(b"name\0\0garbage".to_vec()), "corrupt"),
        ("without a name", iccp(b"name".to_vec()), "corrupt"),
        ("of a bomb", iccp(bomb), "larger than 8 MiB"),
        ("too large", webp_with(SKIN, large), "larger than 8 MiB"),
        ("of greys", iccp(icc_chunk(&grey)), "another kind"),
        (
            "of one colour",
            iccp(icc_chunk(&encoded(&black))),
            "can be shown",
        ),
        ("with a piece missing", torn, "missing"),
        (
            "of video",
            png_with(SKIN, &[(b"cICP", vec![1, 13, 0, 0])]),
            "video",
        ),
        (
            "of nobody",
            png_with(SKIN, &[(b"cICP", vec![2, 2, 0, 1])]),
            "known here",
        ),
        (
            "of no light",
            png_with(SKIN, &[(b"gAMA", u32s(&[1]))]),
            "no gamma",
        ),
        (
            "of one point",
            png_with(SKIN, &[(b"cHRM", u32s(&[30_000; 8]))]),
            "can be shown",
        ),
        (
            "of zeros",
            png_with(SKIN, &[(b"cHRM", u32s(&[0; 8]))]),
            "can be shown",
        ),
    ] {
        let photo = Original::decode(&bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
        let [remark @ Remark::Profile { .. }] = photo.remarks() else {
            panic!("{what}: {:?}", photo.remarks());
        };
        let said = remark.to_string();
        assert!(
            said.starts_with("the colour profile is not used, since"),
            "{said}"
        );
        assert!(said.contains(reason), "{what}: {said}");
        assert!(photo.profile().is_none(), "{what}");
        assert!(near(first(&photo.srgb()), SKIN, 2), "{what}");
    }
    // The next best word counts.
    let broken: Chunk<'_> = (b"iCCP", b"name".to_vec());
    let linear: Chunk<'_> = (b"gAMA", u32s(&[100_000]));
    let photo = Original::decode(&png_with([46; 3], &[linear, broken])).expect("decodes");
    assert_eq!(photo.remarks().len(), 1);
    assert!(near(first(&photo.srgb()), [118; 3], 1));
}

#[test]
fn wrong_bytes_in_a_profile_do_no_harm() {
    let mut lut = ColorProfile::new_display_p3();
    lut.lut_a_to_b_perceptual = Some(devices::table(3, (0..24).map(|v| v * 2000).collect()));
    let mut gamma = ColorProfile::new_display_p3();
    gamma.red_trc = Some(curve_from_gamma(1.8));
    for profile in [ColorProfile::new_display_p3(), lut, gamma] {
        let profile = encoded(&profile);
        for at in (0..profile.len()).step_by(3) {
            let mut broken = profile.clone();
            broken[at] = [0, 0xff, profile[at] ^ 0x80][at / 3 % 3];
            let photo = Original::decode(&webp_with(SKIN, broken)).expect("decodes");
            let _ = photo.srgb();
        }
    }
}
