//! The networks with weights made by a formula, against PyTorch's with the same ones (`tests/eval/golden.py`).

use burn::tensor::Device;

use super::file::Tensors;
use super::{ALEXNET, INCEPTION, Inception, LPIPS_HEADS, Lpips, bilinear};
use crate::eval::{EvalError, golden};
use crate::picture::Picture;

/// The tensor of a name, a hash of the name and the position spread over low..high; `made` of the script.
fn made(name: &str, count: usize, low: f64, high: f64) -> Vec<f32> {
    let seed = name.bytes().fold(2_166_136_261u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(16_777_619)
    });
    (0..count as u64)
        .map(|index| {
            let mut x = (index.wrapping_mul(0x9e37_79b9) as u32).wrapping_add(seed);
            for (shift, factor) in [(16, 0x7feb_352d), (15, 0x846c_a68b), (16, 1)] {
                x = (x ^ (x >> shift)).wrapping_mul(factor);
            }
            (low + (high - low) * (f64::from(x) / 2f64.powi(32))) as f32
        })
        .collect()
}

struct Made;

impl Tensors for Made {
    fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, EvalError> {
        let count = shape.iter().product();
        let (low, high) = if name.starts_with("lin") {
            (0.0, 0.1)
        } else if shape.len() > 1 {
            let inputs: usize = shape[1..].iter().product();
            let limit = (6.0 / inputs as f64).sqrt();
            (-limit, limit)
        } else if name.ends_with("running_var") || name.ends_with("bn.weight") {
            (0.5, 1.5)
        } else {
            (-0.1, 0.1)
        };
        Ok(made(name, count, low, high))
    }
}

fn picture(name: &str, [height, width]: [usize; 2]) -> Vec<f32> {
    let values = made(name, 3 * height * width, 0.0, 256.0);
    values.iter().map(|v| v.floor().clamp(0.0, 255.0)).collect()
}

#[test]
fn inception_is_that_of_pytorch_fid_from_the_resizing_on() {
    let case = &golden::cases("inception")[0];
    let size = [40, 56];
    let bytes = picture("fid.picture", size);
    let unit: Vec<f32> = bytes.iter().map(|v| v / 255.0).collect();
    let resized = bilinear(&unit, size, [299, 299]);
    for (ours, theirs) in resized.iter().step_by(997).zip(case.numbers("resized")) {
        golden::close(f64::from(*ours), theirs, 1e-6);
    }
    let picture = Picture::from_chw(56, 40, &unit).unwrap();
    let network = Inception::load(&mut Made, &Device::flex()).unwrap();
    let features = pollster::block_on(network.features(&picture)).unwrap();
    assert_eq!(features.len(), 2048);
    for (ours, theirs) in features.iter().zip(case.numbers("features")) {
        golden::close(f64::from(*ours), theirs, 2e-4);
    }
}

#[test]
fn lpips_is_that_of_the_python_package() {
    let case = &golden::cases("lpips")[0];
    let size = [64, 72];
    let [a, b] = ["lpips.a", "lpips.b"].map(|name| -> Vec<f32> {
        picture(name, size)
            .iter()
            .map(|v| v / 127.5 - 1.0)
            .collect()
    });
    let lpips = Lpips::load(&mut Made, &mut Made, &Device::flex()).unwrap();
    let distance = |a: &[f32], b: &[f32]| pollster::block_on(lpips.distance(a, b, size)).unwrap();
    golden::close(distance(&a, &b), case.number("distance"), 1e-6);
    assert_eq!(distance(&a, &a), 0.0);
    assert!(pollster::block_on(lpips.distance(&a, &b[1..], size)).is_err());
    let tiny = pollster::block_on(lpips.distance(&a[..48], &b[..48], [4, 4]));
    assert!(tiny.is_err());
}

#[test]
fn any_other_file_is_refused_by_its_hash() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(INCEPTION.name);
    let absent = Inception::open(&path, &Device::flex()).unwrap_err();
    assert!(absent.to_string().starts_with("cannot read "), "{absent}");
    std::fs::write(&path, b"something else").unwrap();
    let error = Inception::open(&path, &Device::flex()).unwrap_err();
    assert!(matches!(error, EvalError::OtherNetwork { .. }), "{error}");
    assert!(error.to_string().contains(INCEPTION.sha256), "{error}");
    // A file of the right format is no better.
    let legacy = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/eval/legacy.pth");
    let error = Lpips::open(legacy.as_ref(), legacy.as_ref(), &Device::flex()).unwrap_err();
    assert!(error.to_string().contains(ALEXNET.sha256), "{error}");
    assert_ne!(LPIPS_HEADS.sha256, ALEXNET.sha256);
}
