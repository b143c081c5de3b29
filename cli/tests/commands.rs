//! The command-line tool as its users meet it: the built binary, run in a folder of its own.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

mod support;

use diffae::photo;
use support::{EYES, FACE, Folder, OTHER_FACE, QUICK, gradient};

fn edit<'a>(face: &'a str, changes: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    let mut args = vec!["edit", face, "--eyes", EYES];
    for change in changes {
        args.extend(["--set", change]);
    }
    args.extend(QUICK);
    args.extend(more);
    args
}

#[test]
fn the_tool_says_its_name_and_version() {
    let said = Folder::new().succeeds(&["--version"]);
    assert_eq!(said, concat!("diffae ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn a_face_is_edited_with_the_built_in_model() {
    let folder = Folder::new();
    let both = ["Smiling=0.3", "Eyeglasses=-0.2"];
    let said = folder.succeeds(&edit(FACE, &both, &["-o", "out.png"]));
    assert_eq!(said, "Wrote out.png\n");
    assert_eq!(folder.size("out.png"), (256, 256));
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
    // A code knows nothing of the photo, so only the squares compare.
    let crop = ["--crop-only", "-o", "from-picture.png"];
    folder.succeeds(&edit(FACE, &change, &crop));
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
        // Fresh noise takes no encoding, so that its steps are nobody's business.
        vec![
            "variations",
            FACE,
            "--eyes",
            EYES,
            "--strength",
            "1",
            "--encode-steps",
            "41",
        ],
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
fn the_documentation_lists_every_configuration() {
    let listed = include_str!("../../docs/converting.md");
    let missing: Vec<_> = (diffae::config::PRESETS.iter())
        .filter(|name| !listed.contains(&format!("`{name}`")))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn built_in_models_go_by_their_names() {
    let folder = Folder::new();
    for (name, size) in [("portrait64", "64 x 64"), ("portrait128", "128 x 128")] {
        let said = folder.succeeds(&["inspect", name]);
        assert!(said.contains(size), "{said}");
        assert!(said.ends_with("Every part is whole and fits the configuration.\n"));
    }
    folder.fails(
        &["inspect", "portrait65"],
        &["portrait65", "portrait64, portrait128"],
    );
    // A directory of that name is what is meant.
    folder.convert_golden("portrait128", "int8");
    let said = folder.succeeds(&["inspect", "portrait128"]);
    assert!(said.contains("Random numbers."), "{said}");
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
fn bench_compares_kernels_and_profiles_a_step() {
    let folder = Folder::new();
    let said = folder.succeeds(&["bench", "--runs", "1", "--steps", "5", "--profile"]);
    for row in ["U-Net step", "encode (z_sem)", "edit (5 steps)"] {
        let of = |name: &str| said.lines().any(|l| l.starts_with(row) && l.contains(name));
        assert!(of("diffae") && of("burn's operations"), "{said}");
    }
    for kernel in ["3x3 convolution", "1x1 convolution", "attention", "linear"] {
        let line = said.lines().find(|line| line.starts_with(kernel));
        assert!(
            line.is_some_and(|line| line.matches('%').count() == 2),
            "{said}"
        );
    }
}

#[test]
fn bench_searches_photos_for_faces() {
    let folder = Folder::new();
    let quick = ["--runs", "1", "--steps", "2", "--kernels", "own"];
    let said = folder.succeeds(&[&["bench", "--faces"], &quick[..]].concat());
    // What is found, how often the network looks, and the milliseconds and ratios of the first
    // faces and of all.
    let row = |name: &str| -> Vec<String> {
        let line = said.lines().find_map(|line| line.strip_prefix(name));
        let cells = line.unwrap_or_else(|| panic!("{name} is missing in {said}"));
        cells.split_whitespace().map(str::to_owned).collect()
    };
    let number = |cell: &String| cell.parse::<f64>().unwrap();
    let large = row("one large face");
    assert_eq!(large[0], "1", "{said}");
    assert!(number(&large[1]) <= 3.0, "{said}");
    assert_eq!([&large[3], &large[5]], ["1.00"; 2], "{said}");
    let group = row("group of 12 faces");
    assert_eq!(group[0], "12", "{said}");
    assert_eq!(group.len(), 6, "{said}");
    assert!(
        group.iter().map(number).all(|figure| figure > 0.0),
        "{said}"
    );
    let empty = row("no face");
    assert_eq!([&empty[0], &empty[2]], ["0", "none"], "{said}");
    assert_eq!(empty.len(), 5, "{said}");
    for looks in [&group[1], &empty[1]] {
        assert!(number(looks) > number(&large[1]), "{said}");
    }
}

#[test]
fn bench_makes_random_weights_of_a_geometry() {
    let folder = Folder::new();
    folder.succeeds(&["bench", "--random", "portrait64", "--save", "random"]);
    let inspected = folder.succeeds(&["inspect", "random"]);
    assert!(
        inspected.contains("portrait64 with random weights"),
        "{inspected}"
    );
    assert!(inspected.contains("int8"), "{inspected}");
    let quick = [
        "--runs",
        "1",
        "--steps",
        "2",
        "--kernels",
        "own",
        "--threads",
        "1",
    ];
    let mut args = vec!["bench", "--random", "portrait64"];
    args.extend(quick);
    let said = folder.succeeds(&args);
    assert!(said.contains("1 thread,"), "{said}");
    assert!(said.contains("Largest convolution: 3x3"), "{said}");
}

#[test]
fn a_plain_ddpm_samples_and_says_that_it_does_nothing_else() {
    let folder = Folder::new();
    folder.write_random_ddpm("ddpm");
    folder.succeeds(&["inspect", "ddpm"]);
    let model = ["--model", "ddpm", "--steps", "2"];
    let sample = |more: &[&'static str]| [&["sample"], &model[..], more].concat();
    let draw = |seed: &'static str| {
        folder.succeeds(&sample(&["--count", "3", "--seed", seed]));
        assert_eq!(folder.size("samples.png"), (3 * 32 + 8, 32));
        folder.read("samples.png")
    };
    let first = draw("1");
    assert_eq!(first, draw("1"));
    assert_ne!(first, draw("2"));

    photo::save_png(&gradient(32), &folder.path("picture.png")).unwrap();
    let refused = |args: &[&str]| folder.fails(args, &["plain DDPM", "diffae sample"]);
    for command in [
        &["edit", "picture.png", "--set", "Smiling=0.3"][..],
        &["encode", "picture.png"],
        &["reconstruct", "picture.png"],
        &["interpolate", "picture.png", "picture.png"],
        &["variations", "picture.png"],
    ] {
        refused(&[command, &model].concat());
    }
    refused(&sample(&[
        "--like",
        "picture.png",
        "--unlike",
        "picture.png",
    ]));
    refused(&["bench", "--model", "ddpm", "--runs", "1", "--steps", "2"]);
}
