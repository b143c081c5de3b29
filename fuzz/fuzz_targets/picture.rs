#![no_main]

use diffae_fuzz::targets::picture::TARGET;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    (TARGET.run)(bytes);
});
