//! What weights begin with: PyTorch's defaults, but for the layers that the reference begins
//! otherwise.

use std::collections::BTreeMap;

use rand::distr::{Distribution, Uniform};
use rand_distr::StandardNormal;

use super::Draws;
use super::draws::Purpose;
use crate::weights::{Array, Layout, TensorSource, WeightsError};

/// A source of the values that training begins with. A tensor's values depend on the seed and on
/// its place in the layout alone.
#[derive(Debug)]
pub struct InitialWeights {
    draws: Draws,
    /// Place and shape of each tensor.
    places: BTreeMap<String, (usize, Vec<usize>)>,
}

/// How the values of a tensor are drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Rule {
    Zero,
    One,
    /// Uniform in -bound..bound.
    Uniform(f32),
    /// Normal with this deviation.
    Normal(f32),
}

impl InitialWeights {
    /// For the tensors of a layout.
    pub fn new(layout: &Layout, seed: u64) -> Self {
        let places = layout.tensors.iter().enumerate();
        Self {
            draws: Draws::new(seed),
            places: places
                .map(|(place, (name, shape))| (name.clone(), (place, shape.clone())))
                .collect(),
        }
    }

    fn rule(&self, name: &str, shape: &[usize]) -> Rule {
        let (layer, kind) = name.rsplit_once('.').unwrap_or(("", name));
        // Residual branches and the output begin as nothing, so that a new network is an identity.
        let silent = layer.ends_with("out_layers.3") || layer.ends_with("proj_out");
        if silent || layer == "out.2" {
            return Rule::Zero;
        }
        let weight = match self.places.get(&format!("{layer}.weight")) {
            Some((_, weight)) => weight.as_slice(),
            None => shape,
        };
        if weight.len() < 2 {
            return if kind == "weight" {
                Rule::One
            } else {
                Rule::Zero
            };
        }
        let fan_in = weight[1..].iter().product::<usize>().max(1) as f32;
        // Layers of the latent DPM with a SiLU behind them: Kaiming's normal with ReLU's gain.
        let in_latent = layer.starts_with("latent_net.layers.");
        if in_latent && kind == "weight" && self.activated(layer) {
            return Rule::Normal((2.0 / fan_in).sqrt());
        }
        Rule::Uniform(fan_in.sqrt().recip())
    }

    /// Whether a layer of the latent DPM is not its last one, which has no norm.
    fn activated(&self, layer: &str) -> bool {
        let block = layer.rsplit_once('.').map_or("", |(block, _)| block);
        self.places.contains_key(&format!("{block}.norm.weight"))
    }
}

impl TensorSource for InitialWeights {
    fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Array, WeightsError> {
        let count = shape.iter().product();
        let place = self.places.get(name).map_or(0, |(place, _)| *place);
        let mut rng = self.draws.at(Purpose::Weights, place as u64, 0);
        let values: Vec<f32> = match self.rule(name, shape) {
            Rule::Zero => vec![0.0; count],
            Rule::One => vec![1.0; count],
            Rule::Uniform(bound) => Uniform::new(-bound, bound)
                .map_err(|e| WeightsError::Source(format!("{name}: {e}")))?
                .sample_iter(&mut rng)
                .take(count)
                .collect(),
            Rule::Normal(deviation) => StandardNormal
                .sample_iter(&mut rng)
                .take(count)
                .map(|v: f32| v * deviation)
                .collect(),
        };
        Ok(Array::f32(shape, values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ModelConfig;
    use crate::networks;
    use crate::weights::Part;

    fn rules(part: Part) -> Vec<(String, Rule)> {
        let config = ModelConfig::preset("portrait64").unwrap();
        let layout = networks::layout(&config, part).unwrap();
        let source = InitialWeights::new(&layout, 1);
        let tensors = layout.tensors.iter();
        tensors
            .map(|(name, shape)| (name.clone(), source.rule(name, shape)))
            .collect()
    }

    #[test]
    fn a_new_network_begins_as_the_reference_does() {
        let decoder = rules(Part::Decoder);
        let of =
            |rules: &[(String, Rule)], name: &str| rules.iter().find(|(n, _)| n == name).unwrap().1;
        for name in [
            "out.2.weight",
            "out.2.bias",
            "middle_block.0.out_layers.3.weight",
            "middle_block.1.proj_out.bias",
            "out.0.bias",
        ] {
            assert_eq!(of(&decoder, name), Rule::Zero, "{name}");
        }
        assert_eq!(of(&decoder, "out.0.weight"), Rule::One);
        let bound = 1.0 / (192.0f32 * 9.0).sqrt();
        for kind in ["weight", "bias"] {
            let name = format!("middle_block.0.in_layers.2.{kind}");
            assert_eq!(of(&decoder, &name), Rule::Uniform(bound));
        }
        let encoder = rules(Part::Encoder);
        assert!(matches!(
            of(&encoder, "encoder.out.3.weight"),
            Rule::Uniform(_)
        ));
        let latent = rules(Part::Latent);
        let normal = Rule::Normal((2.0f32 / 256.0).sqrt());
        assert_eq!(of(&latent, "latent_net.layers.0.linear.weight"), normal);
        assert_eq!(of(&latent, "latent_net.layers.0.linear_emb.weight"), normal);
        for name in [
            "layers.5.linear.weight",
            "time_embed.0.weight",
            "layers.0.linear.bias",
        ] {
            let rule = of(&latent, &format!("latent_net.{name}"));
            assert!(matches!(rule, Rule::Uniform(_)), "{name}");
        }
    }
}
