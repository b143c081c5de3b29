//! One part of a model as a safetensors file, read tensor by tensor and written whole.
//!
//! An int8 tensor `name` is stored as I8 with its scales beside it as `name.scale` (F32, one per
//! output channel), so that any safetensors reader opens the file.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Mutex;

use half::f16;
use safetensors::tensor::{Metadata, TensorInfo};
use safetensors::{Dtype, View};

use super::hash::{Description, Hashed};
use super::{Array, Layout, TensorSource, Values, WeightsError};
use crate::lfs;
use crate::whole::Unfinished;

/// Bytes of the header-length field that opens a safetensors file.
const LENGTH_FIELD: usize = 8;
/// The largest header worth reading; the largest official model needs about 100 KB.
pub(crate) const MAX_HEADER: u64 = 16 << 20;
const SCALE: &str = ".scale";

/// Random access to the bytes of a part, wherever they lie: a file, memory, a browser's buffer.
pub trait ReadAt {
    /// Number of bytes.
    fn size(&self) -> u64;

    /// The `length` bytes from `offset` on.
    ///
    /// # Errors
    /// What went wrong, as a phrase.
    fn read_at(&self, offset: u64, length: usize) -> Result<Vec<u8>, String>;
}

impl ReadAt for &[u8] {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, offset: u64, length: usize) -> Result<Vec<u8>, String> {
        usize::try_from(offset)
            .ok()
            .and_then(|start| self.get(start..start.checked_add(length)?))
            .map(<[u8]>::to_vec)
            .ok_or_else(|| format!("bytes {offset} to {} are not there", offset + length as u64))
    }
}

/// A part in a file on disk.
#[derive(Debug)]
pub struct PartOnDisk {
    file: Mutex<std::fs::File>,
    size: u64,
}

impl PartOnDisk {
    /// A part in an open file.
    ///
    /// # Errors
    /// What the system says.
    pub fn new(file: std::fs::File) -> std::io::Result<Self> {
        let size = file.metadata()?.len();
        Ok(Self {
            file: Mutex::new(file),
            size,
        })
    }
}

impl ReadAt for PartOnDisk {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, length: usize) -> Result<Vec<u8>, String> {
        let mut file = self.file.lock().map_err(|e| e.to_string())?;
        let mut bytes = vec![0; length];
        file.seek(SeekFrom::Start(offset))
            .and_then(|_| file.read_exact(&mut bytes))
            .map_err(|e| e.to_string())?;
        Ok(bytes)
    }
}

/// An opened part: its header is read and checked, its tensors are read when asked for.
#[derive(Debug)]
pub struct PartReader<S> {
    file: String,
    bytes: S,
    /// Offset of the first tensor's bytes.
    data: u64,
    header: Metadata,
}

impl<S: ReadAt> PartReader<S> {
    /// A note in the file's header.
    pub fn note(&self, name: &str) -> Option<&str> {
        let notes = self.header.metadata().as_ref()?;
        notes.get(name).map(String::as_str)
    }

    /// Reads and checks the header; `file` names the part in errors.
    ///
    /// # Errors
    /// [`WeightsError::Damaged`] when the bytes are not exactly one safetensors file.
    pub fn open(file: &str, bytes: S) -> Result<Self, WeightsError> {
        let damaged = |reason: String| WeightsError::Damaged {
            file: file.to_owned(),
            reason,
        };
        let start = bytes.read_at(0, bytes.size().min(64) as usize);
        if start.is_ok_and(|start| lfs::is_pointer(&start)) {
            return Err(WeightsError::Pointer {
                file: file.to_owned(),
            });
        }
        let field = bytes.read_at(0, LENGTH_FIELD).map_err(damaged)?;
        let length = field
            .try_into()
            .map(u64::from_le_bytes)
            .map_err(|_| damaged("it has no header".to_owned()))?;
        if length > MAX_HEADER {
            return Err(damaged(format!(
                "its header claims {length} bytes, more than {MAX_HEADER}"
            )));
        }
        let header = bytes
            .read_at(LENGTH_FIELD as u64, length as usize)
            .map_err(damaged)?;
        let header: Metadata = serde_json::from_slice(&header)
            .map_err(|e| damaged(format!("its header is malformed ({e})")))?;
        let data = LENGTH_FIELD as u64 + length;
        let expected = data + header.data_len() as u64;
        if expected != bytes.size() {
            return Err(damaged(format!(
                "it has {} bytes, but its header describes {expected}",
                bytes.size()
            )));
        }
        Ok(Self {
            file: file.to_owned(),
            bytes,
            data,
            header,
        })
    }

    /// Checks, before anything is read, that this part holds exactly the tensors of `layout`, which
    /// belongs to the configuration named `config`.
    ///
    /// # Errors
    /// [`WeightsError::Layout`] names everything missing, unexpected or mis-shaped.
    pub fn check(&self, layout: &Layout, config: &str) -> Result<(), WeightsError> {
        let names = self.names();
        let found = names
            .iter()
            .filter_map(|name| Some((name.as_str(), self.header.info(name)?.shape.as_slice())));
        layout
            .compare(found)
            .map_err(|differences| WeightsError::Layout {
                config: config.to_owned(),
                differences,
            })
    }

    /// The names of the model's tensors in this part. The scales of int8 tensors belong to them
    /// and are not listed.
    pub fn names(&self) -> Vec<String> {
        let is_scale = |name: &String| {
            name.strip_suffix(SCALE)
                .and_then(|weight| self.header.info(weight))
                .is_some_and(|weight| weight.dtype == Dtype::I8)
        };
        let mut names = self.header.offset_keys();
        names.retain(|name| !is_scale(name));
        names
    }

    /// Reads one tensor.
    ///
    /// # Errors
    /// [`WeightsError`] when it is missing, damaged or not finite.
    pub fn read(&self, name: &str) -> Result<Array, WeightsError> {
        let (shape, dtype, bytes) = self.raw(name)?;
        let values = match dtype {
            Dtype::F32 => Values::F32(floats(&bytes)),
            Dtype::F16 => Values::F16(
                bytes
                    .as_chunks()
                    .0
                    .iter()
                    .map(|b| f16::from_le_bytes(*b))
                    .collect(),
            ),
            Dtype::I8 => {
                let (scale_shape, scale_type, scales) = self.raw(&format!("{name}{SCALE}"))?;
                if scale_type != Dtype::F32 || scale_shape != shape.get(..1).unwrap_or(&[]) {
                    return Err(WeightsError::Damaged {
                        file: self.file.clone(),
                        reason: format!("`{name}{SCALE}` is not one F32 per row of `{name}`"),
                    });
                }
                Values::Int8 {
                    values: bytes.into_iter().map(u8::cast_signed).collect(),
                    scales: floats(&scales),
                }
            }
            other => {
                return Err(WeightsError::DataType {
                    name: name.to_owned(),
                    found: format!("{other:?}"),
                });
            }
        };
        let array = Array { shape, values };
        if array.is_finite() {
            Ok(array)
        } else {
            Err(WeightsError::NotFinite {
                name: name.to_owned(),
            })
        }
    }

    fn raw(&self, name: &str) -> Result<(Vec<usize>, Dtype, Vec<u8>), WeightsError> {
        let damaged = |reason: String| WeightsError::Damaged {
            file: self.file.clone(),
            reason,
        };
        let info = self
            .header
            .info(name)
            .ok_or_else(|| damaged(format!("it lacks the tensor `{name}`")))?;
        let (start, end) = info.data_offsets;
        let bytes = self
            .bytes
            .read_at(self.data + start as u64, end - start)
            .map_err(damaged)?;
        Ok((info.shape.clone(), info.dtype, bytes))
    }
}

impl<S: ReadAt> TensorSource for PartReader<S> {
    fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Array, WeightsError> {
        match self.header.info(name) {
            Some(info) if info.shape != shape => Err(WeightsError::Damaged {
                file: self.file.clone(),
                reason: format!("`{name}` is {:?}, not {shape:?}", info.shape),
            }),
            _ => self.read(name),
        }
    }
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes
        .as_chunks()
        .0
        .iter()
        .map(|b| f32::from_le_bytes(*b))
        .collect()
}

/// Writes a part. Deterministic: the same tensors give the same bytes. The file appears whole or
/// not at all.
///
/// # Errors
/// [`WeightsError::NotFinite`] for a NaN or infinite value, [`WeightsError::Write`] when the file
/// cannot be written.
pub fn write(path: &Path, tensors: &BTreeMap<String, Array>) -> Result<(), WeightsError> {
    write_file(path, tensors).map(drop)
}

/// [`write()`], which tells the size and hash of what it wrote.
///
/// # Errors
/// As [`write()`].
pub fn write_file(
    path: &Path,
    tensors: &BTreeMap<String, Array>,
) -> Result<Description, WeightsError> {
    let file = path.display().to_string();
    let failed = |error: std::io::Error| WeightsError::Write {
        file: file.clone(),
        reason: error.to_string(),
    };
    let mut unfinished = Unfinished::of(path).map_err(failed)?;
    let mut hashed = Hashed::new(unfinished.file());
    write_to(&file, tensors, None, &mut hashed)?;
    let description = hashed.finish();
    unfinished.finish().map_err(failed)?;
    Ok(description)
}

/// Writes a part's bytes one after the other, with notes in its header: the crate of that format makes them only whole in
/// memory, or in a file of its own.
///
/// # Errors
/// As [`write()`]; `file` names the part in them.
pub fn write_to(
    file: &str,
    tensors: &BTreeMap<String, Array>,
    notes: Option<HashMap<String, String>>,
    into: &mut dyn Write,
) -> Result<(), WeightsError> {
    let failed = |reason: String| WeightsError::Write {
        file: file.to_owned(),
        reason,
    };
    let mut views = stored(tensors)?;
    views.sort_by(|(a, left), (b, right)| right.dtype().cmp(&left.dtype()).then(a.cmp(b)));
    let mut offset = 0;
    let mut infos = Vec::new();
    for (name, view) in &views {
        let start = offset;
        offset += view.data_len();
        let info = TensorInfo {
            dtype: view.dtype(),
            shape: view.shape().to_vec(),
            data_offsets: (start, offset),
        };
        infos.push((name.clone(), info));
    }
    let header = Metadata::new(notes, infos).map_err(|e| failed(e.to_string()))?;
    let mut header = serde_json::to_vec(&header).map_err(|e| failed(e.to_string()))?;
    header.resize(header.len().next_multiple_of(LENGTH_FIELD), b' ');
    let mut put = |bytes: &[u8]| into.write_all(bytes).map_err(|e| failed(e.to_string()));
    put(&(header.len() as u64).to_le_bytes())?;
    put(&header)?;
    for (_, view) in &views {
        put(&view.data())?;
    }
    Ok(())
}

/// The tensors of a file, scales among them, once all are known to be finite.
fn stored(tensors: &BTreeMap<String, Array>) -> Result<Vec<(String, Stored<'_>)>, WeightsError> {
    let mut views = Vec::new();
    for (name, array) in tensors {
        if !array.is_finite() {
            return Err(WeightsError::NotFinite { name: name.clone() });
        }
        views.push((name.clone(), Stored::Values(array)));
        if let Values::Int8 { scales, .. } = &array.values {
            views.push((
                format!("{name}{SCALE}"),
                Stored::Scales([scales.len()], scales),
            ));
        }
    }
    Ok(views)
}

/// One tensor of the file. Its bytes are made while it is written, one tensor at a time, so that
/// writing needs no second copy of the model.
enum Stored<'a> {
    Values(&'a Array),
    Scales([usize; 1], &'a [f32]),
}

impl View for Stored<'_> {
    fn dtype(&self) -> Dtype {
        match self {
            Self::Values(array) => match array.values {
                Values::F32(_) | Values::Absent => Dtype::F32,
                Values::F16(_) => Dtype::F16,
                Values::Int8 { .. } => Dtype::I8,
                #[cfg(feature = "train")]
                Values::Trained(_) => Dtype::F32,
            },
            Self::Scales(..) => Dtype::F32,
        }
    }

    fn shape(&self) -> &[usize] {
        match self {
            Self::Values(array) => &array.shape,
            Self::Scales(shape, _) => shape,
        }
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let single = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect();
        Cow::Owned(match self {
            Self::Values(array) => match &array.values {
                Values::F32(values) => single(values),
                Values::F16(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
                Values::Int8 { values, .. } => values.iter().map(|v| v.cast_unsigned()).collect(),
                Values::Absent => Vec::new(),
                #[cfg(feature = "train")]
                Values::Trained(_) => single(&(*array).clone().into_f32()),
            },
            Self::Scales(_, scales) => single(scales),
        })
    }

    fn data_len(&self) -> usize {
        match self {
            Self::Values(array) => match &array.values {
                Values::F32(values) => 4 * values.len(),
                Values::F16(values) => 2 * values.len(),
                Values::Int8 { values, .. } => values.len(),
                Values::Absent => 0,
                #[cfg(feature = "train")]
                Values::Trained(_) => 4 * array.len(),
            },
            Self::Scales(_, scales) => 4 * scales.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::Precision;
    use crate::weights::quantize::quantize;

    #[test]
    fn what_is_written_piece_by_piece_is_the_file_of_the_same_tensors() {
        let numbers = |count: usize| (0..count).map(|i| i as f32 - 5.5).collect::<Vec<_>>();
        for precision in [Precision::F32, Precision::F16, Precision::Int8] {
            let tensors: BTreeMap<String, Array> =
                [("b", vec![4, 3]), ("a", vec![7]), ("c.d", vec![2, 2])]
                    .into_iter()
                    .map(|(name, shape)| {
                        let array = Array::f32(&shape, numbers(shape.iter().product()));
                        (name.to_owned(), quantize(name, array, precision))
                    })
                    .collect();
            let mut bytes = Vec::new();
            write_to("part", &tensors, None, &mut bytes).unwrap();
            let whole = safetensors::serialize(stored(&tensors).unwrap(), None).unwrap();
            assert_eq!(bytes, whole, "{precision}");
        }
    }
}
