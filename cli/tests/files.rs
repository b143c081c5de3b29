//! Files that the tool writes and reads, whatever the folder is, whoever may read them, and whenever it is stopped.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

mod support;

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use diffae::config::ModelConfig;
use diffae::networks;
use diffae::weights::Part;
use support::{EYES, FACE, Folder, QUICK, golden_checkpoints};

const PARTS: [&str; 5] = [
    "attributes.safetensors",
    "decoder.safetensors",
    "encoder.safetensors",
    "latent.safetensors",
    "manifest.json",
];

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_model_is_converted_into_a_folder_of_another_file_system() {
    let folder = Folder::new();
    let Ok(other) = tempfile::tempdir_in("/dev/shm") else {
        println!("there is no /dev/shm");
        return;
    };
    let device = |path: &Path| fs::metadata(path).unwrap().dev();
    if device(other.path()) == device(&folder.path("")) {
        println!("/dev/shm is where temporary files are");
        return;
    }
    symlink(other.path(), folder.path("model")).unwrap();
    folder.convert_golden("model", "int8");
    assert_eq!(names(other.path()), PARTS);
    let said = folder.succeeds(&["inspect", "model"]);
    assert!(said.ends_with("Every part is whole and fits the configuration.\n"));
}

#[test]
fn a_converted_model_is_as_private_as_the_user_wants_it() {
    let folder = Folder::new();
    folder.convert_golden("model", "int8");
    let [private, others] =
        ["decoder.safetensors", "encoder.safetensors"].map(|name| folder.path("model").join(name));
    fs::set_permissions(&private, Permissions::from_mode(0o600)).unwrap();
    let before = mode(&others);
    folder.convert_golden("model", "f16");
    assert_eq!((mode(&private), mode(&others)), (0o600, before));

    folder.write_golden_config("golden.json");
    let status = Command::new("sh")
        .args(["-c", "umask 077; exec \"$0\" \"$@\""])
        .arg(env!("CARGO_BIN_EXE_diffae"))
        .args(["convert", "--config", "golden.json", "-o", "secret"])
        .args(["--licence", "x", "--origin", "x"])
        .args(golden_checkpoints())
        .current_dir(folder.path(""))
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    for name in PARTS {
        assert_eq!(mode(&folder.path("secret").join(name)), 0o600, "{name}");
    }
}

#[test]
fn a_picture_that_is_replaced_stays_as_private_as_it_was() {
    let folder = Folder::new();
    folder.write("out.png", b"old");
    fs::set_permissions(folder.path("out.png"), Permissions::from_mode(0o600)).unwrap();
    let mut args = vec!["edit", FACE, "--eyes", EYES, "--set", "Smiling=0.3"];
    args.extend(QUICK);
    args.extend(["-o", "out.png"]);
    folder.succeeds(&args);
    assert_eq!(mode(&folder.path("out.png")), 0o600);
    assert_eq!(folder.size("out.png"), (256, 256));
}

/// A published model of zeros, which is sparse and takes a second or two to convert.
#[test]
fn a_conversion_that_is_stopped_leaves_nothing() {
    const CONFIG: &str = "ffhq256_autoenc";
    let folder = Folder::new();
    let config = ModelConfig::preset(CONFIG).unwrap();
    let mut at = 0;
    let mut tensors = Vec::new();
    for part in [Part::Decoder, Part::Encoder] {
        for (name, shape) in networks::layout(&config, part).unwrap().tensors {
            let end = at + 4 * shape.iter().product::<usize>();
            tensors.push(format!(
                r#""{name}":{{"dtype":"F32","shape":{shape:?},"data_offsets":[{at},{end}]}}"#
            ));
            at = end;
        }
    }
    let header = format!("{{{}}}", tensors.join(","));
    let mut file = File::create(folder.path("zeros.safetensors")).unwrap();
    file.write_all(&(header.len() as u64).to_le_bytes())
        .unwrap();
    file.write_all(header.as_bytes()).unwrap();
    file.set_len(8 + header.len() as u64 + at as u64).unwrap();

    let mut convert = Command::new(env!("CARGO_BIN_EXE_diffae"))
        .args([
            "convert",
            "--config",
            CONFIG,
            "zeros.safetensors",
            "-o",
            "model",
        ])
        .current_dir(folder.path(""))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    // Until something of it is there.
    while names(&folder.path("")).len() < 2 {
        assert!(began.elapsed() < Duration::from_secs(60));
        thread::sleep(Duration::from_millis(1));
    }
    thread::sleep(Duration::from_millis(100));
    let pid = convert.id().to_string();
    let sent = Command::new("kill").args(["-INT", &pid]).status().unwrap();
    assert!(sent.success());
    assert_eq!(convert.wait().unwrap().code(), Some(130));
    assert_eq!(names(&folder.path("")), ["zeros.safetensors"]);
}

#[test]
fn what_a_file_says_is_no_command_for_the_terminal() {
    let folder = Folder::new();
    let header =
        r#"{"\u001b]0;owned\u0007\u001b[2J":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#;
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    folder.write("named.safetensors", bytes);
    folder.write_golden_config("golden.json");
    let output = folder.run(&[
        "convert",
        "--config",
        "golden.json",
        "named.safetensors",
        "-o",
        "model",
        "--licence",
        "x",
        "--origin",
        "x",
    ]);
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains(r"\u{1b}[2J") && !said.contains('\u{1b}'),
        "{said:?}"
    );

    folder.convert_golden("model", "int8");
    let manifest = fs::read_to_string(folder.path("model/manifest.json")).unwrap();
    for (from, to) in [
        ("\"licence\": \"Free.", "\"licence\": \"\\u001b[2J"),
        ("\"origin\": \"", "\"origin\": \"\\u009b2J"),
    ] {
        folder.write("model/manifest.json", manifest.replacen(from, to, 1));
        folder.fails(&["inspect", "model"], &["control character"]);
    }
}

#[test]
fn a_manifest_without_end_is_not_read_to_its_end() {
    let folder = Folder::new();
    folder.convert_golden("model", "int8");
    let manifest = File::options()
        .write(true)
        .open(folder.path("model/manifest.json"));
    // Sparse: as an allocation it would end the program.
    manifest.unwrap().set_len(1 << 40).unwrap();
    let output = folder.run(&["inspect", "model"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("more than the 4194304 bytes"), "{said}");
}
