//! What an optimizer does to flat tensors: on the CPU in one pass over memory for each of them, on other devices composed
//! of burn's operations.

use burn::tensor::{Device, Tensor};

use super::cpu::trained::update as cpu;

pub(crate) use super::cpu::trained::update::AdamStep;

fn on_cpu(tensor: &Tensor<1>) -> bool {
    tensor.device() == Device::flex()
}

/// Moves weights by the running means of their gradients and of their squares, into which a gradient is taken first.
pub(crate) fn adam(
    weights: &mut Tensor<1>,
    mean: &mut Tensor<1>,
    square: &mut Tensor<1>,
    gradient: &Tensor<1>,
    step: &AdamStep,
) {
    if on_cpu(weights) {
        cpu::adam(weights, mean, square, gradient, step);
    } else {
        composed::adam(weights, mean, square, gradient, step);
    }
}

/// Takes values into their running average, which moves by the part `by` of the difference.
pub(crate) fn average(average: &mut Tensor<1>, new: &Tensor<1>, by: f64) {
    if on_cpu(average) {
        cpu::average(average, new, by);
    } else {
        composed::average(average, new, by);
    }
}

/// Multiplies values by a number on their device, `[1]`.
pub(crate) fn scale(tensor: &mut Tensor<1>, by: &Tensor<1>) {
    if on_cpu(tensor) {
        let by = by.clone().into_scalar::<f32>();
        if by != 1.0 {
            cpu::scale(tensor, by);
        }
    } else {
        composed::scale(tensor, by);
    }
}

/// The sum of the squares of all values, `[1]`; none where there are no tensors.
pub(crate) fn sum_of_squares(tensors: &[&Tensor<1>]) -> Option<Tensor<1>> {
    let first = tensors.first()?;
    Some(match tensors.iter().all(|tensor| on_cpu(tensor)) {
        true => {
            let squares = tensors.iter().map(|tensor| cpu::sum_of_squares(tensor));
            Tensor::from_floats([squares.sum::<f64>() as f32], &first.device())
        }
        false => composed::sum_of_squares(tensors),
    })
}

mod composed {
    use burn::tensor::Tensor;

    use super::AdamStep;

    pub(super) fn adam(
        weights: &mut Tensor<1>,
        mean: &mut Tensor<1>,
        square: &mut Tensor<1>,
        gradient: &Tensor<1>,
        step: &AdamStep,
    ) {
        let [beta1, beta2] = step.betas;
        average(mean, gradient, 1.0 - beta1);
        *square = square.clone() * beta2 + gradient.clone().square() * (1.0 - beta2);
        let scale = square.clone().sqrt() / step.root + step.eps;
        *weights = weights.clone() * step.kept - mean.clone() / scale * step.rate;
    }

    pub(super) fn average(average: &mut Tensor<1>, new: &Tensor<1>, by: f64) {
        let difference = new.clone() - average.clone();
        *average = average.clone() + difference * by;
    }

    pub(super) fn scale(tensor: &mut Tensor<1>, by: &Tensor<1>) {
        *tensor = tensor.clone() * by.clone();
    }

    pub(super) fn sum_of_squares(tensors: &[&Tensor<1>]) -> Tensor<1> {
        let squares = tensors
            .iter()
            .map(|tensor| (*tensor).clone().square().sum());
        Tensor::cat(squares.collect(), 0).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of about 1, all of them different; more than a piece that a thread takes.
    fn tensor(by: f32) -> Tensor<1> {
        let values: Vec<f32> = (0..20_001).map(|i| (i as f32 * by).sin()).collect();
        Tensor::from_floats(values.as_slice(), &Device::flex())
    }

    fn check(expected: Tensor<1>, found: Tensor<1>) {
        let [expected, found] =
            [expected, found].map(|tensor| tensor.into_data().try_into_vec::<f32>().unwrap());
        assert_eq!(expected.len(), found.len());
        for (at, (a, b)) in expected.iter().zip(&found).enumerate() {
            // A few roundings of values of a few units.
            let off = (a - b).abs() / a.abs().max(1.0);
            assert!(off <= 1e-6, "{at}: {b} is not {a}");
        }
    }

    #[test]
    fn adam_is_the_same_on_every_device() {
        let step = AdamStep {
            betas: [0.9, 0.99],
            kept: 0.98,
            rate: 0.3,
            root: 0.5,
            eps: 1e-3,
        };
        let run =
            |adam: fn(&mut Tensor<1>, &mut Tensor<1>, &mut Tensor<1>, &Tensor<1>, &AdamStep)| {
                let (mut weights, mut mean) = (tensor(0.1), tensor(0.3));
                let mut square = tensor(0.7).square() + 0.1;
                adam(&mut weights, &mut mean, &mut square, &tensor(1.1), &step);
                [weights, mean, square]
            };
        for (expected, found) in run(composed::adam).into_iter().zip(run(cpu::adam)) {
            check(expected, found);
        }
    }

    #[test]
    fn averages_are_the_same_on_every_device() {
        let run = |average: fn(&mut Tensor<1>, &Tensor<1>, f64)| {
            let mut values = tensor(0.1);
            average(&mut values, &tensor(0.3), 0.2);
            values
        };
        check(run(composed::average), run(cpu::average));
    }

    #[test]
    fn scaled_values_are_the_same_on_every_device() {
        for by in [0.3, 1.0] {
            let by = Tensor::from_floats([by], &Device::flex());
            let run = |scale: fn(&mut Tensor<1>, &Tensor<1>)| {
                let mut values = tensor(0.1);
                scale(&mut values, &by);
                values
            };
            check(run(composed::scale), run(scale));
        }
    }

    #[test]
    fn sums_of_squares_are_the_same_on_every_device() {
        let tensors = [tensor(0.1), tensor(0.3)];
        let tensors: Vec<_> = tensors.iter().collect();
        let [expected, found] = [
            composed::sum_of_squares(&tensors),
            sum_of_squares(&tensors).unwrap(),
        ]
        .map(Tensor::into_scalar::<f32>);
        // Sums of forty thousand values, in f32 one after the other.
        assert!(
            (found / expected - 1.0).abs() < 1e-5,
            "{found} is not {expected}"
        );
        assert!(sum_of_squares(&[]).is_none());
    }
}
