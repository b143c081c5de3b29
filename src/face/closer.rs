//! A second look: every place where a face may be is looked at again close by, upright and mirrored,
//! which says whether there is one and exactly where its eyes are.

use std::f64::consts::FRAC_PI_2;

use super::detection::Detection;
use super::view::{Scene, View};
use super::{Detector, FaceError};

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

/// Who looks at a photo, and how often still.
pub(super) struct Looker<'a> {
    pub(super) detector: &'a Detector,
    pub(super) scene: &'a Scene<'a>,
    pub(super) looks_left: usize,
}

impl Looker<'_> {
    /// Whether there is a face at a candidate, and exactly where.
    pub(super) async fn settle(
        &mut self,
        candidate: Detection,
    ) -> Result<Option<Detection>, FaceError> {
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
    pub(super) async fn look(
        &mut self,
        view: &View,
        least: f32,
    ) -> Result<Vec<Detection>, FaceError> {
        let Some(left) = self.looks_left.checked_sub(1) else {
            return Ok(Vec::new());
        };
        self.looks_left = left;
        let found = self.detector.look(&view.picture, least).await?;
        Ok(found.iter().map(|face| view.to_photo(face)).collect())
    }
}

pub(super) fn apart(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}
