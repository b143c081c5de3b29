//! Where a tensor's numbers lie in a file, and reading exactly those as f32 in row-major order.

use std::io::{Read, Seek, SeekFrom};

use half::{bf16, f16};

use super::ImportError;
use super::dtype::Dtype;
use super::value::Tensor;

/// A run of bytes of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: u64,
    pub(super) length: u64,
    /// The checksum of exactly these bytes, where the file has one.
    pub(super) crc32: Option<u32>,
}

/// One tensor of a checkpoint.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) shape: Vec<usize>,
    pub(super) dtype: Dtype,
    /// From its first to its last number.
    span: Span,
    /// Strides in numbers, if the tensor is not contiguous.
    strides: Option<Vec<u64>>,
}

impl Entry {
    /// A row-major tensor that fills `span`.
    pub(super) fn contiguous(shape: Vec<usize>, dtype: Dtype, span: Span) -> Self {
        Self {
            shape,
            dtype,
            span,
            strides: None,
        }
    }

    /// The view `tensor` of the storage that fills `member`; says what is wrong if it reaches outside.
    pub(super) fn view(tensor: &Tensor, member: Span) -> Result<Self, String> {
        let shape = tensor.shape.clone();
        let Some(item) = tensor.storage.dtype.bytes() else {
            return Ok(Self::contiguous(shape, tensor.storage.dtype, member));
        };
        let declared = tensor.storage.elements;
        if declared.checked_mul(item) != Some(member.length) {
            return Err(format!(
                "has a storage of {declared} numbers, but its member of the container has {} bytes instead of \
                 {item} for each",
                member.length
            ));
        }
        let outside = || {
            format!(
                "of shape {shape:?} with strides {:?} from offset {} does not fit into its storage of {declared} \
                 numbers",
                tensor.strides, tensor.offset
            )
        };
        let elements = elements(&shape).ok_or_else(outside)?;
        let length = if elements == 0 {
            0
        } else {
            extent(&shape, &tensor.strides).ok_or_else(outside)?
        };
        let end = tensor.offset.checked_add(length).ok_or_else(outside)?;
        // A view that repeats numbers (stride 0) could be far larger than the file; weights never are.
        if end > declared || elements > declared {
            return Err(outside());
        }
        let span = if length == declared {
            member
        } else {
            Span {
                start: member.start + tensor.offset * item,
                length: length * item,
                crc32: None,
            }
        };
        let strides = (!is_contiguous(&shape, &tensor.strides)).then(|| tensor.strides.clone());
        Ok(Self {
            dtype: tensor.storage.dtype,
            shape,
            span,
            strides,
        })
    }

    /// Reads the tensor called `name`, row-major and converted to f32.
    pub(super) fn read(
        &self,
        name: &str,
        source: &mut (impl Read + Seek),
    ) -> Result<Vec<f32>, ImportError> {
        let values = self.read_span(name, source)?;
        let Some(strides) = &self.strides else {
            return Ok(values);
        };
        let count = elements(&self.shape).and_then(|count| usize::try_from(count).ok());
        let mut gathered = allocate(name, count)?;
        gather(&values, &self.shape, strides, &mut gathered);
        Ok(gathered)
    }

    fn read_span(
        &self,
        name: &str,
        source: &mut (impl Read + Seek),
    ) -> Result<Vec<f32>, ImportError> {
        let Some(item) = self.dtype.bytes() else {
            return Err(ImportError::tensor(
                name,
                "holds no floating-point numbers of 16, 32 or 64 bits, so it cannot be a weight",
            ));
        };
        let count = usize::try_from(self.span.length / item).ok();
        let mut values = allocate(name, count)?;
        let mut hasher = crc32fast::Hasher::new();
        let mut left = self.span.length;
        let mut buffer = vec![0; usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK))];
        source.seek(SeekFrom::Start(self.span.start))?;
        while left > 0 {
            let length = usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK));
            let Some(chunk) = buffer.get_mut(..length) else {
                break;
            };
            source.read_exact(chunk)?;
            hasher.update(chunk);
            self.dtype.decode(chunk, &mut values);
            left -= length as u64;
        }
        if self.span.crc32.is_some_and(|crc| crc != hasher.finalize()) {
            return Err(ImportError::tensor(
                name,
                "does not match its checksum: the file is damaged, fetch it again",
            ));
        }
        Ok(values)
    }
}

/// Bytes read at a time, a multiple of every size of number.
const CHUNK: usize = 256 << 10;

impl Dtype {
    /// Appends the numbers in `bytes`, of which there is a whole number.
    fn decode(self, bytes: &[u8], into: &mut Vec<f32>) {
        match self {
            Self::F32 => extend(into, bytes, f32::from_le_bytes),
            Self::F16 => extend(into, bytes, |number| f16::from_le_bytes(number).to_f32()),
            Self::BF16 => extend(into, bytes, |number| bf16::from_le_bytes(number).to_f32()),
            Self::F64 => extend(into, bytes, |number| f64::from_le_bytes(number) as f32),
            Self::Other { .. } => {}
        }
    }
}

fn extend<const N: usize>(into: &mut Vec<f32>, bytes: &[u8], decode: impl Fn([u8; N]) -> f32) {
    into.extend(bytes.as_chunks().0.iter().map(|&number| decode(number)));
}

fn allocate(name: &str, count: Option<usize>) -> Result<Vec<f32>, ImportError> {
    let mut values = Vec::new();
    match count {
        Some(count) if values.try_reserve_exact(count).is_ok() => Ok(values),
        _ => Err(ImportError::tensor(name, "does not fit into memory")),
    }
}

/// The number of elements, or None if it exceeds 64 bits.
fn elements(shape: &[usize]) -> Option<u64> {
    if shape.contains(&0) {
        return Some(0);
    }
    shape.iter().try_fold(1u64, |product, &dimension| {
        product.checked_mul(u64::try_from(dimension).ok()?)
    })
}

/// How many numbers lie from the first to the last of a view without empty dimensions, both counted.
fn extent(shape: &[usize], strides: &[u64]) -> Option<u64> {
    (shape.iter().zip(strides)).try_fold(1u64, |sum, (&dimension, &stride)| {
        let steps = u64::try_from(dimension).ok()?.checked_sub(1)?;
        sum.checked_add(steps.checked_mul(stride)?)
    })
}

fn is_contiguous(shape: &[usize], strides: &[u64]) -> bool {
    let mut expected = 1u64;
    for (&dimension, &stride) in shape.iter().zip(strides).rev() {
        if dimension > 1 && stride != expected {
            return false;
        }
        expected = expected.saturating_mul(dimension as u64);
    }
    true
}

/// Copies the view into row-major order, counting through its indices like an odometer.
fn gather(values: &[f32], shape: &[usize], strides: &[u64], into: &mut Vec<f32>) {
    let mut index = vec![0usize; shape.len()];
    let mut at = 0usize;
    while let Some(&value) = values.get(at) {
        into.push(value);
        let mut dimensions = (index.iter_mut()).zip(shape.iter().zip(strides)).rev();
        let carried = dimensions.all(|(index, (&dimension, &stride))| {
            // Within the span, as `Entry::view` has checked.
            let stride = stride as usize;
            *index += 1;
            if *index < dimension {
                at += stride;
                return false;
            }
            at -= (*index - 1) * stride;
            *index = 0;
            true
        });
        if carried {
            return;
        }
    }
}
