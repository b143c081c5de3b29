//! Which picture a place of a step shows, and how: what every thread that reads does by itself.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::augment::{self, Change};
use crate::photo::Similarity;
use crate::picture::Picture;
use crate::pictures::{Crop, Framer, PictureSet, SetError};
use crate::train::{Draws, Recipe, order};

/// What all readers of a run share.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) framer: Framer,
    pub(super) batch: usize,
    pub(super) accumulate: usize,
    /// For each attribute of the model, its place among the set's; none where the set has none.
    columns: Option<Vec<usize>>,
    seed: u64,
    flip: bool,
    jitter: [f64; 3],
    strict: bool,
    /// Why pictures cannot be used. Only spares looking again: what is in it does not depend on who looked first.
    bad: Mutex<HashMap<usize, Arc<str>>>,
    /// Where faces are, which takes far longer to find than all the rest.
    faces: Mutex<HashMap<usize, Similarity>>,
}

impl Plan {
    pub(super) fn new(
        set: &PictureSet,
        framer: Framer,
        attributes: &[String],
        recipe: &Recipe,
        strict: bool,
    ) -> Result<Self, SetError> {
        if set.is_empty() {
            return Err(SetError::NoneUsable {
                count: 0,
                first: "there is none".to_owned(),
            });
        }
        let columns = match set.attribute_names().is_empty() || attributes.is_empty() {
            true => None,
            false => {
                let places = attributes.iter().map(|name| set.attribute(name));
                Some(places.collect::<Result<_, _>>()?)
            }
        };
        Ok(Self {
            framer,
            batch: recipe.batch,
            accumulate: recipe.accumulate,
            columns,
            seed: recipe.seed,
            flip: recipe.flip,
            jitter: recipe.jitter,
            strict,
            bad: Mutex::default(),
            faces: Mutex::default(),
        })
    }
}

/// A picture as training sees it.
#[derive(Debug)]
pub(super) struct Shown {
    /// [3, S, S] in [-1, 1].
    pub(super) pixels: Vec<f32>,
    pub(super) attributes: Option<Vec<f32>>,
    /// The pictures that should have stood here, and why they do not.
    pub(super) bad: Vec<(usize, Arc<str>)>,
}

/// One who reads.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) plan: Arc<Plan>,
    pub(super) set: PictureSet,
    /// The order of the round that was read from last.
    round: Option<(u64, Vec<usize>)>,
    /// Where the face detector computes, so that it takes no threads from what trains.
    #[cfg(feature = "rayon")]
    pool: Option<rayon::ThreadPool>,
}

impl Reader {
    pub(super) fn new(plan: Arc<Plan>, set: PictureSet) -> Self {
        Self {
            // Without a pool of its own, the detector computes where everything does.
            #[cfg(feature = "rayon")]
            pool: (plan.framer.crop() == Crop::Face)
                .then(|| rayon::ThreadPoolBuilder::new().num_threads(1).build().ok())
                .flatten(),
            plan,
            set,
            round: None,
        }
    }

    /// The picture in a place of a step.
    pub(super) fn show(&mut self, step: u64, place: usize) -> Result<Shown, SetError> {
        let plan = Arc::clone(&self.plan);
        let draws = Draws::new(plan.seed);
        let change = Change::draw(&draws, step, place, plan.flip, plan.jitter);
        let (count, wanted) = (self.set.len(), self.index(step, place));
        let mut bad = Vec::new();
        for index in (wanted..count).chain(0..wanted) {
            let known = held(&plan.bad).get(&index).cloned();
            let why = match known {
                Some(why) => why,
                None => match self.framed(index, &change) {
                    Ok(picture) => {
                        return Ok(Shown {
                            pixels: match change.mirrored {
                                true => picture.mirrored().to_chw(),
                                false => picture.to_chw(),
                            },
                            attributes: self.attributes(index),
                            bad,
                        });
                    }
                    Err(error) if error.is_of_picture() && !plan.strict => {
                        let why: Arc<str> = error.to_string().into();
                        held(&plan.bad).insert(index, Arc::clone(&why));
                        why
                    }
                    Err(error) => return Err(error),
                },
            };
            bad.push((index, why));
        }
        let first = bad.iter().min_by_key(|(index, _)| *index);
        Err(SetError::NoneUsable {
            count,
            first: first.map_or_else(String::new, |(_, why)| why.to_string()),
        })
    }

    /// The index that [`order`] gives this place, of a round that is drawn only once.
    fn index(&mut self, step: u64, place: usize) -> usize {
        let count = self.set.len();
        let at = u128::from(step) * self.plan.batch as u128 + place as u128;
        let (number, within) = (at / count as u128, at % count as u128);
        let number = number as u64;
        let round = match self.round.take() {
            Some((held, round)) if held == number => round,
            _ => order(self.plan.seed, number, count, count),
        };
        let index = round.get(within as usize).copied().unwrap_or_default();
        self.round = Some((number, round));
        index
    }

    fn attributes(&self, index: usize) -> Option<Vec<f32>> {
        let labels = self.set.labels(index)?;
        let columns = self.plan.columns.as_ref()?;
        let values = columns.iter().map(|&column| labels.get(column));
        values
            .map(|label| label.map(|&label| f32::from(u8::from(label))))
            .collect()
    }

    /// The square of a picture, jittered where the change says so and otherwise as evaluation sees it.
    fn framed(&mut self, index: usize, change: &Change) -> Result<Picture, SetError> {
        let picture = self.set.read(index)?;
        let (plan, name) = (&self.plan, self.set.name(index));
        let framer = &plan.framer;
        let found_face = framer.crop() == Crop::Face;
        let place = match found_face || change.jitter.is_some() {
            true => Some(self.place(index, &picture)?),
            false => None,
        };
        let (side, size) = (framer.side(), [picture.width(), picture.height()]);
        // Whether a picture can be used must not hang on a draw: where no square could be, it stays where it was.
        if let Some(framed) = (place.zip(change.jitter))
            .and_then(|(place, jitter)| augment::jittered(&place, jitter, side, size))
            .and_then(|place| framer.frame_at(name, &picture, &place).ok())
        {
            return Ok(framed);
        }
        match place.filter(|_| found_face) {
            Some(place) => framer.frame_at(name, &picture, &place),
            None => pollster::block_on(framer.frame(name, &picture)),
        }
    }

    /// Where the square lies in the picture.
    fn place(&self, index: usize, picture: &Picture) -> Result<Similarity, SetError> {
        let (framer, name) = (&self.plan.framer, self.set.name(index));
        let find = || pollster::block_on(framer.place(name, picture));
        if framer.crop() != Crop::Face {
            return find();
        }
        let known = held(&self.plan.faces).get(&index).copied();
        if let Some(place) = known {
            return Ok(place);
        }
        #[cfg(feature = "rayon")]
        let found = match &self.pool {
            Some(pool) => pool.install(find),
            None => find(),
        };
        #[cfg(not(feature = "rayon"))]
        let found = find();
        let place = found?;
        held(&self.plan.faces).insert(index, place);
        Ok(place)
    }
}

/// What a lock guards. Nothing that is kept under these locks is ever half done.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
