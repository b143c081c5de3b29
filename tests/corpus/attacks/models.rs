//! Manifests, parts, codes, directions and zips of models and pictures.

use crate::targets::pickle::stored;

use super::{Attack, attack, deflated_zeros, zip_bomb};

/// A manifest that is in order, small.
fn manifest() -> String {
    let json = include_str!("../../../examples/model/manifest.json");
    json.to_owned()
}

/// The manifest with one thing in it put differently.
fn with(from: &str, to: &str) -> Vec<u8> {
    let json = manifest();
    assert!(json.contains(from), "{from}");
    json.replacen(from, to, 1).into_bytes()
}

/// A safetensors file.
fn part(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

/// The description of a tensor.
fn tensor(name: &str, dtype: &str, shape: &str, [start, end]: [u64; 2]) -> String {
    format!(r#""{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[{start},{end}]}}"#)
}

fn int8(scale: f32) -> Vec<u8> {
    let header = [
        tensor("w", "I8", "[1,4]", [4, 8]),
        tensor("w.scale", "F32", "[1]", [0, 4]),
    ];
    let mut data = scale.to_le_bytes().to_vec();
    data.extend([0x80, 127, 1, 0]);
    tensors(&header, &data)
}

/// A part of these tensors.
fn tensors(list: &[String], data: &[u8]) -> Vec<u8> {
    part(&format!("{{{}}}", list.join(",")), data)
}

pub(super) fn attacks() -> Vec<Attack> {
    let huge = u64::MAX;
    let mut claims = huge.to_le_bytes().to_vec();
    claims.extend([b' '; 64]);
    let one = |tensor: String, data: usize| tensors(&[tensor], &vec![0; data]);
    let two = |a: [u64; 2], b: [u64; 2], data: usize| {
        let both = [tensor("a", "F32", "[2]", a), tensor("b", "F32", "[2]", b)];
        tensors(&both, &vec![0; data])
    };
    let repeated = |count: usize| {
        let empty: Vec<String> = (0..count)
            .map(|i| tensor(&i.to_string(), "F32", "[0]", [0, 0]))
            .collect();
        tensors(&empty, &[])
    };
    let code = |z_sem: f32| {
        let header = [
            tensor("z_sem", "F32", "[1]", [0, 4]),
            tensor("x_T", "F32", "[3,1,1]", [4, 16]),
        ];
        let mut data = z_sem.to_le_bytes().to_vec();
        data.extend([0; 12]);
        tensors(&header, &data)
    };
    let bomb = deflated_zeros(16 << 20);
    let mut attacks = vec![
        attack("manifest", "none", manifest()),
        attack("manifest", "recursive-arrays", "[".repeat(20_000)),
        attack(
            "manifest",
            "recursive-objects",
            r#"{"format":"#.repeat(4_000),
        ),
        attack(
            "manifest",
            "duplicate-keys",
            with("\"format\"", "\"format\": 1, \"format\""),
        ),
        attack(
            "manifest",
            "duplicate-parts",
            with(
                "\"encoder\": {\n      \"file\"",
                "\"encoder\": {\"file\":\"a\",\"bytes\":1,\"sha256\":\"\",\"precision\":\"f32\"}, \"encoder\": {\n      \"file\"",
            ),
        ),
        attack(
            "manifest",
            "terabytes-of-weights",
            with("\"net_ch\": 8", "\"net_ch\": 8192"),
        ),
        attack(
            "manifest",
            "a-picture-of-a-million-pixels-a-side",
            with("\"image_size\": 16", "\"image_size\": 1048576"),
        ),
        attack(
            "manifest",
            "number-that-overflows",
            with(
                "\"image_size\": 16",
                "\"image_size\": 99999999999999999999999",
            ),
        ),
        attack(
            "manifest",
            "negative-size",
            with("\"image_size\": 16", "\"image_size\": -1"),
        ),
        attack(
            "manifest",
            "path-outside",
            with("encoder.safetensors", "../../etc/passwd"),
        ),
        attack(
            "manifest",
            "escape-sequences",
            with(
                "\"licence\": \"",
                "\"licence\": \"\\u001b]0;owned\\u0007\\u001b[2J",
            ),
        ),
        attack(
            "manifest",
            "infinite-statistics",
            with("\"conds_mean\": [\n    0.0", "\"conds_mean\": [\n    1e39"),
        ),
        attack("part", "header-too-long", claims.clone()),
        attack("part", "header-past-the-end", part("{}", &[])[..9].to_vec()),
        attack("part", "overlapping-offsets", two([0, 8], [4, 12], 12)),
        attack("part", "the-same-bytes-twice", two([0, 8], [0, 8], 8)),
        attack("part", "gap-between-tensors", two([0, 8], [16, 24], 24)),
        attack(
            "part",
            "offsets-backwards",
            one(tensor("a", "F32", "[2]", [8, 0]), 8),
        ),
        attack(
            "part",
            "offset-past-the-end",
            one(tensor("a", "F32", "[2]", [0, huge]), 8),
        ),
        attack(
            "part",
            "overflowing-shape",
            one(
                tensor("a", "F32", "[4294967296,4294967296,4294967296]", [0, 8]),
                8,
            ),
        ),
        attack(
            "part",
            "overflowing-shape-with-a-zero",
            one(
                tensor(
                    "a",
                    "F32",
                    "[18446744073709551615,18446744073709551615,0]",
                    [0, 0],
                ),
                0,
            ),
        ),
        attack(
            "part",
            "duplicate-keys",
            tensors(
                &[
                    tensor("a", "F32", "[2]", [0, 8]),
                    tensor("a", "F32", "[1]", [0, 4]),
                ],
                &[0; 8],
            ),
        ),
        attack("part", "thousands-of-empty-tensors", repeated(2_000)),
        attack(
            "part",
            "recursive-header",
            part(&"{\"a\":".repeat(4_000), &[]),
        ),
        attack("part", "nan-scale", int8(f32::NAN)),
        attack("part", "infinite-scale", int8(f32::INFINITY)),
        attack("part", "scale-that-overflows", int8(f32::MAX / 2.0)),
        attack("part", "none", int8(0.5)),
        attack(
            "part",
            "scale-of-another-shape",
            tensors(
                &[
                    tensor("w", "I8", "[2,2]", [4, 8]),
                    tensor("w.scale", "F32", "[1]", [0, 4]),
                ],
                &[0; 8],
            ),
        ),
        attack(
            "part",
            "int8-without-a-row",
            one(tensor("w", "I8", "[]", [0, 1]), 1),
        ),
        attack("code", "none", code(0.5)),
        attack("code", "nan", code(f32::NAN)),
        attack("code", "header-too-long", claims),
        attack(
            "code",
            "overflowing-shape",
            one(tensor("z_sem", "F32", "[9223372036854775807,4]", [0, 8]), 8),
        ),
        attack("direction", "none", r#"{"weight":[0.5,-1.0],"bias":0.25}"#),
        attack("direction", "infinite", r#"{"weight":[1e39],"bias":0}"#),
        attack("direction", "recursive", r#"{"weight":"#.repeat(3_000)),
        attack(
            "direction",
            "duplicate-keys",
            r#"{"weight":[1],"weight":[2],"bias":0}"#,
        ),
        attack(
            "packed",
            "none",
            stored(&[("model/manifest.json", manifest().as_bytes())]),
        ),
        attack(
            "packed",
            "zip-bomb-manifest",
            zip_bomb("manifest.json", &bomb, 16 << 20, 1),
        ),
        attack(
            "packed",
            "zip-bomb-that-claims-to-be-small",
            zip_bomb("manifest.json", &bomb, 100, 1),
        ),
        attack(
            "packed",
            "more-members-than-there-are",
            zip_bomb("manifest.json", &bomb[..64], 100, 0xfffe),
        ),
        attack(
            "packed",
            "several-manifests",
            stored(&[("a/manifest.json", b"{}"), ("b/manifest.json", b"{}")]),
        ),
        attack(
            "zip",
            "none",
            stored(&[("a.png", super::pictures::tiny_png())]),
        ),
        attack(
            "zip",
            "zip-bomb-picture",
            zip_bomb("a.png", &bomb, 16 << 20, 1),
        ),
        attack(
            "zip",
            "zip-bomb-that-claims-to-be-small",
            zip_bomb("a.jpg", &bomb, 100, 1),
        ),
        attack(
            "zip",
            "attributes-of-blanks",
            stored(&[("a.png", b""), ("list_attr_celeba.txt", &[b' '; 4_096])]),
        ),
        attack(
            "zip",
            "path-outside",
            stored(&[("../../a.png", super::pictures::tiny_png())]),
        ),
        attack(
            "zip",
            "one-name-twice",
            stored(&[
                ("a.png", super::pictures::tiny_png()),
                ("a.png", b"another"),
            ]),
        ),
        attack("attributes", "none", "1\nSmiling Young\n000001.jpg 1 -1\n"),
        attack("attributes", "row-twice", "Smiling\na.jpg 1\na.jpg 1\n"),
        attack("attributes", "short-row", "Smiling Young\na.jpg 1\n"),
        attack("attributes", "only-commas", ",".repeat(4_000)),
        attack("attributes", "no-text", [0xff, 0xfe, 0, 1]),
    ];
    let seed: Vec<u8> = (0..120u8).map(|i| i.wrapping_mul(73)).collect();
    let place = |kind: u8, numbers: [f64; 9]| -> Vec<u8> {
        let head = [31, 23, 15, kind];
        let numbers = numbers.iter().flat_map(|v| v.to_le_bytes());
        head.into_iter()
            .chain(numbers)
            .chain(seed.clone())
            .collect()
    };
    let zeros = [0.0; 5];
    let numbers =
        |start: [f64; 4]| -> [f64; 9] { [&start[..], &zeros].concat().try_into().unwrap() };
    attacks.extend([
        attack(
            "composite",
            "none",
            place(0, numbers([16.0, 12.0, 12.0, 0.3])),
        ),
        attack("composite", "nan-place", place(1, [f64::NAN; 9])),
        attack("composite", "infinite-place", place(1, [f64::INFINITY; 9])),
        attack(
            "composite",
            "scale-of-nothing",
            place(1, numbers([0.0, 0.0, 0.0, 0.0])),
        ),
        attack(
            "composite",
            "scale-of-everything",
            place(1, numbers([1e300, 0.0, 0.0, 0.0])),
        ),
        attack(
            "composite",
            "place-far-away",
            place(1, numbers([1.0, 0.0, 1e300, -1e300])),
        ),
        attack(
            "composite",
            "turned-by-all-there-is",
            place(1, numbers([1.0, f64::MAX, 3.0, 3.0])),
        ),
        attack(
            "composite",
            "wide-colours",
            place(252, numbers([16.0, 12.0, 12.0, 0.3])),
        ),
        attack(
            "composite",
            "eyes",
            place(2, [10.0, 12.0, 20.0, 12.0, 0.5, 0.4, 0.25, 0.0, 0.0]),
        ),
    ]);
    attacks
}

/// A set of one picture whose attribute file inflates to more than is read of one.
pub(super) fn large() -> Vec<Attack> {
    use std::io::Write;
    let options = zip::write::SimpleFileOptions::default();
    let mut set = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    set.start_file("a.png", options).unwrap();
    set.write_all(super::pictures::tiny_png()).unwrap();
    set.start_file("list_attr_celeba.txt", options).unwrap();
    for _ in 0..65 << 4 {
        set.write_all(&[b'\n'; 1 << 16]).unwrap();
    }
    let bytes = set.finish().unwrap().into_inner();
    vec![attack("zip", "zip-bomb-attributes", bytes)]
}
