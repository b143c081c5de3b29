//! The search for faces under the clock: when whoever waits is shown the first, and when it is over.

use std::time::Instant;

use diffae::face::{Detector, Search};

use super::report::median_and_fastest;
use super::scenes::{Scene, scenes};
use crate::bundled;
use crate::error::ToolError;
use crate::progress::Progress;
use crate::table::{row, table};

/// What a search of one photo came to; it finds and looks alike every time.
#[derive(Default)]
struct Searches {
    faces: usize,
    looks: usize,
    /// Seconds to the first faces, where there are any.
    first: Vec<f64>,
    /// Seconds to the end.
    end: Vec<f64>,
}

/// Searches every photo in turns and lays the medians out.
pub(super) async fn report(runs: u16) -> Result<String, ToolError> {
    let detector = Detector::from_bytes(bundled::FACE_DETECTOR)?;
    let mut photos = scenes()?.map(|scene| (scene, Searches::default()));
    let progress = Progress::new("searching for faces");
    for round in 0..=runs {
        progress.set(usize::from(round), usize::from(runs) + 1);
        for (scene, searches) in &mut photos {
            // The first round warms up.
            searches.add(&detector, scene, round > 0).await?;
        }
    }
    drop(progress);
    Ok(format!(
        "Searches for faces in photos of 12 megapixels on the CPU; ratios to the one large face\n{}",
        table(&rows(&photos))
    ))
}

impl Searches {
    async fn add(
        &mut self,
        detector: &Detector,
        scene: &Scene,
        counts: bool,
    ) -> Result<(), ToolError> {
        let start = Instant::now();
        let (mut search, mut first) = (Search::new(), None);
        while !search.is_over() {
            search.step(detector, &scene.photo).await?;
            if first.is_none() && !search.faces().is_empty() {
                first = Some(start.elapsed().as_secs_f64());
            }
        }
        let end = start.elapsed().as_secs_f64();
        self.faces = search.faces().len();
        self.looks = search.looks();
        if counts {
            self.first.extend(first);
            self.end.push(end);
        }
        Ok(())
    }
}

fn rows(photos: &[(Scene, Searches)]) -> Vec<Vec<String>> {
    let mut rows = vec![row([
        "",
        "faces",
        "looks",
        "first (ms)",
        "ratio",
        "all (ms)",
        "ratio",
    ])];
    let mut reference = [None; 2];
    for (scene, searches) in photos {
        let mut cells = vec![
            scene.name.to_owned(),
            searches.faces.to_string(),
            searches.looks.to_string(),
        ];
        for (times, reference) in [&searches.first, &searches.end]
            .into_iter()
            .zip(&mut reference)
        {
            if times.is_empty() {
                cells.extend(row(["none", ""]));
                continue;
            }
            let [seconds, _] = median_and_fastest(times);
            let ratio = seconds / *reference.get_or_insert(seconds);
            cells.extend([format!("{:.1}", 1e3 * seconds), format!("{ratio:.2}")]);
        }
        rows.push(cells);
    }
    rows
}
