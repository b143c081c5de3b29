//! `diffae train` as its users meet it: from a folder of pictures to a model that edits, runs that are killed, and
//! hostile data.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

mod support;

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use diffae::Picture;
use diffae::photo::save_png;
use support::Folder;

const SIDE: u32 = 16;

/// A model of a few thousand weights.
const CONFIG: &str = r#"{
    "name": "tiny", "image_size": 16, "patch_size": 2, "net_ch": 8, "net_ch_mult": [1, 2], "num_res_blocks": 1,
    "attn_resolutions": [4], "group_channels": 4, "heads": 1, "embed_channels": 16, "schedule": "linear",
    "timesteps": 1000, "prediction": "v",
    "encoder": {"ch_mult": [1, 2], "num_res_blocks": 1, "attn_resolutions": [4], "style_channels": 8},
    "latent": {"layers": 3, "hidden": 16, "time_channels": 8, "schedule": {"constant": 0.008}},
    "attributes": ["Dark", "Wide"]
}"#;

/// A folder `set` of small pictures with two attributes; those numbered in `broken` are no pictures.
fn folder(count: usize, broken: &[usize]) -> Folder {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("set")).unwrap();
    let mut list = format!("{count}\nDark Wide\n");
    for i in 0..count {
        let (dark, wide) = (i % 2 == 0, i % 3 == 0);
        let rgb: Vec<u8> = (0..SIDE * SIDE)
            .flat_map(|p| {
                let (x, y) = (p % SIDE, p / SIDE);
                let level = if dark { 40 } else { 200 };
                let inside = y.abs_diff(8) < if wide { 3 } else { 6 } && x.abs_diff(8) < 5;
                [level, (i * 11 % 200) as u8, if inside { 220 } else { 30 }]
            })
            .collect();
        let picture = Picture::from_rgb(SIDE, SIDE, &rgb).unwrap();
        save_png(&picture, &folder.path(&format!("set/{i:02}.png"))).unwrap();
        let signs = [dark, wide].map(|has| if has { "1" } else { "-1" });
        list += &format!("{i:02}.png {}\n", signs.join(" "));
    }
    for i in broken {
        folder.write(&format!("set/{i:02}.png"), "broken");
    }
    folder.write("set/list_attr_celeba.txt", list);
    folder.write("tiny.json", CONFIG);
    folder
}

/// `diffae train autoencoder` of the set into a directory, with more options.
fn autoencoder<'a>(output: &'a str, options: &[&'a str]) -> Vec<&'a str> {
    let mut args = vec![
        "train",
        "autoencoder",
        "set",
        "--config",
        "tiny.json",
        "-o",
        output,
        "--batch",
        "4",
        "--log-every",
        "3",
        "--rate",
        "1e-3",
    ];
    args.extend(options);
    args
}

fn start(folder: &Folder, args: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_diffae"))
        .args(args)
        .current_dir(folder.path(""))
        .env_remove("DIFFAE_MODEL")
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Asks a process to stop.
fn terminate(child: &Child) {
    let pid = child.id().to_string();
    let status = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
    assert!(status.success());
}

fn wait_for(what: &str, mut there: impl FnMut() -> bool) {
    let began = Instant::now();
    while !there() {
        assert!(
            began.elapsed() < Duration::from_secs(120),
            "{what} did not appear"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The journal without what is the machine's.
fn journal(folder: &Folder, run: &str) -> Vec<serde_json::Value> {
    let text = String::from_utf8(folder.read(&format!("{run}/journal.jsonl"))).unwrap();
    let lines = text.lines().map(|line| {
        let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
        line.as_object_mut().unwrap().remove("samples_per_second");
        line
    });
    lines.collect()
}

fn states(folder: &Folder, run: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder.path(run)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut states: Vec<String> = names.filter(|name| name.starts_with("state-")).collect();
    states.sort();
    states
}

#[test]
fn from_a_folder_of_pictures_to_a_model_that_edits() {
    let folder = folder(12, &[5]);
    let said = folder.succeeds(&autoencoder(
        "ae",
        &["--samples", "160", "--save-every", "20"],
    ));
    assert!(
        said.contains("05.png") && said.contains("Finished after 40 steps"),
        "{said}"
    );
    assert!(folder.path("ae/sheet-00000040.png").exists());
    // A recipe's rest, as a falling rate, is trained from a state, heads included.
    let start = ["--samples", "8", "--start", "ae/best.safetensors"];
    let said = folder.succeeds(&autoencoder("on", &start));
    let tensors = (said.lines()).find_map(|line| {
        line.strip_prefix("Began with ")?
            .strip_suffix(" tensors of ae/best.safetensors")
    });
    let (taken, all) = tensors
        .and_then(|t| t.split_once(" of "))
        .unwrap_or_else(|| panic!("{said}"));
    assert_eq!(taken, all);
    let latents = ["train", "latents", "set", "--from", "ae"];
    folder.succeeds(&[&latents[..], &["-o", "whole.safetensors"]].concat());
    let state = folder.read("ae/best.safetensors");
    let over = ["-o", "ae/best.safetensors"];
    folder.fails(&[&latents[..], &over].concat(), &["overwrite"]);
    assert!(folder.read("ae/best.safetensors") == state);
    // Of thirteen parts the sixth has no picture but the damaged one, and the last none at all.
    for of in [3, 13] {
        let part = |number: usize| format!("part-{number}-of-{of}.safetensors");
        for number in 1..=of {
            let (shard, output) = (format!("{number}/{of}"), part(number));
            folder.succeeds(&[&latents[..], &["--shard", &shard, "-o", &output]].concat());
        }
        let parts: Vec<String> = (1..=of).rev().map(part).collect();
        let mut merge = vec!["train", "merge-latents", "-o", "merged.safetensors"];
        merge.extend(parts.iter().map(String::as_str));
        folder.succeeds(&merge);
        assert!(folder.read("merged.safetensors") == folder.read("whole.safetensors"));
    }
    folder.succeeds(&[&latents[..], &["--mirror", "-o", "mirrored.safetensors"]].concat());
    assert!(folder.read("mirrored.safetensors") != folder.read("whole.safetensors"));
    let both = ["whole.safetensors", "mirrored.safetensors"];
    for (verb, latents, output, samples) in [
        ("latent", &both[..1], "latent", "512"),
        ("classifier", &both[..], "cls", "6400"),
    ] {
        let options = [
            "--config",
            "tiny.json",
            "-o",
            output,
            "--batch",
            "32",
            "--samples",
            samples,
        ];
        folder.succeeds(&[&["train", verb], latents, &options].concat());
    }
    // Latents of another encoder do not go with these.
    let others = [
        "train",
        "latents",
        "set",
        "--from",
        "on",
        "-o",
        "others.safetensors",
    ];
    folder.succeeds(&others);
    let mixed = [
        "train",
        "classifier",
        "whole.safetensors",
        "others.safetensors",
    ];
    let options = ["--config", "tiny.json", "-o", "mixed"];
    folder.fails(&[&mixed[..], &options].concat(), &["different encoders"]);
    folder.succeeds(&[
        "convert",
        "ae/best.safetensors",
        "latent/best.safetensors",
        "cls/best.safetensors",
        "--config",
        "tiny.json",
        "--precision",
        "int8",
        "-o",
        "model",
        "--licence",
        "none",
        "--origin",
        "a test",
        "--framing",
        "0.5,0.5,0.25",
    ]);
    // Without a classifier there are no names, but pictures still teach a direction.
    let unclassified = "convert ae/best.safetensors latent/best.safetensors --config tiny.json --licence none --origin x -o taught";
    folder.succeeds(&unclassified.split(' ').collect::<Vec<_>>());
    let edit = "edit set/01.png --model taught --aligned --steps 10";
    let edit: Vec<&str> = edit.split(' ').collect();
    let examples = ["--like", "set/02.png", "--unlike", "set/03.png"];
    folder.succeeds(&[&edit[..], &examples, &["-o", "taught.png"]].concat());
    folder.fails(
        &[&edit[..], &["--set", "Dark=0.3"]].concat(),
        &["attributes"],
    );
    // What is known of a published model's weights is not said of one's own.
    let own = ["convert", "ae/best.safetensors", "--config", "portrait64"];
    folder.fails(&[&own[..], &["-o", "other"]].concat(), &["--licence"]);
    // Nobody knows where the eyes are in the pictures of a configuration of one's own.
    let faces = autoencoder("faces", &["--crop", "face"]);
    folder.fails(&faces, &["where it expects the eyes", "--crop centre"]);
    folder.succeeds(&[
        "edit",
        "set/01.png",
        "--model",
        "model",
        "--set",
        "Dark=0.3",
        "--aligned",
        "-o",
        "dark.png",
        "--steps",
        "10",
    ]);
    folder.succeeds(&[
        "sample", "--model", "model", "-o", "new.png", "--count", "2", "--steps", "10",
    ]);
    // As a shell lists a folder of runs, with what else is in it.
    let listed = ["ae", "latent", "merged.safetensors", "tiny.json"];
    folder.succeeds(&[&["train", "plot", "-o", "loss.svg"], &listed[..]].concat());
    folder.fails(
        &["train", "plot", "tiny.json"],
        &["no journal of a run in tiny.json"],
    );
    let plot = String::from_utf8(folder.read("loss.svg")).unwrap();
    assert!(plot.contains("diffusion (ae)") && plot.contains("diffusion (latent)"));
    let loss = |line: &serde_json::Value| line["loss"]["cross-entropy"].as_f64().unwrap();
    let lines = journal(&folder, "cls");
    assert!(
        loss(lines.last().unwrap()) < 0.8 * loss(&lines[0]),
        "the classifier learned nothing"
    );
}

#[test]
fn a_run_that_was_killed_goes_on_to_the_same_weights() {
    let folder = folder(9, &[2]);
    let options = [
        "--samples",
        "1600",
        "--save-every",
        "7",
        "--sheet-every",
        "0",
        "--resume",
    ];
    folder.succeeds(&autoencoder("whole", &options));
    // Killed again and again, wherever it happens to be.
    for kill in 0..4 {
        let before = if kill == 0 {
            Vec::new()
        } else {
            states(&folder, "cut")
        };
        let mut child = start(&folder, &autoencoder("cut", &options));
        wait_for("a state", || {
            folder.path("cut").exists() && states(&folder, "cut") != before
                || child.try_wait().unwrap().is_some()
        });
        std::thread::sleep(Duration::from_millis(13 * kill));
        match kill {
            // Asked to stop, which saves between two states and two lines of the journal.
            1 if cfg!(unix) => terminate(&child),
            _ => child.kill().unwrap(),
        }
        child.wait().unwrap();
    }
    let said = folder.succeeds(&autoencoder("cut", &options));
    let went_on = said
        .lines()
        .find_map(|line| line.strip_prefix("Going on after "));
    let after: u64 = went_on.unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!((1..400).contains(&after), "{said}");
    let last = states(&folder, "whole").pop().unwrap();
    assert_eq!(states(&folder, "cut").pop().unwrap(), last);
    let bytes = |run: &str, name: &str| folder.read(&format!("{run}/{name}"));
    assert!(
        bytes("cut", &last) == bytes("whole", &last),
        "other weights"
    );
    let best = "best.safetensors";
    assert!(bytes("cut", best) == bytes("whole", best), "another best");
    assert_eq!(journal(&folder, "cut"), journal(&folder, "whole"));
}

#[cfg(unix)]
#[test]
fn being_asked_to_stop_saves_first() {
    let folder = folder(6, &[]);
    let options = [
        "--samples",
        "100000",
        "--save-every",
        "100000",
        "--sheet-every",
        "0",
    ];
    let mut child = start(&folder, &autoencoder("run", &options));
    wait_for("the journal's first line", || {
        let journal = folder.path("run/journal.jsonl");
        std::fs::metadata(journal).is_ok_and(|file| file.len() > 0)
    });
    // Nobody else writes in its directory meanwhile.
    let second = [&options[..], &["--resume"]].concat();
    let refused = folder.run(&autoencoder("run", &second));
    assert_eq!(refused.status.code(), Some(1));
    let errors = String::from_utf8(refused.stderr).unwrap();
    assert!(
        errors.contains("another run is under way in run"),
        "{errors}"
    );
    terminate(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(states(&folder, "run").len(), 1);
    folder.fails(&autoencoder("run", &options), &["--resume"]);
    folder.fails(
        &autoencoder("run", &["--resume", "--seed", "5"]),
        &["another recipe"],
    );
}

#[cfg(unix)]
#[test]
fn a_full_disk_leaves_what_was_saved() {
    let folder = folder(6, &[]);
    let args = autoencoder("run", &["--samples", "8", "--sheet-every", "0"]);
    folder.succeeds(&args);
    let before = folder.read("run/best.safetensors");
    // A limit on the size of files does what a full disk does.
    let more = autoencoder(
        "run",
        &["--samples", "16", "--sheet-every", "0", "--resume"],
    );
    let command = format!(
        "trap '' XFSZ; ulimit -f 64; exec '{}' {}",
        env!("CARGO_BIN_EXE_diffae"),
        more.join(" ")
    );
    let output = Command::new("bash")
        .args(["-c", &command])
        .current_dir(folder.path(""))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !output.status.success() && said.contains("still there"),
        "{said}"
    );
    assert!(folder.read("run/best.safetensors") == before);
    let names = std::fs::read_dir(folder.path("run")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let left: Vec<String> = names
        .filter(|name| name.starts_with(".unfinished"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    folder.succeeds(&more);
}

#[test]
fn a_damaged_latest_state_is_left_out() {
    let folder = folder(6, &[]);
    let args = autoencoder(
        "run",
        &[
            "--samples",
            "32",
            "--save-every",
            "4",
            "--sheet-every",
            "0",
            "--resume",
        ],
    );
    folder.succeeds(&args);
    let last = states(&folder, "run").pop().unwrap();
    let whole = folder.read(&format!("run/{last}"));
    folder.write(&format!("run/{last}"), &whole[..whole.len() / 2]);
    let said = folder.succeeds(&args);
    assert!(
        said.contains("not a whole") && said.contains("after 4 of 8"),
        "{said}"
    );
    assert!(folder.read(&format!("run/{last}")) == whole);
    // Nothing is thrown away that may be whole after all.
    assert!(folder.read(&format!("run/damaged-{last}")) == whole[..whole.len() / 2]);
}

#[test]
fn a_run_none_of_whose_states_is_whole_is_not_begun_anew() {
    let folder = folder(6, &[]);
    let options = [
        "--samples",
        "32",
        "--save-every",
        "4",
        "--sheet-every",
        "0",
        "--resume",
        "--keep",
        "1",
    ];
    let args = autoencoder("run", &options);
    folder.succeeds(&args);
    let last = states(&folder, "run");
    assert_eq!(last.len(), 1);
    let place = format!("run/{}", last[0]);
    let whole = folder.read(&place);
    folder.write(&place, &whole[..whole.len() / 2]);
    let output = folder.run(&args);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && said.contains("no state in run is whole"),
        "{said}"
    );
    assert_eq!(states(&folder, "run"), last);
}
