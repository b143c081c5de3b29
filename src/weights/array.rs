//! One tensor of a model file on the host, in the precision the file stores.

#[cfg(feature = "train")]
use burn::tensor::Tensor;
use half::f16;

/// A tensor of a model file.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// Lengths of its dimensions; for weights the first is the output channel.
    pub shape: Vec<usize>,
    /// Its values, row-major.
    pub values: Values,
}

/// The values of an [`Array`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "train",
    allow(
        clippy::large_enum_variant,
        reason = "there are a few hundred tensors at most, and they pass through quickly"
    )
)]
pub enum Values {
    /// Single precision.
    F32(Vec<f32>),
    /// Half precision.
    F16(Vec<f16>),
    /// Integers in -127..=127; row r (output channel r) stands for `scales[r] · values`.
    Int8 {
        /// The integers, row-major.
        values: Vec<i8>,
        /// One scale per row.
        scales: Vec<f32>,
    },
    /// None, only the shape: of a layer that will compute nothing, for finding out what a network
    /// consists of.
    Absent,
    /// Values that are being trained: a tensor on the device, row-major, through which gradients
    /// flow back.
    #[cfg(feature = "train")]
    Trained(Trained),
}

/// A flat tensor whose gradients are taken.
#[cfg(feature = "train")]
#[derive(Debug, Clone)]
pub struct Trained(pub Tensor<1>);

#[cfg(feature = "train")]
impl PartialEq for Trained {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_data() == other.0.to_data()
    }
}

impl Array {
    /// The shape of an array, without its values.
    pub fn absent(shape: &[usize]) -> Self {
        Self {
            shape: shape.to_vec(),
            values: Values::Absent,
        }
    }

    /// A single-precision array.
    pub fn f32(shape: &[usize], values: Vec<f32>) -> Self {
        Self {
            shape: shape.to_vec(),
            values: Values::F32(values),
        }
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values in single precision; none where they are absent.
    pub fn into_f32(self) -> Vec<f32> {
        match self.values {
            Values::F32(values) => values,
            Values::F16(values) => values.into_iter().map(f16::to_f32).collect(),
            Values::Int8 { values, scales } => {
                let row = values.len() / scales.len().max(1);
                values
                    .chunks(row.max(1))
                    .zip(&scales)
                    .flat_map(|(row, scale)| row.iter().map(move |v| f32::from(*v) * scale))
                    .collect()
            }
            Values::Absent => Vec::new(),
            #[cfg(feature = "train")]
            Values::Trained(Trained(values)) => {
                let values = values.into_data().convert::<f32>();
                values.try_into_vec().unwrap_or_default()
            }
        }
    }

    /// Whether every value is a finite number.
    pub fn is_finite(&self) -> bool {
        match &self.values {
            Values::F32(values) => values.iter().all(|v| v.is_finite()),
            Values::F16(values) => values.iter().all(|v| v.is_finite()),
            // What they stand for is the scale times up to 128.
            Values::Int8 { scales, .. } => scales.iter().all(|v| (v * 128.0).is_finite()),
            Values::Absent => true,
            #[cfg(feature = "train")]
            Values::Trained(_) => self.clone().into_f32().iter().all(|v| v.is_finite()),
        }
    }

    /// Splits the rows (the first dimension) in two: `at` rows and the rest.
    pub fn split_rows(self, at: usize) -> (Self, Self) {
        let rows = self.shape.first().copied().unwrap_or(1);
        let at = at.min(rows);
        let cut = self.len() / rows.max(1) * at;
        let (head, tail) = match self.values {
            Values::F32(mut values) => {
                let tail = values.split_off(cut);
                (Values::F32(values), Values::F32(tail))
            }
            Values::F16(mut values) => {
                let tail = values.split_off(cut);
                (Values::F16(values), Values::F16(tail))
            }
            Values::Int8 {
                mut values,
                mut scales,
            } => {
                let tail = Values::Int8 {
                    values: values.split_off(cut),
                    scales: scales.split_off(at),
                };
                (Values::Int8 { values, scales }, tail)
            }
            Values::Absent => (Values::Absent, Values::Absent),
            #[cfg(feature = "train")]
            Values::Trained(Trained(values)) => {
                let rest = values.dims()[0] - cut;
                let tail = values.clone().narrow(0, cut, rest);
                let head = values.narrow(0, 0, cut);
                (
                    Values::Trained(Trained(head)),
                    Values::Trained(Trained(tail)),
                )
            }
        };
        let shaped = |rows: usize, values| {
            let mut shape = self.shape.clone();
            if let Some(first) = shape.first_mut() {
                *first = rows;
            }
            Self { shape, values }
        };
        (shaped(at, head), shaped(rows - at, tail))
    }

    /// Stacks arrays of equal row shape on top of each other. They keep their precision where all
    /// have the same, and become single precision where they differ.
    pub fn stack_rows(arrays: Vec<Self>) -> Self {
        let rows = arrays.iter().filter_map(|a| a.shape.first()).sum();
        let mut shape = arrays.first().map(|a| a.shape.clone()).unwrap_or_default();
        if let Some(first) = shape.first_mut() {
            *first = rows;
        }
        #[cfg(feature = "train")]
        if let Some(values) = stack_trained(&arrays) {
            return Self { shape, values };
        }
        let kind = |array: &Self| std::mem::discriminant(&array.values);
        let uniform = arrays
            .windows(2)
            .all(|pair| kind(&pair[0]) == kind(&pair[1]));
        let mut stacked: Option<Values> = None;
        for array in arrays {
            let values = if uniform {
                array.values
            } else {
                Values::F32(array.into_f32())
            };
            stacked = Some(match (stacked, values) {
                (Some(Values::F32(mut all)), Values::F32(more)) => {
                    all.extend(more);
                    Values::F32(all)
                }
                (Some(Values::F16(mut all)), Values::F16(more)) => {
                    all.extend(more);
                    Values::F16(all)
                }
                (
                    Some(Values::Int8 {
                        mut values,
                        mut scales,
                    }),
                    Values::Int8 {
                        values: more,
                        scales: more_scales,
                    },
                ) => {
                    values.extend(more);
                    scales.extend(more_scales);
                    Values::Int8 { values, scales }
                }
                (_, values) => values,
            });
        }
        Self {
            shape,
            values: stacked.unwrap_or(Values::F32(Vec::new())),
        }
    }
}

/// Trained values on top of each other, where all of them are.
#[cfg(feature = "train")]
fn stack_trained(arrays: &[Array]) -> Option<Values> {
    let tensors: Option<Vec<Tensor<1>>> = (arrays.iter())
        .map(|array| match &array.values {
            Values::Trained(Trained(values)) => Some(values.clone()),
            _ => None,
        })
        .collect();
    let tensors = tensors.filter(|tensors| !tensors.is_empty())?;
    Some(Values::Trained(Trained(Tensor::cat(tensors, 0))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_split_and_stack_back_to_what_they_were() {
        let int8 = Array {
            shape: vec![3, 2],
            values: Values::Int8 {
                values: vec![1, 2, 3, 4, 5, 6],
                scales: vec![1.0, 10.0, 100.0],
            },
        };
        let (head, tail) = int8.clone().split_rows(1);
        assert_eq!(head.clone().into_f32(), [1.0, 2.0]);
        assert_eq!(tail.clone().into_f32(), [30.0, 40.0, 500.0, 600.0]);
        assert_eq!(Array::stack_rows(vec![head.clone(), tail]), int8);
        let mixed = Array::stack_rows(vec![head, Array::f32(&[1, 2], vec![7.0, 8.0])]);
        assert_eq!(mixed, Array::f32(&[2, 2], vec![1.0, 2.0, 7.0, 8.0]));
    }
}
