//! The pickle interpreter: what it tolerates, and the pickles that try to exhaust it.

use super::super::ImportError;
use super::super::pickle::parse;
use super::super::value::{Document, Value};
use super::{Pickler, View, container, le_bytes, open};

fn refusal(pickle: &[u8]) -> String {
    parse(pickle).unwrap_err().to_string()
}

/// The string keys of the dictionary that a pickle stands for.
fn keys(document: &Document) -> Vec<&str> {
    let entries = document.entries(document.root()).unwrap();
    entries.map(|(key, _)| key).collect()
}

#[test]
fn classes_as_dictionary_keys_are_tolerated() {
    let pickle = Pickler::new()
        .raw(b"}(")
        .global("pytorch_lightning.callbacks", "ModelCheckpoint")
        .raw(b"}")
        .text("known")
        .raw(b"K\x01u.");
    assert_eq!(keys(&parse(&pickle.0).unwrap()), ["known"]);
}

#[test]
fn os_system_is_an_opaque_value_and_nothing_runs() {
    let witness = std::env::temp_dir().join(format!("diffae-witness-{}", std::process::id()));
    let command = format!("touch {}", witness.display());
    for (module, name) in [("os", "system"), ("builtins", "eval"), ("nt", "system")] {
        let pickle = Pickler::new()
            .global(module, name)
            .raw(b"(")
            .text(&command)
            .raw(b"tR.");
        let document = parse(&pickle.0).unwrap();
        assert!(matches!(document.root(), Value::Opaque));
    }
    assert!(!witness.exists());
}

#[test]
fn every_way_to_build_an_unknown_object_gives_an_opaque_value() {
    let unknown = || Pickler::new().global("argparse", "Namespace");
    for pickle in [
        unknown().raw(b")R."),
        unknown().raw(b")\x81."),
        unknown().raw(b")}\x92."),
        // With attributes, items, entries and members of a set.
        unknown().raw(b")\x81}(").text("lr").raw(b"K\x01ub."),
        unknown().raw(b")\x81(K\x01K\x02e."),
        unknown().raw(b")\x81(K\x01K\x02u."),
        unknown().raw(b")\x81(K\x01\x90."),
        // STACK_GLOBAL, frozenset, set, and a persistent id that is no storage.
        Pickler::new().text("os").text("system").raw(b"\x93."),
        Pickler::new().raw(b"(K\x01\x91."),
        Pickler::new().raw(b"\x8f(K\x01\x90."),
        Pickler::new().text("elsewhere").raw(b"Q."),
        // An integer beyond 64 bits, bytes, None, a float.
        Pickler::new().raw(b"\x8a\x09\0\0\0\0\0\0\0\0\x01."),
        Pickler::new().raw(b"C\x02ab."),
        Pickler::new().raw(b"N."),
        Pickler::new().raw(b"G\0\0\0\0\0\0\0\0."),
    ] {
        let document = parse(&pickle.0).unwrap();
        assert!(matches!(document.root(), Value::Opaque), "{:?}", pickle.0);
    }
}

#[test]
fn protocol_4_with_frames_and_memoize_reads_as_protocol_2() {
    let pickle = b"\x80\x04\x95\x20\0\0\0\0\0\0\0}\x94(\x8c\x01a\x94K\x01\x8c\x01bh\x01u.";
    assert_eq!(keys(&parse(pickle).unwrap()), ["a", "b"]);
}

#[test]
fn integers_of_all_widths_keep_their_sign() {
    for (opcodes, expected) in [
        (&b"K\xff"[..], 255),
        (b"M\xff\xff", 65_535),
        (b"J\xff\xff\xff\xff", -1),
        (b"\x8a\0", 0),
        (b"\x8a\x01\xff", -1),
        (b"\x8a\x05\0\0\0\0\x01", 1 << 32),
        (b"\x8b\x02\0\0\0\x00\x80", -32_768),
    ] {
        let pickle = Pickler::new().raw(opcodes).raw(b".").0;
        let document = parse(&pickle).unwrap();
        assert!(
            matches!(document.root(), &Value::Int(value) if value == expected),
            "{opcodes:?}"
        );
    }
}

#[test]
fn ordered_dict_with_metadata_and_parameters_is_a_state_dict() {
    let weight = View::vector("0", &[2]);
    let pickle = Pickler::new()
        .raw(b"}")
        .text("state_dict")
        .global("collections", "OrderedDict")
        .raw(b")R(")
        .text("w")
        .global("torch._utils", "_rebuild_parameter")
        .raw(b"(")
        .tensor(&weight)
        .raw(b"\x88NtR")
        .raw(b"u}")
        .text("_metadata")
        .raw(b"}sbs.");
    let file = container(&pickle.0, &[("0", &le_bytes(&[1., 2.]))]);
    assert_eq!(open(&file).unwrap().read("w").unwrap().1, [1., 2.]);
}

#[test]
fn last_of_two_entries_with_one_key_counts() {
    let [first, second] = [View::vector("0", &[1]), View::vector("1", &[1])];
    let pickle = Pickler::dictionary(&[("w", first), ("w", second)]);
    let file = container(&pickle, &[("0", &le_bytes(&[1.])), ("1", &le_bytes(&[2.]))]);
    assert_eq!(open(&file).unwrap().read("w").unwrap().1, [2.]);

    let state_dicts = Pickler::new().raw(b"}").text("state_dict").raw(b"Ns");
    let pickle = state_dicts.text("state_dict").raw(b"}").text("w");
    let pickle = pickle.tensor(&View::vector("0", &[1])).raw(b"ss.");
    let file = container(&pickle.0, &[("0", &le_bytes(&[3.]))]);
    assert_eq!(open(&file).unwrap().read("w").unwrap().1, [3.]);
}

/// Each list holds the previous one twice: written out it would have 2^20000 items.
#[test]
fn memo_bomb_costs_no_more_than_its_opcodes() {
    let mut pickler = Pickler::new().raw(b"]q\0");
    for _ in 0..20_000 {
        pickler = pickler.raw(b"](h\0h\0eq\0");
    }
    let document = parse(&pickler.raw(b".").0).unwrap();
    assert!(matches!(document.root(), Value::List(items) if items.len() == 2));
}

#[test]
fn list_that_contains_itself_is_harmless() {
    let document = parse(b"\x80\x02]q\0h\0a.").unwrap();
    assert!(matches!(document.root(), Value::List(items) if items.len() == 1));
}

/// Built inside out, nesting needs no stack here, neither to follow nor to drop.
#[test]
fn deep_nesting_of_finished_objects_does_not_recurse() {
    let pickle = Pickler::new().raw(b")").raw(&[0x85; 500_000]).raw(b".");
    parse(&pickle.0).unwrap();
}

#[test]
fn deep_nesting_of_begun_objects_is_refused() {
    let marks = Pickler::new().raw(&[b'('; 100_000]);
    assert!(refusal(&marks.0).contains("nested more than"));
    let lists = Pickler::new().raw(&[b']'; 200_000]);
    assert!(refusal(&lists.0).contains("wait on the stack"));
}

#[test]
fn millions_of_opcodes_are_refused() {
    let pickle = Pickler::new().raw(&b"N0".repeat(2_000_000)).raw(b"N.");
    assert!(refusal(&pickle.0).contains("opcodes"));
}

#[test]
fn millions_of_memo_entries_are_refused() {
    let mut pickler = Pickler::new().raw(b"N");
    for index in 0..1_000_001u32 {
        pickler = pickler.raw(b"r").raw(&index.to_le_bytes());
    }
    assert!(refusal(&pickler.0).contains("memo"));
}

#[test]
fn declared_lengths_beyond_the_pickle_are_refused() {
    for opcodes in [
        &b"X\xff\xff\xff\xffabc."[..],
        b"\x8d\xff\xff\xff\xff\xff\xff\xff\xffabc.",
        b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7fabc.",
        b"\x96\0\0\0\0\0\x01\0\0abc.",
        b"\x8b\xff\xff\xff\x7fabc.",
        b"\x8a\xffabc.",
        b"T\xff\xff\xff\xffabc.",
        b"cno line feed",
    ] {
        let pickle = Pickler::new().raw(opcodes).0;
        assert!(
            refusal(&pickle).contains("ends in the middle"),
            "{opcodes:?}"
        );
    }
}

#[test]
fn opcodes_without_their_operands_are_refused() {
    for opcodes in [
        &b"."[..],
        b"0",
        b"1",
        b"2",
        b"a",
        b"]a",
        b"e",
        b"}K\x01s",
        b"}(K\x01u",
        b"u",
        b"K\x01K\x01a",
        b"K\x01K\x01K\x01s",
        b"t",
        b"\x85",
        b"NN\x87",
        b"N(\x85",
        b"NN(R",
        b"R",
        b"NR",
        b"\x81",
        b"\x92",
        b"\x93",
        b"NN\x93",
        b"b",
        b"Q",
        b"q\0",
        b"\x94",
        b"h\x07",
        b"j\x07\0\0\0",
        b"\x90",
        b"\x91",
        b"I1\n",
        b"\x80\x09",
        b"ccollections\nOrderedDict\nNR",
        b"ctorch._utils\n_rebuild_parameter\n)R",
        b"ctorch._utils\n_rebuild_tensor_v2\n)R",
    ] {
        let pickle = Pickler::new().raw(opcodes).raw(b"N.").0;
        match parse(&pickle) {
            Err(ImportError::Pickle { at, .. }) => assert!(at <= pickle.len()),
            other => panic!("{opcodes:?}: {other:?}"),
        }
    }
}

#[test]
fn empty_pickle_is_refused() {
    assert!(refusal(b"").contains("ends"));
}
