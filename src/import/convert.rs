//! From official checkpoints to a model directory, tensor by tensor.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::Path;

use super::OfficialTensors;
use crate::config::{CELEBA_ATTRIBUTES, ConfigError, Framing, ModelConfig};
use crate::networks;
use crate::weights::hash::{Description, Hashed};
use crate::weights::quantize::quantize;
use crate::weights::random::RandomWeights;
use crate::weights::{
    Array, FORMAT, Layout, Manifest, Part, PartFile, Precision, TensorSource, WeightsError, part,
};
use crate::whole::Unfinished;

const MANIFEST: &str = "manifest.json";

/// What a conversion is told beside the checkpoints themselves.
#[derive(Debug, Clone)]
pub struct Conversion {
    /// The configuration the checkpoints were trained with.
    pub config: ModelConfig,
    /// Precision of the written weights.
    pub precision: Precision,
    /// Where the model expects the eyes.
    pub framing: Option<Framing>,
    /// Terms of use.
    pub licence: String,
    /// Where the weights come from.
    pub origin: String,
}

impl<R: Read + Seek> TensorSource for OfficialTensors<R> {
    fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Array, WeightsError> {
        let (found, values) = read(self, name)?;
        if found == shape {
            return Ok(Array::f32(shape, values));
        }
        Err(WeightsError::Damaged {
            file: "the checkpoint".to_owned(),
            reason: format!("`{name}` is {found:?}, not {shape:?}"),
        })
    }
}

fn read<R: Read + Seek>(
    tensors: &mut OfficialTensors<R>,
    name: &str,
) -> Result<(Vec<usize>, Vec<f32>), WeightsError> {
    tensors
        .read(name)
        .map_err(|error| WeightsError::Source(error.to_string()))
}

/// Checkpoints that fit a configuration, to be written as a model part by part, wherever that goes.
#[derive(Debug)]
pub struct Converter<R> {
    tensors: OfficialTensors<R>,
    conversion: Conversion,
    layouts: BTreeMap<Part, Layout>,
}

impl<R: Read + Seek> Converter<R> {
    /// Checks that the checkpoints hold exactly what the configuration consists of, as far as they have its parts.
    ///
    /// # Errors
    /// [`WeightsError::Layout`] when they belong to another configuration.
    pub fn new(
        tensors: OfficialTensors<R>,
        mut conversion: Conversion,
    ) -> Result<Self, WeightsError> {
        conversion.config = fit_to_contents(conversion.config, &tensors);
        let layouts = layouts(&conversion.config)?;
        check_all(&conversion.config, &layouts, &tensors)?;
        Ok(Self {
            tensors,
            conversion,
            layouts,
        })
    }

    /// The parts that the model will have.
    pub fn parts(&self) -> impl Iterator<Item = Part> + use<R> {
        self.layouts.keys().copied().collect::<Vec<_>>().into_iter()
    }

    /// How many tensors there are in all.
    #[must_use]
    pub fn tensors(&self) -> usize {
        self.layouts.values().map(|part| part.tensors.len()).sum()
    }

    /// The tensors of a part, in the precision they are written in.
    fn gather(
        &mut self,
        part: Part,
        on_tensor: &mut dyn FnMut(),
    ) -> Result<BTreeMap<String, Array>, WeightsError> {
        let layout = (self.layouts.get(&part)).ok_or(WeightsError::NoPart(part))?;
        gather(
            &mut self.tensors,
            layout,
            self.conversion.precision,
            on_tensor,
        )
    }

    /// Writes a part, which is held in memory meanwhile, in the precision it is written in.
    ///
    /// # Errors
    /// Whatever goes wrong while reading or writing.
    pub fn write_part(
        &mut self,
        part: Part,
        into: &mut dyn Write,
        on_tensor: &mut dyn FnMut(),
    ) -> Result<PartFile, WeightsError> {
        let arrays = self.gather(part, on_tensor)?;
        let file = file_name(part);
        let mut counted = Hashed::new(into);
        part::write_to(&file, &arrays, None, &mut counted)?;
        let Description { bytes, sha256 } = counted.finish();
        Ok(PartFile {
            file,
            bytes,
            sha256,
            precision: self.conversion.precision,
        })
    }

    /// The manifest of the parts that have been written.
    ///
    /// # Errors
    /// What goes wrong while reading the latent statistics.
    pub fn manifest(&mut self, parts: BTreeMap<Part, PartFile>) -> Result<Manifest, WeightsError> {
        let tensors = &mut self.tensors;
        let mut statistic = |name: &str| match tensors.shape(name) {
            Some(_) => read(tensors, name).map(|(_, values)| Some(values)),
            None => Ok(None),
        };
        let Conversion {
            config,
            framing,
            licence,
            origin,
            ..
        } = self.conversion.clone();
        Ok(Manifest {
            format: FORMAT,
            name: config.name.clone(),
            conds_mean: statistic("conds_mean")?,
            conds_std: statistic("conds_std")?,
            cost: Some(networks::cost::of(&config)),
            config,
            framing,
            licence,
            origin,
            parts,
        })
    }
}

/// Writes a model directory. `on_tensor` is told how many of how many tensors are written.
///
/// The manifest comes last, and one that is there goes first: a directory without one is not a model, so a conversion that
/// fails leaves nothing that could be taken for one. At most one part is held in memory, in the
/// precision it is written in.
///
/// # Errors
/// [`WeightsError::Layout`] when the checkpoints belong to another configuration, and whatever
/// goes wrong while reading or writing.
pub fn convert<R: Read + Seek>(
    tensors: OfficialTensors<R>,
    conversion: Conversion,
    directory: &Path,
    on_tensor: &mut dyn FnMut(usize, usize),
) -> Result<Manifest, WeightsError> {
    let mut converter = Converter::new(tensors, conversion)?;
    make(directory)?;
    let of = converter.tensors();
    let mut done = 0;
    let mut files = BTreeMap::new();
    for part in converter.parts() {
        let arrays = converter.gather(part, &mut || {
            done += 1;
            on_tensor(done, of);
        })?;
        let precision = converter.conversion.precision;
        files.insert(part, write_file(part, &arrays, precision, directory)?);
    }
    let manifest = converter.manifest(files)?;
    write_manifest(&manifest, directory)?;
    Ok(manifest)
}

/// Writes the directory of a model with random weights, for measuring a geometry or trying a
/// program: its networks compute what trained ones of that geometry do, and its pictures show
/// nothing. The same configuration gives the same bytes.
///
/// # Errors
/// [`WeightsError::Write`], or a configuration that makes no sense.
pub fn random(
    config: ModelConfig,
    precision: Precision,
    directory: &Path,
    on_tensor: &mut dyn FnMut(usize, usize),
) -> Result<Manifest, WeightsError> {
    let layouts = layouts(&config)?;
    let mut weights = RandomWeights::new(0, Precision::F32);
    make(directory)?;
    let of = layouts.values().map(|part| part.tensors.len()).sum();
    let mut done = 0;
    let mut parts = BTreeMap::new();
    for (part, layout) in &layouts {
        let arrays = gather(&mut weights, layout, precision, &mut || {
            done += 1;
            on_tensor(done, of);
        })?;
        parts.insert(*part, write_file(*part, &arrays, precision, directory)?);
    }
    let statistic = |value| config.style_channels().map(|style| vec![value; style]);
    let manifest = Manifest {
        format: FORMAT,
        name: format!("{} with random weights", config.name),
        conds_mean: statistic(0.0),
        conds_std: statistic(1.0),
        cost: Some(networks::cost::of(&config)),
        config,
        framing: None,
        licence: "none is needed for random numbers".to_owned(),
        origin: "made on the spot".to_owned(),
        parts,
    };
    write_manifest(&manifest, directory)?;
    Ok(manifest)
}

/// The tensors that each part of a configuration consists of, once the configuration is known to make sense.
pub(super) fn layouts(config: &ModelConfig) -> Result<BTreeMap<Part, Layout>, WeightsError> {
    let reason = |error: ConfigError| WeightsError::Source(error.to_string());
    config.validate().map_err(reason)?;
    let mut layouts = BTreeMap::new();
    for part in parts_of(config) {
        layouts.insert(part, networks::layout(config, part)?);
    }
    Ok(layouts)
}

fn gather(
    tensors: &mut dyn TensorSource,
    layout: &Layout,
    precision: Precision,
    on_tensor: &mut dyn FnMut(),
) -> Result<BTreeMap<String, Array>, WeightsError> {
    let mut arrays = BTreeMap::new();
    for (name, shape) in &layout.tensors {
        let array = tensors.tensor(name, shape)?;
        arrays.insert(name.clone(), quantize(name, array, precision));
        on_tensor();
    }
    Ok(arrays)
}

fn file_name(part: Part) -> String {
    format!("{part}.safetensors")
}

/// A directory that holds no model, or none any more.
fn make(directory: &Path) -> Result<(), WeightsError> {
    std::fs::create_dir_all(directory)
        .and_then(|()| match std::fs::remove_file(directory.join(MANIFEST)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
        .map_err(|e| WeightsError::Write {
            file: directory.display().to_string(),
            reason: e.to_string(),
        })
}

fn write_file(
    part: Part,
    arrays: &BTreeMap<String, Array>,
    precision: Precision,
    directory: &Path,
) -> Result<PartFile, WeightsError> {
    let file = file_name(part);
    let Description { bytes, sha256 } = part::write_file(&directory.join(&file), arrays)?;
    Ok(PartFile {
        file,
        bytes,
        sha256,
        precision,
    })
}

fn write_manifest(manifest: &Manifest, directory: &Path) -> Result<(), WeightsError> {
    let path = directory.join(MANIFEST);
    let json = manifest.to_json()?;
    let write = || {
        let mut unfinished = Unfinished::of(&path)?;
        unfinished.file().write_all(&json)?;
        unfinished.finish()
    };
    write().map_err(|e: std::io::Error| WeightsError::Write {
        file: path.display().to_string(),
        reason: e.to_string(),
    })
}

/// Official configurations are the same networks with or without a latent DPM and a classifier, and
/// the latter come in files of their own: the configuration follows what the files hold.
pub(super) fn fit_to_contents<R: Read + Seek>(
    mut config: ModelConfig,
    tensors: &OfficialTensors<R>,
) -> ModelConfig {
    let has = |prefix: &str| tensors.entries().any(|(name, _)| name.starts_with(prefix));
    if !has("latent_net.") {
        config.latent = None;
    }
    match tensors.shape("classifier.weight") {
        None => config.attributes.clear(),
        Some([rows, _]) if config.attributes.is_empty() && *rows == CELEBA_ATTRIBUTES.len() => {
            config.attributes = CELEBA_ATTRIBUTES.map(str::to_owned).to_vec();
        }
        Some(_) => {}
    }
    config
}

fn parts_of(config: &ModelConfig) -> Vec<Part> {
    let mut parts = vec![Part::Decoder];
    if config.encoder.is_some() {
        parts.push(Part::Encoder);
    }
    if config.latent.is_some() {
        parts.push(Part::Latent);
    }
    if !config.attributes.is_empty() {
        parts.push(Part::Attributes);
    }
    parts
}

pub(super) fn check_all<R: Read + Seek>(
    config: &ModelConfig,
    layouts: &BTreeMap<Part, Layout>,
    tensors: &OfficialTensors<R>,
) -> Result<(), WeightsError> {
    let mut expected = Layout::default();
    for layout in layouts.values() {
        expected.tensors.extend(layout.tensors.iter().cloned());
    }
    for name in ["conds_mean", "conds_std"] {
        if let (Some(_), Some(style)) = (tensors.shape(name), config.style_channels()) {
            expected.tensors.push((name.to_owned(), vec![style]));
        }
    }
    expected
        .compare(tensors.entries())
        .map_err(|differences| WeightsError::Layout {
            config: config.name.clone(),
            differences,
        })
}
