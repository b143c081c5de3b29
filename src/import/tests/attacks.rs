//! Damaged files and files of another kind: each is refused with a sentence, and none makes the importer panic.

use super::{Numbers, Pickler, View, container, golden, le_bytes, open, refusal, safetensors};

const FILES: [&str; 2] = [
    "checkpoints/tiny_autoenc_cls/last.ckpt",
    "checkpoints/tiny_autoenc/latent.pkl",
];

/// Opens the file and reads all there is; whatever happens is fine but a panic.
fn read_all(bytes: &[u8]) -> bool {
    let Ok(mut checkpoint) = open(bytes) else {
        return false;
    };
    let names: Vec<String> = checkpoint
        .entries()
        .map(|(name, _)| name.to_owned())
        .collect();
    names.iter().all(|name| checkpoint.read(name).is_ok())
}

fn small_safetensors() -> Vec<u8> {
    let header = r#"{"__metadata__":{"a":"b"},"w":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},
        "v":{"dtype":"F16","shape":[2],"data_offsets":[8,12]}}"#;
    safetensors(header, &[0; 12])
}

#[test]
fn truncated_checkpoint_is_refused_wherever_it_ends() {
    for file in FILES {
        let bytes = golden(file);
        assert!(read_all(&bytes));
        for end in (0..bytes.len()).step_by(97).chain([bytes.len() - 1]) {
            refusal(&bytes[..end]);
        }
    }
    let message = refusal(&golden(FILES[0])[..20_000]);
    assert!(message.contains("incomplete or damaged"), "{message}");
}

#[test]
fn truncated_safetensors_is_refused_wherever_it_ends() {
    let bytes = small_safetensors();
    assert!(read_all(&bytes));
    for end in 0..bytes.len() {
        refusal(&bytes[..end]);
    }
}

#[test]
fn flipped_bits_never_panic() {
    let mut numbers = Numbers(0x5eed);
    let mut files: Vec<Vec<u8>> = FILES.iter().map(|file| golden(file)).collect();
    files.push(small_safetensors());
    for original in files {
        for round in 0..1_000 {
            let mut bytes = original.clone();
            // Mostly where the structure is: the pickle at the start and the directory at the end.
            let structure = original.len().min(4_600);
            for _ in 0..=round % 4 {
                let at = match round % 3 {
                    0 => numbers.below(original.len()),
                    1 => numbers.below(structure),
                    _ => original.len() - 1 - numbers.below(original.len().min(1_500)),
                };
                bytes[at] ^= 1 << numbers.below(8);
            }
            read_all(&bytes);
        }
    }
}

/// As above without the checksum of the container, which would stop most changes before the interpreter.
#[test]
fn changed_pickles_never_panic() {
    let mut numbers = Numbers(0xd1ff);
    let pickle = Pickler::new()
        .raw(b"}q\0(")
        .text("state_dict")
        .global("collections", "OrderedDict")
        .raw(b")Rq\x01(")
        .text("a")
        .tensor(&View::vector("0", &[2]))
        .raw(b"q\x02")
        .text("b")
        .raw(b"h\x02u}b")
        .text("callbacks")
        .raw(b"}")
        .global("some.module", "Class")
        .raw(b"](K\x01M\x02\0esu.")
        .0;
    let storage = le_bytes(&[1., 2.]);
    assert!(read_all(&container(&pickle, &[("0", &storage)])));
    let mut accepted = 0;
    for round in 0..5_000 {
        let mut changed = pickle.clone();
        for _ in 0..=round % 3 {
            let at = numbers.below(changed.len());
            match numbers.below(3) {
                0 => changed[at] = numbers.below(256) as u8,
                1 => changed.insert(at, numbers.below(256) as u8),
                _ => drop(changed.remove(at)),
            }
        }
        accepted += usize::from(read_all(&container(&changed, &[("0", &storage)])));
    }
    // Some changes are harmless, so the loop gets past the container; most are not.
    assert!(accepted > 0 && accepted < 2_500, "{accepted}");
}

#[test]
fn files_of_another_kind_are_named() {
    for (bytes, kind) in [
        (&b""[..], "empty"),
        (b"<!DOCTYPE html><html>Quota exceeded", "web page"),
        (b"\n  <html>", "web page"),
        (b"\x80\x04}.", "bare Python pickle"),
        (b"\x1f\x8b\x08\0", "gzip"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n",
            "is a Git LFS pointer, which only stands for the file; run `git lfs pull`",
        ),
        (b"\x89PNG\r\n\x1a\n", "unknown kind"),
        (b"P", "unknown kind"),
    ] {
        let message = refusal(bytes);
        assert!(message.contains(kind), "{message}");
        assert!(!message.contains('\n'));
    }
}

#[test]
fn names_that_cost_their_length_again_and_again_are_refused() {
    let name = "x".repeat(2000);
    let pickle = Pickler::dictionary(&[(&name, View::vector("0", &[2]))]);
    let message = refusal(&container(&pickle, &[("0", &[0; 8])]));
    assert!(message.contains("longer than 1024 bytes") && message.len() < 300);
}

#[test]
fn a_list_that_is_looked_through_again_and_again_is_paid_for_each_time() {
    // A pair whose key is no text, so that nothing comes of it.
    let mut pickle = Pickler::new().raw(b"K\x01K\x02\x86q\0](");
    for _ in 0..90_000 {
        pickle = pickle.raw(b"h\0");
    }
    pickle = pickle
        .raw(b"eq\x01")
        .global("collections", "OrderedDict")
        .raw(b"q\x02");
    for _ in 0..1000 {
        pickle = pickle.raw(b"h\x02h\x01\x85R0");
    }
    let message = refusal(&container(&pickle.raw(b".").0, &[]));
    assert!(message.contains("take more than"), "{message}");
}

#[test]
fn safetensors_header_that_contradicts_the_file_is_refused() {
    let tensor = |shape: &str, start: u64, end: u64| {
        format!(r#"{{"w":{{"dtype":"F32","shape":{shape},"data_offsets":[{start},{end}]}}}}"#)
    };
    assert!(read_all(&safetensors(&tensor("[2]", 0, 8), &[0; 8])));
    for (header, data) in [
        (tensor("[2]", 0, 8), 7),
        (tensor("[2]", 0, 8), 9),
        (tensor("[3]", 0, 8), 8),
        (tensor("[2]", 4, 12), 12),
        (tensor("[2]", 8, 0), 8),
        (tensor("[4294967296,4294967296,4294967296]", 0, 8), 8),
        (tensor("[2]", 0, u64::MAX), 8),
        (tensor("[-1]", 0, 8), 8),
        (r#"{"w":3}"#.to_owned(), 0),
        (r#"{"w":"#.to_owned(), 0),
        ("{".repeat(10_000), 0),
    ] {
        let message = refusal(&safetensors(&header, &vec![0; data]));
        assert!(message.contains("safetensors header"), "{message}");
    }
    let mut giant = small_safetensors();
    giant[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    assert!(refusal(&giant).contains("at most"));
}
