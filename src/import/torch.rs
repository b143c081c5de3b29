//! The few Python names that describe a torch tensor, and what a pickle calling them means. This is the allow-list:
//! a name that is not here becomes an opaque value.

use super::dtype::Dtype;
use super::value::{Global, Id, Storage, Tensor, Value, get};

/// The highest rank of a tensor. Torch itself handles 64, but weights have 5 at most, and each costs room.
const MAX_RANK: usize = 8;

/// Looks `module.name` up in the allow-list.
pub(super) fn global(module: &str, name: &str) -> Value {
    let global = match (module, name) {
        ("collections", "OrderedDict") => Global::OrderedDict,
        // The first is called by torch before 0.4, with fewer arguments.
        ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2") => Global::RebuildTensor,
        ("torch._utils", "_rebuild_parameter") => Global::RebuildParameter,
        // Storages of `torch.cuda` occur in the format of torch before 1.6.
        ("torch" | "torch.cuda", storage) => match storage {
            "FloatStorage" => Global::Storage(Dtype::F32),
            "HalfStorage" => Global::Storage(Dtype::F16),
            "BFloat16Storage" => Global::Storage(Dtype::BF16),
            "DoubleStorage" => Global::Storage(Dtype::F64),
            "LongStorage" => Global::Storage(Dtype::Other { bytes: 8 }),
            "IntStorage" => Global::Storage(Dtype::Other { bytes: 4 }),
            "ShortStorage" => Global::Storage(Dtype::Other { bytes: 2 }),
            "CharStorage" | "ByteStorage" | "BoolStorage" => {
                Global::Storage(Dtype::Other { bytes: 1 })
            }
            _ => return Value::Opaque,
        },
        _ => return Value::Opaque,
    };
    Value::Global(global)
}

/// The meaning of calling the known name `global` with the tuple `arguments`.
///
/// A second result of `Some(id)` says that the call returns an existing value.
pub(super) fn call(values: &[Value], global: Global, arguments: Id) -> Result<Called, String> {
    let arguments = match get(values, arguments) {
        Some(Value::Tuple(items)) => items.as_slice(),
        _ => return Err("a call has arguments that are no tuple".into()),
    };
    match global {
        Global::OrderedDict => Ok(Called::New(ordered_dict(values, arguments))),
        Global::RebuildTensor => match arguments.first().and_then(|&id| get(values, id)) {
            // A tensor of numbers that are not known here, complex ones for instance.
            Some(Value::Opaque) => Ok(Called::New(Value::Opaque)),
            _ => match rebuild_tensor(values, arguments) {
                Some(tensor) => Ok(Called::New(Value::Tensor(Box::new(tensor)))),
                None => Err("_rebuild_tensor_v2 is called with no tensor's arguments".into()),
            },
        },
        Global::RebuildParameter => match arguments.first() {
            Some(&tensor) => Ok(Called::Existing(tensor)),
            None => Err("_rebuild_parameter is called without a tensor".into()),
        },
        Global::Storage(_) => Ok(Called::New(Value::Opaque)),
    }
}

/// Bytes that a call has to look at, beyond its arguments themselves.
pub(super) fn looked_through(values: &[Value], global: Global, arguments: Id) -> usize {
    let list = match (global, get(values, arguments)) {
        (Global::OrderedDict, Some(Value::Tuple(items))) => items.first(),
        _ => None,
    };
    match list.and_then(|&list| get(values, list)) {
        Some(Value::List(pairs)) => size_of_val(pairs.as_slice()),
        _ => 0,
    }
}

/// An `OrderedDict` of nothing, or of a list of pairs, as Python 2 pickles it; of anything else it is opaque.
fn ordered_dict(values: &[Value], arguments: &[Id]) -> Value {
    let pairs = match arguments {
        [] => return Value::Dict(Vec::new()),
        &[list] => match get(values, list) {
            Some(Value::List(pairs)) => pairs,
            _ => return Value::Opaque,
        },
        _ => return Value::Opaque,
    };
    let mut entries = Vec::new();
    for &pair in pairs {
        match get(values, pair) {
            Some(Value::List(pair) | Value::Tuple(pair)) => match pair.as_slice() {
                &[key, value] if matches!(get(values, key), Some(Value::Text(_))) => {
                    entries.push((key, value));
                }
                [_, _] => {}
                _ => return Value::Opaque,
            },
            _ => return Value::Opaque,
        }
    }
    Value::Dict(entries)
}

/// What a call returns.
pub(super) enum Called {
    New(Value),
    Existing(Id),
}

/// The meaning of a persistent id, `('storage', torch.FloatStorage, key, location, elements)`; any other is opaque.
pub(super) fn persistent(values: &[Value], id: Id) -> Value {
    let Some(Value::Tuple(items)) = get(values, id) else {
        return Value::Opaque;
    };
    let &[kind, class, key, _location, elements, ref more @ ..] = items.as_slice() else {
        return Value::Opaque;
    };
    // A storage may be a view of another, which no published checkpoint has.
    if more
        .iter()
        .any(|item| matches!(get(values, *item), Some(Value::Tuple(_))))
    {
        return Value::Opaque;
    }
    match (
        get(values, kind),
        get(values, class),
        get(values, key),
        get(values, elements),
    ) {
        (
            Some(Value::Text(kind)),
            Some(Value::Global(Global::Storage(dtype))),
            Some(Value::Text(_)),
            Some(&Value::Int(elements)),
        ) if kind == "storage" && elements >= 0 => Value::Storage(Storage {
            key,
            dtype: *dtype,
            elements: elements.unsigned_abs(),
        }),
        _ => Value::Opaque,
    }
}

fn rebuild_tensor(values: &[Value], arguments: &[Id]) -> Option<Tensor> {
    let &[storage, offset, size, stride, ..] = arguments else {
        return None;
    };
    let Some(&Value::Storage(storage)) = get(values, storage) else {
        return None;
    };
    let shape: Vec<usize> = integers(values, size)?;
    let strides: Vec<u64> = integers(values, stride)?;
    if shape.len() != strides.len() || shape.len() > MAX_RANK {
        return None;
    }
    Some(Tensor {
        storage,
        offset: integer(values, offset)?,
        shape,
        strides,
    })
}

fn integers<T: TryFrom<i64>>(values: &[Value], id: Id) -> Option<Vec<T>> {
    match get(values, id)? {
        Value::Tuple(items) => items.iter().map(|&item| integer(values, item)).collect(),
        _ => None,
    }
}

fn integer<T: TryFrom<i64>>(values: &[Value], id: Id) -> Option<T> {
    match get(values, id)? {
        &Value::Int(value) => T::try_from(value).ok(),
        _ => None,
    }
}
