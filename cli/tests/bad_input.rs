//! What the command-line tool says to bad input: one sentence, exit code 1, and nothing left behind.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

mod support;

use std::fs;
use std::path::Path;

use diffae::photo;
use support::{Folder, QUICK, golden_checkpoints, gradient};

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
    folder.write("header.png", &whole[..40]);
    refused("header.png", &["header.png", "PNG", "damaged"]);
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
    refused(&with(&["-o", "out.gif"]), &["out.gif", ".png or .jpg"]);
    refused(&with(&["-o", "no/out.png"]), &["no folder no"]);
    refused(
        &with(&["--model", "no"]),
        &["no model directory no", "portrait64, portrait128"],
    );
    // Before anything is read, such as the picture and the model that are not there.
    for (option, mentions) in [
        ("--strength=2", ["strength is 2", "between 0 and 1"]),
        ("--strength=nan", ["strength is NaN", "between 0 and 1"]),
        ("--count=0", ["0 pictures", "1 to 64"]),
    ] {
        folder.fails(&["variations", "none.png", option], &mentions);
    }
    for (option, mentions) in [
        ("--psi=2", ["psi is 2", "between 0 and 1"]),
        ("--eta=-1", ["eta is -1", "between 0 and 1"]),
        ("--count=0", ["0 pictures", "1 to 64"]),
    ] {
        folder.fails(&["sample", "--model", "none", option], &mentions);
    }
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
    folder.write(
        "odd.json",
        config.replace("\"net_ch\": 32", "\"net_ch\": 33"),
    );
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

#[test]
fn pytorch_that_cannot_be_measured_is_explained() {
    let folder = Folder::new();
    folder.write("networks.py", "");
    let bench = |python: &str, mentions: &[&str]| {
        let mut args = vec!["bench", "--runs", "1", "--steps", "2", "--kernels", "own"];
        args.extend(["--torch", "networks.py", "--python", python]);
        folder.fails(&args, mentions);
    };
    bench("./no-python", &["PyTorch", "./no-python does not run"]);
    bench("true", &["PyTorch", "ended without an answer"]);
    // Beside a model that the environment may name.
    let random = ["bench", "--random", "ffhq265_autoenc"];
    folder.fails(&random, &["ffhq256_autoenc"]);
    folder.fails(
        &[&random[..], &["--model", "portrait64"]].concat(),
        &["ffhq256_autoenc"],
    );
}

#[test]
fn files_that_were_never_fetched_are_named() {
    let folder = Folder::new();
    let pointer =
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614\nsize 1338428\n";
    let files = [
        "face.jpg",
        "face.code.safetensors",
        "config.json",
        "last.ckpt",
        "model/manifest.json",
    ];
    fs::create_dir(folder.path("model")).unwrap();
    for file in files {
        folder.write(file, pointer);
    }
    let said = &["Git LFS pointer", "git lfs pull"];
    let refused = |args: &[&str], file: &str| folder.fails(args, &[said, &[file][..]].concat());
    refused(&["edit", files[0], "--set", "Smiling=0.3"], files[0]);
    refused(&["reconstruct", files[1]], files[1]);
    refused(
        &["convert", "--config", files[2], files[3], "-o", "out"],
        files[2],
    );
    let args = [
        "convert",
        "--config",
        "ffhq128_autoenc_130M",
        files[3],
        "-o",
        "out",
    ];
    refused(&args, files[3]);
    refused(&["inspect", "model"], files[4]);
    // A part, beside a manifest that was fetched.
    folder.convert_golden("tiny", "f32");
    folder.write("tiny/decoder.safetensors", pointer);
    refused(&["sample", "--model", "tiny"], "decoder.safetensors");
}
