//! Deterministic DDIM (eta = 0): noise to picture, and the official reverse, picture to noise.

use burn::tensor::Tensor;

use super::schedule::Level;
use super::{Denoiser, OnStep, Step, Stopped};

/// Where one step leads, and the clean picture it predicted on the way.
#[derive(Debug, Clone)]
pub struct Stepped<const D: usize> {
    /// x at the next level.
    pub x: Tensor<D>,
    /// The predicted clean picture at this level.
    pub x0: Tensor<D>,
}

/// Samples from pure noise down to a picture or latent.
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
    mut x: Tensor<D>,
    clip: bool,
    on_step: &mut impl OnStep<D>,
) -> Result<Tensor<D>, Stopped> {
    let of = net.schedule().len();
    for index in (0..of).rev() {
        let stepped = step(net, x, index, clip);
        x = stepped.x;
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
    move_to(net, x, index, net.schedule().alpha_bar_before(index), clip)
}

/// One step of [`encode`], from entry `index` to the one after.
pub fn reverse_step<const D: usize>(
    net: &impl Denoiser<D>,
    x: Tensor<D>,
    index: usize,
    clip: bool,
) -> Stepped<D> {
    move_to(net, x, index, net.schedule().alpha_bar_after(index), clip)
}

/// Moves x from entry `index` to the level `target` along the predicted noise. All arithmetic is
/// f32: at the first entries √(1/ᾱ − 1) is about 0.01, and half precision would lose eps.
fn move_to<const D: usize>(
    net: &impl Denoiser<D>,
    x: Tensor<D>,
    index: usize,
    target: f32,
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
    Stepped {
        x: x0.clone() * target.sqrt() + eps * (1.0 - target).sqrt(),
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
