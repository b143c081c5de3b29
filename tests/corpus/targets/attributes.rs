//! The attribute file of a set of pictures.

use diffae::pictures::Attributes;

use super::{MIB, Target};

pub const TARGET: Target = Target {
    name: "attributes",
    run,
    most: |length| MIB + 64 * length,
};

fn run(bytes: &[u8]) -> bool {
    let Ok(attributes) = Attributes::parse("list_attr_celeba.txt", bytes) else {
        return false;
    };
    let _ = attributes.of("000001.jpg");
    assert!(!attributes.names().is_empty());
    true
}
