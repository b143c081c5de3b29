//! Files of torch before 1.6: a small one that torch wrote, the same layout made here, and those that lie.

use super::{Numbers, Pickler, View, golden, le_bytes, open, refusal};

/// Written by `tests/eval/golden.py` with torch's own writer of that format.
const TORCH: &str = "../eval/legacy.pth";

/// What stands before the object: the magic number, the version, the machine.
fn head() -> Vec<u8> {
    let mut bytes = super::super::legacy::MAGIC.to_vec();
    bytes.extend(b"\x80\x02M\xe9\x03.");
    let machine = Pickler::new().raw(b"}(").text("protocol_version");
    let machine = machine.raw(b"M\xe9\x03").text("little_endian").raw(b"\x88");
    bytes.extend(machine.raw(b"u.").0);
    bytes
}

fn keys(keys: &[&str]) -> Vec<u8> {
    let list = Pickler::new().raw(b"](");
    keys.iter().fold(list, |p, key| p.text(key)).raw(b"e.").0
}

/// One tensor of two numbers, with a claim about their number.
fn file(count: i64) -> Vec<u8> {
    let mut bytes = head();
    bytes.extend(Pickler::dictionary(&[("w", View::vector("0", &[2]))]));
    bytes.extend(keys(&["0"]));
    bytes.extend(count.to_le_bytes());
    bytes.extend(le_bytes(&[1.5, -2.0]));
    bytes
}

#[test]
fn a_file_that_torch_wrote_is_read() {
    let bytes = golden(TORCH);
    let mut checkpoint = open(&bytes).unwrap();
    let names: Vec<&str> = checkpoint.entries().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        [
            "conv.bias",
            "conv.num_batches_tracked",
            "conv.weight",
            "view"
        ]
    );
    let (shape, values) = checkpoint.read("conv.weight").unwrap();
    assert_eq!(shape, [2, 3]);
    assert_eq!(values, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    assert_eq!(checkpoint.read("conv.bias").unwrap().1, [0.5, -0.25]);
    // A transposed view of the same storage as the weight's.
    let (shape, values) = checkpoint.read("view").unwrap();
    assert_eq!((shape, values), (vec![3, 2], vec![0., 3., 1., 4., 2., 5.]));
    assert!(checkpoint.read("conv.num_batches_tracked").is_err());
}

#[test]
fn a_file_of_this_layout_is_read_and_a_truncated_one_is_not() {
    let bytes = file(2);
    assert_eq!(open(&bytes).unwrap().read("w").unwrap().1, [1.5, -2.0]);
    for end in 0..bytes.len() {
        refusal(&bytes[..end]);
    }
    let whole = golden(TORCH);
    for end in 0..whole.len() {
        refusal(&whole[..end]);
    }
}

#[test]
fn a_storage_with_a_false_length_is_refused() {
    for count in [0, 1, 3, i64::MAX, -1] {
        let message = refusal(&file(count));
        assert!(message.contains("where 2 are declared"), "{message}");
    }
}

#[test]
fn a_tensor_larger_than_the_file_is_refused_before_memory_is_taken() {
    let mut bytes = head();
    let huge = [1i64 << 40];
    bytes.extend(Pickler::dictionary(&[("w", View::vector("0", &huge))]));
    bytes.extend(keys(&["0"]));
    bytes.extend((1i64 << 40).to_le_bytes());
    let message = refusal(&bytes);
    assert!(message.contains("past the end of the file"), "{message}");
}

#[test]
fn storages_that_are_missing_unknown_or_named_twice_are_refused() {
    let object = Pickler::dictionary(&[("w", View::vector("0", &[1]))]);
    let storage: Vec<u8> = [1i64.to_le_bytes().to_vec(), le_bytes(&[1.0])].concat();
    for (named, count, what) in [
        (&[][..], 0, "is not in the file"),
        (&["1"][..], 1, "nothing is known"),
        (&["0", "0"][..], 2, "there twice"),
        (&["0"][..], 2, "end at byte"),
    ] {
        let mut bytes = [head(), object.clone(), keys(named)].concat();
        bytes.extend(storage.repeat(count));
        let message = refusal(&bytes);
        assert!(message.contains(what), "{named:?}: {message}");
    }
}

#[test]
fn another_byte_order_or_version_is_refused() {
    let mut version = file(2);
    let at = super::super::legacy::MAGIC.len() + 3;
    version[at] = 0xe8;
    assert!(
        refusal(&version).contains("version"),
        "{}",
        refusal(&version)
    );
    let text = b"little_endian\x88";
    let mut order = file(2);
    let at = order.windows(text.len()).position(|w| w == text).unwrap();
    order[at + text.len() - 1] = 0x89;
    assert!(refusal(&order).contains("little-endian"));
}

#[test]
fn a_class_that_is_not_known_is_never_called() {
    let object = Pickler::new().raw(b"}(").text("w");
    let object = object.tensor(&View::vector("0", &[1])).text("x");
    let object = object.global("os", "system").text("true").raw(b"\x85Ru.").0;
    let mut bytes = [head(), object, keys(&["0"])].concat();
    bytes.extend(1i64.to_le_bytes());
    bytes.extend(le_bytes(&[7.0]));
    let mut checkpoint = open(&bytes).unwrap();
    assert_eq!(checkpoint.entries().count(), 1);
    assert_eq!(checkpoint.read("w").unwrap().1, [7.0]);
}

#[test]
fn flipped_bits_never_panic() {
    let mut numbers = Numbers(0x1e6a);
    for original in [golden(TORCH), file(2)] {
        for round in 0..3_000 {
            let mut bytes = original.clone();
            for _ in 0..=round % 4 {
                let at = numbers.below(original.len());
                bytes[at] ^= 1 << numbers.below(8);
            }
            if let Ok(mut checkpoint) = open(&bytes) {
                let names: Vec<String> = checkpoint
                    .entries()
                    .map(|(name, _)| name.to_owned())
                    .collect();
                for name in names {
                    drop(checkpoint.read(&name));
                }
            }
        }
    }
}
/// As `lpips` 0.1.4 has its weights: written by Python 2, which makes the dictionary out of a list of pairs.
#[test]
fn a_file_that_python_2_wrote_is_read() {
    let object = Pickler::new().global("collections", "OrderedDict");
    let object = object.raw(b"](](U\x01w").tensor(&View::vector("0", &[1]));
    let object = object.raw(b"e](U\x01xK\x05ee\x85R.").0;
    let mut bytes = [head(), object, keys(&["0"])].concat();
    bytes.extend(1i64.to_le_bytes());
    bytes.extend(le_bytes(&[7.0]));
    let mut checkpoint = open(&bytes).unwrap();
    assert_eq!(checkpoint.entries().count(), 1);
    assert_eq!(checkpoint.read("w").unwrap().1, [7.0]);
}

#[test]
fn a_list_made_into_dictionaries_again_and_again_is_refused() {
    let list = Pickler::new().raw(b"](");
    let pairs = (0..2_000).fold(list, |list, _| list.raw(b"U\x01aN\x86"));
    let mut object = pairs.raw(b"eq\0]").0;
    for _ in 0..10_000 {
        object.extend(b"ccollections\nOrderedDict\nh\0\x85Ra");
    }
    object.extend(b".");
    let message = refusal(&[head(), object].concat());
    assert!(message.contains("take more than"), "{message}");
}
