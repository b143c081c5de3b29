//! What an evaluation of the U-Net asks of the allocator once the network has run: nothing the size of a
//! feature map, since the kernels' outputs and what they keep between their passes are reused.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

use std::alloc::System;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use burn::tensor::{Device, Distribution, Tensor};
use diffae::config::ModelConfig;
use diffae::networks::{self, Loader, Network};
use diffae::weights::Part;
use diffae::weights::directory::ModelDirectory;
use diffae::weights::part::PartReader;
use tracking_allocator::{AllocationGroupId, AllocationRegistry, AllocationTracker, Allocator};

#[global_allocator]
static ALLOCATOR: Allocator<System> = Allocator::system();

/// Bytes of an allocation that counts: shapes, handles and the lists of them are smaller, the smallest
/// feature map of portrait64 has 48 KiB.
const LARGE: usize = 16 * 1024;

static LARGE_ONES: AtomicUsize = AtomicUsize::new(0);
static LARGEST: AtomicUsize = AtomicUsize::new(0);

struct CountLarge;

impl AllocationTracker for CountLarge {
    fn allocated(&self, _: usize, size: usize, _: usize, _: AllocationGroupId) {
        LARGEST.fetch_max(size, Ordering::Relaxed);
        if size > LARGE {
            LARGE_ONES.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn deallocated(
        &self,
        _: usize,
        _: usize,
        _: usize,
        _: AllocationGroupId,
        _: AllocationGroupId,
    ) {
    }
}

/// One test: the counts are the whole program's.
#[test]
fn nothing_large_is_allocated_without_need() {
    AllocationRegistry::set_global_tracker(CountLarge).unwrap();
    a_layout_allocates_no_weight();
    a_warm_step_allocates_no_feature_map();
}

/// What a configuration consists of is found out without room for its weights, of which a manifest
/// may ask any number.
fn a_layout_allocates_no_weight() {
    let config = ModelConfig::preset("ffhq256_autoenc_latent").unwrap();
    for part in [Part::Encoder, Part::Decoder, Part::Latent] {
        AllocationRegistry::enable_tracking();
        let layout = networks::layout(&config, part).unwrap();
        AllocationRegistry::disable_tracking();
        assert!(layout.parameters() > 10_000_000, "{part}");
    }
    LARGE_ONES.store(0, Ordering::Relaxed);
    let largest = LARGEST.swap(0, Ordering::Relaxed);
    // The modules, without their weights, of which the largest has 18 MiB.
    assert!(
        (1..1024 * 1024).contains(&largest),
        "{largest} bytes at once"
    );
}

/// On one thread: on several, which of them computes what differs from step to step.
fn a_warm_step_allocates_no_feature_map() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    pool.unwrap().install(|| {
        let device = Device::flex();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/portrait64");
        let directory = ModelDirectory::open(&folder).unwrap();
        let config = &directory.manifest().config;
        let file = directory.part(Part::Decoder).unwrap();
        let mut reader = PartReader::open("decoder", file).unwrap();
        let mut loader = Loader::new(&mut reader, &device, "");
        let Network::Decoder(unet) =
            networks::load_part(config, Part::Decoder, &mut loader).unwrap()
        else {
            panic!("another part than the decoder")
        };
        let style = config.style_channels().unwrap();
        let modulations = unet.project_time(&[500], &device).modulate(
            unet.project_style(Tensor::zeros([1, style], &device))
                .as_ref(),
        );
        let noise = Distribution::Normal(0.0, 1.0);
        let x = Tensor::<4>::random([1, 3, 64, 64], noise, &device);
        let mut counts = [0; 4];
        for count in &mut counts {
            let x = x.clone();
            AllocationRegistry::enable_tracking();
            drop(unet.forward(x, &modulations));
            AllocationRegistry::disable_tracking();
            *count = LARGE_ONES.swap(0, Ordering::Relaxed);
        }
        assert!(
            counts[0] > 0,
            "the first step did not allocate either: is anything counted?"
        );
        assert_eq!(
            counts[2..],
            [0, 0],
            "large allocations of the steps: {counts:?}"
        );
    });
}
