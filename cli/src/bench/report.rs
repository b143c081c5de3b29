//! Times as a table with rates and ratios.

use diffae::config::ModelConfig;
use diffae::networks::cost::{self, Layer};

use super::competitor::Times;
use crate::table::{row, table};

/// One kind of times out of all.
type Pick = fn(&Times) -> &[f64];

/// One line for each thing measured; the ratio says how many times as long as the first column
/// another takes.
pub(super) fn times(config: &ModelConfig, steps: usize, columns: &[(&str, &Times)]) -> String {
    let step = cost::step(config);
    let lines: [(String, u64, Pick); 3] = [
        ("U-Net step".to_owned(), step, |t| &t.steps),
        (
            "encode (z_sem)".to_owned(),
            cost::encode(config).unwrap_or(0),
            |t| &t.encodes,
        ),
        (format!("edit ({steps} steps)"), steps as u64 * step, |t| {
            &t.edits
        }),
    ];
    let mut rows = vec![row(["", "", "seconds", "fastest", "GFLOP/s", "ratio"])];
    for (what, flop, of) in lines {
        let mut first = None;
        for (name, times) in columns {
            let values = of(times);
            if values.is_empty() {
                continue;
            }
            let [seconds, fastest] = median_and_fastest(values);
            let ratio = seconds / *first.get_or_insert(seconds);
            rows.push(vec![
                what.clone(),
                (*name).to_owned(),
                format!("{seconds:.4}"),
                format!("{fastest:.4}"),
                format!("{:.1}", flop as f64 / 1e9 / seconds),
                format!("{ratio:.2}"),
            ]);
        }
    }
    table(&rows)
}

/// The convolution that takes longest, by which a browser's watchdog can be judged: it ends a
/// dispatch after ten seconds.
pub(super) fn largest_convolution(config: &ModelConfig) -> String {
    let layers = cost::layers(config).into_iter();
    let convolutions = layers.filter_map(|layer| match layer {
        Layer::Conv {
            input,
            out,
            kernel,
            grid,
        } => Some((layer.flop(), input, out, kernel, grid)),
        Layer::Attention { .. } => None,
    });
    let Some((flop, input, out, kernel, grid)) = convolutions.max() else {
        return "This geometry has no convolution".to_owned();
    };
    let gflop = flop as f64 / 1e9;
    format!(
        "Largest convolution: {kernel}x{kernel}, {input} to {out} channels on {grid} x {grid}, \
         {gflop:.2} GFLOP, {:.0} ms at 200 GFLOP/s",
        1e3 * gflop / 200.0
    )
}

/// The middle and the least of some times.
pub(super) fn median_and_fastest(seconds: &[f64]) -> [f64; 2] {
    let mut sorted = seconds.to_vec();
    sorted.sort_by(f64::total_cmp);
    [sorted.len() / 2, 0].map(|at| sorted.get(at).copied().unwrap_or(f64::NAN))
}

/// How many threads there are, in words.
pub(super) fn threads(count: usize) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} thread{plural}")
}
