//! The format of torch before 1.6, in which the public weights of older networks are: five pickles one after the
//! other (a magic number, the version, the machine, the object, the keys of its storages in their order in the file),
//! then each storage, led by its number of elements.

use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom};

use super::ImportError;
use super::dtype::Dtype;
use super::pickle::{MAX_BYTES, parse_prefix};
use super::tensor::Span;
use super::value::{Document, MAX_NAME, Value};

/// The first pickle: PROTO 2, the LONG1 0x1950a86a20f9469cfc6c, STOP.
pub(super) const MAGIC: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
/// The version that follows it, the only one there ever was.
const VERSION: i64 = 1001;
/// Bytes that are read at first: the pickles of a network of a few hundred tensors.
const FIRST_BYTES: u64 = 256 << 10;

/// The object, and where in the file of `length` bytes each of its storages lies.
pub(super) fn open(
    source: &mut (impl Read + Seek),
    length: u64,
) -> Result<(Document, HashMap<String, Span>), ImportError> {
    let mut limit = FIRST_BYTES;
    let (object, keys, end) = loop {
        let mut bytes = Vec::new();
        source.rewind()?;
        source.by_ref().take(limit).read_to_end(&mut bytes)?;
        match pickles(&bytes) {
            // Cut off by the limit, perhaps: once more with more of it.
            Err(ImportError::Pickle { .. }) if limit < length.min(MAX_BYTES) => limit *= 8,
            done => break done?,
        }
    };
    let storages = storages(source, length, &object, &keys, end)?;
    Ok((object, storages))
}

/// The object, the keys of its storages, and where the pickles end. The keys stay where they are: a list can name one long
/// text very often.
fn pickles(bytes: &[u8]) -> Result<(Document, Document, u64), ImportError> {
    let mut at = MAGIC.len();
    let mut next = || -> Result<Document, ImportError> {
        let rest = bytes.get(at..).unwrap_or_default();
        let (document, length) = parse_prefix(rest).map_err(|error| match error {
            ImportError::Pickle { at: inner, what } => ImportError::Pickle {
                at: at + inner,
                what,
            },
            other => other,
        })?;
        at += length;
        Ok(document)
    };
    if !matches!(next()?.root(), Value::Int(VERSION)) {
        return Err(container(format!("its version is not {VERSION}")));
    }
    let machine = next()?;
    let order = (machine.entries(machine.root()).into_iter().flatten())
        .find(|(name, _)| *name == "little_endian");
    if !matches!(order, Some((_, Value::Bool(true)))) {
        return Err(container(
            "it does not say that its numbers are little-endian",
        ));
    }
    let object = next()?;
    let keys = next()?;
    Ok((object, keys, at as u64))
}

/// Walks over the storages, reading nothing of them but their lengths.
fn storages(
    source: &mut (impl Read + Seek),
    length: u64,
    object: &Document,
    keys: &Document,
    mut at: u64,
) -> Result<HashMap<String, Span>, ImportError> {
    let mut declared: HashMap<&str, (Dtype, u64)> = HashMap::new();
    for storage in object.storages() {
        let what = (storage.dtype, storage.elements);
        let key = object.text(storage.key);
        if key.len() > MAX_NAME {
            return Err(container(format!(
                "the key of one of its storages is longer than {MAX_NAME} bytes"
            )));
        }
        if *declared.entry(key).or_insert(what) != what {
            return Err(container(format!(
                "the storage `{key}` is described in two ways"
            )));
        }
    }
    let mut found = HashMap::new();
    let Value::List(items) = keys.root() else {
        return Err(container("the keys of its storages are no list"));
    };
    for key in items.iter().map(|&id| keys.text(id)) {
        let &(dtype, elements) = (declared.get(key))
            .ok_or_else(|| container(format!("nothing is known of the storage `{key}`")))?;
        let mut count = [0; 8];
        source.seek(SeekFrom::Start(at))?;
        source.read_exact(&mut count)?;
        let count = u64::from_le_bytes(count);
        if count != elements {
            return Err(container(format!(
                "the storage `{key}` has {count} numbers where {elements} are declared"
            )));
        }
        let start = at.saturating_add(8);
        let end = (dtype.stored(elements))
            .and_then(|bytes| start.checked_add(bytes))
            .filter(|&end| end <= length);
        let Some(end) = end else {
            return Err(container(format!(
                "the storage `{key}` reaches past the end of the file"
            )));
        };
        let span = Span {
            start,
            length: end - start,
            crc32: None,
        };
        if found.insert(key.to_owned(), span).is_some() {
            return Err(container(format!("the storage `{key}` is there twice")));
        }
        at = end;
    }
    if at != length {
        return Err(container(format!(
            "its storages end at byte {at}, but the file has {length}"
        )));
    }
    Ok(found)
}

fn container(what: impl Into<String>) -> ImportError {
    ImportError::Container(what.into())
}
