//! The independent values that `tests/eval/golden.py` wrote.

use serde_json::Value;

/// One case: named numbers and lists of them.
pub(super) struct Case(Value);

/// The cases of a section.
pub(super) fn cases(section: &str) -> Vec<Case> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/eval/golden.json");
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let cases = file[section].as_array().unwrap();
    assert!(!cases.is_empty());
    cases.iter().cloned().map(Case).collect()
}

impl Case {
    pub(super) fn number(&self, name: &str) -> f64 {
        self.0[name].as_f64().unwrap_or_else(|| panic!("{name}"))
    }

    pub(super) fn numbers(&self, name: &str) -> Vec<f64> {
        let list = self.0[name].as_array().unwrap_or_else(|| panic!("{name}"));
        list.iter().map(|v| v.as_f64().unwrap()).collect()
    }

    pub(super) fn labels(&self, name: &str) -> Vec<bool> {
        self.numbers(name).iter().map(|&v| v == 1.0).collect()
    }
}

/// Within `tolerance`, relative where the value is larger than 1.
#[track_caller]
pub(super) fn close(ours: f64, theirs: f64, tolerance: f64) {
    let allowed = tolerance * theirs.abs().max(1.0);
    assert!((ours - theirs).abs() <= allowed, "{ours} against {theirs}");
}
