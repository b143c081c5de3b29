//! Containers and views: what is read from them, and those that lie about sizes or places.

use std::io::Write;

use half::{bf16, f16};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{Pickler, View, container, golden, le_bytes, one_tensor, open, refusal, safetensors};

fn view<'a>(elements: i64, offset: i64, shape: &'a [i64], strides: &'a [i64]) -> View<'a> {
    View {
        class: "FloatStorage",
        key: "0",
        elements,
        offset,
        shape,
        strides,
    }
}

const SIX: [f32; 6] = [0., 1., 2., 3., 4., 5.];

fn read_six(offset: i64, shape: &[i64], strides: &[i64]) -> (Vec<usize>, Vec<f32>) {
    let file = one_tensor(view(6, offset, shape, strides), &le_bytes(&SIX));
    open(&file).unwrap().read("w").unwrap()
}

#[test]
fn strided_views_are_made_contiguous() {
    assert_eq!(read_six(0, &[2, 3], &[3, 1]).1, SIX);
    // A transpose, a column, every other number, and a channels-last layout.
    assert_eq!(read_six(0, &[3, 2], &[1, 3]).1, [0., 3., 1., 4., 2., 5.]);
    assert_eq!(read_six(1, &[2], &[3]), (vec![2], vec![1., 4.]));
    assert_eq!(read_six(1, &[1, 3], &[77, 2]).1, [1., 3., 5.]);
    assert_eq!(
        read_six(0, &[1, 2, 3, 1], &[6, 1, 2, 2]).1,
        [0., 2., 4., 1., 3., 5.]
    );
    // A contiguous part, one number, a scalar and nothing at all.
    assert_eq!(read_six(2, &[2, 2], &[2, 1]).1, [2., 3., 4., 5.]);
    assert_eq!(read_six(5, &[1, 1], &[9, 9]).1, [5.]);
    assert_eq!(read_six(3, &[], &[]), (vec![], vec![3.]));
    assert_eq!(read_six(6, &[0, 3], &[3, 1]), (vec![0, 3], vec![]));
    // One number repeated, as torch.expand leaves it.
    assert_eq!(read_six(4, &[3], &[0]).1, [4., 4., 4.]);
}

#[test]
fn numbers_of_other_widths_become_f32() {
    let values = [1.5f32, -0.25, 1024.0];
    let cases: [(&str, Vec<u8>); 4] = [
        ("FloatStorage", le_bytes(&values)),
        (
            "HalfStorage",
            (values.iter().flat_map(|&v| f16::from_f32(v).to_le_bytes())).collect(),
        ),
        (
            "BFloat16Storage",
            (values.iter().flat_map(|&v| bf16::from_f32(v).to_le_bytes())).collect(),
        ),
        (
            "DoubleStorage",
            (values.iter().flat_map(|&v| f64::from(v).to_le_bytes())).collect(),
        ),
    ];
    for (class, bytes) in cases {
        let view = View {
            class,
            ..view(3, 0, &[3], &[1])
        };
        let file = one_tensor(view, &bytes);
        assert_eq!(open(&file).unwrap().read("w").unwrap().1, values, "{class}");
    }
    for (dtype, item, bytes) in [
        ("F16", 2, f16::from_f32(1.5).to_le_bytes().to_vec()),
        ("BF16", 2, bf16::from_f32(1.5).to_le_bytes().to_vec()),
        ("F32", 4, 1.5f32.to_le_bytes().to_vec()),
        ("F64", 8, 1.5f64.to_le_bytes().to_vec()),
    ] {
        let header =
            format!(r#"{{"w":{{"dtype":"{dtype}","shape":[1,1],"data_offsets":[0,{item}]}}}}"#);
        let file = safetensors(&header, &bytes);
        let (shape, values) = open(&file).unwrap().read("w").unwrap();
        assert_eq!((shape, values), (vec![1, 1], vec![1.5]), "{dtype}");
    }
}

#[test]
fn integers_are_listed_but_not_read_as_weights() {
    let view = View {
        class: "LongStorage",
        ..view(1, 0, &[1], &[1])
    };
    let file = one_tensor(view, &7i64.to_le_bytes());
    let mut checkpoint = open(&file).unwrap();
    assert_eq!(checkpoint.entries().count(), 1);
    let message = checkpoint.read("w").unwrap_err().to_string();
    assert!(message.contains("`w` holds no floating-point"), "{message}");
}

#[test]
fn large_storages_are_read_across_chunks() {
    let values: Vec<f32> = (0..200_001u32).map(|i| i as f32).collect();
    let file = one_tensor(view(200_001, 0, &[200_001], &[1]), &le_bytes(&values));
    assert!(open(&file).unwrap().read("w").unwrap().1 == values);
}

#[test]
fn view_outside_its_storage_is_refused() {
    for (offset, shape, strides) in [
        (0, &[7][..], &[1][..]),
        (1, &[6], &[1]),
        (0, &[2], &[6]),
        (i64::MAX, &[1], &[1]),
        (0, &[2], &[i64::MAX]),
        (0, &[i64::MAX, i64::MAX], &[1, 1]),
        (0, &[3, 3], &[i64::MAX, i64::MAX]),
        (7, &[0], &[1]),
        // A single number repeated to fill all memory.
        (0, &[1 << 40], &[0]),
        (0, &[7], &[0]),
    ] {
        let file = one_tensor(view(6, offset, shape, strides), &le_bytes(&SIX));
        let message = refusal(&file);
        assert!(message.contains("tensor `w`"), "{message}");
        assert!(message.contains("fit into its storage of 6"), "{message}");
    }
}

#[test]
fn view_of_impossible_shape_is_refused() {
    for (offset, shape, strides) in [
        (-1, &[1][..], &[1][..]),
        (0, &[-1], &[1]),
        (0, &[1], &[-1]),
        (0, &[1, 1], &[1]),
        (0, &[1; 65], &[1; 65]),
    ] {
        let file = one_tensor(view(6, offset, shape, strides), &le_bytes(&SIX));
        let message = refusal(&file);
        assert!(message.contains("_rebuild_tensor_v2"), "{message}");
    }
}

#[test]
fn storage_shorter_than_declared_is_refused() {
    for elements in [5, 7, 1 << 62, i64::MAX] {
        let file = one_tensor(view(elements, 0, &[1], &[1]), &le_bytes(&SIX));
        let message = refusal(&file);
        assert!(message.contains("has a storage of"), "{message}");
    }
}

#[test]
fn missing_storage_is_refused_by_name() {
    let pickle = Pickler::dictionary(&[("w", View::vector("9", &[1]))]);
    let message = refusal(&container(&pickle, &[("0", &le_bytes(&[1.]))]));
    assert!(
        message.contains("`w`") && message.contains("`data/9`"),
        "{message}"
    );
}

/// Overwrites `size` in the central directory entry of `name` and in its local header.
fn lie_about_size(file: &[u8], name: &str, compressed: u32, size: u32) -> Vec<u8> {
    let mut lying = file.to_vec();
    let places: Vec<usize> = (0..file.len() - name.len())
        .filter(|&at| file[at..].starts_with(name.as_bytes()))
        .collect();
    for at in places {
        // The sizes stand 12 bytes before a local header's name and 26 before a directory entry's.
        let sizes = match &file[at.saturating_sub(46)..at] {
            [b'P', b'K', 1, 2, ..] => at - 26,
            _ => at - 12,
        };
        lying[sizes..sizes + 4].copy_from_slice(&compressed.to_le_bytes());
        lying[sizes + 4..sizes + 8].copy_from_slice(&size.to_le_bytes());
    }
    lying
}

#[test]
fn zip_member_that_lies_about_its_size_is_refused() {
    let file = one_tensor(view(6, 0, &[6], &[1]), &le_bytes(&SIX));
    open(&lie_about_size(&file, "archive/data/0", 24, 24)).unwrap();
    for (compressed, size) in [
        (24, 1 << 30),
        (1 << 30, 24),
        (1 << 30, 1 << 30),
        (u32::MAX - 1, u32::MAX - 1),
        (20, 20),
        (0, 0),
    ] {
        let message = refusal(&lie_about_size(&file, "archive/data/0", compressed, size));
        assert!(message.contains("`w`"), "{message}");
    }
    for (compressed, size) in [(9, 1 << 30), (1 << 30, 1 << 30), (9, 9)] {
        refusal(&lie_about_size(&file, "archive/data.pkl", compressed, size));
    }
}

/// All sizes agree, but the file ends long before: nothing may be reserved for what is not there.
#[test]
fn zip_member_past_the_end_of_the_file_is_refused() {
    let file = one_tensor(view(1 << 28, 0, &[1 << 28], &[1]), &le_bytes(&SIX));
    let lying = lie_about_size(&file, "archive/data/0", 1 << 30, 1 << 30);
    let message = refusal(&lying);
    assert!(message.contains("past the end of the file"), "{message}");
}

#[test]
fn pickle_larger_than_the_limit_is_refused_unread() {
    let message = refusal(&container(&vec![b'N'; (32 << 20) + 1], &[]));
    assert!(message.contains("more than the"), "{message}");
}

#[test]
fn directory_that_lies_about_its_entries_is_refused_or_changes_nothing() {
    let file = one_tensor(view(6, 0, &[6], &[1]), &le_bytes(&SIX));
    let end = file.len() - 22;
    assert!(file[end..].starts_with(b"PK\x05\x06"));
    for (at, lie) in [
        (end + 8, &[0xfe, 0xff, 0xfe, 0xff][..]),
        (end + 12, &[0xff, 0xff, 0xff, 0x7f]),
        (end + 16, &[0xff, 0xff, 0xff, 0x7f]),
    ] {
        let mut lying = file.clone();
        lying[at..at + lie.len()].copy_from_slice(lie);
        // The zip crate may find the directory all the same.
        if let Ok(mut checkpoint) = open(&lying) {
            assert_eq!(checkpoint.read("w").unwrap().1, SIX);
        }
    }
    // A zip64 end that claims 2^60 entries in a directory of 2^62 bytes.
    let mut lying = file[..end].to_vec();
    let zip64 = lying.len() as u64;
    let directory = u64::from(u32::from_le_bytes(
        file[end + 16..end + 20].try_into().unwrap(),
    ));
    lying.extend_from_slice(b"PK\x06\x06");
    lying.extend_from_slice(&44u64.to_le_bytes());
    lying.extend_from_slice(&[45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for value in [1u64 << 60, 1 << 60, 1 << 62, directory] {
        lying.extend_from_slice(&value.to_le_bytes());
    }
    lying.extend_from_slice(b"PK\x06\x07\0\0\0\0");
    lying.extend_from_slice(&zip64.to_le_bytes());
    lying.extend_from_slice(&[1, 0, 0, 0]);
    lying.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    lying.extend_from_slice(&[0xff; 12]);
    lying.extend_from_slice(&[0, 0]);
    refusal(&lying);
}

#[test]
fn changed_bit_in_a_storage_fails_its_checksum() {
    let mut file = golden("checkpoints/tiny_autoenc_cls/last.ckpt");
    let weight = open(&file).unwrap().read("classifier.weight").unwrap().1;
    let first = weight[0].to_le_bytes();
    let second = weight[1].to_le_bytes();
    let at = (0..file.len())
        .find(|&at| file[at..].starts_with(&first) && file[at + 4..].starts_with(&second))
        .unwrap();
    file[at + 100] ^= 1;
    let message = open(&file)
        .unwrap()
        .read("classifier.weight")
        .unwrap_err()
        .to_string();
    assert!(message.contains("`classifier.weight`"), "{message}");
    assert!(message.contains("checksum"), "{message}");
    open(&file).unwrap().read("classifier.bias").unwrap();
}

#[test]
fn container_without_or_with_two_pickles_is_refused() {
    let zip = |names: &[&str]| {
        let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        for name in names {
            zip.start_file(*name, stored).unwrap();
            zip.write_all(b"\x80\x02}.").unwrap();
        }
        zip.finish().unwrap().into_inner()
    };
    assert!(refusal(&zip(&["word/document.xml"])).contains("no member `data.pkl`"));
    assert!(refusal(&zip(&["a/data.pkl", "b/data.pkl"])).contains("several"));
    assert!(refusal(&zip(&["a/data.pkl"])).contains("no dictionary with tensors"));
}

#[test]
fn big_endian_container_is_refused() {
    let mut file = golden("checkpoints/tiny_autoenc_cls/last.ckpt");
    let at = (0..file.len())
        .find(|&at| file[at..].starts_with(b"little"))
        .unwrap();
    file[at..at + 6].copy_from_slice(b"big\n\n\n");
    // The checksum no longer fits either; both are reasons to refuse.
    assert!(refusal(&file).contains("byteorder"));
    let pickle = Pickler::dictionary(&[("w", View::vector("0", &[1]))]);
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in [
        ("archive/data.pkl", pickle.as_slice()),
        ("archive/byteorder", b"big"),
        ("archive/data/0", &[0; 4]),
    ] {
        zip.start_file(name, stored).unwrap();
        zip.write_all(bytes).unwrap();
    }
    let message = refusal(&zip.finish().unwrap().into_inner());
    assert!(message.contains("not little-endian"), "{message}");
}
