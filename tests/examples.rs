//! The examples run, on the tiny model that travels with the crate; that model is what its own
//! example makes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use diffae::photo;

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// Runs an example, which cargo has built beside this test.
fn run(name: &str, words: &[&str], folder: &Path) -> String {
    let test = std::env::current_exe().unwrap();
    let built = test.ancestors().nth(2).unwrap().join("examples").join(name);
    let output = Command::new(&built)
        .args(words)
        .current_dir(folder)
        .output()
        .unwrap_or_else(|e| panic!("{}: {e}", built.display()));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{name}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn each_example_does_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (model, face) = (examples().join("model"), examples().join("face.png"));
    let (model, face) = (model.to_str().unwrap(), face.to_str().unwrap());

    let said = run("encode", &[model, face, "back.png"], folder);
    assert!(said.starts_with("z_sem has 16 values, x_T 768"), "{said}");
    run(
        "edit",
        &[model, face, "Smiling", "0.5", "edited.png"],
        folder,
    );
    run("sample", &[model, "3", "7", "faces.png"], folder);

    let open = |name: &str| photo::open(&folder.join(name)).unwrap();
    assert_ne!(open("edited.png"), open("back.png"));
    assert_eq!(
        (open("back.png").width(), open("back.png").height()),
        (16, 16)
    );
    assert!(open("faces.png").width() >= 3 * 16);
}

#[test]
fn the_tiny_model_is_what_its_example_makes() {
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("model");
    run("random_model", &[made.to_str().unwrap()], folder.path());
    for entry in std::fs::read_dir(examples().join("model")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap();
        let (kept, fresh) = (std::fs::read(&path), std::fs::read(made.join(name)));
        assert!(
            kept.unwrap() == fresh.unwrap(),
            "{} differs",
            path.display()
        );
    }
}
