//! `diffae card` as its users meet it: a card from what `train` and `eval` left, and reports that do not belong in it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

mod support;

use diffae::photo::save_png;
use serde_json::{Value, json};
use support::{Folder, gradient};

/// A folder with the tiny model `model` and a report of its reconstructions, `eval.json`.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.convert_golden("model", "int8");
    std::fs::create_dir(folder.path("set")).unwrap();
    for i in 0..3 {
        save_png(&gradient(40 + i), &folder.path(&format!("set/{i}.png"))).unwrap();
    }
    folder.write("set/2.png", "broken");
    folder.succeeds(&measured("model", "eval"));
    folder
}

/// A measurement that takes a moment.
fn measured<'a>(model: &'a str, output: &'a str) -> Vec<&'a str> {
    vec![
        "eval",
        "reconstruct",
        "set",
        "--model",
        model,
        "--steps",
        "5",
        "--first",
        "3",
        "-o",
        output,
    ]
}

fn text(folder: &Folder, name: &str) -> String {
    String::from_utf8(folder.read(name)).unwrap()
}

/// Writes a report that is another one in one place.
fn change(folder: &Folder, name: &str, change: impl FnOnce(&mut Value)) {
    let mut report: Value = serde_json::from_slice(&folder.read("eval.json")).unwrap();
    change(&mut report);
    folder.write(name, serde_json::to_vec(&report).unwrap());
}

#[test]
fn a_card_holds_the_figures_of_its_reports_and_the_command_that_makes_them_again() {
    let folder = folder();
    folder.write("notes.md", "For tests alone.\n\nIt knows no faces.\n");
    let said = folder.succeeds(&[
        "card",
        "model",
        "eval.json",
        "--notes",
        "notes.md",
        "-o",
        "model/README.md",
    ]);
    assert!(said.contains("does not say how it was trained"), "{said}");
    assert!(!said.contains("--notes"), "{said}");
    let card = text(&folder, "model/README.md");
    let head = "---\nlicense: other\nlicense_name: NAME-terms\nlibrary_name: diffae\n\
        pipeline_tag: image-to-image\ntags:\n- diffae\n- diffusion-autoencoder\n- image-editing\n---\n\n# ";
    let manifest: Value = serde_json::from_slice(&folder.read("model/manifest.json")).unwrap();
    assert_eq!(card.contains(" --aligned"), manifest["framing"].is_null());
    let slug = manifest["name"].as_str().unwrap().replace('_', "-");
    let head = head.replace("NAME", &slug);
    assert!(card.starts_with(&head), "{card}");
    for section in [
        "## Use",
        "## Intended use and limits\n\nFor tests alone.\n\nIt knows no faces.\n\n",
        "## Measured",
        "## Licence\n\nFree.\n",
        "Random numbers.",
        "One picture could not be used.",
        "`SET`: 3 pictures, crop centre, SHA-256 of their names and attributes ",
    ] {
        assert!(card.contains(section), "no `{section}` in: {card}");
    }
    assert!(!card.contains("## Training"), "{card}");
    let report: Value = serde_json::from_slice(&folder.read("eval.json")).unwrap();
    let mse = report["results"][0]["mse"].as_f64().unwrap();
    let row = format!("| all (2) | encoded | 5 | {mse:.6} | ");
    assert!(card.contains(&row), "no `{row}` in: {card}");
    // Nothing was measured with LPIPS, so it has no column.
    let header = "| pictures | x_T | T | MSE | PSNR | SSIM |\n";
    assert!(card.contains(header), "{card}");
    let hash = manifest["parts"]["decoder"]["sha256"].as_str().unwrap();
    assert!(card.contains(&hash[..12]), "{card}");

    // The command of the card, with names in the places of SET and MODEL, makes the same report.
    let command = card.lines().find(|l| l.starts_with("diffae eval")).unwrap();
    let mut words: Vec<&str> = command.split(' ').skip(1).collect();
    for word in &mut words {
        *word = match *word {
            "SET" => "set",
            "MODEL" => "model",
            word => word,
        };
    }
    words.extend(["-o", "again"]);
    folder.succeeds(&words);
    assert_eq!(text(&folder, "again.json"), text(&folder, "eval.json"));
}

#[test]
fn every_verb_says_the_command_that_makes_its_report_again() {
    let folder = folder();
    save_png(&gradient(44), &folder.path("set/2.png")).unwrap();
    for i in 3..12 {
        save_png(&gradient(40 + i), &folder.path(&format!("set/{i}.png"))).unwrap();
    }
    let mut list = "12\nSmiling It's\n".to_owned();
    for i in 0..12 {
        let signs = [i % 2 == 0, i % 3 == 0].map(|has| if has { "1" } else { "-1" });
        list += &format!("{i}.png {}\n", signs.join(" "));
    }
    folder.write("set/list_attr_celeba.txt", list);
    let verbs: [(&str, &[&str]); 5] = [
        (
            "reconstruct",
            &["--steps", "5", "--subset", "It's=1", "--seed", "3"],
        ),
        ("attributes", &["--split", "last=5", "--c", "0.1"]),
        ("disentangle", &["--split", "every=3", "--alpha", "0.5"]),
        (
            "few-shot",
            &["--attribute", "It's", "--labels", "4", "--repeats", "2"],
        ),
        ("identity", &["--set", "Smiling=-0.3", "--steps", "5"]),
    ];
    for (verb, options) in verbs {
        let args = [
            &["eval", verb, "set", "--model", "model", "-o", verb],
            options,
        ]
        .concat();
        folder.succeeds(&args);
        let name = format!("{verb}.json");
        let report: Value = serde_json::from_slice(&folder.read(&name)).unwrap();
        let command = report["command"].as_str().unwrap();
        let command = command
            .replace(" SET ", " set ")
            .replace(" MODEL ", " model ");
        let command = command.strip_prefix("diffae ").unwrap();
        let command = format!("exec '{}' {command} -o again", env!("CARGO_BIN_EXE_diffae"));
        let output = std::process::Command::new("sh")
            .args(["-c", &command])
            .current_dir(folder.path(""))
            .env_remove("DIFFAE_MODEL")
            .output()
            .unwrap();
        assert!(output.status.success(), "{command}: {output:?}");
        assert_eq!(text(&folder, "again.json"), text(&folder, &name), "{verb}");
    }
    let reports = verbs.map(|(verb, _)| format!("{verb}.json"));
    let mut args = vec!["card", "model"];
    args.extend(reports.iter().map(String::as_str));
    folder.succeeds(&args);
    let card = text(&folder, "card.md");
    for title in [
        "Reconstruction",
        "Attributes",
        "Disentanglement",
        "Few labels",
        "What edits change",
    ] {
        assert!(card.contains(&format!("\n### {title}\n")), "{card}");
    }
}

#[test]
fn files_beside_the_pictures_stand_in_a_card_without_their_paths() {
    let folder = folder();
    save_png(&gradient(44), &folder.path("set/2.png")).unwrap();
    save_png(&gradient(45), &folder.path("set/3.png")).unwrap();
    folder.write(
        "secret-list.txt",
        "A\n0.png 1\n1.png -1\n2.png 1\n3.png -1\n",
    );
    folder.write("secret-split.txt", "0.png 0\n1.png 0\n2.png 2\n3.png 2\n");
    let (list, split) = (
        folder.path("secret-list.txt"),
        folder.path("secret-split.txt"),
    );
    for verb in ["attributes", "disentangle"] {
        let files = [&list, &split].map(|path| path.to_str().unwrap());
        let (model, split) = (["--model", "model"], ["--split", files[1]]);
        let named = [
            &model[..],
            &["--attributes", files[0]],
            &split,
            &["-o", verb],
        ]
        .concat();
        folder.succeeds(&[&["eval", verb, "set"][..], &named].concat());
        let report = text(&folder, &format!("{verb}.json"));
        assert!(!report.contains("secret"), "{report}");
        let report: Value = serde_json::from_str(&report).unwrap();
        let split = &report["settings"]["options"]["columns"]["split"];
        assert_eq!(split["by"], "SPLIT", "{report}");
        assert_eq!(split["sha256"].as_str().unwrap().len(), 64, "{report}");
        folder.succeeds(&["card", "model", &format!("{verb}.json")]);
        let card = text(&folder, "card.md");
        for part in [
            " --attributes ATTRIBUTES --split SPLIT ",
            "`MODEL` is this model's directory, `SET` is the pictures, `ATTRIBUTES` is the file of their attributes, `SPLIT` is the file that says which of them are for testing.",
            "(split SPLIT)",
        ] {
            assert!(card.contains(part), "no `{part}` in: {card}");
        }
        assert!(!card.contains("secret"), "{card}");
    }
    // Where no file is named, none is explained.
    folder.succeeds(&["card", "model", "eval.json"]);
    let card = text(&folder, "card.md");
    assert!(
        card.contains(
            "In the commands, `MODEL` is this model's directory, `SET` is the pictures.\n"
        ),
        "{card}"
    );
}

#[test]
fn a_card_tells_of_the_runs_that_a_model_came_from() {
    let folder = folder();
    let config = text(&folder, "golden.json");
    let latent = [
        "train",
        "latents",
        "set",
        "--from",
        "model",
        "-o",
        "z.safetensors",
    ];
    folder.succeeds(&latent);
    let train = |config: &str, output: &str| {
        folder.succeeds(&[
            "train",
            "latent",
            "z.safetensors",
            "--config",
            config,
            "-o",
            output,
            "--batch",
            "2",
            "--samples",
            "6",
        ]);
    };
    train("golden.json", "run");
    folder.succeeds(&["card", "model", "--run", "run"]);
    let card = text(&folder, "card.md");
    for line in [
        "| | latent |",
        "| samples seen | 6 |",
        "| steps | 3 |",
        "| batch | 2 |",
        "| weight_decay | 0.01 |",
        "| clip | 1 |",
        // Latents cannot be mirrored.
        "| flip | |",
        "- latent: latents of 3 pictures",
    ] {
        assert!(card.contains(line), "no `{line}` in: {card}");
    }
    let mut other: Value = serde_json::from_str(&config).unwrap();
    other["latent"]["layers"] = json!(2);
    folder.write("other.json", other.to_string());
    train("other.json", "other");
    folder.fails(
        &["card", "model", "--run", "other"],
        &["other", "the configuration", "differs from this model's"],
    );
    folder.fails(
        &["card", "model", "--run", "set"],
        &["set", "run.json", "diffae train"],
    );
    folder.write("run/run.json", "{}");
    folder.fails(&["card", "model", "--run", "run"], &["run.json"]);
}

#[test]
fn a_report_of_another_model_is_refused() {
    let folder = folder();
    folder.convert_golden("other", "f32");
    folder.fails(
        &["card", "other", "eval.json"],
        &["eval.json", "another model", "encoder"],
    );
    // One part alone, and a part that this model does not have.
    change(&folder, "latent.json", |report| {
        report["settings"]["model"]["parts"]["latent"] = json!("0".repeat(64));
    });
    folder.fails(
        &["card", "model", "latent.json"],
        &["latent.json", "the latent of"],
    );
    change(&folder, "more.json", |report| {
        report["settings"]["model"]["parts"]["judge"] = json!("0".repeat(64));
    });
    folder.fails(
        &["card", "model", "eval.json", "more.json"],
        &["more.json", "the judge of"],
    );
}

#[test]
fn what_is_no_report_and_what_is_no_model_is_refused() {
    let folder = folder();
    let whole = folder.read("eval.json");
    folder.write("half.json", &whole[..whole.len() / 2]);
    folder.fails(
        &["card", "model", "half.json"],
        &["half.json", "not a report"],
    );
    change(&folder, "bare.json", |report| {
        report.as_object_mut().unwrap().remove("table");
    });
    folder.fails(&["card", "model", "bare.json"], &["bare.json", "`table`"]);
    change(&folder, "nameless.json", |report| {
        report["settings"]["model"] = json!("model");
    });
    folder.fails(
        &["card", "model", "nameless.json"],
        &["nameless.json", "not a report"],
    );
    folder.fails(&["card", "model", "set/2.png"], &["2.png", "not a report"]);
    folder.fails(&["card", "model", "nowhere.json"], &["nowhere.json"]);
    folder.fails(&["card", "set"], &["manifest.json"]);
    folder.fails(&["card", "model", "--notes", "nowhere.md"], &["nowhere.md"]);
    folder.write("notes.md", "For tests alone.");
    let over = ["card", "model", "--notes", "notes.md", "-o", "notes.md"];
    folder.fails(&over, &["overwrite", "notes.md"]);
    folder.fails(&["card", "model", "-o", "card.html"], &[".md"]);
    let decoder = folder.read("model/decoder.safetensors");
    let mut damaged = decoder.clone();
    *damaged.last_mut().unwrap() ^= 1;
    folder.write("model/decoder.safetensors", damaged);
    folder.fails(&["card", "model", "eval.json"], &["decoder.safetensors"]);
}

#[test]
fn a_table_cannot_smuggle_markup_into_a_card() {
    let folder = folder();
    change(&folder, "odd.json", |report| {
        report["table"][1][0] = json!("a|b\n\n# <script>");
        report["command"] = json!("diffae eval\n```\n# heading");
    });
    folder.succeeds(&["card", "model", "odd.json"]);
    let card = text(&folder, "card.md");
    assert!(card.contains(r"| a\|b \# \<script\> | "), "{card}");
    assert!(
        card.contains("\n````sh\ndiffae eval\n```\n# heading\n````\n"),
        "{card}"
    );
}
