//! DDIM: noise to picture, deterministic (eta = 0) or with fresh noise in each step, and the official reverse, picture to
//! noise.

use burn::tensor::Tensor;

use super::schedule::Level;
use super::{Denoiser, OnStep, Step, Stopped, Stream, noise};

/// Where one step leads, and the clean picture it predicted on the way.
#[derive(Debug, Clone)]
pub struct Stepped<const D: usize> {
    /// x at the next level.
    pub x: Tensor<D>,
    /// The predicted clean picture at this level.
    pub x0: Tensor<D>,
}

/// The noise that a stochastic sampler adds in each step (DDIM, Song et al., 2021, eq. 16).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Churn {
    /// How much of DDPM's own variance it adds, 0 (none) to 1.
    pub eta: f32,
    /// The noise of a row depends on this, on its number and on the step alone.
    pub seed: u64,
    /// The number of the batch's first row.
    pub first_row: usize,
}

/// No batch has a row of this number, so that steps and rows make numbers of their own; with the 10,000 steps that a
/// configuration may have they stay below 2^32.
const ROWS: usize = 1 << 16;

impl Churn {
    const NONE: Self = Self {
        eta: 0.0,
        seed: 0,
        first_row: 0,
    };

    /// The deviation of what is added on the way from one level to the next.
    fn sigma(self, alpha_bar: f32, target: f32) -> f32 {
        self.eta * ((1.0 - target) / (1.0 - alpha_bar) * (1.0 - alpha_bar / target)).sqrt()
    }

    fn add<const D: usize>(self, x: Tensor<D>, sigma: f32, index: usize) -> Tensor<D> {
        if sigma == 0.0 {
            return x;
        }
        let first = index * ROWS + self.first_row;
        let added = noise(self.seed, Stream::Steps, first, x.dims(), &x.device());
        x + added * sigma
    }
}

/// Samples from pure noise down to a picture or latent, the same each time.
///
/// `clip` keeps every predicted x_0 in [-1, 1]: on for pictures, off for latents.
///
/// # Errors
/// [`Stopped`] says why the watcher broke it off.
///
/// # Shapes
/// - x: x_T, [B, ...]; output: x_0, the same
pub async fn sample<const D: usize>(
    net: &impl Denoiser<D>,
    x: Tensor<D>,
    clip: bool,
    on_step: &mut impl OnStep<D>,
) -> Result<Tensor<D>, Stopped> {
    sample_stochastic(net, x, clip, Churn::NONE, on_step).await
}

/// [`sample`] with fresh noise in each step.
///
/// # Errors
/// [`Stopped`] says why the watcher broke it off.
pub async fn sample_stochastic<const D: usize>(
    net: &impl Denoiser<D>,
    mut x: Tensor<D>,
    clip: bool,
    churn: Churn,
    on_step: &mut impl OnStep<D>,
) -> Result<Tensor<D>, Stopped> {
    let of = net.schedule().len();
    for index in (0..of).rev() {
        let target = net.schedule().alpha_bar_before(index);
        let sigma = churn.sigma(net.schedule().level(index).alpha_bar, target);
        let stepped = move_to(net, x, index, [target, sigma], clip);
        x = churn.add(stepped.x, sigma, index);
        let done = of - index;
        report(on_step, done, of, stepped.x0).await?;
    }
    Ok(x)
}

/// The paper's stochastic encoder (eq. 8): a clean picture up to x_T, with `schedule.len()`
/// evaluations. The picture is treated as if it stood at the first entry's level, and the result
/// as pure noise; both are approximations, so sampling from it does not return the picture exactly.
///
/// # Errors
/// [`Stopped`] says why the watcher broke it off.
///
/// # Shapes
/// - x: x_0 in [-1, 1], [B, ...]; output: x_T, the same
pub async fn encode<const D: usize>(
    net: &impl Denoiser<D>,
    mut x: Tensor<D>,
    clip: bool,
    on_step: &mut impl OnStep<D>,
) -> Result<Tensor<D>, Stopped> {
    let of = net.schedule().len();
    for index in 0..of {
        let stepped = reverse_step(net, x, index, clip);
        x = stepped.x;
        report(on_step, index + 1, of, stepped.x0).await?;
    }
    Ok(x)
}

/// One step of [`sample`], from entry `index` to the one before.
pub fn step<const D: usize>(
    net: &impl Denoiser<D>,
    x: Tensor<D>,
    index: usize,
    clip: bool,
) -> Stepped<D> {
    let target = net.schedule().alpha_bar_before(index);
    move_to(net, x, index, [target, 0.0], clip)
}

/// One step of [`encode`], from entry `index` to the one after.
pub fn reverse_step<const D: usize>(
    net: &impl Denoiser<D>,
    x: Tensor<D>,
    index: usize,
    clip: bool,
) -> Stepped<D> {
    let target = net.schedule().alpha_bar_after(index);
    move_to(net, x, index, [target, 0.0], clip)
}

/// Moves x from entry `index` to the level `target` along the predicted noise, short of noise of deviation `sigma` that is
/// to be added. All arithmetic is f32: at the first entries √(1/ᾱ − 1) is about 0.01, and half precision would lose eps.
fn move_to<const D: usize>(
    net: &impl Denoiser<D>,
    x: Tensor<D>,
    index: usize,
    [target, sigma]: [f32; 2],
    clip: bool,
) -> Stepped<D> {
    let eps = net.eps(x.clone(), index);
    let Level {
        recip_sqrt,
        recip_m1_sqrt,
        ..
    } = net.schedule().level(index);
    let x = x * recip_sqrt;
    let mut x0 = x.clone() - eps * recip_m1_sqrt;
    if clip {
        x0 = x0.clamp(-1.0, 1.0);
    }
    // eps again, as the (clipped) x_0 implies it.
    let eps = (x - x0.clone()) / recip_m1_sqrt;
    // Where nearly all noise is fresh, rounding may leave less than none of the old.
    let kept = (1.0 - target - sigma * sigma).max(0.0).sqrt();
    Stepped {
        x: x0.clone() * target.sqrt() + eps * kept,
        x0,
    }
}

pub(super) async fn report<const D: usize>(
    on_step: &mut impl OnStep<D>,
    done: usize,
    of: usize,
    x0: Tensor<D>,
) -> Result<(), Stopped> {
    match on_step(Step { done, of, x0 }).await {
        std::ops::ControlFlow::Continue(()) => Ok(()),
        std::ops::ControlFlow::Break(why) => Err(why),
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::config::BetaSchedule;
    use crate::diffusion::{Schedule, unwatched};

    /// A network to which whatever differs from 0.5 is noise.
    struct Grey(Schedule);

    impl Denoiser<2> for Grey {
        fn schedule(&self) -> &Schedule {
            &self.0
        }

        fn eps(&self, x: Tensor<2>, index: usize) -> Tensor<2> {
            let a = self.0.level(index).alpha_bar;
            (x - a.sqrt() * 0.5) / (1.0 - a).sqrt()
        }
    }

    fn grey(steps: usize) -> Grey {
        let schedule = Schedule::new(BetaSchedule::Linear, 1000);
        Grey(schedule.respace(steps).unwrap())
    }

    fn churn(eta: f32, first_row: usize) -> Churn {
        Churn {
            eta,
            seed: 3,
            first_row,
        }
    }

    fn values(x: Tensor<2>) -> Vec<f32> {
        x.into_data().try_into_vec().unwrap()
    }

    #[test]
    fn at_eta_1_a_step_adds_the_variance_of_ddpm_s_posterior() {
        let net = grey(1000);
        for index in 1..1000 {
            let (alpha_bar, before) = (net.0.alpha_bar[index], net.0.alpha_bar[index - 1]);
            let beta = 1e-4 + (2e-2 - 1e-4) * index as f64 / 999.0;
            let posterior = (1.0 - before) / (1.0 - alpha_bar) * beta;
            let sigma = |eta| churn(eta, 0).sigma(alpha_bar as f32, before as f32);
            let variance = f64::from(sigma(1.0)).powi(2);
            // Both alpha_bar are rounded to f32 before they are taken from 1 and from each other, which leaves beta that
            // much less of its digits.
            let rounding = 2.0 * f64::from(f32::EPSILON) / beta;
            assert!(
                (variance / posterior - 1.0).abs() < rounding,
                "entry {index}: {variance}, not {posterior}"
            );
            assert_eq!(sigma(0.5), 0.5 * sigma(1.0));
        }
    }

    #[test]
    fn a_step_that_keeps_no_old_noise_gives_numbers() {
        let schedule = Schedule::new(BetaSchedule::Constant(0.03), 1000);
        let net = Grey(schedule.respace(2).unwrap());
        let x_t = noise(1, Stream::Pictures, 0, [1, 64], &Device::flex());
        let watch = &mut unwatched();
        let x = pollster::block_on(sample_stochastic(&net, x_t, true, churn(1.0, 0), watch));
        assert!(values(x.unwrap()).iter().all(|v| v.is_finite()));
    }

    #[test]
    fn what_is_added_keeps_the_noise_of_every_level() {
        let net = grey(20);
        for eta in [0.0, 0.5, 1.0] {
            let mut x = noise(1, Stream::Pictures, 0, [1, 4096], &Device::flex());
            for index in (1..20).rev() {
                let target = net.0.alpha_bar_before(index);
                let sigma = churn(eta, 0).sigma(net.0.level(index).alpha_bar, target);
                x = move_to(&net, x, index, [target, sigma], true).x;
                x = churn(eta, 0).add(x, sigma, index);
                let noise = values((x.clone() - target.sqrt() * 0.5) / (1.0 - target).sqrt());
                let square = noise.iter().map(|v| v * v).sum::<f32>() / noise.len() as f32;
                // Of 4096 values; a standard deviation of their mean square is 0.022.
                assert!(
                    (square - 1.0).abs() < 0.09,
                    "eta {eta}, entry {index}: {square}"
                );
            }
        }
    }

    #[test]
    fn noise_in_the_steps_is_the_row_s_own() {
        // A single step back and one to the picture, so that what was added is still seen in x_0.
        struct Blind(Schedule);
        impl Denoiser<2> for Blind {
            fn schedule(&self) -> &Schedule {
                &self.0
            }
            fn eps(&self, x: Tensor<2>, _: usize) -> Tensor<2> {
                x * 0.0
            }
        }
        let net = Blind(grey(2).0);
        let drawn = |eta: f32, first_row: usize, rows: usize| {
            let x_t = Tensor::zeros([rows, 8], &Device::flex());
            let churn = churn(eta, first_row);
            let watch = &mut unwatched();
            values(pollster::block_on(sample_stochastic(&net, x_t, false, churn, watch)).unwrap())
        };
        let two = drawn(1.0, 4, 2);
        assert_eq!(two[8..], drawn(1.0, 5, 1));
        assert_ne!(two[..8], two[8..]);
        assert_eq!(drawn(0.0, 5, 1), [0.0; 8]);
    }
}
