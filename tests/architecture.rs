//! Data flows one way: among the modules that stand side by side in a folder of the library or the tool, none uses
//! itself by way of others. A module may use what its own parent defines.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A module's place: `["ops", "cpu", "map"]` for `src/ops/cpu/map.rs`.
type Place = Vec<String>;

fn rust_files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        // Tests may look at anything.
        if name.ends_with("tests") {
            continue;
        }
        if path.is_dir() {
            rust_files(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

fn place(file: &Path, root: &Path) -> Place {
    let relative = file.strip_prefix(root).unwrap().with_extension("");
    let mut place: Place = relative
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if matches!(
        place.last().map(String::as_str),
        Some("mod" | "lib" | "main")
    ) {
        place.pop();
    }
    place
}

/// The code of a file without its comments and its tests.
fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    let text = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap()
        .to_owned();
    let lines = text.lines().map(|line| line.split("//").next().unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

/// Every path in `code` that begins with `crate::` or `super::`, with the braces of `use` lists
/// multiplied out.
fn paths(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            // The middle of a longer path, as `super::super::x`, belongs to the match before.
            if before.is_some_and(|c| c == ':' || c.is_alphanumeric() || c == '_') {
                continue;
            }
            expand(&code[at..], Vec::new(), &mut found);
        }
    }
    found
}

/// Reads one path, or a list of them, from the start of `text`; returns what is left.
fn expand<'a>(mut text: &'a str, mut path: Vec<String>, found: &mut Vec<Vec<String>>) -> &'a str {
    loop {
        text = text.trim_start();
        if let Some(mut list) = text.strip_prefix('{') {
            loop {
                list = list.trim_start();
                if let Some(rest) = list.strip_prefix('}') {
                    return rest;
                }
                list = expand(list, path.clone(), found).trim_start();
                list = list.strip_prefix(',').unwrap_or(list);
                assert!(!list.is_empty(), "a list of paths without an end");
            }
        }
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '*');
        let (name, rest) = text.split_at(end.unwrap_or(text.len()));
        path.push(name.to_owned());
        match rest.strip_prefix("::") {
            Some(rest) if !name.is_empty() => text = rest,
            _ => {
                found.push(path);
                let rest = rest.trim_start();
                return match rest.strip_prefix("as ") {
                    Some(renamed) => &renamed[renamed.find([',', '}', ';']).unwrap_or(0)..],
                    None => rest,
                };
            }
        }
    }
}

#[test]
fn no_module_of_the_library_uses_itself_by_way_of_its_neighbours() {
    no_circles("src");
}

#[test]
fn no_module_of_the_tool_uses_itself_by_way_of_its_neighbours() {
    no_circles("cli/src");
}

fn no_circles(source: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(source);
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    let places: BTreeSet<Place> = files.iter().map(|file| place(file, &root)).collect();
    // What the crate's root re-exports, by name.
    let reexports: BTreeMap<String, String> = {
        let face = ["lib.rs", "main.rs"].map(|name| root.join(name));
        let lib = code(face.iter().find(|file| file.exists()).unwrap())
            .replace("pub use ", "pub use crate::");
        let listed = paths(&lib).into_iter();
        listed
            .filter_map(|path| Some((path.last()?.clone(), path.get(1)?.clone())))
            .collect()
    };

    // From one module to another that stands beside it in the same folder, by folder.
    let mut uses: BTreeMap<Place, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for file in &files {
        let from = place(file, &root);
        for path in paths(&code(file)) {
            let ups = path.iter().take_while(|name| *name == "super").count();
            let mut to: Place = match ups {
                0 => Vec::new(),
                _ => from[..from.len().saturating_sub(ups)].to_vec(),
            };
            to.extend(path[ups.max(1)..].iter().cloned());
            if let Some(module) = to.first().and_then(|name| reexports.get(name))
                && !places.contains(&to[..1])
            {
                to.insert(0, module.clone());
            }
            // The longest beginning that is a module, and where it parts from this one.
            while !to.is_empty() && !places.contains(&to) {
                to.pop();
            }
            let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
            if let (Some(here), Some(there)) = (from.get(shared), to.get(shared)) {
                let folder = uses.entry(from[..shared].to_vec()).or_default();
                folder
                    .entry(here.clone())
                    .or_default()
                    .insert(there.clone());
            }
        }
    }

    let mut circles = Vec::new();
    for (folder, uses) in &uses {
        for start in uses.keys() {
            let mut reached: BTreeSet<&String> = BTreeSet::new();
            let mut next: Vec<&String> = uses[start].iter().collect();
            while let Some(module) = next.pop() {
                if reached.insert(module) {
                    next.extend(uses.get(module).into_iter().flatten());
                }
            }
            if reached.contains(start) {
                circles.push(format!("{source}/{}: {start}", folder.join("/")));
            }
        }
    }
    assert!(
        circles.is_empty(),
        "modules on a circle:\n{}",
        circles.join("\n")
    );
    let arrows: usize = uses
        .values()
        .flat_map(BTreeMap::values)
        .map(BTreeSet::len)
        .sum();
    assert!(
        arrows > 100,
        "only {arrows} uses were read: this test reads too little"
    );
}
