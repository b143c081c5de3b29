//! What the golden tensors do not cover, against a second implementation that shares nothing with
//! the crate but the names of the tensors: the plain DDPM U-Net, attention with several heads, and
//! pictures folded into patches. Plain loops in f64, written from the reference specification.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

#[path = "support/compare.rs"]
mod compare;

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor, TensorData};
use diffae::config::{BetaSchedule, EncoderConfig, ModelConfig, Prediction};
use diffae::networks::{self, Loader, Network};
use diffae::weights::random::RandomWeights;
use diffae::weights::{Array, Part, Precision, TensorSource, WeightsError};

/// Remembers every tensor that a network took.
struct Recorded {
    random: RandomWeights,
    dict: BTreeMap<String, (Vec<usize>, Vec<f64>)>,
}

impl TensorSource for Recorded {
    fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Array, WeightsError> {
        let array = self.random.tensor(name, shape)?;
        let values = array
            .clone()
            .into_f32()
            .into_iter()
            .map(f64::from)
            .collect();
        self.dict.insert(name.to_owned(), (shape.to_vec(), values));
        Ok(array)
    }
}

/// A feature map [C, H, W].
#[derive(Clone)]
struct Map {
    c: usize,
    h: usize,
    w: usize,
    v: Vec<f64>,
}

impl Map {
    fn new(c: usize, h: usize, w: usize, f: impl Fn(usize, usize, usize) -> f64) -> Self {
        let mut v = Vec::new();
        for k in 0..c {
            for i in 0..h {
                for j in 0..w {
                    v.push(f(k, i, j));
                }
            }
        }
        Self { c, h, w, v }
    }

    fn at(&self, k: usize, i: usize, j: usize) -> f64 {
        self.v[(k * self.h + i) * self.w + j]
    }

    fn map(&self, f: impl Fn(f64) -> f64) -> Self {
        Self {
            v: self.v.iter().map(|x| f(*x)).collect(),
            ..*self
        }
    }

    fn add(&self, other: &Self) -> Self {
        Self {
            v: self.v.iter().zip(&other.v).map(|(a, b)| a + b).collect(),
            ..*self
        }
    }

    fn cat(&self, other: &Self) -> Self {
        Self {
            c: self.c + other.c,
            v: [&self.v[..], &other.v[..]].concat(),
            ..*self
        }
    }
}

fn silu(x: f64) -> f64 {
    x / (1.0 + (-x).exp())
}

struct Naive<'a> {
    dict: &'a BTreeMap<String, (Vec<usize>, Vec<f64>)>,
    config: &'a ModelConfig,
}

impl Naive<'_> {
    fn w(&self, key: &str) -> &[f64] {
        &self.dict.get(key).unwrap_or_else(|| panic!("no {key}")).1
    }

    fn has(&self, key: &str) -> bool {
        self.dict.contains_key(key)
    }

    fn linear(&self, key: &str, x: &[f64]) -> Vec<f64> {
        let (w, b) = (
            self.w(&format!("{key}.weight")),
            self.w(&format!("{key}.bias")),
        );
        b.iter()
            .enumerate()
            .map(|(o, b)| b + (0..x.len()).map(|i| w[o * x.len() + i] * x[i]).sum::<f64>())
            .collect()
    }

    fn conv(&self, key: &str, x: &Map) -> Map {
        let weight = format!("{key}.weight");
        let shape = &self.dict[&weight].0;
        let (w, b) = (self.w(&weight), self.w(&format!("{key}.bias")));
        let k = shape.get(3).copied().unwrap_or(1);
        let pad = (k / 2) as isize;
        Map::new(shape[0], x.h, x.w, |o, i, j| {
            let mut sum = b[o];
            for c in 0..x.c {
                for di in 0..k {
                    for dj in 0..k {
                        let (y, z) = (
                            i as isize + di as isize - pad,
                            j as isize + dj as isize - pad,
                        );
                        if y >= 0 && z >= 0 && (y as usize) < x.h && (z as usize) < x.w {
                            sum += w[((o * x.c + c) * k + di) * k + dj]
                                * x.at(c, y as usize, z as usize);
                        }
                    }
                }
            }
            sum
        })
    }

    fn group_norm(&self, key: &str, x: &Map) -> Map {
        let (gain, bias) = (
            self.w(&format!("{key}.weight")),
            self.w(&format!("{key}.bias")),
        );
        let per = x.c / x.c.min(32);
        let area = per * x.h * x.w;
        let groups: Vec<(f64, f64)> =
            x.v.chunks(area)
                .map(|g| {
                    let mean = g.iter().sum::<f64>() / area as f64;
                    let var = g.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / area as f64;
                    (mean, (var + 1e-5).sqrt())
                })
                .collect();
        Map::new(x.c, x.h, x.w, |c, i, j| {
            let (mean, std) = groups[c / per];
            (x.at(c, i, j) - mean) / std * gain[c] + bias[c]
        })
    }

    fn resample(x: &Map, how: i32) -> Map {
        match how {
            1 => Map::new(x.c, 2 * x.h, 2 * x.w, |c, i, j| x.at(c, i / 2, j / 2)),
            -1 => Map::new(x.c, x.h / 2, x.w / 2, |c, i, j| {
                (x.at(c, 2 * i, 2 * j)
                    + x.at(c, 2 * i + 1, 2 * j)
                    + x.at(c, 2 * i, 2 * j + 1)
                    + x.at(c, 2 * i + 1, 2 * j + 1))
                    / 4.0
            }),
            _ => x.clone(),
        }
    }

    fn block(&self, key: &str, x: &Map, temb: &[f64], z: Option<&[f64]>, how: i32) -> Map {
        let h = self.group_norm(&format!("{key}.in_layers.0"), x).map(silu);
        let h = self.conv(&format!("{key}.in_layers.2"), &Self::resample(&h, how));
        let x = Self::resample(x, how);
        let active: Vec<f64> = temb.iter().map(|v| silu(*v)).collect();
        let st = self.linear(&format!("{key}.emb_layers.1"), &active);
        let (scale, shift) = st.split_at(h.c);
        let style = z.map(|z| {
            let active: Vec<f64> = z.iter().map(|v| silu(*v)).collect();
            self.linear(&format!("{key}.cond_emb_layers.1"), &active)
        });
        let h = self.group_norm(&format!("{key}.out_layers.0"), &h);
        let h = Map::new(h.c, h.h, h.w, |c, i, j| {
            let modulated = h.at(c, i, j) * (1.0 + scale[c]) + shift[c];
            silu(modulated * style.as_ref().map_or(1.0, |s| 1.0 + s[c]))
        });
        let h = self.conv(&format!("{key}.out_layers.3"), &h);
        let skip = format!("{key}.skip_connection");
        match self.has(&format!("{skip}.weight")) {
            true => self.conv(&skip, &x).add(&h),
            false => x.add(&h),
        }
    }

    fn attention(&self, key: &str, x: &Map) -> Map {
        let qkv = self.conv(
            &format!("{key}.qkv"),
            &self.group_norm(&format!("{key}.norm"), x),
        );
        let (t, d) = (x.h * x.w, x.c / self.config.heads);
        let mut out = vec![0.0; x.c * t];
        for head in 0..self.config.heads {
            // Per head, d rows of q, then d of k, then d of v.
            let row = |part: usize, channel: usize, at: usize| {
                qkv.v[(head * 3 * d + part * d + channel) * t + at]
            };
            for query in 0..t {
                let logits: Vec<f64> = (0..t)
                    .map(|key| {
                        (0..d)
                            .map(|c| row(0, c, query) * row(1, c, key))
                            .sum::<f64>()
                            / (d as f64).sqrt()
                    })
                    .collect();
                let top = logits.iter().copied().fold(f64::MIN, f64::max);
                let exp: Vec<f64> = logits.iter().map(|l| (l - top).exp()).collect();
                let total: f64 = exp.iter().sum();
                for c in 0..d {
                    out[(head * d + c) * t + query] =
                        (0..t).map(|key| exp[key] / total * row(2, c, key)).sum();
                }
            }
        }
        let out = Map { v: out, ..*x };
        self.conv(&format!("{key}.proj_out"), &out).add(x)
    }

    fn unet(&self, x: &Map, t: usize, z: Option<&[f64]>) -> Map {
        let config = self.config;
        let p = config.patch_size;
        let x = Map::new(x.c * p * p, x.h / p, x.w / p, |c, i, j| {
            x.at(c / (p * p), i * p + c / p % p, j * p + c % p)
        });
        let half = config.net_ch / 2;
        let angle = |j: usize| t as f64 * (-(10_000f64.ln()) * j as f64 / half as f64).exp();
        let features: Vec<f64> = (0..half)
            .map(|j| angle(j).cos())
            .chain((0..half).map(|j| angle(j).sin()))
            .collect();
        let key = if z.is_some() {
            "time_embed.time_embed"
        } else {
            "time_embed"
        };
        let hidden: Vec<f64> = self
            .linear(&format!("{key}.0"), &features)
            .into_iter()
            .map(silu)
            .collect();
        let temb = self.linear(&format!("{key}.2"), &hidden);

        let levels = config.net_ch_mult.len();
        let mut h = self.conv("input_blocks.0.0", &x);
        let mut stack = vec![h.clone()];
        let mut k = 1;
        for level in 0..levels {
            for _ in 0..config.num_res_blocks {
                h = self.block(&format!("input_blocks.{k}.0"), &h, &temb, z, 0);
                if config.attn_resolutions.contains(&h.h) {
                    h = self.attention(&format!("input_blocks.{k}.1"), &h);
                }
                stack.push(h.clone());
                k += 1;
            }
            if level + 1 < levels {
                h = self.block(&format!("input_blocks.{k}.0"), &h, &temb, z, -1);
                stack.push(h.clone());
                k += 1;
            }
        }
        h = self.block("middle_block.0", &h, &temb, z, 0);
        h = self.attention("middle_block.1", &h);
        h = self.block("middle_block.2", &h, &temb, z, 0);
        k = 0;
        for level in (0..levels).rev() {
            for i in 0..=config.num_res_blocks {
                h = h.cat(&stack.pop().unwrap());
                h = self.block(&format!("output_blocks.{k}.0"), &h, &temb, z, 0);
                let mut next = 1;
                if config.attn_resolutions.contains(&h.h) {
                    h = self.attention(&format!("output_blocks.{k}.1"), &h);
                    next = 2;
                }
                if level > 0 && i == config.num_res_blocks {
                    h = self.block(&format!("output_blocks.{k}.{next}"), &h, &temb, z, 1);
                }
                k += 1;
            }
        }
        let h = self.conv("out.2", &self.group_norm("out.0", &h).map(silu));
        Map::new(h.c / (p * p), h.h * p, h.w * p, |c, i, j| {
            h.at(c * p * p + i % p * p + j % p, i / p, j / p)
        })
    }
}

fn config(heads: usize, patch: usize, style: Option<usize>) -> ModelConfig {
    ModelConfig {
        name: "independent".to_owned(),
        image_size: 8 * patch,
        patch_size: patch,
        net_ch: 32,
        net_ch_mult: vec![1, 2, 3],
        num_res_blocks: 2,
        attn_resolutions: vec![4],
        group_channels: 1,
        heads,
        embed_channels: 24,
        schedule: BetaSchedule::Linear,
        timesteps: 1000,
        prediction: Prediction::Epsilon,
        encoder: style.map(|style_channels| EncoderConfig {
            ch_mult: vec![1, 2],
            num_res_blocks: 1,
            attn_resolutions: vec![4],
            style_channels,
        }),
        latent: None,
        attributes: Vec::new(),
    }
}

/// The largest difference between the crate's U-Net and the naive one, and the output's size.
fn difference(config: &ModelConfig) -> f64 {
    config.validate().unwrap();
    let device = Device::flex();
    let mut source = Recorded {
        random: RandomWeights::new(5, Precision::F32),
        dict: BTreeMap::new(),
    };
    let mut loader = Loader::new(&mut source, &device, "");
    let Network::Decoder(unet) = networks::load_part(config, Part::Decoder, &mut loader).unwrap()
    else {
        panic!("not a decoder")
    };
    let side = config.image_size;
    let x = Map::new(3, side, side, |c, i, j| {
        ((c * 31 + i * 7 + j * 3) % 17) as f64 / 8.0 - 1.0
    });
    let z: Option<Vec<f64>> = config
        .style_channels()
        .map(|n| (0..n).map(|i| (i % 5) as f64 / 2.0 - 1.0).collect());
    let t = 700;
    let expected = Naive {
        dict: &source.dict,
        config,
    }
    .unet(&x, t, z.as_deref());

    let floats = |v: &[f64]| -> Vec<f32> { v.iter().map(|v| *v as f32).collect() };
    let picture = Tensor::from_data(TensorData::new(floats(&x.v), [1, 3, side, side]), &device);
    let style = z.as_ref().and_then(|z| {
        let z = TensorData::new(floats(z), [1, z.len()]);
        unet.project_style(Tensor::from_data(z, &device))
    });
    let times = unet.project_time(&[t], &device);
    let found = unet.forward(picture, &times.modulate(style.as_ref()));
    let found: Vec<f32> = found.into_data().try_into_vec().unwrap();
    assert!(
        expected.v.iter().any(|v| v.abs() > 0.3),
        "an output near zero would prove nothing"
    );
    assert_eq!(expected.v.len(), found.len());
    let pairs = expected.v.iter().zip(&found);
    compare::worst(pairs.map(|(a, b)| (a - f64::from(*b)).abs()))
}

/// f32 against f64 over some forty layers with values of a few units.
const TOLERANCE: f64 = 2e-5;

#[test]
fn the_plain_ddpm_unet() {
    assert!(difference(&config(1, 1, None)) < TOLERANCE);
}

#[test]
fn attention_with_several_heads() {
    assert!(difference(&config(4, 1, Some(16))) < TOLERANCE);
}

#[test]
fn pictures_folded_into_patches() {
    assert!(difference(&config(2, 2, Some(16))) < TOLERANCE);
}
