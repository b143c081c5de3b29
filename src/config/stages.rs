//! The walk through a network's geometry, written once: the residual blocks of the U-Net and of the
//! semantic encoder in the order in which they compute. Validation, loading, saving and counting
//! costs all fold over it.

use super::{EncoderConfig, ModelConfig};

/// One residual block, what it reads, and the attention behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// Prefix of the block's tensors in official files, as `input_blocks.3.0`.
    pub key: String,
    /// Channels from the stage before.
    pub input: usize,
    /// Channels of the skip that is concatenated behind them; 0 where there is none.
    pub skip: usize,
    /// Channels that leave the block.
    pub out: usize,
    /// What happens to the grid on the way in.
    pub resample: Resample,
    /// Side of the grid on the way out.
    pub grid: usize,
    /// Prefix of the tensors of the attention that follows, where one does.
    pub attention: Option<String>,
    /// Whether what leaves the stage is kept for a later one to take as its skip.
    pub kept: bool,
}

/// Parameter-free resampling of the grid, applied before a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resample {
    /// The grid stays as it is.
    Keep,
    /// Nearest-neighbour doubling.
    Up,
    /// 2x2 averaging.
    Down,
}

impl Stage {
    /// Channels that enter the block, the skip included.
    pub fn width(&self) -> usize {
        self.input + self.skip
    }
}

impl ModelConfig {
    /// The stages of the U-Net, between its first convolution and its head: down through the
    /// levels, the middle, and up again. What the first convolution makes is the first skip, and
    /// each stage that takes a skip takes the latest one that is left.
    ///
    /// The configuration must be valid.
    pub fn unet_stages(&self) -> Vec<Stage> {
        let blocks = self.num_res_blocks;
        let mut walk = Walk::new(self, &self.net_ch_mult, &self.attn_resolutions);
        let mut skips = vec![walk.channels];
        walk.descend(blocks, true);
        skips.extend(walk.stages.iter().map(|stage| stage.out));
        walk.middle();
        let widths = walk.widths.clone();
        for (level, width) in widths.into_iter().enumerate().rev() {
            for i in 0..=blocks {
                let entry = walk.entry("output_blocks");
                let skip = skips.pop().unwrap_or(0);
                walk.block(format!("{entry}.0"), skip, width, Resample::Keep);
                let attends = walk.attend_where_asked(&entry);
                if level > 0 && i == blocks {
                    let place = if attends { 2 } else { 1 };
                    walk.block(format!("{entry}.{place}"), 0, width, Resample::Up);
                }
            }
        }
        walk.stages
    }

    /// The stages of the semantic encoder, between its first convolution and its head.
    ///
    /// The configuration must be valid.
    pub fn encoder_stages(&self, encoder: &EncoderConfig) -> Vec<Stage> {
        let mut walk = Walk::new(self, &encoder.ch_mult, &encoder.attn_resolutions);
        walk.descend(encoder.num_res_blocks, false);
        walk.middle();
        walk.stages
    }
}

/// Where a walk has got to.
struct Walk<'a> {
    /// Channels of each level, finest first.
    widths: Vec<usize>,
    /// Grid sides that have attention.
    attention: &'a [usize],
    channels: usize,
    grid: usize,
    /// Entries of `input_blocks` or `output_blocks` begun so far, by the name of the list.
    entries: usize,
    list: &'static str,
    stages: Vec<Stage>,
}

impl<'a> Walk<'a> {
    fn new(config: &ModelConfig, mult: &[usize], attention: &'a [usize]) -> Self {
        let widths: Vec<usize> = mult.iter().map(|m| m * config.net_ch).collect();
        Self {
            channels: widths.first().copied().unwrap_or(0),
            widths,
            attention,
            grid: config.grid(),
            // Entry 0 is the first convolution.
            entries: 1,
            list: "input_blocks",
            stages: Vec::new(),
        }
    }

    /// The contracting half: some blocks on each level, and one that halves the grid between two.
    fn descend(&mut self, blocks: usize, kept: bool) {
        for (level, width) in self.widths.clone().into_iter().enumerate() {
            for _ in 0..blocks {
                let entry = self.entry("input_blocks");
                self.block(format!("{entry}.0"), 0, width, Resample::Keep);
                self.attend_where_asked(&entry);
            }
            if level + 1 < self.widths.len() {
                let entry = self.entry("input_blocks");
                self.block(format!("{entry}.0"), 0, width, Resample::Down);
            }
        }
        for stage in &mut self.stages {
            stage.kept = kept;
        }
    }

    /// Two blocks with attention between them, on the coarsest grid.
    fn middle(&mut self) {
        let width = self.channels;
        self.block("middle_block.0".to_owned(), 0, width, Resample::Keep);
        self.attend("middle_block.1".to_owned());
        self.block("middle_block.2".to_owned(), 0, width, Resample::Keep);
    }

    /// The prefix of the next entry of a list of blocks.
    fn entry(&mut self, list: &'static str) -> String {
        if self.list != list {
            self.list = list;
            self.entries = 0;
        }
        let index = self.entries;
        self.entries += 1;
        format!("{list}.{index}")
    }

    fn block(&mut self, key: String, skip: usize, out: usize, resample: Resample) {
        match resample {
            Resample::Keep => {}
            Resample::Up => self.grid *= 2,
            Resample::Down => self.grid /= 2,
        }
        self.stages.push(Stage {
            key,
            input: self.channels,
            skip,
            out,
            resample,
            grid: self.grid,
            attention: None,
            kept: false,
        });
        self.channels = out;
    }

    fn attend_where_asked(&mut self, entry: &str) -> bool {
        let asked = self.attention.contains(&self.grid);
        if asked {
            self.attend(format!("{entry}.1"));
        }
        asked
    }

    fn attend(&mut self, key: String) {
        if let Some(stage) = self.stages.last_mut() {
            stage.attention = Some(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_walk_of_portrait64_is_that_of_its_checkpoint() {
        let config = ModelConfig::preset("portrait64").unwrap();
        let line = |s: &Stage| {
            let attention = s.attention.as_deref().unwrap_or("-");
            format!(
                "{} {}+{}>{} {} {attention}",
                s.key, s.input, s.skip, s.out, s.grid
            )
        };
        let unet: Vec<String> = config.unet_stages().iter().map(line).collect();
        assert_eq!(
            unet,
            [
                "input_blocks.1.0 32+0>32 32 -",
                "input_blocks.2.0 32+0>32 16 -",
                "input_blocks.3.0 32+0>96 16 input_blocks.3.1",
                "input_blocks.4.0 96+0>96 8 -",
                "input_blocks.5.0 96+0>192 8 -",
                "middle_block.0 192+0>192 8 middle_block.1",
                "middle_block.2 192+0>192 8 -",
                "output_blocks.0.0 192+192>192 8 -",
                "output_blocks.1.0 192+96>192 8 -",
                "output_blocks.1.1 192+0>192 16 -",
                "output_blocks.2.0 192+96>96 16 output_blocks.2.1",
                "output_blocks.3.0 96+32>96 16 output_blocks.3.1",
                "output_blocks.3.2 96+0>96 32 -",
                "output_blocks.4.0 96+32>32 32 -",
                "output_blocks.5.0 32+32>32 32 -",
            ]
        );
        let encoder = config.encoder_stages(config.encoder.as_ref().unwrap());
        assert_eq!(encoder.len(), 9);
        assert!(encoder.iter().all(|stage| stage.skip == 0 && !stage.kept));
        assert_eq!(line(&encoder[8]), "middle_block.2 192+0>192 4 -");
    }

    #[test]
    fn every_skip_that_is_kept_is_taken() {
        for name in super::super::PRESETS {
            let stages = ModelConfig::preset(name).unwrap().unet_stages();
            let kept = 1 + stages.iter().filter(|stage| stage.kept).count();
            let taken = stages.iter().filter(|stage| stage.skip > 0).count();
            assert_eq!(kept, taken, "{name}");
        }
    }
}
