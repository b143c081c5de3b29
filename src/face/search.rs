//! Where to look: the whole photo, then squares all over it for small faces, and everything turned
//! where that shows no face. It goes on in steps, so that whoever waits can be shown the large faces
//! while the small ones are still looked for.

use std::collections::VecDeque;

use super::closer::{Looker, apart};
use super::detection::Detection;
use super::plan::{self, Square};
use super::view::Scene;
use super::{Detector, Face, FaceError};
use crate::picture::Picture;

/// Score from which a place in the whole photo is worth a closer look: small faces score low from
/// afar, and the closer look is the one that decides.
const CANDIDATE: f32 = 0.15;
/// Score from which it is worth one even though a face was found elsewhere, or where faces are shown
/// as large as in squares.
const LIKELY: f32 = 0.35;
/// Shorter side of the smallest photo that is searched, in pixels. No face fits into less.
const SMALLEST: f64 = 16.0;
/// How often the network may look at one photo; what is left over is less sure than all that was
/// looked at.
const MAX_LOOKS: usize = 384;
/// Squares that are looked at in one step.
const STEP: usize = 8;
/// Size of a face in shorter sides of the photo from which it fills the photo: whoever is small
/// beside it is not whom the photo is of.
const FILLS: f64 = 0.3;
/// Quarters by which the photo is turned, one after the other.
const TURNS: [u8; 4] = [0, 1, 3, 2];

/// How far the search of one photo has come.
#[derive(Debug, Clone)]
pub struct Search {
    /// All faces so far, in photo pixels.
    faces: Vec<Detection>,
    stage: Stage,
    looks_left: usize,
}

/// What is looked at next.
#[derive(Debug, Clone)]
enum Stage {
    Whole,
    /// These squares, all turned by the first of these turns; where that shows nothing, by the next.
    Squares {
        left: VecDeque<Square>,
        turns: &'static [u8],
    },
    Over,
}

impl Search {
    /// A search that has not begun.
    #[must_use]
    pub fn new() -> Self {
        Self {
            faces: Vec::new(),
            stage: Stage::Whole,
            looks_left: MAX_LOOKS,
        }
    }

    /// All faces so far, the largest and surest first.
    #[must_use]
    pub fn faces(&self) -> Vec<Face> {
        let worth = |face: &Detection| f64::from(face.score) * face.size();
        let mut faces = self.faces.clone();
        faces.sort_by(|a, b| worth(b).total_cmp(&worth(a)));
        faces.into_iter().map(Face::from).collect()
    }

    /// Whether everything has been looked at.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over)
    }

    /// How often the network has looked so far.
    #[must_use]
    pub fn looks(&self) -> usize {
        MAX_LOOKS - self.looks_left
    }

    /// Looks at the whole photo, or at a few squares more. It is one photo from the first step to
    /// the last.
    ///
    /// # Errors
    /// [`FaceError`] when the photo cannot be scaled or the device fails.
    pub async fn step(&mut self, detector: &Detector, photo: &Picture) -> Result<(), FaceError> {
        let size = [photo.width(), photo.height()].map(f64::from);
        if size[0].min(size[1]) < SMALLEST {
            self.stage = Stage::Over;
            return Ok(());
        }
        let scene = Scene::new(photo);
        let mut looker = Looker {
            detector,
            scene: &scene,
            looks_left: self.looks_left,
        };
        let stage = std::mem::replace(&mut self.stage, Stage::Over);
        self.stage = match stage {
            Stage::Whole => self.whole(&mut looker, size).await?,
            Stage::Squares { left, turns } => self.squares(&mut looker, left, turns, size).await?,
            Stage::Over => Stage::Over,
        };
        self.looks_left = looker.looks_left;
        if self.looks_left == 0 {
            self.stage = Stage::Over;
        }
        Ok(())
    }

    async fn whole(&mut self, looker: &mut Looker<'_>, size: [f64; 2]) -> Result<Stage, FaceError> {
        let whole = looker.scene.whole()?;
        let mut turns = &TURNS[..];
        for (i, &turn) in TURNS.iter().enumerate() {
            let candidates = looker.look(&whole.turned(turn)?, CANDIDATE).await?;
            self.settle(looker, candidates).await?;
            if !self.faces.is_empty() {
                turns = TURNS.get(i..=i).unwrap_or_default();
                break;
            }
        }
        let short = size[0].min(size[1]);
        let filled = self.faces.iter().any(|face| face.size() > FILLS * short);
        let left: VecDeque<Square> = match filled {
            true => VecDeque::new(),
            false => plan::squares(size).into(),
        };
        Ok(match left.is_empty() {
            true => Stage::Over,
            false => Stage::Squares { left, turns },
        })
    }

    async fn squares(
        &mut self,
        looker: &mut Looker<'_>,
        mut left: VecDeque<Square>,
        turns: &'static [u8],
        size: [f64; 2],
    ) -> Result<Stage, FaceError> {
        let Some((&turn, others)) = turns.split_first() else {
            return Ok(Stage::Over);
        };
        let mut candidates = Vec::new();
        for square in left.drain(..STEP.min(left.len())) {
            let view = looker.scene.view(square.centre, square.side, 0.0)?;
            candidates.extend(looker.look(&view.turned(turn)?, LIKELY).await?);
        }
        self.settle(looker, candidates).await?;
        Ok(if !left.is_empty() {
            Stage::Squares { left, turns }
        } else if self.faces.is_empty() && !others.is_empty() {
            Stage::Squares {
                left: plan::squares(size).into(),
                turns: others,
            }
        } else {
            Stage::Over
        })
    }

    /// Looks again at all that may be new faces.
    async fn settle(
        &mut self,
        looker: &mut Looker<'_>,
        mut candidates: Vec<Detection>,
    ) -> Result<(), FaceError> {
        candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
        for candidate in candidates {
            let known = self.faces.iter().any(|face| accounts_for(face, &candidate));
            if known || (candidate.score < LIKELY && !self.faces.is_empty()) {
                continue;
            }
            if let Some(face) = looker.settle(candidate).await? {
                // A closer look can show a face that another candidate led to before.
                let part = self.faces.iter().any(|known| accounts_for(known, &face));
                match self.faces.iter_mut().find(|known| same(known, &face)) {
                    Some(known) if known.score < face.score => *known = face,
                    None if !part => self.faces.push(face),
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

impl Default for Search {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether two detections show the same face: the middle of one is well within the other.
fn same(a: &Detection, b: &Detection) -> bool {
    apart(a.centre(), b.centre()) < 0.4 * a.size().max(b.size())
}

/// Whether a face is what a detection shows: the same face, or a part of it that looks like one.
fn accounts_for(face: &Detection, other: &Detection) -> bool {
    let ([left, top, right, low], [x, y]) = (face.edges, other.centre());
    let inside = (left..right).contains(&x) && (top..low).contains(&y);
    same(face, other) || (inside && other.size() < face.size())
}
