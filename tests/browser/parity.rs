//! Golden tensors computed in a browser, on the CPU or on WebGPU: compiled to a wasm module of its
//! own, which `parity.test.mjs` feeds with the golden file and the model converted from the golden
//! checkpoints.
#![allow(missing_docs, reason = "an example has no documentation of its own")]

use burn::tensor::{Device, Tensor, TensorData};
use diffae::diffusion::{LatentDenoiser, PictureDenoiser, Schedule, ddim};
use diffae::edit::{self, AttributeChange, Statistics};
use diffae::networks::{self, Loader, Network};
use diffae::weights::{Manifest, Part, PartReader};
use diffae::{ops, unwatched};
use js_sys::{Array, Object, Reflect, Uint8Array};
use safetensors::SafeTensors;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsError, JsValue};

struct Golden<'a> {
    file: SafeTensors<'a>,
    device: Device,
    report: Array,
}

impl Golden<'_> {
    fn f32(&self, name: &str) -> Result<Vec<f32>, JsError> {
        let tensor = self.file.tensor(name)?;
        let floats = tensor.data().as_chunks().0.iter();
        Ok(floats.map(|b| f32::from_le_bytes(*b)).collect())
    }

    fn steps(&self, name: &str) -> Result<Vec<usize>, JsError> {
        let tensor = self.file.tensor(name)?;
        let integers = tensor.data().as_chunks().0.iter();
        Ok(integers.map(|b| i64::from_le_bytes(*b) as usize).collect())
    }

    fn tensor<const D: usize>(&self, name: &str) -> Result<Tensor<D>, JsError> {
        let shape = self.file.tensor(name)?.shape().to_vec();
        let data = TensorData::new(self.f32(name)?, shape);
        Ok(Tensor::from_data(data, &self.device))
    }

    async fn close<const D: usize>(&self, name: &str, found: Tensor<D>) -> Result<(), JsError> {
        let found: Vec<f32> = found
            .into_data_async()
            .await
            .map_err(|e| JsError::new(&e.to_string()))?
            .try_into_vec()
            .map_err(|e| JsError::new(&format!("{e:?}")))?;
        self.close_values(name, &found)
    }

    fn close_values(&self, name: &str, found: &[f32]) -> Result<(), JsError> {
        let expected = self.f32(name)?;
        if expected.len() != found.len() {
            return Err(JsError::new(&format!("{name} has {} values", found.len())));
        }
        let pairs = expected.iter().zip(found);
        let worst = pairs.fold(0.0f32, |worst, (a, b)| match (a - b).abs() {
            difference if difference.is_nan() => f32::INFINITY,
            difference => worst.max(difference),
        });
        let entry = Object::new();
        let set = |key: &str, value: JsValue| Reflect::set(&entry, &key.into(), &value);
        set("name", name.into()).ok();
        set("difference", worst.into()).ok();
        self.report.push(&entry);
        Ok(())
    }
}

/// Computes golden tensors on `device` (`cpu` or `gpu`) and reports each one's largest difference.
/// `parts` are the files of the encoder, decoder, latent DPM and attributes.
#[wasm_bindgen]
pub async fn parity(
    device: String,
    golden: Uint8Array,
    manifest: String,
    parts: Array,
) -> Result<Array, JsError> {
    console_error_panic_hook::set_once();
    let device = match device.as_str() {
        "cpu" => Device::flex(),
        _ => ops::gpu::open()
            .await
            .map_err(|e| JsError::new(&e.to_string()))?,
    };
    let manifest = Manifest::parse("manifest.json", manifest.as_bytes())?;
    let config = &manifest.config;
    let load = |part: Part, index: u32| -> Result<Network, JsError> {
        let bytes = Uint8Array::new(&parts.get(index)).to_vec();
        let mut reader = PartReader::open(part.name(), bytes.as_slice())?;
        Ok(networks::load_part(
            config,
            part,
            &mut Loader::new(&mut reader, &device, ""),
        )?)
    };
    let (
        Network::Encoder(encoder),
        Network::Decoder(unet),
        Network::Latent(latent),
        Network::Attributes(classifier),
    ) = (
        load(Part::Encoder, 0)?,
        load(Part::Decoder, 1)?,
        load(Part::Latent, 2)?,
        load(Part::Attributes, 3)?,
    )
    else {
        return Err(JsError::new("parts mixed up"));
    };
    let (Some(mean), Some(std)) = (&manifest.conds_mean, &manifest.conds_std) else {
        return Err(JsError::new("no statistics"));
    };
    let statistics = Statistics::new(mean.clone(), std.clone());
    let bytes = golden.to_vec();
    let golden = Golden {
        file: SafeTensors::deserialize(&bytes)?,
        device: device.clone(),
        report: Array::new(),
    };

    let image: Tensor<4> = golden.tensor("in.img")?;
    golden
        .close("z_sem", encoder.forward(image.clone()))
        .await?;

    // Two evaluations and readbacks in a row: the second must not see the first one's buffer.
    let z_sem: Tensor<2> = golden.tensor("z_sem")?;
    let style = unet.project_style(z_sem.clone());
    for (times, name) in [("in.t", "eps"), ("in.t2", "eps2")] {
        let times = unet.project_time(&golden.steps(times)?, &device);
        let modulations = times.modulate(style.as_ref());
        let eps = unet.forward(golden.tensor("in.x_t")?, &modulations);
        golden.close(name, eps).await?;
    }

    let linear = Schedule::new(config.schedule, config.timesteps);
    let net = |z_sem: Tensor<2>| -> Result<PictureDenoiser<'_>, JsError> {
        let schedule = linear.respace(10)?;
        Ok(PictureDenoiser::new(
            &unet,
            schedule,
            config.prediction,
            Some(z_sem),
            &device,
        ))
    };
    let stopped = |_| JsError::new("stopped");
    let x_t = ddim::encode(&net(z_sem.clone())?, image, true, &mut unwatched()).await;
    golden.close("x_T.T10", x_t.map_err(stopped)?).await?;
    let renders = [
        ("x_T.T10", "z_sem", "render.T10.from_x_T_T10"),
        ("x_T.T10", "edit.0.z_sem", "edit.0.render.T10"),
        (
            "in.x_T_random",
            "latent.sample.z_sem.T10",
            "uncond.render.T10",
        ),
    ];
    for (x_t, z_sem, name) in renders {
        let net = net(golden.tensor(z_sem)?)?;
        let x = ddim::sample(&net, golden.tensor(x_t)?, true, &mut unwatched()).await;
        golden
            .close(name, (x.map_err(stopped)? + 1.0) / 2.0)
            .await?;
    }

    let betas = config.latent.as_ref().map(|latent| latent.schedule);
    let betas = betas.ok_or_else(|| JsError::new("no latent DPM"))?;
    let schedule = Schedule::new(betas, config.timesteps).respace(10)?;
    let net = LatentDenoiser::new(&latent, schedule, &device);
    let start = golden.tensor("in.latent_noise")?;
    let sampled = ddim::sample(&net, start, false, &mut unwatched()).await;
    golden
        .close("latent.sample.normalized.T10", sampled.map_err(stopped)?)
        .await?;

    let change = golden.f32("edit.0.class_id_amp")?;
    let edited: Result<Vec<Vec<f32>>, _> = golden
        .f32("z_sem")?
        .chunks(mean.len())
        .map(|z_sem| {
            let direction = classifier.direction(change[0] as usize).unwrap_or_default();
            let change = AttributeChange {
                name: "edit.0",
                amplitude: change[1],
                direction,
            };
            edit::move_along(z_sem, &[change], &statistics)
        })
        .collect();
    golden.close_values("edit.0.z_sem", &edited?.concat())?;
    Ok(golden.report)
}
