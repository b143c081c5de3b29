//! Which model a command uses and on which device; a part is loaded only when a command needs it.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use burn::tensor::Device;
#[cfg(any(feature = "vulkan", feature = "metal"))]
use burn::tensor::DeviceKind;
use clap::ValueEnum;
use diffae::diffusion::Schedule;
use diffae::weights::directory::ModelDirectory;
use diffae::weights::{Manifest, Part};
use diffae::{Code, DiffAe, Picture};

use crate::bundled;
use crate::error::ToolError;
use crate::progress::Progress;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Model")]
pub(crate) struct ModelArgs {
    /// Directory of a model, or the name of a built-in one [default: portrait64; built in: portrait64, portrait128]
    #[arg(long, env = "DIFFAE_MODEL", value_name = "MODEL")]
    pub(crate) model: Option<PathBuf>,
    /// What to compute on
    #[arg(long, value_enum, default_value_t = DeviceChoice::Cpu)]
    pub(crate) device: DeviceChoice,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DeviceChoice {
    /// The processor, with all its cores
    Cpu,
    /// The graphics card, through WebGPU
    #[cfg(feature = "gpu")]
    Gpu,
    /// An NVIDIA card, through CUDA
    #[cfg(feature = "cuda")]
    Cuda,
    /// An AMD card, through ROCm
    #[cfg(feature = "rocm")]
    Rocm,
    /// The graphics card, through Vulkan
    #[cfg(feature = "vulkan")]
    Vulkan,
    /// Apple's graphics processor, through Metal
    #[cfg(feature = "metal")]
    Metal,
}

impl DeviceChoice {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            #[cfg(feature = "gpu")]
            Self::Gpu => "gpu",
            #[cfg(feature = "cuda")]
            Self::Cuda => "cuda",
            #[cfg(feature = "rocm")]
            Self::Rocm => "rocm",
            #[cfg(feature = "vulkan")]
            Self::Vulkan => "vulkan",
            #[cfg(feature = "metal")]
            Self::Metal => "metal",
        }
    }

    /// The device, opened once for all who ask.
    pub(crate) fn device(self) -> Result<Device, ToolError> {
        static OPENED: OnceLock<Device> = OnceLock::new();
        if let Some(device) = OPENED.get() {
            return Ok(device.clone());
        }
        let device = self.open()?;
        Ok(OPENED.get_or_init(|| device).clone())
    }

    fn open(self) -> Result<Device, ToolError> {
        match self {
            Self::Cpu => Ok(Device::flex()),
            #[cfg(feature = "gpu")]
            Self::Gpu => diffae::block_on(diffae::ops::gpu::open())
                .map_err(|e| ToolError::Gpu(e.to_string())),
            #[cfg(feature = "cuda")]
            Self::Cuda => tried("CUDA", || Device::cuda(0)),
            #[cfg(feature = "rocm")]
            Self::Rocm => tried("ROCm", || Device::rocm(0)),
            #[cfg(feature = "vulkan")]
            Self::Vulkan => tried("Vulkan", || Device::vulkan(DeviceKind::DefaultDevice)),
            #[cfg(feature = "metal")]
            Self::Metal => tried("Metal", || Device::metal(DeviceKind::DefaultDevice)),
        }
    }
}

/// A device that has computed something. burn panics where the interface is not installed.
#[cfg(any(
    feature = "cuda",
    feature = "rocm",
    feature = "vulkan",
    feature = "metal"
))]
fn tried(name: &str, open: impl Fn() -> Device) -> Result<Device, ToolError> {
    let compute = || {
        let device = open();
        let one = burn::tensor::Tensor::<1>::from_data([1.0], &device);
        let _ = one.into_data();
        device
    };
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(compute))
        .map_err(|_| ToolError::Gpu(format!("{name} does not work on this machine")))
}

/// A model whose manifest has been read.
#[derive(Debug)]
pub(crate) enum ModelSource {
    Bundled(bundled::Model, Box<Manifest>),
    Directory(Box<ModelDirectory>),
}

impl ModelArgs {
    pub(crate) fn open(&self) -> Result<ModelSource, ToolError> {
        ModelSource::open(self.model.as_deref())
    }

    /// A model with some parts loaded.
    pub(crate) fn load(&self, source: &ModelSource, parts: &[Part]) -> Result<DiffAe, ToolError> {
        source.load(parts, &self.device.device()?)
    }
}

impl ModelSource {
    /// The model in a directory, or a built-in one: the one of this name, or the usual one. A directory comes before a name.
    pub(crate) fn open(wanted: Option<&Path>) -> Result<Self, ToolError> {
        let [usual, ..] = bundled::MODELS;
        let Some(path) = wanted else {
            return Self::bundled(usual);
        };
        if path.exists() {
            return Ok(Self::Directory(Box::new(ModelDirectory::open(path)?)));
        }
        let mut models = bundled::MODELS.into_iter();
        match models.find(|model| path == Path::new(model.name)) {
            Some(model) => Self::bundled(model),
            None => Err(ToolError::NoModel {
                path: path.to_owned(),
                built_in: bundled::MODELS.map(|model| model.name).join(", "),
            }),
        }
    }

    fn bundled(model: bundled::Model) -> Result<Self, ToolError> {
        let manifest = Manifest::parse(&format!("the built-in {}", model.name), model.manifest)?;
        Ok(Self::Bundled(model, Box::new(manifest)))
    }

    pub(crate) fn manifest(&self) -> &Manifest {
        match self {
            Self::Bundled(_, manifest) => manifest,
            Self::Directory(directory) => directory.manifest(),
        }
    }

    pub(crate) fn load(&self, parts: &[Part], device: &Device) -> Result<DiffAe, ToolError> {
        let model = DiffAe::new(self.manifest().clone(), device)?;
        self.load_into(model, parts)
    }

    /// The model with some parts of this model loaded.
    pub(crate) fn load_into(&self, mut model: DiffAe, parts: &[Part]) -> Result<DiffAe, ToolError> {
        for part in parts {
            match self {
                Self::Bundled(bundled, _) => model.load(*part, bundled.part(*part))?,
                Self::Directory(directory) => model.load(*part, directory.part(*part)?)?,
            }
        }
        Ok(model)
    }

    /// What a command that needs z_sem says to a model without an encoder.
    pub(crate) fn plain_ddpm(&self) -> ToolError {
        ToolError::PlainDdpm {
            model: self.manifest().name.clone(),
        }
    }

    /// Refuses a number of steps before minutes go into anything else.
    pub(crate) fn check_steps(&self, steps: usize) -> Result<(), ToolError> {
        let config = &self.manifest().config;
        Schedule::new(config.schedule, config.timesteps).respace(steps)?;
        Ok(())
    }
}

/// The picture that a code stands for, decoded behind a progress bar.
pub(crate) fn decode(model: &DiffAe, code: &Code, steps: usize) -> Result<Picture, ToolError> {
    let progress = Progress::new("decoding");
    let watch = &mut progress.watch();
    Ok(pollster::block_on(model.reconstruct(code, steps, watch))?)
}
