//! The corpus of hostile files, replayed: every file of `tests/corpus/files` goes through its target on every compiler, and
//! takes no more memory than that target may for a file of its length. The fuzzer starts from the same files, and what it
//! finds comes to lie there, too.
//!
//! The files are those of `attacks`; `DIFFAE_WRITE_CORPUS=1 cargo test --release --test corpus` writes them.
#![allow(
    unreachable_pub,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

mod attacks;
mod targets;

use std::alloc::System;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicIsize, Ordering};

use diffae::photo::Original;
use tracking_allocator::{AllocationGroupId, AllocationRegistry, AllocationTracker, Allocator};

#[global_allocator]
static ALLOCATOR: Allocator<System> = Allocator::system();

/// Bytes that are held, and the most that were, since counting began.
static HELD: AtomicIsize = AtomicIsize::new(0);
static MOST: AtomicIsize = AtomicIsize::new(0);

struct Count;

impl AllocationTracker for Count {
    fn allocated(&self, _: usize, size: usize, _: usize, _: AllocationGroupId) {
        let held = HELD.fetch_add(size as isize, Ordering::Relaxed) + size as isize;
        MOST.fetch_max(held, Ordering::Relaxed);
    }

    fn deallocated(
        &self,
        _: usize,
        size: usize,
        _: usize,
        _: AllocationGroupId,
        _: AllocationGroupId,
    ) {
        HELD.fetch_sub(size as isize, Ordering::Relaxed);
    }
}

/// The most memory that `work` holds at once.
fn peak(work: impl FnOnce()) -> usize {
    HELD.store(0, Ordering::Relaxed);
    MOST.store(0, Ordering::Relaxed);
    AllocationRegistry::enable_tracking();
    work();
    AllocationRegistry::disable_tracking();
    MOST.load(Ordering::Relaxed).max(0) as usize
}

/// Files that are what they should be. What refuses them refuses everything, and is no test of the others.
const HARMLESS: [&str; 3] = ["none", "png", "jpeg"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/files")
}

/// Every file there is, with the name of its target.
fn files() -> Vec<(String, String, Vec<u8>)> {
    let mut found = Vec::new();
    for target in targets::ALL {
        let folder = folder().join(target.name);
        for entry in fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            found.push((
                target.name.to_owned(),
                name,
                fs::read(entry.path()).unwrap(),
            ));
        }
    }
    found.sort();
    found
}

/// One test: what is counted is the whole program's.
#[test]
fn no_file_of_the_corpus_does_harm_or_takes_more_memory_than_it_may() {
    AllocationRegistry::set_global_tracker(Count).unwrap();
    the_files_are_those_of_the_attacks();
    let large = attacks::large().into_iter();
    let large = large.map(|attack| {
        (
            attack.target.to_owned(),
            attack.name.to_owned(),
            attack.bytes,
        )
    });
    let mut counted = 0;
    for (target, name, bytes) in files().into_iter().chain(large) {
        let target = targets::named(&target);
        let most = (target.most)(bytes.len());
        let mut read = false;
        let taken = peak(|| read = (target.run)(&bytes));
        assert!(
            read || !HARMLESS.contains(&name.as_str()),
            "{}/{name} is what is read elsewhere",
            target.name
        );
        if std::env::var_os("DIFFAE_TELL_CORPUS").is_some() {
            println!("{taken:>12} of {most:>12} {}/{name}", target.name);
        }
        assert!(
            taken <= most,
            "{}/{name}, {} bytes, takes {taken} bytes, but at most {most} are its due",
            target.name,
            bytes.len()
        );
        counted += usize::from(taken > 0);
    }
    assert!(
        counted > 100,
        "{counted} files took anything: is anything counted?"
    );
    pictures_of_impossible_size_are_refused_before_they_take_room();
}

/// Whoever adds an attack adds its file.
fn the_files_are_those_of_the_attacks() {
    let write = std::env::var_os("DIFFAE_WRITE_CORPUS").is_some();
    let mut seen = BTreeSet::new();
    for attack in attacks::small() {
        assert!(
            seen.insert((attack.target, attack.name)),
            "{} twice",
            attack.name
        );
        let path = folder().join(attack.target).join(attack.name);
        if write {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &attack.bytes).unwrap();
        }
        let found = fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert!(
            found == attack.bytes,
            "{} is another; the corpus is written as the first lines here say",
            path.display()
        );
    }
}

/// The targets look at small pictures only. The limit of real ones holds before anything is decoded.
fn pictures_of_impossible_size_are_refused_before_they_take_room() {
    let mut refused = 0;
    for (target, name, bytes) in files() {
        if target != "picture" || !name.contains("of-huge-size") {
            continue;
        }
        let taken = peak(|| {
            Original::decode(&bytes).expect_err("a picture of billions of pixels");
        });
        assert!(taken < 1 << 20, "{name} takes {taken} bytes");
        refused += 1;
    }
    assert!(refused >= 8, "{refused}");
}
