//! Fixed-point inversion: an encoder that inverts the sampler's own steps, one by one.
//!
//! The official encoder takes reverse steps of its own, so sampling back loses detail. Here each
//! step of the sampler, x_i → x_{i−1}, is solved for x_i: without the clamp the step is linear in
//! x_i and eps(x_i), so x_i = (x_{i−1} − c·eps(x_i)) / k, which a few iterations settle.

use burn::tensor::Tensor;

use super::schedule::Level;
use super::{Denoiser, OnStep, Stopped, ddim};

/// Inverts [`ddim::sample`] with `schedule.len() · iterations` evaluations.
///
/// The clamp of the sampler is left out of the solve: it cannot be inverted, and at the solution
/// the predicted x_0 lies near the picture, where it does next to nothing.
///
/// # Errors
/// [`Stopped`] when the watcher breaks.
///
/// # Shapes
/// - x: x_0 in [-1, 1], [B, ...]; output: x_T, the same
pub async fn encode<const D: usize>(
    net: &impl Denoiser<D>,
    mut x: Tensor<D>,
    iterations: usize,
    on_step: &mut impl OnStep<D>,
) -> Result<Tensor<D>, Stopped> {
    let of = net.schedule().len() * iterations;
    for index in 0..net.schedule().len() {
        let Level {
            recip_sqrt,
            recip_m1_sqrt,
            ..
        } = net.schedule().level(index);
        let before = net.schedule().alpha_bar_before(index);
        let gain = before.sqrt() * recip_sqrt;
        let drift = (1.0 - before).sqrt() - before.sqrt() * recip_m1_sqrt;
        let target = x.clone();
        for iteration in 1..=iterations {
            let eps = net.eps(x.clone(), index);
            let x0 = x * recip_sqrt - eps.clone() * recip_m1_sqrt;
            x = (target.clone() - eps * drift) / gain;
            ddim::report(on_step, index * iterations + iteration, of, x0).await?;
        }
    }
    Ok(x)
}
