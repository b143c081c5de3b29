//! One opened checkpoint: which tensors it has, and reading them one at a time.

use std::collections::{BTreeMap, HashMap};
use std::io::{ErrorKind, Read, Seek};

use safetensors::tensor::Metadata;

use super::ImportError;
use super::archive::{self, Archive};
use super::dtype::Dtype;
use super::legacy;
use super::pickle;
use super::tensor::{Entry, Span};
use super::value::{Document, MAX_NAME, Value};
use crate::lfs;

/// What kind of file a checkpoint is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A PyTorch Lightning checkpoint: its tensors are those of `state_dict`.
    Lightning,
    /// A dictionary of tensors written by `torch.save`, as `latent.pkl` is.
    Torch,
    /// A safetensors file.
    Safetensors,
}

/// The names of an optimizer's moments begin with this.
pub(super) const OPTIMIZER: &str = "optimizer.";

/// An opened checkpoint. Opening reads the directory only; [`Checkpoint::read`] seeks to one tensor and reads its
/// bytes and no others.
#[derive(Debug)]
pub struct Checkpoint<R> {
    source: R,
    kind: Kind,
    entries: BTreeMap<String, Entry>,
}

impl<R: Read + Seek> Checkpoint<R> {
    /// Opens a Lightning checkpoint, a dictionary of tensors written by torch, or a safetensors file; which of them it is shows in its first bytes. The directory is read in many small pieces, which a
    /// `BufReader` may be worth where each read is expensive.
    ///
    /// # Errors
    /// If the file is another kind of file, is damaged, or describes a tensor that reaches outside its storage.
    pub fn open(mut source: R) -> Result<Self, ImportError> {
        let length = archive::length(&mut source)?;
        let mut start = Vec::new();
        source.by_ref().take(SNIFF).read_to_end(&mut start)?;
        source.rewind()?;
        if start.starts_with(b"PK\x03\x04") {
            return Self::open_archive(source, length);
        }
        if let Some((size, [b'{', ..])) = start.split_first_chunk() {
            return Self::open_safetensors(source, length, u64::from_le_bytes(*size));
        }
        if start.starts_with(legacy::MAGIC) {
            return Self::open_legacy(source, length);
        }
        if lfs::is_pointer(&start) {
            return Err(ImportError::Pointer);
        }
        Err(ImportError::NotACheckpoint(describe(&start)))
    }

    /// What kind of file it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether it is a state of this crate's own training, which has an optimizer's moments beside the weights.
    #[must_use]
    pub fn is_of_training(&self) -> bool {
        self.entries.keys().any(|name| name.starts_with(OPTIMIZER))
    }

    /// The names of all tensors in byte order, with their shapes.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &[usize])> {
        (self.entries.iter()).map(|(name, entry)| (name.as_str(), entry.shape.as_slice()))
    }

    /// Reads one tensor as f32 in row-major order, with its shape. Numbers of 16 and 64 bits are converted.
    ///
    /// # Errors
    /// If there is no such tensor, it holds no floating-point numbers, the source fails, or the bytes do not match
    /// the checksum of the container.
    pub fn read(&mut self, name: &str) -> Result<(Vec<usize>, Vec<f32>), ImportError> {
        let entry = (self.entries.get(name))
            .ok_or_else(|| ImportError::tensor(name, "is not in the checkpoint"))?;
        let values = entry.read(name, &mut self.source)?;
        Ok((entry.shape.clone(), values))
    }

    fn open_archive(source: R, length: u64) -> Result<Self, ImportError> {
        let mut archive = Archive::open(source, length)?;
        let document = pickle::parse(&archive.pickle()?)?;
        let (kind, entries) = place(&document, |key| archive.storage(key))?;
        Ok(Self {
            source: archive.into_source(),
            kind,
            entries,
        })
    }

    fn open_legacy(mut source: R, length: u64) -> Result<Self, ImportError> {
        let (document, storages) = legacy::open(&mut source, length)?;
        let (kind, entries) = place(&document, |key| {
            (storages.get(key).copied())
                .ok_or_else(|| format!("its storage `{key}` is not in the file"))
        })?;
        Ok(Self {
            source,
            kind,
            entries,
        })
    }

    fn open_safetensors(mut source: R, length: u64, header: u64) -> Result<Self, ImportError> {
        let data = header.saturating_add(8);
        if data > length || header > MAX_HEADER {
            return Err(ImportError::Header(format!(
                "it claims {header} bytes of a file of {length}; at most {MAX_HEADER} are read"
            )));
        }
        let mut bytes = Vec::new();
        source.by_ref().take(data).read_to_end(&mut bytes)?;
        let bytes =
            (bytes.get(8..)).ok_or_else(|| std::io::Error::from(ErrorKind::UnexpectedEof))?;
        let metadata: Metadata = serde_json::from_slice(bytes)
            .map_err(|error| ImportError::Header(error.to_string()))?;
        let expected = data.saturating_add(metadata.data_len() as u64);
        if expected != length {
            return Err(ImportError::Header(format!(
                "its tensors end at byte {expected}, but the file has {length} bytes"
            )));
        }
        let entries = (metadata.tensors().into_iter())
            .map(|(name, info)| {
                let (start, end) = info.data_offsets;
                let span = Span {
                    start: data + start as u64,
                    length: (end - start) as u64,
                    crc32: None,
                };
                let entry = Entry::contiguous(info.shape.clone(), dtype(info.dtype), span);
                (name, entry)
            })
            .collect();
        Ok(Self {
            source,
            kind: Kind::Safetensors,
            entries,
        })
    }
}

/// Most tensors that are read; the state of the largest official model's training has about 5 thousand.
const MAX_TENSORS: usize = 100_000;
/// Bytes that tell the kind of a file: the magic numbers of all kinds lie within.
const SNIFF: u64 = 64;
/// Longest safetensors header that is read; that of portrait64 has 34 kB.
const MAX_HEADER: u64 = 8 << 20;

/// The tensors that a document describes, each at its place in the file, which `storage` knows by the storage's key.
fn place(
    document: &Document,
    mut storage: impl FnMut(&str) -> Result<Span, String>,
) -> Result<(Kind, BTreeMap<String, Entry>), ImportError> {
    let (kind, dictionary) = find_tensors(document)?;
    let mut storages: HashMap<&str, Span> = HashMap::new();
    let mut entries = BTreeMap::new();
    for (name, value) in document.entries(dictionary).into_iter().flatten() {
        let Value::Tensor(tensor) = value else {
            continue;
        };
        let key = document.text(tensor.storage.key);
        if name.len().max(key.len()) > MAX_NAME {
            return Err(ImportError::Container(format!(
                "the name of one of its tensors, or of where its numbers are, is longer than {MAX_NAME} bytes"
            )));
        }
        let member = match storages.get(key) {
            Some(&member) => member,
            None => {
                let member = storage(key)
                    .map_err(|what| ImportError::tensor(name, format!("is lost: {what}")))?;
                storages.insert(key, member);
                member
            }
        };
        let entry = Entry::view(tensor, member).map_err(|what| ImportError::tensor(name, what))?;
        if entries.len() >= MAX_TENSORS {
            return Err(ImportError::Container(format!(
                "it has more than the {MAX_TENSORS} tensors that are read"
            )));
        }
        entries.insert(name.to_owned(), entry);
    }
    if entries.is_empty() {
        return Err(no_tensors());
    }
    Ok((kind, entries))
}

/// The dictionary of tensors: `state_dict` of the top level if it has one, otherwise the top level itself.
fn find_tensors(document: &Document) -> Result<(Kind, &Value), ImportError> {
    let root = document.root();
    let entries = document.entries(root).ok_or_else(no_tensors)?;
    match entries.filter(|&(key, _)| key == "state_dict").last() {
        Some((_, state_dict)) => Ok((Kind::Lightning, state_dict)),
        None => Ok((Kind::Torch, root)),
    }
}

fn no_tensors() -> ImportError {
    ImportError::Container(
        "its pickle is no dictionary with tensors under their names, nor has it one named `state_dict`"
            .to_owned(),
    )
}

fn dtype(dtype: safetensors::Dtype) -> Dtype {
    match dtype {
        safetensors::Dtype::F32 => Dtype::F32,
        safetensors::Dtype::F16 => Dtype::F16,
        safetensors::Dtype::BF16 => Dtype::BF16,
        safetensors::Dtype::F64 => Dtype::F64,
        _ => Dtype::Other { bytes: 0 },
    }
}

/// Says what a file that is no checkpoint is, from its first bytes.
fn describe(start: &[u8]) -> &'static str {
    match start {
        [] => "empty",
        [0x80, 2..=5, ..] => "a bare Python pickle",
        [0x1f, 0x8b, ..] => "compressed with gzip (unpack it first)",
        _ if start.trim_ascii_start().starts_with(b"<") => {
            "a web page, probably the download service's answer instead of the file"
        }
        _ => "of an unknown kind",
    }
}
