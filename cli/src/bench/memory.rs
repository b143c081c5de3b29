//! How much memory a measurement took: the process's own at its peak, and the device's.

use burn::tensor::Device;

/// A sentence on the process's and the device's memory, as far as either says.
pub(super) fn report(device: &Device) -> String {
    let mut parts = Vec::new();
    if let Some(bytes) = peak() {
        parts.push(format!(
            "{} MB of the process at its peak",
            bytes / 1_000_000
        ));
    }
    if let Some(usage) = device.memory_pool_usage() {
        parts.push(format!(
            "{} MB reserved on the device",
            usage.bytes_reserved / 1_000_000
        ));
    }
    match parts.is_empty() {
        true => "Memory: this system does not say".to_owned(),
        false => format!("Memory: {}", parts.join(", ")),
    }
}

/// The largest resident size of this process so far, where Linux tells.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(1024 * kib)
}

/// Starts measuring the peak anew, where Linux allows it.
pub(super) fn forget_peak() {
    // See proc(5): 5 resets the peak. Elsewhere the peak counts what came before, too.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}
