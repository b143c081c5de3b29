//! Running the built tool in a folder of its own, and the pictures and checkpoints it is given.
#![allow(dead_code, reason = "each test binary uses its own part of this")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use diffae::Picture;
use diffae::config::ModelConfig;
use diffae::import::convert;
use diffae::photo;
use diffae::weights::Precision;
use tempfile::TempDir;

/// A face that is not framed for the built-in model, and where its eyes are.
pub(crate) const FACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../www/samples/face-03.webp");
pub(crate) const OTHER_FACE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../www/samples/face-08.webp");
pub(crate) const EYES: &str = "98,123,158,123";
/// The fewest evaluations that still show whether everything is connected.
pub(crate) const QUICK: [&str; 4] = ["--steps", "5", "--iterations", "1"];

/// A folder that commands run in, and that knows what they left there.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    pub(crate) fn picture(&self, name: &str) -> Picture {
        photo::open(&self.path(name)).unwrap()
    }

    pub(crate) fn size(&self, name: &str) -> (u32, u32) {
        let picture = self.picture(name);
        (picture.width(), picture.height())
    }

    /// Everything here and its bytes, folders included.
    pub(crate) fn contents(&self) -> Vec<(PathBuf, Vec<u8>)> {
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

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_diffae"))
            .args(args)
            .current_dir(self.0.path())
            .env_remove("DIFFAE_MODEL")
            .output()
            .unwrap()
    }

    /// Runs a command that works, and returns what it printed.
    #[track_caller]
    pub(crate) fn succeeds(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{args:?}: {errors}");
        assert_eq!(errors, "", "{args:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command that does not: exit code 1, one sentence that holds all of `mentions`, and
    /// the folder as it was.
    #[track_caller]
    pub(crate) fn fails(&self, args: &[&str], mentions: &[&str]) {
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
    pub(crate) fn convert_golden(&self, directory: &str, precision: &str) -> String {
        self.write_golden_config("golden.json");
        let files = golden_checkpoints();
        let mut args = vec!["convert", "--config", "golden.json", "-o", directory];
        args.extend(["--precision", precision]);
        args.extend(["--licence", "Free.", "--origin", "Random numbers."]);
        args.extend(["--framing", "0.5,0.45,0.25"]);
        args.extend(files.iter().map(|file| file.to_str().unwrap()));
        self.succeeds(&args)
    }

    /// Makes the directory of a plain DDPM, as small as the golden model, with random weights.
    pub(crate) fn write_random_ddpm(&self, directory: &str) {
        let json = fs::read(golden_dir().join("config.json")).unwrap();
        let config = ModelConfig {
            encoder: None,
            latent: None,
            attributes: Vec::new(),
            ..serde_json::from_slice(&json).unwrap()
        };
        let directory = self.path(directory);
        convert::random(config, Precision::F32, &directory, &mut |_, _| {}).unwrap();
    }

    pub(crate) fn write_golden_config(&self, name: &str) {
        self.write(name, fs::read(golden_dir().join("config.json")).unwrap());
    }
}

/// This project's own golden files; unlike the numbers, the tool's behaviour needs no second set.
pub(crate) fn golden_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden")
}

pub(crate) fn golden_checkpoints() -> Vec<PathBuf> {
    let folder = golden_dir().join("checkpoints");
    [
        "tiny_autoenc_latent/last.ckpt",
        "tiny_autoenc/latent.pkl",
        "tiny_autoenc_cls/last.ckpt",
    ]
    .map(|file| folder.join(file))
    .to_vec()
}

/// A picture in which no two pixels are alike.
pub(crate) fn gradient(side: u32) -> Picture {
    let rgb: Vec<u8> = (0..side * side)
        .flat_map(|i| [(i % side * 4) as u8, (i / side * 4) as u8, 128])
        .collect();
    Picture::from_rgb(side, side, &rgb).unwrap()
}
