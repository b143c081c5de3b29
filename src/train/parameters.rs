//! The tensors that are trained, by their names in model files.

use std::collections::BTreeMap;

use burn::tensor::{Device, FloatDType, Gradients, Tensor, TensorData};

use crate::weights::{Array, Layout, TensorSource, Trained, Values, WeightsError};

/// Named tensors on a device, each flat and in single precision.
#[derive(Debug, Clone)]
pub struct Parameters {
    tensors: BTreeMap<String, Parameter>,
}

#[derive(Debug, Clone)]
struct Parameter {
    shape: Vec<usize>,
    values: Tensor<1>,
}

/// Parameters of one step, from which networks are built and in which gradients end.
#[derive(Debug)]
pub struct Leaves {
    tensors: BTreeMap<String, Parameter>,
    /// What networks get matrices and kernels in.
    precision: FloatDType,
}

impl Parameters {
    /// Takes the tensors of a layout from a source.
    ///
    /// # Errors
    /// Whatever the source says of a tensor.
    pub fn new(
        layout: &Layout,
        source: &mut dyn TensorSource,
        device: &Device,
    ) -> Result<Self, WeightsError> {
        let mut tensors = BTreeMap::new();
        for (name, shape) in &layout.tensors {
            let values = source.tensor(name, shape)?.into_f32();
            let length = values.len();
            let values = Tensor::from_data(TensorData::new(values, [length]), device);
            let shape = shape.clone();
            tensors.insert(name.clone(), Parameter { shape, values });
        }
        Ok(Self { tensors })
    }

    /// Tensors of the same names and shapes whose values are all zero.
    #[must_use]
    pub fn zeros(&self) -> Self {
        self.map(|_, values| values.zeros_like())
    }

    /// The same names and shapes with other values.
    #[must_use]
    pub fn map(&self, mut values: impl FnMut(&str, &Tensor<1>) -> Tensor<1>) -> Self {
        let tensors = self.tensors.iter().map(|(name, parameter)| {
            let parameter = Parameter {
                shape: parameter.shape.clone(),
                values: values(name, &parameter.values),
            };
            (name.clone(), parameter)
        });
        Self {
            tensors: tensors.collect(),
        }
    }

    /// Names and values, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tensor<1>)> {
        let tensors = self.tensors.iter();
        tensors.map(|(name, parameter)| (name.as_str(), &parameter.values))
    }

    /// Names and values that can be changed, in the order of the names.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Tensor<1>)> {
        let tensors = self.tensors.iter_mut();
        tensors.map(|(name, parameter)| (name.as_str(), &mut parameter.values))
    }

    /// Reads one tensor back to the host.
    pub fn read(&self, name: &str) -> Option<Array> {
        let parameter = self.tensors.get(name)?;
        let shape = parameter.shape.clone();
        let values = Values::Trained(Trained(parameter.values.clone()));
        Some(Array::f32(
            &parameter.shape,
            Array { shape, values }.into_f32(),
        ))
    }

    /// Names and shapes.
    pub fn layout(&self) -> Layout {
        let tensors = self.tensors.iter();
        Layout {
            tensors: tensors
                .map(|(name, parameter)| (name.clone(), parameter.shape.clone()))
                .collect(),
        }
    }

    /// Number of values in all tensors.
    pub fn count(&self) -> u64 {
        self.layout().parameters()
    }

    /// Reads all tensors back to the host, by name.
    pub fn arrays(&self) -> BTreeMap<String, Array> {
        let names = self.tensors.keys();
        names
            .filter_map(|name| Some((name.clone(), self.read(name)?)))
            .collect()
    }

    /// Leaves of a graph, for one step.
    pub fn leaves(&self) -> Leaves {
        Leaves {
            tensors: self
                .map(|_, values| values.clone().autodiff().require_grad())
                .tensors,
            precision: FloatDType::F32,
        }
    }
}

impl TensorSource for Parameters {
    fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Array, WeightsError> {
        let values = Values::Trained(Trained(find(&self.tensors, name, shape)?));
        let shape = shape.to_vec();
        Ok(Array::f32(
            &shape.clone(),
            Array { shape, values }.into_f32(),
        ))
    }
}

impl Leaves {
    /// The same leaves for networks that compute in bf16: matrices and kernels are rounded to it on the way, while the
    /// leaves and their gradients stay in f32.
    #[must_use]
    pub fn in_bf16(self) -> Self {
        Self {
            precision: FloatDType::BF16,
            ..self
        }
    }

    /// The gradients that a loss sent to these leaves; zero where none arrived.
    #[must_use]
    pub fn gradients(&self, gradients: &mut Gradients) -> Parameters {
        let tensors = self.tensors.iter().map(|(name, leaf)| {
            let values = (leaf.values.grad_remove(gradients))
                .unwrap_or_else(|| leaf.values.clone().without_autodiff().zeros_like());
            let shape = leaf.shape.clone();
            (name.clone(), Parameter { shape, values })
        });
        Parameters {
            tensors: tensors.collect(),
        }
    }
}

impl TensorSource for Leaves {
    fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Array, WeightsError> {
        let values = find(&self.tensors, name, shape)?;
        let values = match shape.len() {
            0 | 1 => values,
            _ => values.cast(self.precision),
        };
        Ok(Array {
            shape: shape.to_vec(),
            values: Values::Trained(Trained(values)),
        })
    }
}

fn find(
    tensors: &BTreeMap<String, Parameter>,
    name: &str,
    shape: &[usize],
) -> Result<Tensor<1>, WeightsError> {
    match tensors.get(name) {
        Some(parameter) if parameter.shape == shape => Ok(parameter.values.clone()),
        Some(parameter) => Err(WeightsError::Source(format!(
            "the parameter `{name}` is {:?}, not {shape:?}",
            parameter.shape
        ))),
        None => Err(WeightsError::Source(format!(
            "there is no parameter `{name}`"
        ))),
    }
}
