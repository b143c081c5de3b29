//! Fixed-point inversion: an encoder that inverts the sampler's own steps, one by one.
//!
//! The official encoder takes reverse steps of its own, so sampling back loses detail. Here each
//! step of the sampler, x_i → x_{i−1}, is solved for x_i: without the clamp the step is linear in
//! x_i and eps(x_i), so x_i = g(x_i) with g(x) = (x_{i−1} − drift · eps(x)) / gain, which a few
//! iterations from x_{i−1} settle.

use burn::tensor::Tensor;

use super::schedule::Level;
use super::{Denoiser, OnStep, Schedule, Stopped, ddim};

/// An update that moves no value by more than this ends an iteration: the error that remains is a
/// fraction of it, and a byte shows differences of 2/255 = 0.008.
const SETTLED: f32 = 0.004;

/// How each step of the sampler is solved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Solver {
    /// The most evaluations per step.
    pub iterations: usize,
    /// Whether updates are extrapolated (Anderson's method with a memory of one) and an iteration
    /// ends once it has settled; otherwise every step takes exactly `iterations` plain updates.
    pub accelerated: bool,
}

/// Inverts [`ddim::sample`] with at most `schedule.len() · iterations` evaluations.
///
/// The clamp of the sampler is left out of the solve: it cannot be inverted, and at the solution
/// the predicted x_0 lies near the picture, where it does next to nothing.
///
/// # Errors
/// [`Stopped`] when the watcher breaks, or when the device cannot say how far an iteration is.
///
/// # Shapes
/// - x: x_0 in [-1, 1], [B, 3, S, S]; output: x_T, the same
pub async fn encode(
    net: &impl Denoiser<4>,
    mut x: Tensor<4>,
    solver: Solver,
    on_step: &mut impl OnStep<4>,
) -> Result<Tensor<4>, Stopped> {
    let Solver {
        iterations,
        accelerated,
    } = solver;
    let of = net.schedule().len() * iterations;
    for index in 0..net.schedule().len() {
        let step = LinearStep::new(net.schedule(), index);
        let target = x.clone();
        let mut before: Option<Update> = None;
        for iteration in 1..=iterations {
            let eps = net.eps(x.clone(), index);
            let x0 = step.x0(&x, &eps);
            ddim::report(on_step, index * iterations + iteration, of, x0).await?;

            let to = step.before(target.clone(), eps);
            if !accelerated {
                x = to;
                continue;
            }
            let update = Update::new(to, x);
            let largest = update.largest().into_scalar_async::<f32>().await;
            let largest = largest.map_err(|error| Stopped::Device(error.to_string()))?;
            let settled = largest < SETTLED;
            x = update.extrapolate(before.as_ref());
            if settled {
                break;
            }
            before = Some(update);
        }
    }
    Ok(x)
}

/// Launches all that [`encode`] launches, and hands every predicted x_0 to `watch`. Of each step two
/// updates, since the second is the first to be extrapolated, and two steps, since only the first
/// starts from a picture in the layout of the host.
#[cfg(feature = "gpu")]
pub(crate) fn rehearse(net: &impl Denoiser<4>, mut x: Tensor<4>, watch: impl Fn(Tensor<4>)) {
    for index in 0..net.schedule().len().min(2) {
        let step = LinearStep::new(net.schedule(), index);
        let target = x.clone();
        let mut before: Option<Update> = None;
        for _ in 0..2 {
            let eps = net.eps(x.clone(), index);
            watch(step.x0(&x, &eps));
            let update = Update::new(step.before(target.clone(), eps), x);
            update.largest();
            x = update.extrapolate(before.as_ref());
            before = Some(update);
        }
    }
}

/// One unclamped step of the sampler, x_{i−1} = gain · x_i + drift · eps(x_i).
struct LinearStep {
    gain: f32,
    drift: f32,
    level: Level,
}

impl LinearStep {
    fn new(schedule: &Schedule, index: usize) -> Self {
        let level = schedule.level(index);
        let before = schedule.alpha_bar_before(index);
        Self {
            gain: before.sqrt() * level.recip_sqrt,
            drift: (1.0 - before).sqrt() - before.sqrt() * level.recip_m1_sqrt,
            level,
        }
    }

    /// The clean picture that x_i and eps(x_i) imply.
    fn x0(&self, x: &Tensor<4>, eps: &Tensor<4>) -> Tensor<4> {
        x.clone() * self.level.recip_sqrt - eps.clone() * self.level.recip_m1_sqrt
    }

    /// g(x_i): the x_i from which the step leads to `target`, were eps there what it is at x_i.
    fn before(&self, target: Tensor<4>, eps: Tensor<4>) -> Tensor<4> {
        (target - eps * self.drift) / self.gain
    }
}

/// A plain update of the iteration: where it leads, g(x), and how far, g(x) − x.
struct Update {
    to: Tensor<4>,
    residual: Tensor<4>,
}

impl Update {
    fn new(to: Tensor<4>, x: Tensor<4>) -> Self {
        Self {
            residual: to.clone() - x,
            to,
        }
    }

    /// The largest change of any value, `[1]`.
    fn largest(&self) -> Tensor<1> {
        self.residual.clone().abs().max()
    }

    /// Anderson's method: the combination of this update and the one before whose residual is
    /// smallest, for each picture of the batch by itself.
    fn extrapolate(&self, before: Option<&Self>) -> Tensor<4> {
        let Some(before) = before else {
            return self.to.clone();
        };
        let change = self.residual.clone() - before.residual.clone();
        let along = (self.residual.clone() * change.clone()).sum_dims(&[1, 2, 3]); // [B, 1, 1, 1]
        // The floor keeps a standstill, 0 / 0, at 0.
        let share = along / (change.square().sum_dims(&[1, 2, 3]) + 1e-12);
        self.to.clone() - (self.to.clone() - before.to.clone()) * share
    }
}
