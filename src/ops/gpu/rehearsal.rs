//! Pipelines before they are needed. A pipeline is made when its kernel is first launched, and what
//! a network launches depends on shapes alone: going through it on weights without values, with
//! every launch dropped behind its pipeline, leaves nothing to make when the weights are there.

use cubecl::dry_run::{DryRun, dry_run};

/// Runs `work` with every launch dropped, burn's included, once its pipeline is there. Buffers take
/// no memory, and what is read of them means nothing.
///
/// Launches of other threads are dropped as well meanwhile, and a layer that is prepared meanwhile
/// has no weights.
pub fn rehearse<R>(work: impl FnOnce() -> R) -> R {
    let _dropped = DryRun::new();
    work()
}

/// Whether launches are dropped, so that nothing is ever read of a weight.
pub(super) fn rehearsing() -> bool {
    dry_run()
}
