//! The GPU that native tests compute on.

use std::sync::OnceLock;

use burn::tensor::Device;

/// The device, or none where there is no adapter and nothing demands one: with `DIFFAE_GPU_TESTS`
/// set to `required`, tests that found none would otherwise pass unseen.
pub(crate) fn device() -> Option<Device> {
    static DEVICE: OnceLock<Option<Device>> = OnceLock::new();
    let open = || match diffae::block_on(diffae::ops::gpu::open()) {
        Ok(device) => Some(device),
        Err(error) => {
            let required = std::env::var("DIFFAE_GPU_TESTS").is_ok_and(|v| v == "required");
            assert!(!required, "there is no WebGPU adapter: {error}");
            println!("skipped, there is no WebGPU adapter: {error}");
            None
        }
    };
    DEVICE.get_or_init(open).clone()
}
