//! The kernels of the CPU at any size, where AddressSanitizer sees whether what is unsafe in them (`src/ops/cpu/simd.rs`) keeps
//! within its slices, with the widest vectors that the machine has.

#![no_main]

use burn::tensor::{Device, Tensor, TensorData};
use diffae::ops::{self, Input, Kernels, Resample, prepare};
use diffae::weights::quantize::quantize;
use diffae::weights::{Array, Precision};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|sizes: [u8; 8]| {
    let [batch, height, width, channels, out, skip, kind, heads] = sizes.map(usize::from);
    let (batch, height, width) = (batch % 3 + 1, 2 * (height % 9 + 1), 2 * (width % 9 + 1));
    let (channels, out, skip) = (channels % 40 + 1, out % 40 + 1, skip % 8);
    let kernel = if kind & 1 == 0 { 3 } else { 1 };
    let resample = [Resample::Keep, Resample::Up, Resample::Down, Resample::Keep][kind >> 1 & 3];
    let device = Device::flex();
    let ramp = |count: usize| {
        (0..count)
            .map(|i| (i % 17) as f32 / 8.0 - 1.0)
            .collect::<Vec<_>>()
    };
    let array = |shape: &[usize]| Array::f32(shape, ramp(shape.iter().product()));
    let tensor = |shape: [usize; 4]| -> Tensor<4> {
        Tensor::from_data(
            TensorData::new(ramp(shape.iter().product()), shape),
            &device,
        )
    };

    let weight = array(&[out, channels + skip, kernel, kernel]);
    let weight = match kind & 8 {
        0 => weight,
        _ => quantize("", weight, Precision::Int8),
    };
    let conv = prepare::conv(weight, array(&[out]), Kernels::Own, &device);
    let norm = prepare::norm(
        array(&[channels + skip]),
        array(&[channels + skip]),
        1,
        &device,
    );
    let mut input = Input::new(tensor([batch, channels, height, width]))
        .skip((skip > 0).then(|| tensor([batch, skip, height, width])))
        .resample(resample);
    if kind & 16 != 0 {
        input = input.norm(&norm).silu();
    }
    read(ops::conv2d(input, &conv, None));

    let heads = heads % 4 + 1;
    let one = prepare::conv(array(&[1, 1, 1]), array(&[1]), Kernels::Own, &device);
    read(ops::attention(
        tensor([batch, 3 * heads * (out % 12 + 1), height, width]),
        heads,
        &one,
    ));
});

/// All of a map.
fn read(map: Tensor<4>) {
    let values: Vec<f32> = map.into_data().try_into_vec().expect("f32");
    assert!(values.iter().all(|value| value.is_finite()));
}
