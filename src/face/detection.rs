//! From the network's numbers to detections: the places of cells decoded, and the many cells that
//! see one face blended into one detection.

use super::network::{GRID, INPUT, PLACE};
use crate::photo::Similarity;

/// Overlap (intersection over union) from which two detections show the same face.
const SAME_FACE: f64 = 0.3;
/// Eyes, nose, mouth and ears.
const KEYPOINTS: usize = 6;

/// What the network says of one place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detection {
    /// How sure it is, from 0 to 1.
    pub score: f32,
    /// Left, top, right and lower edge of the face, roughly from the eyebrows to the chin. The
    /// edges are parallel to those of the picture that was looked at.
    pub edges: [f64; 4],
    /// The eye on the viewer's left, the other eye, the tip of the nose, the middle of the mouth,
    /// and the ears, the one on the viewer's left first.
    pub keypoints: [[f64; 2]; KEYPOINTS],
}

impl Detection {
    /// The middle of the face.
    pub(super) fn centre(&self) -> [f64; 2] {
        let [left, top, right, low] = self.edges;
        [f64::midpoint(left, right), f64::midpoint(top, low)]
    }

    /// The mean of its width and height.
    pub(super) fn size(&self) -> f64 {
        let [left, top, right, low] = self.edges;
        f64::midpoint(right - left, low - top)
    }

    /// The point midway between the eyes.
    pub(super) fn between_eyes(&self) -> [f64; 2] {
        let [left, right, ..] = self.keypoints;
        [
            f64::midpoint(left[0], right[0]),
            f64::midpoint(left[1], right[1]),
        ]
    }

    /// From the eye on the viewer's left to the other one.
    pub(super) fn eye_line(&self) -> [f64; 2] {
        let [left, right, ..] = self.keypoints;
        [right[0] - left[0], right[1] - left[1]]
    }

    /// The same face in another picture's coordinates. Where the two are turned against each
    /// other, the edges are those of a box of the same size around the same middle.
    pub(super) fn map(&self, to_from_here: &Similarity) -> Self {
        let [x, y] = to_from_here.apply(self.centre());
        let [left, top, right, low] = self.edges;
        let half = [right - left, low - top].map(|side| to_from_here.scale * side / 2.0);
        Self {
            score: self.score,
            edges: [x - half[0], y - half[1], x + half[0], y + half[1]],
            keypoints: self.keypoints.map(|point| to_from_here.apply(point)),
        }
    }

    /// The same face where the picture it was found in, `width` pixels wide, is mirrored.
    pub(super) fn mirrored(&self, width: f64) -> Self {
        let [left, top, right, low] = self.edges;
        let [eye, other_eye, nose, mouth, ear, other_ear] = self.keypoints;
        let keypoints = [other_eye, eye, nose, mouth, other_ear, ear];
        Self {
            score: self.score,
            edges: [width - right, top, width - left, low],
            keypoints: keypoints.map(|[x, y]| [width - x, y]),
        }
    }

    /// The mean of two detections of one face.
    pub(super) fn midway(&self, other: &Self) -> Self {
        Self {
            score: f32::midpoint(self.score, other.score),
            edges: std::array::from_fn(|i| f64::midpoint(self.edges[i], other.edges[i])),
            keypoints: std::array::from_fn(|i| {
                let (a, b) = (self.keypoints[i], other.keypoints[i]);
                [f64::midpoint(a[0], b[0]), f64::midpoint(a[1], b[1])]
            }),
        }
    }

    /// Intersection over union of two boxes, 0 where they do not touch.
    pub(super) fn overlap(&self, other: &Self) -> f64 {
        let area =
            |[left, top, right, low]: [f64; 4]| (right - left).max(0.0) * (low - top).max(0.0);
        let [a, b] = [self.edges, other.edges];
        let common = area([
            a[0].max(b[0]),
            a[1].max(b[1]),
            a[2].min(b[2]),
            a[3].min(b[3]),
        ]);
        let union = area(a) + area(b) - common;
        if union > 0.0 { common / union } else { 0.0 }
    }
}

/// The detections in the network's answer [17, 48, 48] that score at least `least`, in input
/// pixels, surest first, one for each face.
pub(super) fn detections(answer: &[f32], least: f32) -> Vec<Detection> {
    let cells = GRID * GRID;
    let pitch = f64::from(INPUT) / GRID as f64;
    let mut found: Vec<Detection> = answer
        .iter()
        .take(cells)
        .enumerate()
        .filter_map(|(cell, logit)| {
            let score = 1.0 / (1.0 + (-logit).exp());
            let centre = [cell % GRID, cell / GRID].map(|i| (i as f64 + 0.5) * pitch);
            let mut place = [0.0; PLACE];
            for (value, plane) in place.iter_mut().zip(answer.chunks_exact(cells).skip(1)) {
                *value = f64::from(*plane.get(cell)?);
            }
            let sound = score >= least && place.iter().all(|value| value.is_finite());
            sound.then(|| decode(score, centre, &place))
        })
        .collect();
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    blend(found)
}

fn decode(score: f32, cell: [f64; 2], place: &[f64; PLACE]) -> Detection {
    let (points, _) = place.as_chunks::<2>();
    let point = |i: usize| {
        let [x, y] = points.get(i).copied().unwrap_or_default();
        [cell[0] + x, cell[1] + y]
    };
    let [x, y] = point(0);
    let [width, height] = points.get(1).copied().unwrap_or_default();
    Detection {
        score,
        edges: [
            x - width / 2.0,
            y - height / 2.0,
            x + width / 2.0,
            y + height / 2.0,
        ],
        keypoints: std::array::from_fn(|i| point(2 + i)),
    }
}

/// Weighted non-maximum suppression, as MediaPipe does it: the surest detection and all that
/// overlap it become their mean, weighted by score, with the score of the surest.
fn blend(mut sorted: Vec<Detection>) -> Vec<Detection> {
    let mut faces = Vec::new();
    while let Some(surest) = sorted.first().copied() {
        let (same, others): (Vec<_>, Vec<_>) = sorted
            .iter()
            .partition(|other| surest.overlap(other) > SAME_FACE);
        // A box without area overlaps nothing, not even itself.
        let Some(mean) = weighted_mean(&same) else {
            sorted.remove(0);
            continue;
        };
        faces.push(Detection {
            score: surest.score,
            ..mean
        });
        sorted = others;
    }
    faces
}

fn weighted_mean(detections: &[Detection]) -> Option<Detection> {
    let total: f64 = detections.iter().map(|d| f64::from(d.score)).sum();
    let mut mean = Detection {
        score: 0.0,
        edges: [0.0; 4],
        keypoints: [[0.0; 2]; KEYPOINTS],
    };
    for detection in detections {
        let weight = f64::from(detection.score) / total;
        let values = detection
            .edges
            .iter()
            .chain(detection.keypoints.as_flattened());
        let sums = mean
            .edges
            .iter_mut()
            .chain(mean.keypoints.as_flattened_mut());
        for (sum, value) in sums.zip(values) {
            *sum += weight * value;
        }
    }
    (!detections.is_empty()).then_some(mean)
}
