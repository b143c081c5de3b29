//! Which tensors a configuration consists of. The networks themselves are the only description:
//! a [`Layout`] hands them shapes without values and writes down what they asked for.

use std::collections::BTreeMap;
use std::fmt;

use super::{Array, WeightsError};

/// Where a network takes its tensors from while it is being built.
pub trait TensorSource {
    /// The tensor called `name`, which must have `shape`.
    ///
    /// # Errors
    /// [`WeightsError`] when it is missing, mis-shaped or damaged.
    fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Array, WeightsError>;
}

/// A source of shapes alone that records the name and shape of every tensor taken from it.
#[derive(Debug, Default)]
pub struct Layout {
    /// Name and shape of each tensor, in the order the networks take them.
    pub tensors: Vec<(String, Vec<usize>)>,
}

impl Layout {
    /// Total number of values.
    pub fn parameters(&self) -> u64 {
        self.tensors
            .iter()
            .map(|(_, shape)| shape.iter().map(|length| *length as u64).product::<u64>())
            .sum()
    }

    /// Compares these tensors with the ones found in a file.
    ///
    /// # Errors
    /// [`Differences`] when any is missing, unexpected or of another shape.
    pub fn compare<'a>(
        &self,
        found: impl IntoIterator<Item = (&'a str, &'a [usize])>,
    ) -> Result<(), Differences> {
        let mut found: BTreeMap<&str, &[usize]> = found.into_iter().collect();
        let mut differences = Differences::default();
        for (name, shape) in &self.tensors {
            match found.remove(name.as_str()) {
                None => differences.missing.push(name.clone()),
                Some(actual) if actual != shape.as_slice() => differences
                    .misshaped
                    .push(format!("{name} is {actual:?}, not {shape:?}")),
                Some(_) => {}
            }
        }
        differences.unexpected = found.into_keys().map(str::to_owned).collect();
        if differences.is_empty() {
            Ok(())
        } else {
            Err(differences)
        }
    }
}

impl TensorSource for Layout {
    fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Array, WeightsError> {
        self.tensors.push((name.to_owned(), shape.to_vec()));
        Ok(Array::absent(shape))
    }
}

/// How the tensors of a file differ from those of a configuration.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Differences {
    /// Tensors that the configuration needs and the file lacks.
    pub missing: Vec<String>,
    /// Tensors that the file holds and the configuration does not know.
    pub unexpected: Vec<String>,
    /// Tensors of another shape, each with both shapes.
    pub misshaped: Vec<String>,
}

impl Differences {
    fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.unexpected.is_empty() && self.misshaped.is_empty()
    }
}

impl fmt::Display for Differences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Beyond this many names a list says less, not more.
        const SHOWN: usize = 10;
        let lists = [
            ("missing", &self.missing),
            ("unexpected", &self.unexpected),
            ("of another shape", &self.misshaped),
        ];
        let mut separator = "";
        for (what, names) in lists {
            if names.is_empty() {
                continue;
            }
            let shown = &names[..names.len().min(SHOWN)];
            write!(f, "{separator}{} {what} ({}", names.len(), shown.join(", "))?;
            if names.len() > SHOWN {
                write!(f, ", ...")?;
            }
            write!(f, ")")?;
            separator = "; ";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_difference_is_listed_by_name() {
        let layout = Layout {
            tensors: vec![("a".into(), vec![2]), ("b".into(), vec![3, 1])],
        };
        let shapes: [&[usize]; 2] = [&[1, 3], &[7]];
        let found = [("b", shapes[0]), ("c", shapes[1])];
        let differences = layout.compare(found).unwrap_err();
        assert_eq!(
            differences.to_string(),
            "1 missing (a); 1 unexpected (c); 1 of another shape (b is [1, 3], not [3, 1])"
        );
    }
}
