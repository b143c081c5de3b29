//! A bounded interpreter of Python pickles: it follows the opcodes that torch's picklers emit (protocols 2 to 5),
//! builds plain values, and calls nothing.
//!
//! Values live in one list and refer to each other by index, so that neither deep nesting nor sharing through the
//! memo costs recursion or copies; every opcode adds at most one value, and the number of opcodes is limited.

use std::collections::HashMap;

use super::ImportError;
use super::cursor::Cursor;
use super::torch::{self, Called};
use super::value::{Document, Id, Value, get};

/// Longest pickle that is read. That of an official 256 px checkpoint is about 1 MB.
pub(super) const MAX_BYTES: u64 = 32 << 20;
/// Most opcodes that are followed. An official 256 px checkpoint needs about 150 thousand.
const MAX_OPCODES: usize = 2_000_000;
/// Most values on the stack at once, which also bounds the nesting of what is under construction. Picklers fill
/// lists and dictionaries a thousand items at a time.
const MAX_STACK: usize = 100_000;
/// Most marks on the stack at once, that is: tuples, lists and dictionaries begun and not finished.
const MAX_MARKS: usize = 1_000;
/// Most entries of the memo. An official 256 px checkpoint needs about 40 thousand.
const MAX_MEMO: usize = 1_000_000;

/// Most bytes that all values take together, which one list or shape that is called upon again and again could multiply.
/// Those of an official 256 px checkpoint take about 10 MB.
const MAX_ROOM: usize = 64 << 20;

/// All opaque values are this one.
const OPAQUE: Id = Id(0);

/// Follows the pickle in `bytes`; what comes after its STOP is not looked at.
pub(super) fn parse(bytes: &[u8]) -> Result<Document, ImportError> {
    parse_prefix(bytes).map(|(document, _)| document)
}

/// Follows the pickle with which `bytes` begin, and says how long it is.
pub(super) fn parse_prefix(bytes: &[u8]) -> Result<(Document, usize), ImportError> {
    let mut machine = Machine::new(bytes);
    match machine.run() {
        Ok(root) => Ok((Document::new(machine.values, root), machine.input.at())),
        Err(what) => Err(ImportError::Pickle {
            at: machine.input.at(),
            what,
        }),
    }
}

struct Machine<'a> {
    input: Cursor<'a>,
    values: Vec<Value>,
    stack: Vec<Id>,
    /// Heights of the stack at which a mark was set; what lies below the last one cannot be popped.
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
    /// Bytes that the values take.
    room: usize,
}

impl<'a> Machine<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            input: Cursor::new(bytes),
            values: vec![Value::Opaque],
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
            room: 0,
        }
    }

    fn run(&mut self) -> Result<Id, String> {
        for _ in 0..MAX_OPCODES {
            let opcode = self.input.byte()?;
            if opcode == b'.' {
                return self.pop();
            }
            self.step(opcode)?;
        }
        Err(format!("more than {MAX_OPCODES} opcodes"))
    }

    /// Carries one opcode out. The comments give the names of Python's pickletools.
    fn step(&mut self, opcode: u8) -> Result<(), String> {
        match opcode {
            // PROTO
            0x80 => match self.input.byte()? {
                2..=5 => Ok(()),
                other => Err(format!("pickle protocol {other}, where 2 to 5 are known")),
            },
            // FRAME: only a hint for buffered readers
            0x95 => self.input.take(8).map(|_| ()),

            // NONE, NEWTRUE, NEWFALSE
            b'N' => self.push(OPAQUE),
            0x88 => self.push_new(Value::Bool(true)),
            0x89 => self.push_new(Value::Bool(false)),
            // BINFLOAT
            b'G' => {
                self.input.take(8)?;
                self.push(OPAQUE)
            }
            // BININT, BININT1, BININT2, LONG1, LONG4
            b'J' => {
                let value = i32::from_le_bytes(self.input.array()?);
                self.push_new(Value::Int(value.into()))
            }
            b'K' => self.sized_integer::<1>(),
            b'M' => self.sized_integer::<2>(),
            0x8a => self.long::<1>(),
            0x8b => self.long::<4>(),

            // SHORT_BINUNICODE, BINUNICODE, BINUNICODE8
            0x8c => self.text::<1>(),
            b'X' => self.text::<4>(),
            0x8d => self.text::<8>(),
            // SHORT_BINSTRING, BINSTRING: text of Python 2
            b'U' => self.text::<1>(),
            b'T' => self.text::<4>(),
            // SHORT_BINBYTES, BINBYTES, BINBYTES8, BYTEARRAY8
            b'C' => self.skip_bytes::<1>(),
            b'B' => self.skip_bytes::<4>(),
            0x8e | 0x96 => self.skip_bytes::<8>(),

            // MARK, POP, POP_MARK, DUP
            b'(' => self.mark(),
            b'0' => self.pop_or_unmark(),
            b'1' => self.pop_to_mark().map(|_| ()),
            b'2' => {
                let top = self.top()?;
                self.push(top)
            }

            // EMPTY_TUPLE, TUPLE1, TUPLE2, TUPLE3, TUPLE
            b')' => self.push_new(Value::Tuple(Vec::new())),
            0x85 => self.tuple(1),
            0x86 => self.tuple(2),
            0x87 => self.tuple(3),
            b't' => {
                let items = self.pop_to_mark()?;
                self.push_new(Value::Tuple(items))
            }
            // EMPTY_LIST, LIST, APPEND, APPENDS
            b']' => self.push_new(Value::List(Vec::new())),
            b'l' => {
                let items = self.pop_to_mark()?;
                self.push_new(Value::List(items))
            }
            b'a' => {
                let item = self.pop()?;
                self.append(vec![item])
            }
            b'e' => {
                let items = self.pop_to_mark()?;
                self.append(items)
            }
            // EMPTY_DICT, DICT, SETITEM, SETITEMS
            b'}' => self.push_new(Value::Dict(Vec::new())),
            b'd' => {
                let items = self.pop_to_mark()?;
                self.push_new(Value::Dict(Vec::new()))?;
                self.set_items(&items)
            }
            b's' => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.set_items(&[key, value])
            }
            b'u' => {
                let items = self.pop_to_mark()?;
                self.set_items(&items)
            }
            // EMPTY_SET, ADDITEMS, FROZENSET: sets are opaque
            0x8f => self.push(OPAQUE),
            0x90 => self.pop_to_mark().and_then(|_| self.top()).map(|_| ()),
            0x91 => {
                self.pop_to_mark()?;
                self.push(OPAQUE)
            }

            // BINPUT, LONG_BINPUT, MEMOIZE
            b'q' => {
                let index = self.input.byte()?;
                self.put(index.into())
            }
            b'r' => {
                let index = u32::from_le_bytes(self.input.array()?);
                self.put(index)
            }
            0x94 => self.put(u32::try_from(self.memo.len()).unwrap_or(u32::MAX)),
            // BINGET, LONG_BINGET
            b'h' => {
                let index = self.input.byte()?;
                self.recall(index.into())
            }
            b'j' => {
                let index = u32::from_le_bytes(self.input.array()?);
                self.recall(index)
            }

            // GLOBAL, STACK_GLOBAL
            b'c' => {
                let module = self.input.line()?;
                let name = self.input.line()?;
                self.push_new(torch::global(module, name))
            }
            0x93 => {
                let name = self.pop()?;
                let module = self.pop()?;
                match (get(&self.values, module), get(&self.values, name)) {
                    (Some(Value::Text(module)), Some(Value::Text(name))) => {
                        self.push_new(torch::global(module, name))
                    }
                    _ => Err("the name of a global is no text".into()),
                }
            }
            // REDUCE, NEWOBJ, NEWOBJ_EX
            b'R' | 0x81 => self.call(),
            0x92 => {
                self.pop()?;
                self.call()
            }
            // BUILD: attributes of the object below, of which none matters (`_metadata` of a state_dict)
            b'b' => self.pop().and_then(|_| self.top()).map(|_| ()),
            // BINPERSID
            b'Q' => {
                let id = self.pop()?;
                self.push_new(torch::persistent(&self.values, id))
            }

            other => Err(format!(
                "opcode 0x{other:02x}, which torch does not write with protocols 2 to 5"
            )),
        }
    }

    fn call(&mut self) -> Result<(), String> {
        let arguments = self.pop()?;
        let callable = self.pop()?;
        let global = match get(&self.values, callable) {
            Some(&Value::Global(global)) => global,
            _ => return self.push(OPAQUE),
        };
        // What a call looks through is paid for, however little it returns.
        self.take_room(torch::looked_through(&self.values, global, arguments))?;
        match torch::call(&self.values, global, arguments)? {
            Called::New(value) => self.push_new(value),
            Called::Existing(id) => self.push(id),
        }
    }

    fn append(&mut self, mut items: Vec<Id>) -> Result<(), String> {
        self.take_room(size_of_val(items.as_slice()))?;
        match self.target()? {
            Value::List(list) => list.append(&mut items),
            Value::Opaque => {}
            _ => return Err("an item is appended to what is no list".into()),
        }
        Ok(())
    }

    fn set_items(&mut self, items: &[Id]) -> Result<(), String> {
        let (pairs, rest) = items.as_chunks::<2>();
        if !rest.is_empty() {
            return Err("a dictionary has a key without a value".into());
        }
        let mut named: Vec<(Id, Id)> = Vec::with_capacity(pairs.len());
        for &[key, value] in pairs {
            if let Some(Value::Text(_)) = get(&self.values, key) {
                named.push((key, value));
            }
        }
        self.take_room(size_of_val(named.as_slice()))?;
        match self.target()? {
            Value::Dict(entries) => entries.append(&mut named),
            Value::Opaque => {}
            _ => return Err("an entry is set in what is no dictionary".into()),
        }
        Ok(())
    }

    fn target(&mut self) -> Result<&mut Value, String> {
        let Id(index) = self.top()?;
        usize::try_from(index)
            .ok()
            .and_then(|index| self.values.get_mut(index))
            .ok_or_else(|| "a value does not exist".to_owned())
    }

    fn tuple(&mut self, length: usize) -> Result<(), String> {
        let start = self.stack.len().checked_sub(length);
        match start {
            Some(start) if start >= self.floor() => {
                let items = self.stack.split_off(start);
                self.push_new(Value::Tuple(items))
            }
            _ => Err(UNDERFLOW.into()),
        }
    }

    fn push(&mut self, id: Id) -> Result<(), String> {
        if self.stack.len() >= MAX_STACK {
            return Err(format!("more than {MAX_STACK} values wait on the stack"));
        }
        self.stack.push(id);
        Ok(())
    }

    fn push_new(&mut self, value: Value) -> Result<(), String> {
        if matches!(value, Value::Opaque) {
            return self.push(OPAQUE);
        }
        self.take_room(value.room())?;
        let index = u32::try_from(self.values.len()).map_err(|_| "too many values".to_owned())?;
        self.values.push(value);
        self.push(Id(index))
    }

    /// Counts bytes before they are taken, where that can be known.
    fn take_room(&mut self, bytes: usize) -> Result<(), String> {
        self.room = self.room.saturating_add(bytes);
        match self.room {
            0..=MAX_ROOM => Ok(()),
            _ => Err(format!("its objects take more than {MAX_ROOM} bytes")),
        }
    }

    fn mark(&mut self) -> Result<(), String> {
        if self.marks.len() >= MAX_MARKS {
            return Err(format!("objects nested more than {MAX_MARKS} deep"));
        }
        self.marks.push(self.stack.len());
        Ok(())
    }

    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn top(&self) -> Result<Id, String> {
        match self.stack.last() {
            Some(&id) if self.stack.len() > self.floor() => Ok(id),
            _ => Err(UNDERFLOW.into()),
        }
    }

    fn pop(&mut self) -> Result<Id, String> {
        let id = self.top()?;
        self.stack.pop();
        Ok(id)
    }

    /// POP takes the mark away if nothing lies above it.
    fn pop_or_unmark(&mut self) -> Result<(), String> {
        if self.marks.last() == Some(&self.stack.len()) {
            self.marks.pop();
            return Ok(());
        }
        self.pop().map(|_| ())
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Id>, String> {
        match self.marks.pop() {
            Some(mark) if mark <= self.stack.len() => Ok(self.stack.split_off(mark)),
            _ => Err("an object ends that was never begun".into()),
        }
    }

    fn put(&mut self, index: u32) -> Result<(), String> {
        let id = self.top()?;
        if self.memo.len() >= MAX_MEMO {
            return Err(format!("more than {MAX_MEMO} memo entries"));
        }
        self.memo.insert(index, id);
        Ok(())
    }

    fn recall(&mut self, index: u32) -> Result<(), String> {
        match self.memo.get(&index) {
            Some(&id) => self.push(id),
            None => Err(format!("memo entry {index} is used before it is set")),
        }
    }

    fn sized_integer<const N: usize>(&mut self) -> Result<(), String> {
        let value = self.input.little_endian::<N>()?;
        let value = i64::try_from(value).map_err(|_| "an integer is too large".to_owned())?;
        self.push_new(Value::Int(value))
    }

    /// A signed integer of `N` bytes of length; one that does not fit 64 bits is opaque.
    fn long<const N: usize>(&mut self) -> Result<(), String> {
        let bytes = self.input.prefixed::<N>()?;
        if bytes.len() > 8 {
            return self.push(OPAQUE);
        }
        let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
        let mut padded = [if negative { 0xff } else { 0 }; 8];
        for (to, from) in padded.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.push_new(Value::Int(i64::from_le_bytes(padded)))
    }

    fn text<const N: usize>(&mut self) -> Result<(), String> {
        let bytes = self.input.prefixed::<N>()?;
        let text = String::from_utf8_lossy(bytes).into_owned();
        self.push_new(Value::Text(text))
    }

    fn skip_bytes<const N: usize>(&mut self) -> Result<(), String> {
        self.input.prefixed::<N>()?;
        self.push(OPAQUE)
    }
}

const UNDERFLOW: &str = "an opcode needs more values than there are";
