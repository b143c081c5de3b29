//! One set of kernels under the clock: rounds of one encode and one decoding, whose steps are timed
//! apart.

use std::ops::ControlFlow;
use std::time::Instant;

use burn::tensor::Device;
use diffae::diffusion::{Step, Stream, noise};
use diffae::{Code, DiffAe, Picture};

use crate::error::ToolError;

/// Seconds, one entry for each time it was done.
#[derive(Debug, Default)]
pub(super) struct Times {
    pub(super) steps: Vec<f64>,
    pub(super) encodes: Vec<f64>,
    pub(super) edits: Vec<f64>,
}

impl Times {
    pub(super) fn extend(&mut self, other: Self) {
        self.steps.extend(other.steps);
        self.encodes.extend(other.encodes);
        self.edits.extend(other.edits);
    }
}

pub(super) struct Competitor {
    pub(super) name: &'static str,
    pub(super) times: Times,
    model: DiffAe,
    picture: Picture,
    code: Code,
    steps: usize,
}

impl Competitor {
    pub(super) async fn new(
        name: &'static str,
        model: DiffAe,
        steps: usize,
    ) -> Result<Self, ToolError> {
        // Speed does not depend on what a picture shows.
        let (side, values) = (model.side() as u32, 3 * model.side().pow(2));
        let picture = Picture::from_rgb(side, side, &vec![128; values]);
        let picture = picture.map_err(diffae::Error::from)?;
        let code = Code {
            z_sem: model.encode_semantic(&picture).await?,
            x_t: standard_normal(values)?,
        };
        Ok(Self {
            name,
            times: Times::default(),
            model,
            picture,
            code,
            steps,
        })
    }

    /// One encode and one decoding; `counts` says whether their times are kept.
    pub(super) async fn round(&mut self, counts: bool) -> Result<(), ToolError> {
        let start = Instant::now();
        self.model.encode_semantic(&self.picture).await?;
        let encode = start.elapsed().as_secs_f64();

        let start = Instant::now();
        let ends = self.decode().await?;
        let edit = start.elapsed().as_secs_f64();

        if counts {
            let pairs = ends.iter().zip(ends.iter().skip(1));
            self.times.extend(Times {
                steps: pairs.map(|(a, b)| (*b - *a).as_secs_f64()).collect(),
                encodes: vec![encode],
                edits: vec![edit],
            });
        }
        Ok(())
    }

    /// One decoding; returns the moments at which its steps ended.
    pub(super) async fn decode(&self) -> Result<Vec<Instant>, ToolError> {
        let mut ends = Vec::new();
        let mut clock = async |step: Step<4>| {
            // A device that computes behind the caller's back is waited for by reading back, as the
            // page does for its previews. A failure shows in the result too, where it is reported.
            let _ = step.x0.into_data_async().await;
            ends.push(Instant::now());
            ControlFlow::Continue(())
        };
        self.model
            .reconstruct(&self.code, self.steps, &mut clock)
            .await?;
        Ok(ends)
    }
}

/// Sets the number of threads that the CPU computes with, one a core unless asked otherwise.
pub(super) fn use_threads(asked: Option<u16>) -> Result<usize, ToolError> {
    if let Some(threads) = asked {
        rayon::ThreadPoolBuilder::new()
            .num_threads(usize::from(threads))
            .build_global()
            .map_err(|e| ToolError::Threads(e.to_string()))?;
    }
    Ok(rayon::current_num_threads())
}

fn standard_normal(length: usize) -> Result<Vec<f32>, ToolError> {
    let noise = noise(0, Stream::Variations, 0, [1, length], &Device::flex());
    let values = noise.into_data().try_into_vec();
    Ok(values.map_err(|_| diffae::Error::Device("noise is not f32".to_owned()))?)
}
