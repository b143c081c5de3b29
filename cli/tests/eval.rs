//! `diffae eval` as its users meet it: figures, shards that agree with one process to the bit, and hostile input.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

mod support;

use std::process::Command;

use diffae::Picture;
use diffae::photo::{Maker, Original, save_png};
use serde_json::Value;
use support::{Folder, gradient};

/// A folder `set` of pictures, half of them dark on the left, with an attribute file that says so; the one numbered 3
/// is broken.
fn folder(count: usize) -> Folder {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("set")).unwrap();
    let mut list = format!("{count}\nDark Smiling Odd\n");
    for i in 0..count {
        let name = format!("{i:02}.png");
        let dark = i % 3 != 0;
        let rgb: Vec<u8> = (0..64 * 64usize)
            .flat_map(|p| {
                let (x, y) = (p % 64, p / 64);
                let level = if dark && x < 32 { 20 } else { 180 };
                let wave = (x * (i + 3) + y * (i % 5 + 1)) % 64;
                [(level + wave) as u8, (level / 2 + wave) as u8, 90]
            })
            .collect();
        let picture = Picture::from_rgb(64, 64, &rgb).unwrap();
        save_png(&picture, &folder.path(&format!("set/{name}"))).unwrap();
        let signs = [dark, i % 5 < 2, i % 4 < 2].map(|has| if has { "1" } else { "-1" });
        list += &format!("{name} {}\n", signs.join(" "));
    }
    folder.write("set/03.png", "broken");
    folder.write("set/list_attr_celeba.txt", list);
    folder
}

fn json(folder: &Folder, name: &str) -> Value {
    serde_json::from_slice(&folder.read(name)).unwrap()
}

/// Runs a verb once, and once as seven processes at a time, and compares what both left.
fn agrees(folder: &Folder, verb: &str, options: &[&str]) -> Value {
    let base = |output: &str| -> Vec<String> {
        let args = ["eval", verb, "set", "-o", output];
        args.iter()
            .chain(options)
            .map(|&arg| arg.to_owned())
            .collect()
    };
    let args = base("whole");
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let said = folder.succeeds(&args);
    assert!(
        said.contains("Left out: ") && said.contains("03.png"),
        "{said}"
    );
    let running: Vec<_> = (1..=7)
        .map(|number| {
            Command::new(env!("CARGO_BIN_EXE_diffae"))
                .args(base("part"))
                .args(["--shard", &format!("{number}/7")])
                .current_dir(folder.path(""))
                .env_remove("DIFFAE_MODEL")
                .spawn()
                .unwrap()
        })
        .collect();
    for mut process in running {
        assert!(process.wait().unwrap().success());
    }
    let files: Vec<String> = (1..=7)
        .rev()
        .map(|number| format!("part-{number}-of-7.rows.safetensors"))
        .collect();
    let mut merge = vec!["eval", "merge", "-o", "merged"];
    merge.extend(files.iter().map(String::as_str));
    let merged = folder.succeeds(&merge);
    assert_eq!(said.replace("whole", "merged"), merged);
    assert!(folder.read("whole.json") == folder.read("merged.json"));
    if folder.path("whole.png").exists() {
        assert!(folder.read("whole.png") == folder.read("merged.png"));
    }
    json(folder, "whole.json")
}

#[test]
fn reconstructions_of_one_process_and_of_seven_agree_to_the_bit() {
    let folder = folder(9);
    let options = [
        "--steps", "5,10", "--subset", "Dark=1", "--subset", "Dark=0",
    ];
    let found = agrees(&folder, "reconstruct", &options);
    let results = found["results"].as_array().unwrap();
    // Two numbers of steps, two kinds of x_T, all pictures and two subsets of them.
    assert_eq!(results.len(), 12);
    let count = |name: &str| {
        let row = results.iter().find(|row| row["pictures"] == name).unwrap();
        row["count"].as_u64().unwrap()
    };
    assert_eq!((count("all"), count("Dark=1"), count("Dark=0")), (8, 6, 2));
    let mse = |x_t: &str| {
        let row = results
            .iter()
            .find(|row| row["x_T"] == x_t && row["steps"] == 10);
        row.unwrap()["mse"].as_f64().unwrap()
    };
    assert!(mse("encoded") < mse("random"));
    assert!(results.iter().all(|row| row["lpips"].is_null()));
    // Eight pictures were asked for the sheet and one of them is broken: seven rows of three.
    assert_eq!(folder.size("whole.png"), (3 * 64 + 2 * 4, 7 * 64 + 6 * 4));
}

#[test]
fn attributes_of_one_process_and_of_seven_agree_to_the_bit() {
    let folder = folder(24);
    let found = agrees(&folder, "attributes", &["--split", "every=2"]);
    let dark = &found["results"]["attributes"]["Dark"];
    assert!(dark["probe"]["auroc"].as_f64().unwrap() > 0.9, "{dark}");
    assert!(dark["classifier"]["auroc"].is_null(), "{dark}");
    let smiling = &found["results"]["attributes"]["Smiling"];
    assert!(smiling["classifier"]["auroc"].is_number(), "{smiling}");
    let found = agrees(&folder, "disentangle", &[]);
    let d = found["results"]["dci"]["disentanglement"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&d), "{d}");
    let options = ["--attribute", "Dark", "--labels", "6", "--repeats", "3"];
    let found = agrees(&folder, "few-shot", &options);
    let binary = &found["results"][0];
    assert!(
        binary["balanced_accuracy"]["mean"].as_f64().unwrap() > 0.8,
        "{binary}"
    );
}

#[test]
fn edits_of_one_process_and_of_seven_agree_to_the_bit() {
    let folder = folder(8);
    let options = ["--set", "Smiling=0.4", "--set", "Young=0", "--steps", "5"];
    let found = agrees(&folder, "identity", &options);
    let [smiling, none] = &found["results"].as_array().unwrap()[..] else {
        panic!("{found}");
    };
    assert!(smiling["own"].as_f64().unwrap() > 0.0, "{smiling}");
    // An edit by nothing moves nothing but the last digits of z_sem.
    assert_eq!(none["moved"].as_f64(), Some(0.0));
    assert!(none["others"].as_f64() < Some(0.01), "{none}");
    assert!(smiling["difference"].as_f64() > none["difference"].as_f64());
}

#[test]
fn a_figure_without_its_network_is_one_sentence() {
    let folder = folder(4);
    folder.fails(
        &["eval", "fid", "set"],
        &[
            "pt_inception-2015-12-05-6726825d.pth",
            "--inception",
            "nothing is downloaded",
        ],
    );
    folder.write("other.pth", "these are other weights");
    folder.fails(
        &["eval", "fid", "set", "--inception", "other.pth"],
        &[
            "other.pth",
            "SHA-256",
            "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2",
        ],
    );
    let reconstruct = ["eval", "reconstruct", "set", "--alexnet", "other.pth"];
    folder.fails(&reconstruct, &["alex.pth of lpips 0.1.4", "--lpips-heads"]);
    let both = [&reconstruct[..], &["--lpips-heads", "other.pth"]].concat();
    folder.fails(
        &both,
        &["7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02"],
    );
    folder.fails(
        &["eval", "fid", "set", "--of", "ddpm"],
        &["ddpm", "a plain DDPM has none"],
    );
}

#[test]
fn sets_that_cannot_be_measured_are_refused() {
    let folder = folder(5);
    std::fs::create_dir(folder.path("empty")).unwrap();
    let quick = ["--steps", "5"];
    let reconstruct = |set: &str, more: &[&str]| {
        let args = ["eval", "reconstruct", set, "-o", "out"];
        [&args[..], &quick, more]
            .concat()
            .iter()
            .map(|&a| a.to_owned())
            .collect::<Vec<_>>()
    };
    let fails = |args: Vec<String>, mentions: &[&str]| {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        folder.fails(&args, mentions);
    };
    fails(reconstruct("empty", &[]), &["no picture in empty"]);
    fails(reconstruct("nowhere", &[]), &["nowhere"]);
    fails(reconstruct("set", &["--strict"]), &["03.png"]);
    fails(
        reconstruct("set", &["--subset", "Drak=1"]),
        &["`Drak`", "`Dark`"],
    );
    fails(
        reconstruct("set", &["--crop", "box=60,60,9,9", "--strict"]),
        &["00.png", "crop"],
    );
    // Left out one after the other, until there is nothing to report.
    fails(
        reconstruct("set", &["--crop", "box=60,60,9,9"]),
        &["none of 5 pictures could be used", "00.png", "crop"],
    );
    // Known before anything is encoded.
    let few_shot = ["eval", "few-shot", "set", "--attribute", "Dark"];
    folder.fails(&few_shot, &["few-shot learning", "at least 51"]);
    let attributes = ["eval", "attributes", "set", "--split"];
    folder.write("split.txt", "00.jpg 0\n01.jpg 0\n02.jpg 2\n");
    folder.fails(
        &[&attributes[..], &["split.txt"]].concat(),
        &["testing, by this split, needs at least 2"],
    );
    folder.fails(&["eval", "attributes", "empty"], &["no picture in empty"]);
    let list = String::from_utf8(folder.read("set/list_attr_celeba.txt")).unwrap();
    let fewer: String = list
        .lines()
        .take(5)
        .map(|line| format!("{line}\n"))
        .collect();
    folder.write("fewer.txt", fewer);
    let attributes = ["eval", "attributes", "set", "--attributes", "fewer.txt"];
    folder.fails(
        &attributes,
        &[
            "no row for 2 of the pictures",
            "03.png",
            "--skip-unlabelled",
        ],
    );
    let too_few = [&attributes[..], &["--skip-unlabelled", "--split", "last=1"]].concat();
    let refused = folder.run(&too_few);
    let error = String::from_utf8(refused.stderr).unwrap();
    assert!(
        error.contains("testing, by this split, needs at least 2"),
        "{error}"
    );
    folder.write("fewer.txt", "1\nA B\n00.png 1\n");
    folder.fails(&attributes, &["fewer.txt", "line 3"]);
}

#[test]
fn results_go_where_they_are_wanted_and_never_over_a_picture() {
    let folder = folder(3);
    let before = folder.read("set/00.png");
    let reconstruct = |output| ["eval", "reconstruct", "set", "--steps", "5", "-o", output];
    folder.fails(&reconstruct("set/00"), &["overwrite", "set/00.png"]);
    assert!(folder.read("set/00.png") == before);
    folder.fails(&reconstruct("nosuch/"), &["no folder nosuch"]);
    std::fs::create_dir(folder.path("results")).unwrap();
    folder.succeeds(&reconstruct("results/"));
    let sheet = folder.read("results/eval-reconstruct.png");
    let drawn = Original::decode(&sheet).unwrap();
    assert_eq!(
        drawn.beside().maker,
        Maker::Edit,
        "what a model drew is marked"
    );
}

#[test]
fn a_merge_of_what_does_not_belong_together_is_refused() {
    let folder = folder(5);
    let shard = |number: &str, seed: &str, output: &str| {
        let args = ["eval", "reconstruct", "set", "--steps", "5"];
        folder.succeeds(
            &[
                &args[..],
                &["--seed", seed, "--shard", number, "-o", output],
            ]
            .concat(),
        );
    };
    shard("1/3", "0", "a");
    shard("2/3", "0", "a");
    shard("3/3", "1", "b");
    let [first, second, other] =
        ["a-1-of-3", "a-2-of-3", "b-3-of-3"].map(|name| format!("{name}.rows.safetensors"));
    folder.fails(
        &["eval", "merge", &first, &second],
        &["1 rows", "number 2", "all shards"],
    );
    folder.fails(
        &["eval", "merge", &first, &second, &second],
        &["row 1", "each shard once"],
    );
    folder.fails(
        &["eval", "merge", &first, &second, &other],
        &[&other, "`options` differs"],
    );
    let bytes = folder.read(&first);
    folder.write("half.safetensors", &bytes[..bytes.len() / 2]);
    folder.fails(
        &["eval", "merge", "half.safetensors"],
        &["half.safetensors", "no stored rows"],
    );
    save_png(&gradient(8), &folder.path("p.png")).unwrap();
    folder.fails(&["eval", "merge", "p.png"], &["no stored rows"]);
}
