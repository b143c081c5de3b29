//! A taught direction.

use diffae::edit::Direction;

use super::{MIB, Target};

pub const TARGET: Target = Target {
    name: "direction",
    run,
    most: |length| MIB + 16 * length,
};

fn run(bytes: &[u8]) -> bool {
    let Ok(direction) = Direction::from_bytes(bytes) else {
        return false;
    };
    let z_sem = vec![0.5; direction.weight.len()];
    let probability = direction.probability(&z_sem);
    assert!((0.0..=1.0).contains(&probability), "{probability}");
    true
}
