//! Checkpoints, and the pickles within.

use crate::targets::pickle::stored;

use super::{Attack, attack, zip_bomb};

const TENSOR: &[u8] = b"ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x10tQK\0K\x04\x85K\x01\x85\x89ccollections\nOrderedDict\n)RtR";
/// What stands before the object in a file of torch before 1.6.
const LEGACY: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}X\x0d\0\0\0little_endian\x88s.";

/// A dictionary with one tensor, whose place in the memo is 0.
fn dictionary(rest: &[u8]) -> Vec<u8> {
    [b"\x80\x02}(X\x01\0\0\0w", TENSOR, b"q\0", rest, b"u."].concat()
}

/// A tensor of this shape, opcodes of tuples, over a storage of sixteen numbers.
fn shaped(shape: &[u8], strides: &[u8]) -> Vec<u8> {
    let [before, after] = [b"K\x04\x85".as_slice(), b"K\x01\x85"];
    let at = TENSOR
        .windows(before.len())
        .position(|w| w == before)
        .unwrap();
    let tensor = [
        &TENSOR[..at],
        shape,
        strides,
        &TENSOR[at + before.len() + after.len()..],
    ];
    [b"\x80\x02}(X\x01\0\0\0w", tensor.concat().as_slice(), b"u."].concat()
}

fn legacy(object: &[u8], keys: &[u8], rest: &[u8]) -> Vec<u8> {
    [LEGACY, object, b"\x80\x02](", keys, b"e.", rest].concat()
}

pub(super) fn attacks() -> Vec<Attack> {
    let checkpoint = stored(&[
        ("archive/data.pkl", &dictionary(b"")),
        ("archive/data/0", &[0x3f; 64]),
    ]);
    let million = b"\x8a\x08\0\0\0\0\0\0\0\x40";
    let storage = [16u64.to_le_bytes().as_slice(), &[0x3f; 64]].concat();
    let key = b"X\x01\0\0\x000";
    vec![
        attack("pickle", "none", dictionary(b"")),
        attack(
            "pickle",
            "runs-a-command",
            dictionary(b"X\x01\0\0\0xcposix\nsystem\nX\x04\0\0\0true\x85R"),
        ),
        attack(
            "pickle",
            "recursive-list",
            dictionary(b"X\x01\0\0\0x]q\x01h\x01a"),
        ),
        attack(
            "pickle",
            "nested-tuples",
            dictionary(&[b"X\x01\0\0\0x)".as_slice(), &[0x85; 20_000]].concat()),
        ),
        attack("pickle", "nested-marks", dictionary(&[b'('; 20_000])),
        attack(
            "pickle",
            "memo-bomb",
            dictionary(
                &[
                    b"X\x01\0\0\0x]q\x01".as_slice(),
                    &b"](h\x01h\x01eq\x01".repeat(2_000),
                ]
                .concat(),
            ),
        ),
        attack(
            "pickle",
            "memo-entry-that-is-not-there",
            dictionary(b"j\xff\xff\xff\xff"),
        ),
        attack(
            "pickle",
            "duplicate-keys",
            dictionary(&b"X\x01\0\0\0wh\0".repeat(2_000)),
        ),
        attack(
            "pickle",
            "text-longer-than-the-file",
            dictionary(b"X\xff\xff\xff\xffa"),
        ),
        attack(
            "pickle",
            "bytes-longer-than-memory",
            dictionary(b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f"),
        ),
        attack("pickle", "stack-of-nothing", b"\x80\x02R.".to_vec()),
        attack(
            "pickle",
            "overflowing-shape",
            shaped(
                &[million, million, b"\x86".as_slice()].concat(),
                b"K\x01K\x01\x86",
            ),
        ),
        attack(
            "pickle",
            "overflowing-strides",
            shaped(
                b"K\x02K\x02\x86",
                &[million, million, b"\x86".as_slice()].concat(),
            ),
        ),
        attack(
            "pickle",
            "view-that-repeats-one-number",
            shaped(&[million, b"\x85".as_slice()].concat(), b"K\0\x85"),
        ),
        attack(
            "pickle",
            "negative-shape",
            shaped(b"J\xff\xff\xff\xff\x85", b"K\x01\x85"),
        ),
        attack(
            "pickle",
            "empty-tensor-of-huge-shape",
            shaped(
                &[million, b"K\0\x86".as_slice()].concat(),
                b"K\x01K\x01\x86",
            ),
        ),
        attack(
            "pickle",
            "tensor-of-sixty-dimensions",
            shaped(
                &[b"(".as_slice(), &b"K\x01".repeat(60), b"t"].concat(),
                &[b"(".as_slice(), &b"K\x01".repeat(60), b"t"].concat(),
            ),
        ),
        attack("checkpoint", "none", checkpoint.clone()),
        attack(
            "checkpoint",
            "cut",
            checkpoint[..checkpoint.len() / 2].to_vec(),
        ),
        attack(
            "checkpoint",
            "compressed-pickle",
            zip_bomb(
                "archive/data.pkl",
                &super::deflated_zeros(16 << 20),
                16 << 20,
                1,
            ),
        ),
        attack(
            "checkpoint",
            "more-members-than-there-are",
            zip_bomb("archive/data.pkl", b"\x03\0", 0, 0xfffe),
        ),
        attack(
            "checkpoint",
            "pickle-twice",
            stored(&[("a/data.pkl", b"N."), ("b/data.pkl", b"N.")]),
        ),
        attack(
            "checkpoint",
            "legacy",
            legacy(&dictionary(b""), key, &storage),
        ),
        attack(
            "checkpoint",
            "legacy-storage-past-the-end",
            legacy(&dictionary(b""), key, &16u64.to_le_bytes()),
        ),
        attack(
            "checkpoint",
            "legacy-storage-twice",
            legacy(&dictionary(b""), &key.repeat(2), &storage.repeat(2)),
        ),
        attack(
            "checkpoint",
            "legacy-keys-that-are-no-list",
            [LEGACY, &dictionary(b""), b"N."].concat(),
        ),
        attack(
            "checkpoint",
            "safetensors-header-too-long",
            [u64::MAX.to_le_bytes().as_slice(), b"{"].concat(),
        ),
        attack("checkpoint", "safetensors-recursive", {
            let header = "{\"a\":".repeat(4_000);
            [
                (header.len() as u64).to_le_bytes().as_slice(),
                header.as_bytes(),
            ]
            .concat()
        }),
    ]
}

pub(super) fn large() -> Vec<Attack> {
    // One long name, and a list that names it again and again.
    let mut long = b"X\0\0\x08\0".to_vec();
    long.extend([b'k'; 512 << 10]);
    long.extend(b"q\0");
    let names = [long.as_slice(), &b"h\0".repeat(50_000)].concat();
    // One shape of as many dimensions as there may be, of which tensors are made again and again.
    let shape = [b"(".as_slice(), &b"K\x01".repeat(8), b"t"].concat();
    let at = TENSOR.windows(3).position(|w| w == b"K\x04\x85").unwrap();
    let call = [
        b"ctorch._utils\n_rebuild_tensor_v2\nq\x01",
        &TENSOR[33..at],
        &shape,
        &shape,
        &TENSOR[at + 6..TENSOR.len() - 2],
        b"tq\x020",
    ]
    .concat();
    let calls = [call.as_slice(), &b"h\x01h\x02R0".repeat(450_000)].concat();
    // One tensor under many names.
    let mut named = Vec::new();
    for i in 0..300_000u32 {
        named.extend(b"\x8c\x05");
        named.extend(format!("{i:05x}").as_bytes());
        named.extend(b"h\0");
        if i % 1000 == 999 {
            named.extend(b"u(");
        }
    }
    vec![
        attack(
            "checkpoint",
            "legacy-one-long-key-named-often",
            legacy(&dictionary(b""), &names, b""),
        ),
        attack("pickle", "one-shape-made-tensors-often", dictionary(&calls)),
        attack("pickle", "one-tensor-under-many-names", dictionary(&named)),
        attack(
            "pickle",
            "millions-of-tuples",
            dictionary(&b")0".repeat(1_500_000)),
        ),
        attack(
            "pickle",
            "millions-of-texts",
            dictionary(&b"\x8c\x01a0".repeat(700_000)),
        ),
        attack(
            "pickle",
            "millions-of-opcodes",
            dictionary(&b"N0".repeat(1_500_000)),
        ),
        attack("checkpoint", "tens-of-thousands-of-members", {
            let names: Vec<String> = (0..60_000).map(|i| i.to_string()).collect();
            let members: Vec<(&str, &[u8])> =
                names.iter().map(|name| (name.as_str(), &b""[..])).collect();
            stored(&members)
        }),
    ]
}
