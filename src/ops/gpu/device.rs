//! Opening the GPU. burn would do it on first use; doing it here gives the caller the reason where
//! there is none.

use burn::tensor::Device;
use burn_wgpu::graphics::AutoGraphicsApi;
use burn_wgpu::{RuntimeOptions, WgpuDevice, WgpuInitError, try_init_setup_async};

/// Opens the system's preferred GPU: through WebGPU in a browser, through the system's own
/// interface elsewhere. It can be opened once; use clones of the device.
///
/// # Errors
/// What the driver or the browser says.
pub async fn open() -> Result<Device, WgpuInitError> {
    let preferred = WgpuDevice::default();
    try_init_setup_async::<AutoGraphicsApi>(&preferred, RuntimeOptions::default()).await?;
    Ok(Device::from(preferred))
}

/// Whether a device is the one that [`open`] opens. burn has others behind the same type, which
/// take kernels of other languages than these.
pub(super) fn is_opened_here(device: &Device) -> bool {
    *device == Device::from(WgpuDevice::default())
}
