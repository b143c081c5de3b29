//! Everything random in training, as a function of the seed and of what it is for: a step draws the
//! same noise whether or not the run was stopped before it.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The weights that training begins with.
    Weights,
    /// The order of the pictures in a round.
    Order,
    /// Mirroring, turning and shifting of a picture.
    Augmentation,
    /// Noise levels of a batch.
    Levels,
    /// The noise of a batch.
    Noise,
    /// What dropout leaves out.
    Dropout,
}

/// A run's random numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draws {
    seed: u64,
}

impl Draws {
    /// The random numbers of a seed.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The generator for one purpose at a step and, where a step needs several, an index.
    pub fn at(&self, purpose: Purpose, step: u64, index: u64) -> ChaCha8Rng {
        let mut key = [0; 32];
        for (bytes, number) in key
            .chunks_exact_mut(8)
            .zip([self.seed, purpose as u64, step, index])
        {
            bytes.copy_from_slice(&number.to_le_bytes());
        }
        ChaCha8Rng::from_seed(key)
    }
}

/// Which pictures make up batch `step` of `batch` of `count` pictures: rounds through all of them,
/// each in an order of its own, cut into batches without regard to where a round ends.
pub fn order(seed: u64, step: u64, batch: usize, count: usize) -> Vec<usize> {
    let mut picked = Vec::with_capacity(batch);
    if count == 0 {
        return picked;
    }
    let mut at = step * batch as u64;
    let mut round: Option<(u64, Vec<usize>)> = None;
    while picked.len() < batch {
        let (number, within) = (at / count as u64, at % count as u64);
        let indices = match &round {
            Some((held, indices)) if *held == number => indices,
            _ => {
                let mut indices: Vec<usize> = (0..count).collect();
                indices.shuffle(&mut Draws::new(seed).at(Purpose::Order, number, 0));
                &round.insert((number, indices)).1
            }
        };
        picked.push(indices[within as usize]);
        at += 1;
    }
    picked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_shows_every_picture_once() {
        let mut seen: Vec<usize> = (0..5).flat_map(|step| order(3, step, 4, 10)).collect();
        assert_eq!(seen.len(), 20);
        let mut second = seen.split_off(10);
        assert_ne!(seen, second);
        for round in [&mut seen, &mut second] {
            round.sort_unstable();
            assert_eq!(*round, (0..10).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_batch_depends_on_seed_and_step_alone() {
        assert_eq!(order(3, 7, 4, 10), order(3, 7, 4, 10));
        assert_ne!(order(3, 7, 4, 1000), order(4, 7, 4, 1000));
        assert_eq!(order(3, 0, 5, 2).len(), 5);
        assert!(order(3, 0, 5, 0).is_empty());
    }
}
