//! Where the time of a step goes, kernel by kernel, beside what the device can do at best.

use std::sync::OnceLock;
use std::time::Instant;

use burn::tensor::{Device, Tensor};
use diffae::ops::profile::{self, Entry};

use super::competitor::Competitor;
use crate::error::ToolError;
use crate::table::{row, table};

/// Side of the matrices whose product is the device's best: large enough to keep every core or
/// compute unit busy, small enough to take a fraction of a second on a slow one.
const SIDE: usize = 1024;
const PRODUCTS: usize = 7;

/// What is said of kernels other than this crate's.
pub(super) const NO_TIMES: &str = "These kernels record no times of their own";

/// Profiles one decoding and lays it out.
pub(super) async fn report(competitor: &Competitor, device: &Device) -> Result<String, ToolError> {
    let best = matmul_rate(device).await?;
    competitor.decode().await?;
    profile::start(seconds);
    let start = seconds();
    let decoding = competitor.decode().await;
    let whole = seconds() - start;
    let entries = profile::take();
    let steps = decoding?.len();
    let mut text = format!(
        "A burn matmul of {SIDE} x {SIDE} x {SIDE}, the best of {PRODUCTS}: {best:.1} GFLOP/s"
    );
    if entries.is_empty() {
        text.push('\n');
        text.push_str(NO_TIMES);
        return Ok(text);
    }
    text.push('\n');
    text.push_str(&table(&rows(&entries, whole, steps, best, "of matmul")));
    Ok(text)
}

/// A line for each kernel; `best` is the rate in GFLOP/s that theirs are held against under this name.
pub(super) fn rows(
    entries: &[Entry],
    whole: f64,
    steps: usize,
    best: f64,
    name: &str,
) -> Vec<Vec<String>> {
    let mut entries = entries.to_vec();
    entries.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
    let per_step = 1.0 / steps.max(1) as f64;
    let mut rows = vec![row(["kernel", "calls", "ms", "share", "GFLOP/s", name])];
    for entry in &entries {
        let mut cells = vec![
            entry.kernel.to_owned(),
            format!("{:.1}", entry.calls as f64 * per_step),
            format!("{:.2}", 1e3 * entry.seconds * per_step),
            percent(entry.seconds / whole),
        ];
        if entry.flop > 0 {
            let rate = entry.flop as f64 / 1e9 / entry.seconds;
            cells.push(format!("{rate:.1}"));
            cells.push(percent(rate / best));
        }
        rows.push(cells);
    }
    let kernels: f64 = entries.iter().map(|entry| entry.seconds).sum();
    let rest = whole - kernels;
    rows.push(vec![
        "everything else".to_owned(),
        String::new(),
        format!("{:.2}", 1e3 * rest * per_step),
        percent(rest / whole),
    ]);
    rows
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

/// GFLOP/s of burn's matrix product, its fastest run.
async fn matmul_rate(device: &Device) -> Result<f64, ToolError> {
    let shape = [SIDE, SIDE];
    let (a, b) = (
        Tensor::<2>::ones(shape, device),
        Tensor::<2>::ones(shape, device),
    );
    let mut fastest = f64::INFINITY;
    for _ in 0..PRODUCTS {
        let start = seconds();
        let product = a.clone().matmul(b.clone());
        // One number read back waits for the whole product.
        let sum = product.sum().into_scalar_async::<f32>().await;
        let elapsed = seconds() - start;
        let sum = sum.map_err(|e| diffae::Error::Device(e.to_string()))?;
        // A product that the device skipped took no time.
        if sum == (SIDE as f32).powi(3) {
            fastest = fastest.min(elapsed);
        }
    }
    Ok(2.0 * (SIDE as f64).powi(3) / 1e9 / fastest)
}

/// Seconds since the first call.
pub(super) fn seconds() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64()
}
