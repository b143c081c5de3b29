//! The importer against the golden checkpoints, and against files made here to deceive it.
//!
//! This file holds what the tests share: the golden files, a writer of pickles and containers as torch lays them
//! out, and a source that counts what is read from it.

mod attacks;
mod containers;
mod golden;
mod guesses;
mod legacy;
mod mapping;
mod packed;
mod pickles;

use std::io::{Cursor, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{Checkpoint, ImportError};

/// A file of the golden set.
fn golden(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn open(bytes: &[u8]) -> Result<Checkpoint<Cursor<&[u8]>>, ImportError> {
    Checkpoint::open(Cursor::new(bytes))
}

/// The message with which `bytes` are refused.
fn refusal(bytes: &[u8]) -> String {
    match open(bytes) {
        Ok(checkpoint) => panic!("accepted with {} tensors", checkpoint.entries().count()),
        Err(error) => error.to_string(),
    }
}

/// One tensor as `_rebuild_tensor_v2` describes it.
#[derive(Clone)]
struct View<'a> {
    class: &'a str,
    key: &'a str,
    elements: i64,
    offset: i64,
    shape: &'a [i64],
    strides: &'a [i64],
}

impl<'a> View<'a> {
    /// A contiguous vector that fills the storage `key`.
    fn vector(key: &'a str, shape: &'a [i64; 1]) -> Self {
        Self {
            class: "FloatStorage",
            key,
            elements: shape[0],
            offset: 0,
            shape,
            strides: &[1],
        }
    }
}

/// Writes a pickle opcode by opcode.
#[derive(Default)]
struct Pickler(Vec<u8>);

impl Pickler {
    fn new() -> Self {
        Self(b"\x80\x02".to_vec())
    }

    fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    fn text(self, text: &str) -> Self {
        let length = u32::try_from(text.len()).unwrap();
        self.raw(b"X")
            .raw(&length.to_le_bytes())
            .raw(text.as_bytes())
    }

    fn int(self, value: i64) -> Self {
        self.raw(b"\x8a\x08").raw(&value.to_le_bytes())
    }

    fn ints(self, values: &[i64]) -> Self {
        let start = self.raw(b"(");
        values.iter().fold(start, |p, &v| p.int(v)).raw(b"t")
    }

    fn global(self, module: &str, name: &str) -> Self {
        self.raw(format!("c{module}\n{name}\n").as_bytes())
    }

    fn tensor(self, view: &View) -> Self {
        self.global("torch._utils", "_rebuild_tensor_v2")
            .raw(b"((")
            .text("storage")
            .global("torch", view.class)
            .text(view.key)
            .text("cuda:0")
            .int(view.elements)
            .raw(b"tQ")
            .int(view.offset)
            .ints(view.shape)
            .ints(view.strides)
            .raw(b"\x89")
            .global("collections", "OrderedDict")
            .raw(b")RtR")
    }

    /// A whole pickle: a dictionary of these tensors.
    fn dictionary(tensors: &[(&str, View)]) -> Vec<u8> {
        let start = Self::new().raw(b"}(");
        let filled = tensors.iter().fold(start, |pickler, (name, view)| {
            pickler.text(name).tensor(view)
        });
        filled.raw(b"u.").0
    }
}

/// A container as torch writes it.
fn container(pickle: &[u8], storages: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    zip.start_file("archive/data.pkl", stored).unwrap();
    zip.write_all(pickle).unwrap();
    for (key, bytes) in storages {
        zip.start_file(format!("archive/data/{key}"), stored)
            .unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A container with one tensor.
fn one_tensor(view: View, storage: &[u8]) -> Vec<u8> {
    let key = view.key.to_owned();
    container(&Pickler::dictionary(&[("w", view)]), &[(&key, storage)])
}

fn le_bytes(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

/// A safetensors file with this header.
fn safetensors(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend_from_slice(data);
    bytes
}

/// A repeatable stream of numbers (xorshift64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % limit
    }
}

/// A source that counts the bytes read from it.
struct Counting<'a> {
    source: Cursor<&'a [u8]>,
    read: &'a std::cell::Cell<usize>,
}

impl Read for Counting<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.read.set(self.read.get() + count);
        Ok(count)
    }
}

impl Seek for Counting<'_> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.source.seek(to)
    }
}
