//! From a WGSL file to a launch: a shader is its file with some lines left out and some constants
//! filled in, and everything that varies from call to call comes in a uniform buffer, so that a
//! network needs about twenty pipelines.

use std::fmt::Debug;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};

use burn::tensor::{Device, Tensor};
use cubecl::client::Client;
use cubecl::ir::metadata::Info;
use cubecl::ir::{ElemType, FloatKind, UIntKind};
use cubecl::prelude::*;
use cubecl::server::{Handle, KernelArguments, MetadataBindingInfo};
use cubecl::{CubeKernel, PrecompiledSource};

#[cfg(not(target_family = "wasm"))]
use super::super::profile;
use super::primitive::primitive;
use super::rehearsal::rehearsing;

/// The most workgroups that WebGPU promises in one dimension of a dispatch.
pub(super) const MAX_WORKGROUPS: usize = 65_535;

/// How read-only buffers are declared. Natively the pool cuts many tensors out of one buffer, which
/// must not be bound as read-only and as writable in one dispatch. In a browser every tensor has a
/// buffer of its own, and declaring what is only read lets one buffer be bound twice and reach the
/// shader through faster paths.
const READ: &str = if cfg!(target_family = "wasm") {
    "read"
} else {
    "read_write"
};

static LAUNCHES: AtomicU64 = AtomicU64::new(0);

/// Dispatches of this crate's kernels since the program started.
pub fn launches() -> u64 {
    LAUNCHES.load(Ordering::Relaxed)
}

/// A shader in one of its variants; equal shaders share a pipeline.
pub(super) trait Shader: Debug + Copy + Eq + Hash + Send + Sync + 'static {
    /// The WGSL file, with its marks for lines, constants and passages.
    const FILE: &'static str;

    /// Its name in profiles.
    fn name(&self) -> &'static str;

    /// Which marked lines of the file are kept.
    fn lines(&self) -> Vec<(&'static str, bool)>;

    /// What is filled in as numbers.
    fn constants(&self) -> Vec<(&'static str, usize)> {
        Vec::new()
    }

    /// What is filled in as text.
    fn passages(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

/// A shader as the client takes it.
struct Kernel<S>(S);

impl<S: Shader> KernelMetadata for Kernel<S> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn id(&self) -> KernelId {
        KernelId::new::<S>().info(self.0)
    }

    fn address_type(&self) -> ElemType {
        UIntKind::U32.into()
    }
}

impl<S: Shader> CubeKernel for Kernel<S> {
    /// Never compiled: [`Self::source`] stands in for it.
    fn define(&self) -> KernelDefinition {
        let cube = CubeDim::new_single();
        let settings = KernelSettings::new(cube.0, ExecutionMode::Checked, AddressType::U32);
        KernelDefinition {
            body: Scope::root(settings.clone()),
            settings,
            info: Info::default(),
        }
    }

    fn source(&self) -> Option<PrecompiledSource> {
        Some(PrecompiledSource {
            source: text(self.0),
            entrypoint_name: "main".to_owned(),
            lang: "wgsl",
        })
    }
}

fn text<S: Shader>(shader: S) -> String {
    let kept = keep_lines(S::FILE, &shader.lines());
    let mut text = number_bindings(&kept).replace("{{read}}", READ);
    for (name, value) in shader.constants() {
        text = text.replace(&format!("{{{{{name}}}}}"), &format!("{value}u"));
    }
    for (name, passage) in shader.passages() {
        text = text.replace(&format!("{{{{{name}}}}}"), &passage);
    }
    text
}

/// Keeps the lines between `//if name` and `//end` where `name` is kept, and those between
/// `//if !name` and `//end` where it is not. Sections do not nest.
fn keep_lines(file: &str, kept: &[(&str, bool)]) -> String {
    let holds = |condition: &str| {
        let (name, wanted) = match condition.strip_prefix('!') {
            Some(name) => (name, false),
            None => (condition, true),
        };
        let value = kept.iter().find(|(known, _)| *known == name);
        value.is_some_and(|(_, value)| *value == wanted)
    };
    let mut keep = true;
    let mut text = String::with_capacity(file.len());
    for line in file.lines() {
        let trimmed = line.trim();
        if let Some(condition) = trimmed.strip_prefix("//if ") {
            keep = holds(condition);
        } else if trimmed == "//end" {
            keep = true;
        } else if keep {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// Gives the bindings that are left the numbers 0, 1, 2, ... in their order.
fn number_bindings(text: &str) -> String {
    let mut pieces = text.split("@binding(_)");
    let mut numbered = pieces.next().unwrap_or_default().to_owned();
    for (number, piece) in pieces.enumerate() {
        numbered.push_str(&format!("@binding({number})"));
        numbered.push_str(piece);
    }
    numbered
}

/// A buffer, and how many of its bytes a dispatch reaches.
pub(super) struct Reached<'a>(pub(super) &'a Handle, pub(super) usize);

/// Enqueues one dispatch of `flop` floating-point operations. `buffers` are bound in the order of the shader's declarations, and `info`
/// behind them as its uniform buffer; buffers of equal content are kept and shared by the client.
///
/// # Panics
/// Natively, where a buffer is shorter than what is reached of it: shaders are compiled there without the checks that a browser
/// makes, so that this is what keeps them within their buffers.
pub(super) fn launch(
    client: &Client,
    shader: impl Shader,
    workgroups: [usize; 3],
    buffers: &[Reached<'_>],
    info: &[usize],
    flop: u64,
) {
    debug_assert!(workgroups.iter().all(|n| (1..=MAX_WORKGROUPS).contains(n)));
    LAUNCHES.fetch_add(1, Ordering::Relaxed);
    let [x, y, z] = workgroups.map(|n| n as u32);
    // A uniform buffer's size is a multiple of 16 bytes.
    let word = |i: usize| info.get(i).map_or(0, |word| *word as u64 & 0xffff_ffff);
    let words = (0..info.len().next_multiple_of(4))
        .step_by(2)
        .map(|i| word(i) | word(i + 1) << 32)
        .collect();
    let mut arguments = KernelArguments::new().with_info(MetadataBindingInfo::custom(words));
    for Reached(buffer, bytes) in buffers {
        // What is rehearsed has no weights, and reads none.
        assert!(
            cfg!(target_family = "wasm") || rehearsing() || *bytes as u64 <= buffer.size_in_used(),
            "{} reaches {bytes} bytes of a buffer of {}",
            shader.name(),
            buffer.size_in_used()
        );
        arguments = arguments.with_buffer((*buffer).clone().binding());
    }
    let launch = || {
        client.launch(
            Box::new(Kernel(shader)),
            CubeCount::Static(x, y, z),
            arguments,
        );
    };
    #[cfg(not(target_family = "wasm"))]
    profile::time_on(client, shader.name(), flop, launch);
    // A browser's thread cannot wait for the device's clock.
    #[cfg(target_family = "wasm")]
    {
        let _ = flop;
        launch();
    }
}

/// Whether the device offers what these kernels take, which is what WebGPU promises everywhere.
pub(super) fn supported(device: &Device) -> bool {
    if !super::device::is_opened_here(device) {
        return false;
    }
    let probe = primitive(Tensor::<1>::from_data([0.0], device));
    let hardware = &probe.client.properties().hardware;
    hardware.max_units_per_cube >= 256
        && hardware.max_shared_memory_size >= 16_384
        && hardware.max_bindings >= 8
}

/// Whether shaders may compute in f16 and bind it (WebGPU's `shader-f16`).
pub(super) fn computes_in_half(device: &Device) -> bool {
    let probe = primitive(Tensor::<1>::from_data([0.0], device));
    let half = ElemType::Float(FloatKind::F16);
    probe.client.properties().supports_type(half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_and_bindings_follow_the_variant() {
        let file = "@binding(_) a\n//if skip\n@binding(_) b\n//end\n  //if !skip\nno\n//end\n@binding(_) c\n";
        let with = number_bindings(&keep_lines(file, &[("skip", true)]));
        assert_eq!(with, "@binding(0) a\n@binding(1) b\n@binding(2) c\n");
        let without = number_bindings(&keep_lines(file, &[("skip", false)]));
        assert_eq!(without, "@binding(0) a\nno\n@binding(1) c\n");
    }
}
