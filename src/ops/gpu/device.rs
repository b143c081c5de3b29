//! Opening the GPU. burn would do it on first use; doing it here gives the caller the reason where
//! there is none, and in a browser what the GPU reports of itself later.

use burn::tensor::Device;
use burn_wgpu::graphics::AutoGraphicsApi;
use burn_wgpu::{RuntimeOptions, WgpuDevice, WgpuInitError, WgpuSetup, try_init_setup_async};

/// Opens the system's preferred GPU: through WebGPU in a browser, through the system's own
/// interface elsewhere. It can be opened once; use clones of the device.
///
/// # Errors
/// What the driver or the browser says.
pub async fn open() -> Result<Device, WgpuInitError> {
    set_up().await?;
    Ok(opened())
}

/// What a GPU reports at any time, outside of every call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// It is gone: unplugged, reset by its driver, or taken away by the browser.
    Lost,
    /// It has no memory left for what was asked of it.
    Memory,
    /// It refused something, so that what it computes from now on means nothing.
    Refused,
}

/// As [`open`], and tells of every trouble of the GPU from then on.
///
/// cubecl listens, too, for what it reads back later; but it answers a refusal with a panic, and of
/// a shader that does not compile it says nothing in a browser but what the refused pipeline says.
///
/// # Errors
/// As [`open`].
pub async fn open_watched(tell: fn(Trouble, &str)) -> Result<Device, WgpuInitError> {
    use burn_wgpu::wgpu::Error;

    let gpu = set_up().await?.device;
    // The browser tells everybody who asks of a loss, and a refusal only to the last one.
    gpu.set_device_lost_callback(move |_, message| tell(Trouble::Lost, &message));
    gpu.on_uncaptured_error(std::sync::Arc::new(move |error| match error {
        Error::OutOfMemory { .. } => tell(Trouble::Memory, "it has no memory left"),
        Error::Validation { description, .. } | Error::Internal { description, .. } => {
            tell(Trouble::Refused, &description);
        }
    }));
    Ok(opened())
}

async fn set_up() -> Result<WgpuSetup, WgpuInitError> {
    let options = RuntimeOptions::default();
    try_init_setup_async::<AutoGraphicsApi>(&WgpuDevice::default(), options).await
}

fn opened() -> Device {
    Device::from(WgpuDevice::default())
}

/// Whether a device is the one that [`open`] opens. burn has others behind the same type, which
/// take kernels of other languages than these.
pub(super) fn is_opened_here(device: &Device) -> bool {
    *device == opened()
}
