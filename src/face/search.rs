//! Where to look: the whole photo, then every candidate again upright and close, and the photo
//! turned where that shows no face.

use std::f64::consts::FRAC_PI_2;

use super::detection::Detection;
use super::view::{Scene, View};
use super::{Detector, FaceError};
use crate::picture::Picture;

/// Score from which a place in the whole photo is worth a closer look: small faces score low from
/// afar, and the closer look is the one that decides.
const CANDIDATE: f32 = 0.15;
/// Score from which it is worth one even though a face was found elsewhere.
const LIKELY: f32 = 0.35;
/// Score below which a closer look is not worth another one.
const DOUBTFUL: f32 = 0.25;
/// Score from which what was looked at closely is a face. Upright faces reach 0.67 to 0.95; the
/// most that a pattern reached was 0.62, a clock in motion.
const FACE: f32 = 0.65;
/// Score that only faces the right way up reach. One that lies on its side or is upside down can
/// pass for an upright one, with its eyes in wrong places, but not for a clear one.
const CLEAR: f32 = 0.8;
/// How much less than the best so far a turn may score before it is brought to the right scale.
const TURNED: f32 = 0.2;
/// Side of the square for a closer look in eye distances: of those tried from 2.6 to 7, the one at
/// which the network places eyes best.
const CLOSE: f64 = 6.0;
/// How far below the eyes that square's middle is, in eye distances.
const BELOW_EYES: f64 = 0.3;
/// The same square's side in sizes of the detected box, which is about 2.5 eye distances.
const CLOSE_OF_BOX: f64 = 2.4;
/// How far in eye distances two closer looks may disagree on an eye. Beyond that, the first one
/// was too far from upright or from the right scale to count.
const AGREE: f64 = 0.1;
/// Shorter side of the smallest photo that is searched, in pixels. No face fits into less.
const SMALLEST: f64 = 16.0;

/// How often the network may look at one photo; what is left over is less sure than all that was
/// looked at.
const MAX_LOOKS: usize = 128;
/// Photos longer than this many times their shorter side are also looked at in squares, since
/// letterboxed they would show small faces too small.
const LONG: f64 = 1.5;
/// Side of those squares in shorter sides of the photo, and how far they are apart: faces up to
/// the difference are whole in one of them, and larger ones are seen in the whole photo.
const TILE: f64 = 1.25;
const TILE_STEP: f64 = 0.85;
/// The most squares for one photo; for a still longer one, they are made larger.
const MAX_TILES: f64 = 12.0;

/// The search of one photo.
pub(super) struct Search<'a> {
    detector: &'a Detector,
    scene: Scene<'a>,
    looks: usize,
}

impl<'a> Search<'a> {
    pub(super) fn new(detector: &'a Detector, photo: &'a Picture) -> Result<Self, FaceError> {
        Ok(Self {
            detector,
            scene: Scene::new(photo)?,
            looks: 0,
        })
    }

    /// All faces, in photo pixels, the largest and surest first.
    pub(super) async fn run(mut self) -> Result<Vec<Detection>, FaceError> {
        let [width, height] = self.scene.size();
        if width.min(height) < SMALLEST {
            return Ok(Vec::new());
        }
        let views = self.views()?;
        let mut faces = self.among(&views, 0).await?;
        for turns in [1, 3, 2] {
            if faces.is_empty() {
                faces = self.among(&views, turns).await?;
            }
        }
        let worth = |face: &Detection| f64::from(face.score) * face.size();
        faces.sort_by(|a, b| worth(b).total_cmp(&worth(a)));
        Ok(faces)
    }

    /// The whole photo, and squares along it where it is long.
    fn views(&self) -> Result<Vec<View>, FaceError> {
        let size = self.scene.size();
        let (short, long) = (size[0].min(size[1]), size[0].max(size[1]));
        let middle = size.map(|side| side / 2.0);
        let mut views = vec![self.scene.whole()?];
        if long > LONG * short {
            let wanted = ((long - TILE * short) / (TILE_STEP * short)).ceil() + 1.0;
            let count = wanted.min(MAX_TILES);
            let side = (TILE * short).max(TILE / TILE_STEP * long / count);
            let axis = usize::from(size[1] > size[0]);
            for i in 0..count as usize {
                let mut centre = middle;
                centre[axis] = side / 2.0 + (long - side) * i as f64 / (count - 1.0).max(1.0);
                views.push(self.scene.view(centre, side, 0.0)?);
            }
        }
        Ok(views)
    }

    /// The faces seen in any of these views, each turned.
    async fn among(&mut self, views: &[View], turns: u8) -> Result<Vec<Detection>, FaceError> {
        let mut candidates = Vec::new();
        for view in views {
            candidates.extend(self.look(&view.turned(turns)?, CANDIDATE).await?);
        }
        candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
        let mut faces: Vec<Detection> = Vec::new();
        for candidate in candidates {
            let known = faces.iter().any(|face| same(face, &candidate));
            if known || (candidate.score < LIKELY && !faces.is_empty()) {
                continue;
            }
            if let Some(face) = self.settle(candidate).await? {
                // A closer look can show a face that another candidate led to before.
                match faces.iter_mut().find(|known| same(known, &face)) {
                    Some(known) if known.score < face.score => *known = face,
                    Some(_) => {}
                    None => faces.push(face),
                }
            }
        }
        Ok(faces)
    }

    /// Whether there is a face at a candidate, and exactly where.
    async fn settle(&mut self, candidate: Detection) -> Result<Option<Detection>, FaceError> {
        let Some((mut best, mut peak)) = self.closer(candidate).await? else {
            return Ok(None);
        };
        if (FACE..CLEAR).contains(&best.score) {
            let (centre, size) = (best.centre(), best.size());
            let [dx, dy] = best.eye_line();
            for turn in 1..4 {
                let rotation = dy.atan2(dx) + f64::from(turn) * FRAC_PI_2;
                let view = self.scene.view(centre, CLOSE_OF_BOX * size, rotation)?;
                let turned = self.nearest(&view, centre, size).await?;
                if let Some(turned) = turned.filter(|turned| turned.score > best.score - TURNED)
                    && let Some((turned, height)) = self.closer(turned).await?
                    && height > peak
                {
                    (best, peak) = (turned, height);
                }
            }
        }
        Ok(Some(best).filter(|face| face.score >= FACE))
    }

    /// A detection looked at closely and, since the network places the eyes of a face and of its
    /// mirror image with opposite errors, mirrored. Beside it the best score of all looks, which
    /// tells the right way up better than their mean.
    async fn closer(&mut self, found: Detection) -> Result<Option<(Detection, f32)>, FaceError> {
        let Some(plain) = self.close(&found, false).await? else {
            return Ok(None);
        };
        let Some(mirrored) = self.close(&plain, true).await? else {
            return Ok(None);
        };
        let [dx, dy] = mirrored.eye_line();
        let far = AGREE * dx.hypot(dy);
        let disagree = |i: usize| apart(plain.keypoints[i], mirrored.keypoints[i]) > far;
        let plain = if disagree(0) || disagree(1) {
            self.close(&mirrored, false).await?.unwrap_or(plain)
        } else {
            plain
        };
        let peak = found.score.max(plain.score).max(mirrored.score);
        Ok(Some((plain.midway(&mirrored), peak)))
    }

    /// Looks at a detection from close by with its eyes level.
    async fn close(
        &mut self,
        found: &Detection,
        mirrored: bool,
    ) -> Result<Option<Detection>, FaceError> {
        let [x, y] = found.between_eyes();
        let [dx, dy] = found.eye_line();
        let distance = dx.hypot(dy);
        // Eyes further apart than the face is wide are no eyes.
        if !(1.0..=found.size().max(1.0)).contains(&distance) {
            return Ok(None);
        }
        let centre = [x - BELOW_EYES * dy, y + BELOW_EYES * dx];
        let mut view = self.scene.view(centre, CLOSE * distance, dy.atan2(dx))?;
        if mirrored {
            view = view.mirrored()?;
        }
        self.nearest(&view, centre, 2.0 * distance).await
    }

    /// The surest detection in a view whose middle is within `reach` of a place in the photo.
    async fn nearest(
        &mut self,
        view: &View,
        place: [f64; 2],
        reach: f64,
    ) -> Result<Option<Detection>, FaceError> {
        let found = self.look(view, DOUBTFUL).await?;
        let near = |detection: &Detection| apart(detection.centre(), place) < reach;
        Ok(found.into_iter().find(near))
    }

    /// What the network sees in a view, in photo pixels, surest first; nothing once it has looked
    /// too often.
    async fn look(&mut self, view: &View, least: f32) -> Result<Vec<Detection>, FaceError> {
        if self.looks == MAX_LOOKS {
            return Ok(Vec::new());
        }
        self.looks += 1;
        let found = self.detector.look(&view.picture, least).await?;
        Ok(found.iter().map(|face| view.to_photo(face)).collect())
    }
}

fn apart(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// Whether two detections show the same face: the middle of one is well within the other.
fn same(a: &Detection, b: &Detection) -> bool {
    apart(a.centre(), b.centre()) < 0.4 * a.size().max(b.size())
}
