//! What a pickle evaluates to: a flat list of values that refer to each other by index.

use super::dtype::Dtype;

/// Longest name of a tensor or key of a storage; official names have up to 60 bytes.
pub(super) const MAX_NAME: usize = 1024;

/// A Python object as far as the importer cares.
#[derive(Debug)]
pub(super) enum Value {
    /// Anything that plays no part in describing tensors: unknown classes and their instances, numbers that are no
    /// integers, None, bytes, sets.
    Opaque,
    /// An integer that fits 64 bits.
    Int(i64),
    Bool(bool),
    /// Text, or a byte string of Python 2.
    Text(String),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    /// A `dict` or `OrderedDict` in insertion order, keeping only the entries whose key is a string.
    Dict(Vec<(Id, Id)>),
    Global(Global),
    Storage(Storage),
    Tensor(Box<Tensor>),
}

impl Value {
    /// Bytes that it takes, with what an allocator adds.
    pub(super) fn room(&self) -> usize {
        /// What the smallest allocation takes.
        const LEAST: usize = 32;
        let held = match self {
            Self::Text(text) => text.len(),
            Self::Tuple(items) | Self::List(items) => size_of_val(items.as_slice()),
            Self::Dict(entries) => size_of_val(entries.as_slice()),
            Self::Tensor(tensor) => {
                let lengths = (size_of_val(tensor.shape.as_slice())).max(LEAST)
                    + (size_of_val(tensor.strides.as_slice())).max(LEAST);
                size_of::<Tensor>() + lengths
            }
            Self::Opaque | Self::Int(_) | Self::Bool(_) | Self::Global(_) | Self::Storage(_) => {
                return size_of::<Self>();
            }
        };
        size_of::<Self>() + held.max(LEAST)
    }
}

/// An index into the values of a pickle: sharing through the memo copies the index, never the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Id(pub(super) u32);

/// The names that are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Global {
    OrderedDict,
    /// `torch._utils._rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)`.
    RebuildTensor,
    /// `torch._utils._rebuild_parameter(tensor, requires_grad, hooks)`.
    RebuildParameter,
    /// `torch.FloatStorage` and its sisters.
    Storage(Dtype),
}

/// One member `data/<key>` of the container, as a persistent id describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Storage {
    /// The member's name, a [`Value::Text`].
    pub(super) key: Id,
    pub(super) dtype: Dtype,
    /// Its length in elements.
    pub(super) elements: u64,
}

/// A strided view of a storage; offset and strides count elements.
#[derive(Debug)]
pub(super) struct Tensor {
    pub(super) storage: Storage,
    pub(super) offset: u64,
    pub(super) shape: Vec<usize>,
    pub(super) strides: Vec<u64>,
}

/// All values of a pickle, and which of them is the object it stands for.
#[derive(Debug)]
pub(super) struct Document {
    values: Vec<Value>,
    root: Id,
}

impl Document {
    pub(super) fn new(values: Vec<Value>, root: Id) -> Self {
        Self { values, root }
    }

    /// Every storage that is spoken of.
    pub(super) fn storages(&self) -> impl Iterator<Item = &Storage> {
        self.values.iter().filter_map(|value| match value {
            Value::Storage(storage) => Some(storage),
            _ => None,
        })
    }

    pub(super) fn root(&self) -> &Value {
        self.get(self.root)
    }

    pub(super) fn get(&self, id: Id) -> &Value {
        get(&self.values, id).unwrap_or(&Value::Opaque)
    }

    /// The text behind `id`, empty for another kind of value.
    pub(super) fn text(&self, id: Id) -> &str {
        match self.get(id) {
            Value::Text(text) => text,
            _ => "",
        }
    }

    /// The string-keyed entries of `value` in insertion order, or None if it is no dictionary. As in Python, the
    /// last of several entries with one key is the one that counts.
    pub(super) fn entries<'a>(
        &'a self,
        value: &'a Value,
    ) -> Option<impl Iterator<Item = (&'a str, &'a Value)>> {
        match value {
            Value::Dict(entries) => Some(
                entries
                    .iter()
                    .map(|&(key, value)| (self.text(key), self.get(value))),
            ),
            _ => None,
        }
    }
}

/// The value that `id` stands for.
pub(super) fn get(values: &[Value], id: Id) -> Option<&Value> {
    values.get(usize::try_from(id.0).ok()?)
}
