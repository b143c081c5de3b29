//! How close two pictures are: MSE, PSNR and SSIM with exactly the windows, padding and constants
//! that the paper's reconstruction tables were computed with.

use thiserror::Error;

/// Why two pictures cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MetricError {
    /// Pictures of different sizes.
    #[error("the pictures to compare have {first} and {second} values; they must have as many")]
    Unequal {
        /// Values of the first picture.
        first: usize,
        /// Values of the second picture.
        second: usize,
    },
    /// Pictures without pixels.
    #[error("there is nothing to compare: the pictures have no values")]
    Empty,
    /// Values that do not fill the shape given.
    #[error(
        "the pictures to compare have {found} values, but {channels} channels of {height} x {width} need {expected}"
    )]
    Shape {
        /// Channels given.
        channels: usize,
        /// Height given.
        height: usize,
        /// Width given.
        width: usize,
        /// The product of the three.
        expected: usize,
        /// How many values each picture has.
        found: usize,
    },
}

/// Mean squared difference of two pictures with values in [0, 1].
///
/// # Errors
/// [`MetricError`] for pictures of different sizes or without pixels.
pub fn mse(a: &[f32], b: &[f32]) -> Result<f64, MetricError> {
    check_equal(a, b)?;
    let sum: f64 = a
        .iter()
        .zip(b)
        .map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2))
        .sum();
    Ok(sum / a.len() as f64)
}

/// Peak signal-to-noise ratio in dB of two pictures with values in [0, 1]:
/// `20 log10(1 / sqrt(mse))`; infinite for equal pictures.
///
/// # Errors
/// As [`mse`].
pub fn psnr(a: &[f32], b: &[f32]) -> Result<f64, MetricError> {
    Ok(psnr_of(mse(a, b)?))
}

/// PSNR in dB from a mean squared difference.
#[must_use]
pub fn psnr_of(mse: f64) -> f64 {
    20.0 * (1.0 / mse.sqrt()).log10()
}

/// Side and standard deviation of SSIM's Gaussian window.
const WINDOW: usize = 11;
const SIGMA: f64 = 1.5;
/// `(0.01)^2` and `(0.03)^2`: the stabilizers for a value range of 1.
const C1: f64 = 1e-4;
const C2: f64 = 9e-4;

/// Structural similarity of two pictures `[channels, height, width]` with values in [0, 1]; 1 for
/// equal pictures.
///
/// An 11 x 11 Gaussian window (sigma 1.5) runs over each channel. The border is padded with zeros
/// and kept in the mean, and moments are biased, as in the reference; the more common cropped
/// variant gives other numbers.
///
/// # Errors
/// [`MetricError`] for pictures of different sizes, without pixels, or of another shape.
pub fn ssim(
    a: &[f32],
    b: &[f32],
    [channels, height, width]: [usize; 3],
) -> Result<f64, MetricError> {
    check_equal(a, b)?;
    let plane = height.saturating_mul(width);
    let expected = channels.saturating_mul(plane);
    if expected != a.len() {
        return Err(MetricError::Shape {
            channels,
            height,
            width,
            expected,
            found: a.len(),
        });
    }
    let window = gaussian_window();
    let mut sum = 0.0;
    for (a, b) in a.chunks_exact(plane).zip(b.chunks_exact(plane)) {
        let moment = |product: fn(f64, f64) -> f64| {
            let values: Vec<f64> = a
                .iter()
                .zip(b)
                .map(|(&a, &b)| product(f64::from(a), f64::from(b)))
                .collect();
            // The window is separable and symmetric: blur rows, transpose, blur rows again. The
            // result stays transposed, which the mean over the map does not see.
            blur_rows_transposed(
                &blur_rows_transposed(&values, width, &window),
                height,
                &window,
            )
        };
        let mean_a = moment(|a, _| a);
        let mean_b = moment(|_, b| b);
        let square_a = moment(|a, _| a * a);
        let square_b = moment(|_, b| b * b);
        let cross = moment(|a, b| a * b);
        for ((((mu_a, mu_b), aa), bb), ab) in mean_a
            .iter()
            .zip(&mean_b)
            .zip(&square_a)
            .zip(&square_b)
            .zip(&cross)
        {
            let (var_a, var_b, cov) = (aa - mu_a * mu_a, bb - mu_b * mu_b, ab - mu_a * mu_b);
            sum += (2.0 * mu_a * mu_b + C1) * (2.0 * cov + C2)
                / ((mu_a * mu_a + mu_b * mu_b + C1) * (var_a + var_b + C2));
        }
    }
    Ok(sum / a.len() as f64)
}

fn gaussian_window() -> [f64; WINDOW] {
    let centre = (WINDOW / 2) as f64;
    let raw: [f64; WINDOW] =
        std::array::from_fn(|i| (-(i as f64 - centre).powi(2) / (2.0 * SIGMA * SIGMA)).exp());
    let sum: f64 = raw.iter().sum();
    raw.map(|value| value / sum)
}

/// Convolves each row of `width` values with the window, zeros outside, and transposes.
fn blur_rows_transposed(values: &[f64], width: usize, window: &[f64; WINDOW]) -> Vec<f64> {
    let half = WINDOW / 2;
    let rows: Vec<&[f64]> = values.chunks_exact(width).collect();
    let mut blurred = Vec::with_capacity(values.len());
    for x in 0..width {
        let first_tap = half.saturating_sub(x);
        let start = x.saturating_sub(half);
        for row in &rows {
            let taps = window.iter().skip(first_tap);
            blurred.push(row.iter().skip(start).zip(taps).map(|(v, t)| v * t).sum());
        }
    }
    blurred
}

fn check_equal(a: &[f32], b: &[f32]) -> Result<(), MetricError> {
    if a.len() != b.len() {
        return Err(MetricError::Unequal {
            first: a.len(),
            second: b.len(),
        });
    }
    if a.is_empty() {
        return Err(MetricError::Empty);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use safetensors::SafeTensors;

    fn floats(file: &SafeTensors, name: &str) -> Vec<f32> {
        let view = file.tensor(name).expect("tensor in the golden file");
        view.data()
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect()
    }

    #[test]
    fn agrees_with_the_reference() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/golden/golden.safetensors"
        );
        let bytes = std::fs::read(path).expect("golden file");
        let file = SafeTensors::deserialize(&bytes).expect("golden file");
        let input: Vec<f32> = floats(&file, "in.img")
            .iter()
            .map(|v| (v + 1.0) / 2.0)
            .collect();
        let render = floats(&file, "render.T10.from_x_T_T10");
        let shape = [3, 32, 32];
        for (i, (a, b)) in input.chunks(3072).zip(render.chunks(3072)).enumerate() {
            let check = |name: &str, ours: f64, tolerance: f64| {
                let theirs = f64::from(floats(&file, name)[i]);
                assert!(
                    (ours - theirs).abs() < tolerance,
                    "{name}[{i}]: {ours} against {theirs}"
                );
            };
            check("metric.mse", mse(a, b).expect("mse"), 1e-7);
            check("metric.psnr", psnr(a, b).expect("psnr"), 5e-5);
            check("metric.ssim", ssim(a, b, shape).expect("ssim"), 2e-5);
        }
    }

    #[test]
    fn equal_pictures_are_perfect() {
        let a: Vec<f32> = (0..3 * 5 * 7).map(|i| (i % 9) as f32 / 8.0).collect();
        assert_eq!(mse(&a, &a), Ok(0.0));
        assert_eq!(psnr(&a, &a), Ok(f64::INFINITY));
        // Smaller than the window, and not square.
        let same = ssim(&a, &a, [3, 5, 7]).expect("ssim");
        assert!((same - 1.0).abs() < 1e-12, "{same}");
    }

    #[test]
    fn sizes_must_agree() {
        assert!(matches!(
            mse(&[0.0; 3], &[0.0; 4]),
            Err(MetricError::Unequal { .. })
        ));
        assert_eq!(psnr(&[], &[]), Err(MetricError::Empty));
        let error = ssim(&[0.0; 12], &[0.0; 12], [3, 2, 3]).expect_err("18 values needed");
        assert_eq!(
            error.to_string(),
            "the pictures to compare have 12 values, but 3 channels of 2 x 3 need 18"
        );
        assert!(ssim(&[0.0; 12], &[0.0; 12], [0, 2, 3]).is_err());
    }
}
