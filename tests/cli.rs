//! The command-line tool as its users meet it: the built binary, run in a folder of its own.
#![cfg(feature = "cli")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use diffae::Picture;
use diffae::photo;
use tempfile::TempDir;

/// A face that is not framed for the built-in model, and where its eyes are.
const FACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/www/samples/face-03.webp");
const OTHER_FACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/www/samples/face-08.webp");
const EYES: &str = "98,123,158,123";
/// The fewest evaluations that still show whether everything is connected.
const QUICK: [&str; 4] = ["--steps", "5", "--iterations", "1"];

/// A folder that commands run in, and that knows what they left there.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    fn picture(&self, name: &str) -> Picture {
        photo::open(&self.path(name)).unwrap()
    }

    fn size(&self, name: &str) -> (u32, u32) {
        let picture = self.picture(name);
        (picture.width(), picture.height())
    }

    /// Everything here and its bytes, folders included.
    fn contents(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        let mut folders = vec![self.0.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path.clone());
                    found.push((path, Vec::new()));
                } else {
                    let bytes = fs::read(&path).unwrap();
                    found.push((path, bytes));
                }
            }
        }
        found.sort();
        found
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_diffae"))
            .args(args)
            .current_dir(self.0.path())
            .env_remove("DIFFAE_MODEL")
            .output()
            .unwrap()
    }

    /// Runs a command that works, and returns what it printed.
    #[track_caller]
    fn succeeds(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{args:?}: {errors}");
        assert_eq!(errors, "", "{args:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command that does not: exit code 1, one sentence that holds all of `mentions`, and
    /// the folder as it was.
    #[track_caller]
    fn fails(&self, args: &[&str], mentions: &[&str]) {
        let before = self.contents();
        let output = self.run(args);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{args:?}: {errors}");
        assert_eq!(errors.lines().count(), 1, "{args:?}: {errors}");
        assert!(errors.starts_with("diffae: "), "{args:?}: {errors}");
        for mention in mentions {
            assert!(
                errors.contains(mention),
                "{args:?}: no `{mention}` in: {errors}"
            );
        }
        assert!(before == self.contents(), "{args:?} left something behind");
    }

    /// Converts the golden checkpoints to a model directory.
    fn convert_golden(&self, directory: &str, precision: &str) -> String {
        self.write_golden_config("golden.json");
        let files = golden_checkpoints();
        let mut args = vec!["convert", "--config", "golden.json", "-o", directory];
        args.extend(["--precision", precision]);
        args.extend(["--licence", "Free.", "--origin", "Random numbers."]);
        args.extend(["--framing", "0.5,0.45,0.25"]);
        args.extend(files.iter().map(|file| file.to_str().unwrap()));
        self.succeeds(&args)
    }

    fn write_golden_config(&self, name: &str) {
        let manifest = fs::read(golden_dir().join("manifest.json")).unwrap();
        let manifest = serde_json::from_slice(&manifest).unwrap();
        let config = support::golden_config(&manifest);
        self.write(name, serde_json::to_vec(&config).unwrap());
    }
}

/// This project's own golden files; unlike the numbers, the tool's behaviour needs no second set.
fn golden_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn golden_checkpoints() -> Vec<PathBuf> {
    let folder = golden_dir().join("checkpoints");
    [
        "tiny_autoenc_latent/last.ckpt",
        "tiny_autoenc/latent.pkl",
        "tiny_autoenc_cls/last.ckpt",
    ]
    .map(|file| folder.join(file))
    .to_vec()
}

fn edit<'a>(face: &'a str, changes: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    let mut args = vec!["edit", face, "--eyes", EYES];
    for change in changes {
        args.extend(["--set", change]);
    }
    args.extend(QUICK);
    args.extend(more);
    args
}

/// A picture in which no two pixels are alike.
fn gradient(side: u32) -> Picture {
    let rgb: Vec<u8> = (0..side * side)
        .flat_map(|i| [(i % side * 4) as u8, (i / side * 4) as u8, 128])
        .collect();
    Picture::from_rgb(side, side, &rgb).unwrap()
}

#[test]
fn a_face_is_edited_with_the_built_in_model() {
    let folder = Folder::new();
    let both = ["Smiling=0.3", "Eyeglasses=-0.2"];
    let said = folder.succeeds(&edit(FACE, &both, &["-o", "out.png"]));
    assert_eq!(said, "Wrote out.png\n");
    assert_eq!(folder.size("out.png"), (64, 64));
    // The default name, in the current directory.
    let said = folder.succeeds(&edit(FACE, &both[..1], &[]));
    assert_eq!(said, "Wrote face-03-edited.png\n");
    assert_ne!(folder.read("out.png"), folder.read("face-03-edited.png"));
}

#[test]
fn a_saved_code_stands_for_its_picture() {
    let folder = Folder::new();
    let mut args = vec!["encode", FACE, "--eyes", EYES];
    args.extend(QUICK);
    let said = folder.succeeds(&args);
    assert_eq!(said, "Wrote face-03.code.safetensors\n");
    let change = ["Smiling=0.3"];
    folder.succeeds(&edit(FACE, &change, &["-o", "from-picture.png"]));
    let code = "face-03.code.safetensors";
    folder.succeeds(&edit(code, &change, &["-o", "from-code.png"]));
    assert_eq!(
        folder.read("from-picture.png"),
        folder.read("from-code.png")
    );
    // Nothing to compare a code's reconstruction with.
    let said = folder.succeeds(&["reconstruct", code, "--steps", "5"]);
    assert_eq!(said, "Wrote face-03-reconstructed.png\n");
}

#[test]
fn a_reconstruction_is_measured_against_a_random_x_t() {
    let folder = Folder::new();
    let args = ["reconstruct", FACE, "--eyes", EYES, "--steps", "10"];
    let said = folder.succeeds(&args);
    let psnr = |row: &str| -> f64 {
        let line = said.lines().find(|line| line.starts_with(row)).unwrap();
        let cells: Vec<&str> = line.split_whitespace().collect();
        cells[3].parse().unwrap()
    };
    assert!(psnr("encoded x_T") > 30.0, "{said}");
    assert!(psnr("random x_T") < psnr("encoded x_T") - 5.0, "{said}");
    assert_eq!(folder.size("face-03-reconstructed.png"), (64, 64));
}

#[test]
fn several_pictures_make_a_contact_sheet_that_its_seed_determines() {
    let folder = Folder::new();
    let mut args = vec!["interpolate", FACE, OTHER_FACE, "--eyes", EYES];
    args.extend(["--count", "3"]);
    args.extend(QUICK);
    let said = folder.succeeds(&args);
    assert_eq!(said, "Wrote face-03-to-face-08.png\n");
    assert_eq!(folder.size("face-03-to-face-08.png"), (3 * 64 + 8, 64));

    let draw = |command: &[&str], seed: &str, file: &str| {
        let mut args = command.to_vec();
        args.extend(["--count", "3", "--columns", "2", "--steps", "5"]);
        args.extend(["--seed", seed, "-o", file]);
        folder.succeeds(&args);
        assert_eq!(folder.size(file), (132, 132));
        folder.read(file)
    };
    for command in [
        vec!["variations", FACE, "--eyes", EYES],
        vec!["sample", "--latent-steps", "10"],
    ] {
        let first = draw(&command, "1", "a.png");
        assert_eq!(first, draw(&command, "1", "b.png"), "{command:?}");
        assert_ne!(first, draw(&command, "2", "c.png"), "{command:?}");
    }
}

#[test]
fn examples_teach_a_direction() {
    let folder = Folder::new();
    let taught = ["--like", OTHER_FACE, "--unlike", FACE];
    for (amount, file) in [("0.4", "more.png"), ("-0.4", "less.png")] {
        let more = ["--amount", amount, "-o", file];
        folder.succeeds(&edit(FACE, &[], &[&taught[..], &more].concat()));
    }
    assert_ne!(folder.read("more.png"), folder.read("less.png"));
    let mut args = vec!["sample", "--count", "2", "--steps", "5", "--eyes", EYES];
    args.extend(["--latent-steps", "10"]);
    folder.succeeds(&args);
    let anyone = folder.read("samples.png");
    args.extend(taught);
    folder.succeeds(&args);
    assert_ne!(folder.read("samples.png"), anyone);
}

#[test]
fn checkpoints_become_a_model_that_edits() {
    let folder = Folder::new();
    let said = folder.convert_golden("model", "int8");
    assert!(said.contains("attributes"), "{said}");
    let said = folder.succeeds(&["inspect", "model"]);
    assert!(said.contains("Random numbers."), "{said}");
    assert!(said.ends_with("Every part is whole and fits the configuration.\n"));
    let said = folder.succeeds(&["inspect", "model", "--attributes"]);
    assert!(said.lines().any(|line| line == "Smiling"), "{said}");

    photo::save_png(&gradient(32), &folder.path("picture.png")).unwrap();
    let mut args = vec!["edit", "picture.png", "--set", "Smiling=0.3"];
    args.extend(["--model", "model", "-o", "out.png"]);
    args.extend(QUICK);
    folder.succeeds(&args);
    assert_eq!(folder.size("out.png"), (32, 32));
    // A code of one model is refused by another.
    folder.succeeds(&["encode", "picture.png", "--model", "model", "--steps", "2"]);
    let args = ["reconstruct", "picture.code.safetensors"];
    folder.fails(&args, &["64 values, not 256"]);
}

#[test]
fn converting_twice_gives_the_same_bytes() {
    let folder = Folder::new();
    for precision in ["f32", "f16", "int8"] {
        folder.convert_golden("one", precision);
        folder.convert_golden("two", precision);
        for file in [
            "manifest.json",
            "encoder.safetensors",
            "decoder.safetensors",
            "latent.safetensors",
            "attributes.safetensors",
        ] {
            let (one, two) = (format!("one/{file}"), format!("two/{file}"));
            assert!(folder.read(&one) == folder.read(&two), "{precision} {file}");
        }
    }
}

#[test]
fn bench_reports_speed() {
    let folder = Folder::new();
    let said = folder.succeeds(&["bench", "--runs", "1", "--steps", "5"]);
    for row in ["U-Net step", "encode (z_sem)", "edit (5 steps)"] {
        assert!(said.contains(row), "{said}");
    }
}

#[test]
fn pictures_that_cannot_be_used_are_refused() {
    let folder = Folder::new();
    let refused = |file: &str, mentions: &[&str]| {
        let args = ["edit", file, "--set", "Smiling=0.3", "-o", "out.png"];
        folder.fails(&args, mentions);
    };
    refused("nowhere.png", &["nowhere.png", "No such file"]);
    folder.write("text.png", "It was a dark and stormy night.");
    refused("text.png", &["text.png", "text", "PNG, JPEG or WebP"]);
    folder.write("empty.png", "");
    refused("empty.png", &["empty.png", "empty"]);

    photo::save_png(&gradient(64), &folder.path("whole.png")).unwrap();
    let whole = folder.read("whole.png");
    folder.write("half.png", &whole[..whole.len() / 2]);
    refused("half.png", &["half.png", "damaged"]);
    let mut wrong = whole.clone();
    wrong[whole.len() / 2] ^= 1;
    folder.write("flipped.png", wrong);
    refused("flipped.png", &["flipped.png", "damaged"]);
    folder.write("huge.png", with_size(&whole, 20_000));
    refused("huge.png", &["huge.png", "20000 x 20000"]);
    folder.write("no-pixels.png", with_size(&whole, 0));
    refused("no-pixels.png", &["no-pixels.png", "damaged"]);
    folder.write("half.safetensors", &whole[..40]);
    refused("half.safetensors", &["half.safetensors", "diffae encode"]);
}

/// A PNG file that claims another size.
fn with_size(png: &[u8], side: u32) -> Vec<u8> {
    let mut png = png.to_vec();
    png[16..20].copy_from_slice(&side.to_be_bytes());
    png[20..24].copy_from_slice(&side.to_be_bytes());
    // The checksum covers the chunk's type and data.
    let checksum = crc32fast::hash(&png[12..29]);
    png[29..33].copy_from_slice(&checksum.to_be_bytes());
    png
}

#[test]
fn wishes_that_cannot_be_met_are_refused() {
    let folder = Folder::new();
    photo::save_png(&gradient(64), &folder.path("face.png")).unwrap();
    let refused = |args: &[&str], mentions: &[&str]| {
        let mut all = vec!["edit", "face.png"];
        all.extend(args);
        folder.fails(&all, mentions);
    };
    refused(&["--set", "Smilling=0.3"], &["`Smilling`", "`Smiling`"]);
    refused(&["--set", "Smiling=7"], &["Smiling", "between -3 and 3"]);
    refused(&["--set", "Smiling=nan"], &["Smiling", "NaN"]);
    let smile = ["--set", "Smiling=0.3"];
    let with = |more: &[&'static str]| [&smile[..], more].concat();
    refused(&with(&["--steps", "41"]), &["41", "40 and 42"]);
    refused(&with(&["--encode-steps", "300"]), &["250 and 334"]);
    refused(&with(&["--iterations", "0"]), &["1 to 20"]);
    refused(&with(&["--eyes", "10,10,10,10"]), &["both eyes"]);
    refused(&with(&["--eyes", "10,10,900,10"]), &["the right eye"]);
    refused(
        &with(&["--eyes", "10,20,30,20", "--eyes", "1,2,30,4"]),
        &["2 times for 1 pictures"],
    );
    refused(&with(&["-o", "face.png"]), &["overwrite", "face.png"]);
    refused(&with(&["-o", "out.jpg"]), &["out.jpg", ".png"]);
    refused(&with(&["-o", "no/out.png"]), &["no folder no"]);
    refused(&with(&["--model", "no"]), &["no/manifest.json"]);
    folder.fails(&["sample", "--count", "0"], &["1 to 64"]);
    folder.fails(&["sample", "--latent-steps", "41"], &["40 and 42"]);
    // What the grammar of the command line forbids is clap's to say, with its own exit code.
    for args in [
        &["edit", "face.png"][..],
        &["edit", "face.png", "--set", "Smiling"],
        &["edit", "face.png", "--like", "face.png"],
    ] {
        assert_eq!(folder.run(args).status.code(), Some(2), "{args:?}");
    }
}

#[test]
fn damaged_models_are_refused() {
    let folder = Folder::new();
    folder.convert_golden("model", "f32");
    photo::save_png(&gradient(32), &folder.path("picture.png")).unwrap();
    let manifest = String::from_utf8(folder.read("model/manifest.json")).unwrap();
    let decoder = folder.read("model/decoder.safetensors");
    let refused = |mentions: &[&str]| {
        folder.fails(&["inspect", "model"], mentions);
        let mut args = vec!["edit", "picture.png", "--set", "Smiling=0.3"];
        args.extend(["--model", "model", "-o", "out.png"]);
        args.extend(QUICK);
        folder.fails(&args, mentions);
    };
    folder.write("model/decoder.safetensors", &decoder[..decoder.len() - 9]);
    refused(&["decoder.safetensors", "bytes, but the manifest says"]);
    let mut flipped = decoder.clone();
    flipped[decoder.len() / 2] ^= 0x10;
    folder.write("model/decoder.safetensors", &flipped);
    refused(&["decoder.safetensors", "SHA-256"]);
    folder.write("model/decoder.safetensors", &decoder);

    let at = manifest.rfind("\"sha256\": \"").unwrap() + 11;
    let mut wrong = manifest.clone();
    wrong.replace_range(at..at + 64, &"0".repeat(64));
    folder.write("model/manifest.json", &wrong);
    refused(&["attributes.safetensors", "SHA-256", "000000"]);
    folder.write("model/manifest.json", &manifest[..manifest.len() / 2]);
    refused(&["manifest.json", "not a usable manifest"]);
    let newer = manifest.replace("\"format\": 1", "\"format\": 2");
    folder.write("model/manifest.json", newer);
    refused(&["format 2"]);
    // A model of another width under a manifest that fits its bytes.
    let other = manifest.replace("\"num_res_blocks\": 1", "\"num_res_blocks\": 2");
    folder.write("model/manifest.json", other);
    refused(&["golden", "missing", "input_blocks."]);
}

#[test]
fn checkpoints_that_cannot_be_converted_are_refused() {
    let folder = Folder::new();
    folder.write_golden_config("golden.json");
    let checkpoint = golden_checkpoints().remove(0);
    let convert = |config: &str, file: &Path, mentions: &[&str]| {
        let mut args = vec!["convert", "--config", config, "-o", "model"];
        args.extend(["--licence", "Free.", "--origin", "Random numbers."]);
        args.push(file.to_str().unwrap());
        folder.fails(&args, mentions);
    };
    convert(
        "ffhq128_autoenc_130M",
        &checkpoint,
        &[
            "ffhq128_autoenc_130M",
            "missing",
            "of another shape",
            "input_blocks.0.0",
        ],
    );
    convert("ffhq256_autoencc", &checkpoint, &["`ffhq256_autoenc`"]);
    convert(
        "nowhere.json",
        &checkpoint,
        &["nowhere.json", "No such file"],
    );
    folder.write("empty.json", "{}");
    convert("empty.json", &checkpoint, &["empty.json", "missing field"]);
    let config = String::from_utf8(folder.read("golden.json")).unwrap();
    folder.write("odd.json", config.replace("\"net_ch\":32", "\"net_ch\":33"));
    convert("odd.json", &checkpoint, &["`net_ch`", "33"]);

    let nowhere = folder.path("nowhere.ckpt");
    convert("golden.json", &nowhere, &["nowhere.ckpt", "No such file"]);
    let text = folder.path("text.ckpt");
    folder.write("text.ckpt", "It was a dark and stormy night.");
    convert("golden.json", &text, &["text.ckpt"]);
    let whole = fs::read(&checkpoint).unwrap();
    let damaged = folder.path("damaged.ckpt");
    folder.write("damaged.ckpt", &whole[..whole.len() / 2]);
    convert("golden.json", &damaged, &["damaged.ckpt"]);
    // One bit in the middle of the averaged weights, which the container's checksums cover.
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    folder.write("damaged.ckpt", &flipped);
    convert("golden.json", &damaged, &["checksum"]);

    let args = ["convert", "--config", "golden.json", "-o", "model"];
    let mut args = args.to_vec();
    args.push(checkpoint.to_str().unwrap());
    folder.fails(&args, &["--licence"]);
}
