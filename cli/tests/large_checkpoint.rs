//! A checkpoint of the published size, with its averaged weights, its raw ones and the optimizer's
//! two moments. All its numbers are zero, so that the file is sparse and takes no room.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

mod support;

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use diffae::config::ModelConfig;
use diffae::networks;
use diffae::weights::Part;
use support::Folder;

const CONFIG: &str = "ffhq256_autoenc";

#[test]
#[ignore = "takes minutes"]
fn a_published_checkpoint_is_converted_in_less_memory_than_its_weights_take() {
    let folder = Folder::new();
    let config = ModelConfig::preset(CONFIG).unwrap();
    let [decoder, encoder] =
        [Part::Decoder, Part::Encoder].map(|part| networks::layout(&config, part).unwrap().tensors);
    let decoder_numbers = numbers(&decoder);
    let tensors = [decoder, encoder].concat();
    let length = write_checkpoint(&folder.path("last.ckpt"), &tensors);
    assert!(length > 2_500_000_000, "{length}");

    let mut convert = Command::new(env!("CARGO_BIN_EXE_diffae"));
    convert
        .args(["convert", "--config", CONFIG, "--precision", "int8"])
        .args(["last.ckpt", "-o", "model"])
        .current_dir(folder.path(""));
    let peak = peak_memory(&mut convert);
    println!("{} MB at the peak", peak / 1_000_000);
    // The larger part as int8, and for all the rest twice as much; as f32 it takes four times that.
    assert!(peak < 3 * decoder_numbers, "{peak} of {decoder_numbers}");
    let said = folder.succeeds(&["inspect", "model"]);
    assert!(said.ends_with("Every part is whole and fits the configuration.\n"));
}

/// Runs a command that works, and returns the most memory that it ever had, in bytes. The last look
/// comes before its end, but this only grows, and a conversion ends with small things.
fn peak_memory(command: &mut Command) -> u64 {
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        let status = fs::read_to_string(&status).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        if let Some(kilobytes) = line.and_then(|line| line.trim().strip_suffix(" kB")) {
            peak = kilobytes.parse::<u64>().unwrap() << 10;
        }
        if let Some(ended) = child.try_wait().unwrap() {
            assert!(ended.success());
            return peak;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn numbers(tensors: &[(String, Vec<usize>)]) -> u64 {
    let count = |shape: &[usize]| shape.iter().product::<usize>() as u64;
    tensors.iter().map(|(_, shape)| count(shape)).sum()
}

/// Writes the tensors as PyTorch Lightning does, once for each of the four times that it keeps
/// them, and returns the length of the file.
fn write_checkpoint(path: &Path, tensors: &[(String, Vec<usize>)]) -> u64 {
    let mut zip = Zip::create(path);
    let mut pickle = b"\x80\x02}(".to_vec();
    let mut key = 0;
    for (dictionary, prefixes) in [
        ("state_dict", ["model.", "ema_model."]),
        ("optimizer_states", ["exp_avg.", "exp_avg_sq."]),
    ] {
        text(&mut pickle, dictionary);
        pickle.extend(b"}(");
        for prefix in prefixes {
            for (name, shape) in tensors {
                text(&mut pickle, &format!("{prefix}{name}"));
                tensor(&mut pickle, &key.to_string(), shape);
                zip.zeros(
                    &format!("last/data/{key}"),
                    4 * shape.iter().product::<usize>(),
                );
                key += 1;
            }
        }
        pickle.push(b'u');
    }
    pickle.extend(b"u.");
    zip.member("last/data.pkl", &pickle);
    zip.finish()
}

fn text(pickle: &mut Vec<u8>, text: &str) {
    pickle.push(b'X');
    pickle.extend((text.len() as u32).to_le_bytes());
    pickle.extend(text.as_bytes());
}

/// `_rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict())`.
fn tensor(pickle: &mut Vec<u8>, key: &str, shape: &[usize]) {
    let integer = |pickle: &mut Vec<u8>, value: usize| {
        pickle.push(b'J');
        pickle.extend((value as u32).to_le_bytes());
    };
    pickle.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
    text(pickle, "storage");
    pickle.extend(b"ctorch\nFloatStorage\n");
    text(pickle, key);
    text(pickle, "cpu");
    integer(pickle, shape.iter().product());
    pickle.extend(b"tQK\0(");
    for side in shape {
        integer(pickle, *side);
    }
    pickle.extend(b"t(");
    for axis in 0..shape.len() {
        integer(pickle, shape[axis + 1..].iter().product());
    }
    pickle.extend(b"t\x89ccollections\nOrderedDict\n)RtR");
}

/// A zip file without compression, as torch writes it.
struct Zip {
    file: File,
    at: u64,
    directory: Vec<u8>,
    members: u16,
}

impl Zip {
    fn create(path: &Path) -> Self {
        Self {
            file: File::create(path).unwrap(),
            at: 0,
            directory: Vec::new(),
            members: 0,
        }
    }

    fn member(&mut self, name: &str, bytes: &[u8]) {
        self.begin(name, crc32fast::hash(bytes), bytes.len());
        self.file.write_all(bytes).unwrap();
    }

    fn zeros(&mut self, name: &str, length: usize) {
        let mut hasher = crc32fast::Hasher::new();
        let block = [0; 1 << 16];
        for start in (0..length).step_by(block.len()) {
            hasher.update(&block[..block.len().min(length - start)]);
        }
        self.begin(name, hasher.finalize(), length);
    }

    /// Writes a member's header and steps over its bytes.
    fn begin(&mut self, name: &str, crc32: u32, length: usize) {
        self.file.seek(SeekFrom::Start(self.at)).unwrap();
        // Flags, method (stored), time and date.
        let mut common = b"\x14\0\0\0\0\0\0\0\x21\0".to_vec();
        for field in [crc32, length as u32, length as u32] {
            common.extend(field.to_le_bytes());
        }
        common.extend((name.len() as u16).to_le_bytes());
        common.extend([0; 2]);
        let header = [b"PK\x03\x04", &common[..], name.as_bytes()].concat();
        self.file.write_all(&header).unwrap();
        self.directory.extend(b"PK\x01\x02\x14\0");
        self.directory.extend(&common);
        self.directory.extend([0; 10]);
        self.directory.extend((self.at as u32).to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.at += (header.len() + length) as u64;
        self.members += 1;
    }

    fn finish(mut self) -> u64 {
        let start = self.at as u32;
        let mut end = b"PK\x05\x06\0\0\0\0".to_vec();
        end.extend([self.members.to_le_bytes(); 2].concat());
        end.extend((self.directory.len() as u32).to_le_bytes());
        end.extend(start.to_le_bytes());
        end.extend([0; 2]);
        self.file.seek(SeekFrom::Start(self.at)).unwrap();
        self.file.write_all(&self.directory).unwrap();
        self.file.write_all(&end).unwrap();
        self.file.stream_position().unwrap()
    }
}
