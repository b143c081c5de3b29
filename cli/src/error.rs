//! Everything that can go wrong in the tool, each a sentence for whoever typed the command.

use std::io;
use std::path::PathBuf;

use diffae::diffusion::ScheduleError;
use diffae::edit::EditError;
use diffae::eval::EvalError;
use diffae::face::FaceError;
use diffae::import::ImportError;
use diffae::metrics::MetricError;
use diffae::photo::PhotoError;
use diffae::pictures::SetError;
use diffae::weights::WeightsError;
use thiserror::Error;

#[derive(Debug, Error)]
pub(crate) enum ToolError {
    #[error(transparent)]
    Engine(#[from] diffae::Error),
    #[error(transparent)]
    Photo(#[from] PhotoError),
    #[error(transparent)]
    Face(#[from] FaceError),
    #[error(transparent)]
    Metric(#[from] MetricError),
    #[error(transparent)]
    Eval(#[from] EvalError),
    #[error(transparent)]
    Set(#[from] SetError),
    #[error(
        "{figure} needs the public file {file}: name it with {option} (it is checked by its SHA-256; nothing is downloaded)"
    )]
    NoNetwork {
        figure: &'static str,
        file: &'static str,
        option: &'static str,
    },
    #[error("`{0}` cannot be measured with this model: {1}")]
    NotMeasurable(&'static str, &'static str),
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write {}: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{}: {source}", path.display())]
    Checkpoint { path: PathBuf, source: ImportError },
    #[error("{} is not a whole code of `diffae encode`; encode the picture again", path.display())]
    Code { path: PathBuf },
    #[error("{} is {}", path.display(), diffae::lfs::NOTE)]
    Pointer { path: PathBuf },
    #[error("{} is not a model configuration: {reason}", path.display())]
    ConfigFile {
        path: PathBuf,
        reason: serde_json::Error,
    },
    #[error("there is no model directory {}; built in are {built_in}", path.display())]
    NoModel { path: PathBuf, built_in: String },
    #[error("nothing is known about the origin of `{config}`, so --{option} must say it")]
    Unstated {
        config: String,
        option: &'static str,
    },
    #[error(
        "`{model}` is a plain DDPM, which has no z_sem: it can only draw new pictures, with `diffae sample` and without examples"
    )]
    PlainDdpm { model: String },
    #[error(
        "this model does not say where it expects the eyes, so only pictures that are framed for it can be used, with --aligned"
    )]
    NoFraming,
    #[error(
        "this configuration does not say where it expects the eyes, so faces cannot be cut out for it; cut by --crop centre or --crop box=LEFT,TOP,WIDTH,HEIGHT"
    )]
    NoFaceCrop,
    #[error("no face was found in {}; say where the eyes are with --eyes, or give --aligned if the picture is framed for the model already", path.display())]
    NoFace { path: PathBuf },
    #[error("there is no face number {asked} in {}, only {found} found", path.display())]
    FaceNumber {
        path: PathBuf,
        asked: usize,
        found: usize,
    },
    #[error(
        "--eyes is given {given} times for {pictures} pictures; give it once for all of them, or once for each in their order"
    )]
    Eyes { given: usize, pictures: usize },
    #[error("the result would overwrite the input {}; choose another name with -o", path.display())]
    Overwrite { path: PathBuf },
    #[error("the result's name must end in {kinds}, but {} was asked for", path.display())]
    Extension { path: PathBuf, kinds: String },
    #[error("there is no folder {} to write the result into", path.display())]
    NoFolder { path: PathBuf },
    #[error(transparent)]
    Train(#[from] diffae::train::TrainError),
    #[error("{} is not a recipe of training: {reason}", path.display())]
    RecipeFile {
        path: PathBuf,
        reason: serde_json::Error,
    },
    #[error("there is no journal of a run in {}; name a directory that `diffae train` wrote", path.display())]
    NoJournal { path: PathBuf },
    #[error("there is no run.json in {}; name a directory that `diffae train` wrote", path.display())]
    NoRun { path: PathBuf },
    #[error("the run in {} trained the configuration `{trained}`, which differs from this model's, `{model}`", path.display())]
    AnotherConfiguration {
        path: PathBuf,
        trained: String,
        model: String,
    },
    #[error("{} is not a report of `diffae eval`: {reason}", path.display())]
    ReportFile {
        path: PathBuf,
        reason: serde_json::Error,
    },
    #[error("{} was measured on another model, `{measured}`: the {part} of `{model}` is another file", path.display())]
    AnotherModel {
        path: PathBuf,
        measured: String,
        model: String,
        part: String,
    },
    #[error("no run has a loss called `{name}`")]
    NoTerm { name: String },
    #[error("the plot cannot be drawn: {0}")]
    Plot(String),
    #[error("stopped and saved after {steps} steps; go on by --resume")]
    Stopped { steps: u64 },
    #[error("the process cannot be asked to stop gently: {0}")]
    Signals(io::Error),
    #[error("{} holds no state of an autoencoder; name a state of `diffae train autoencoder`, or its directory", path.display())]
    NoState { path: PathBuf },
    #[error("PyTorch cannot be measured: {0}")]
    Torch(String),
    #[error("the number of threads cannot be set: {0}")]
    Threads(String),
    #[cfg(any(
        feature = "gpu",
        feature = "cuda",
        feature = "rocm",
        feature = "vulkan",
        feature = "metal"
    ))]
    #[error("no GPU can be used ({0}); choose --device cpu")]
    Gpu(String),
}

/// What the library's parts report on their own is an engine error to the tool.
macro_rules! engine_errors {
    ($($kind:ty),+) => {
        $(impl From<$kind> for ToolError {
            fn from(error: $kind) -> Self {
                Self::Engine(error.into())
            }
        })+
    };
}

engine_errors!(
    WeightsError,
    ScheduleError,
    EditError,
    diffae::CodeError,
    diffae::config::ConfigError
);
