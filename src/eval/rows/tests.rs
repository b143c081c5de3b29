//! Shards as they are stored and merged, and as they should not be.

use super::*;
use serde_json::json;

/// The rows of a shard of 23 pictures, of which the sixth is broken.
fn shard(number: usize, of: usize) -> Rows {
    let mut rows = Rows::new(json!({"verb": "test", "seed": 4}));
    rows.begin("values", 3, 23);
    let shard = Shard { number, of };
    for index in (0..23).filter(|&i| shard.takes(i)) {
        let value = (index as f32 * 0.37).sin();
        match index {
            5 => rows.skip("values", 5, "broken".to_owned()),
            _ => rows
                .push("values", index, vec![value, value / 3.0, f32::INFINITY])
                .unwrap(),
        }
        if index < 2 {
            rows.show(
                index,
                vec![Picture::from_rgb(1, 2, &[index as u8; 6]).unwrap()],
            );
        }
    }
    rows
}

fn named(rows: impl IntoIterator<Item = Rows>) -> Vec<(PathBuf, Rows)> {
    let rows = rows.into_iter().enumerate();
    rows.map(|(i, rows)| (PathBuf::from(format!("{i}")), rows))
        .collect()
}

#[test]
fn any_number_of_shards_in_any_order_is_one_run() {
    let folder = tempfile::tempdir().unwrap();
    let whole = shard(1, 1);
    whole.check_complete().unwrap();
    for of in [1, 2, 7, 23, 40] {
        let files = (1..=of).rev().map(|number| {
            let path = folder.path().join(format!("{number}"));
            shard(number, of).save(&path).unwrap();
            let rows = Rows::load(&path).unwrap();
            (path, rows)
        });
        assert!(Rows::merge(files).unwrap() == whole, "{of}");
    }
    assert_eq!(whole.sheet().len(), 2);
    assert_eq!(whole.table("values").unwrap().skipped().count(), 1);
}

#[test]
fn a_missing_or_doubled_shard_is_told() {
    let error = Rows::merge(named([shard(1, 3), shard(3, 3)])).unwrap_err();
    assert!(
        matches!(
            error,
            EvalError::MissingRows {
                first: 1,
                missing: 8,
                ..
            }
        ),
        "{error}"
    );
    let error = Rows::merge(named([shard(1, 2), shard(2, 2), shard(2, 2)])).unwrap_err();
    assert!(
        matches!(error, EvalError::RowTwice { index: 1, .. }),
        "{error}"
    );
    assert!(Rows::merge([]).is_err());
    let mut other = shard(2, 2);
    other.settings = json!({"verb": "test", "seed": 5});
    let error = Rows::merge(named([shard(1, 2), other])).unwrap_err();
    assert!(error.to_string().contains("`seed`"), "{error}");
    let mut other = shard(2, 2);
    other.begin("more", 1, 1);
    assert!(matches!(
        Rows::merge(named([shard(1, 2), other])),
        Err(EvalError::OtherRun { .. })
    ));
}

#[test]
fn a_damaged_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows");
    shard(1, 2).save(&path).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for end in 0..whole.len() {
        std::fs::write(&path, &whole[..end]).unwrap();
        assert!(Rows::load(&path).is_err(), "{end}");
    }
    // Any change of the header may be harmless, but never a panic.
    for at in 8..whole.len().min(900) {
        let mut bytes = whole.clone();
        bytes[at] = bytes[at].wrapping_add(1);
        std::fs::write(&path, bytes).unwrap();
        drop(Rows::load(&path));
    }
    assert!(matches!(
        Rows::load(folder.path()),
        Err(EvalError::Read { .. })
    ));
}

#[test]
fn shards_are_written_i_of_n() {
    assert_eq!("3/7".parse(), Ok(Shard { number: 3, of: 7 }));
    for text in ["0/7", "8/7", "3", "a/b", "1/0", "-1/2"] {
        assert!(text.parse::<Shard>().is_err(), "{text}");
    }
}
