//! A saved code, which is read and written again.

use diffae::Code;

use super::{MIB, Target};

pub const TARGET: Target = Target {
    name: "code",
    run,
    most: |length| MIB + 64 * length,
};

fn run(bytes: &[u8]) -> bool {
    let Ok(code) = Code::from_bytes(bytes) else {
        return false;
    };
    let _ = code.check(2, 2);
    let Ok(written) = code.to_bytes() else {
        return false;
    };
    let again = Code::from_bytes(&written).expect("what was written can be read");
    let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&again.z_sem), bits(&code.z_sem));
    assert_eq!(bits(&again.x_t), bits(&code.x_t));
    true
}
