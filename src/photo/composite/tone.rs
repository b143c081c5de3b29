//! Photos of one tone: grey, or brown as old ones are. What changes in them keeps that tone, though a
//! model knows faces in colours.
//!
//! Such a photo's colour follows from its brightness. So the photo is asked, around the face, which
//! colour goes with which brightness, and how far its pixels are from that.

use crate::picture::Picture;

/// Brightnesses that are told apart.
const BINS: usize = 64;
/// Levels that a bin spans.
const SPAN: f32 = 256.0 / BINS as f32;
/// Fewer pixels than this share of all say nothing about their brightness.
const FEW: f32 = 0.001;
/// How far pixels of such a photo may be from its tone in the mean, in levels: compression leaves
/// colour noise,
const NOISE: f32 = 1.4;
/// and the more of it the stronger the tone is.
const SPREAD: f32 = 0.07;
/// No pixel counts for more than this: a stamp or a coloured frame may reach in.
const STRAY: f32 = 10.0;
/// Photos in which brightness hardly differs, in bins, have no tone but their colour.
const FLAT: usize = 12;
/// From how much a tone is more than a grey, in levels.
const TINTED: f32 = 2.0;

/// The colour that goes with each brightness, as what it adds to a grey.
#[derive(Debug, Clone)]
pub(super) struct Tone {
    /// In the middle of each bin.
    offsets: [[f32; 3]; BINS],
    /// The most that the channels' mean can be: beyond it, one of them is at its limit, and more of
    /// the others would bleach the tone.
    white: f32,
}

impl Tone {
    /// The tone that these pixels have in common; none for a photo in colours.
    pub(super) fn of(picture: &Picture) -> Option<Self> {
        let pixels: Vec<[u8; 3]> = picture.rgb().as_chunks().0.to_vec();
        let mut sums = [[0.0_f64; 4]; BINS];
        for pixel in &pixels {
            let (light, offset) = split(pixel.map(f32::from));
            if let Some(sum) = sums.get_mut(bin(light)) {
                for (sum, value) in sum.iter_mut().zip(offset) {
                    *sum += f64::from(value);
                }
                sum[3] += 1.0;
            }
        }
        let enough = f64::from(FEW) * pixels.len() as f64;
        let known = sums.map(|[r, g, b, count]| {
            (count > enough).then(|| [r, g, b].map(|sum| (sum / count) as f32))
        });
        let first = known.iter().position(Option::is_some)?;
        let last = known.iter().rposition(Option::is_some)?;
        let brightest = known.iter().flatten().next_back()?;
        let lightest = brightest.iter().copied().fold(0.0, f32::max);
        let tone = Self {
            offsets: filled(&known, *brightest),
            white: (255.0 - lightest).max((last as f32 + 0.5) * SPAN),
        };
        let tint = known.iter().flatten().flatten().map(|v| v.abs());
        if tint.fold(0.0, f32::max) > TINTED && last - first < FLAT {
            return None;
        }
        let (mut off, mut tinted) = (0.0, 0.0);
        for pixel in &pixels {
            let (level, offset) = split(pixel.map(f32::from));
            let expected = tone.at(level);
            let furthest = |offset: [f32; 3]| offset.map(f32::abs).into_iter().fold(0.0, f32::max);
            off += furthest(std::array::from_fn(|i| offset[i] - expected[i])).min(STRAY);
            tinted += furthest(expected);
        }
        let count = pixels.len() as f32;
        (off <= NOISE * count + SPREAD * tinted).then_some(tone)
    }

    /// What becomes of a pixel instead of what would: as much brighter, in the colour that goes with
    /// that brightness.
    pub(super) fn kept(&self, before: [f32; 3], after: [f32; 3]) -> [f32; 3] {
        let brighter = light(after) - light(before);
        let old = split(before).0;
        let new = (old + brighter).clamp(0.0, self.white.max(old));
        let (from, to) = (self.at(old), self.at(new));
        std::array::from_fn(|i| before[i] + (new - old) + (to[i] - from[i]))
    }

    /// Linearly between the bins' middles.
    fn at(&self, light: f32) -> [f32; 3] {
        let place = (light / SPAN - 0.5).clamp(0.0, (BINS - 1) as f32);
        let first = place as usize;
        let share = place - first as f32;
        let offset = |i: usize| {
            self.offsets
                .get(i.min(BINS - 1))
                .copied()
                .unwrap_or_default()
        };
        let (a, b) = (offset(first), offset(first + 1));
        std::array::from_fn(|i| a[i] + share * (b[i] - a[i]))
    }
}

/// The mean of the channels, and what each adds to it. Unlike brightness, it hardly hides a channel:
/// where two of them are at their limit, the colour of a print still follows from it.
fn split([r, g, b]: [f32; 3]) -> (f32, [f32; 3]) {
    // Written so that a grey has exactly its own level.
    let mean = g + (r - g) / 3.0 + (b - g) / 3.0;
    (mean, [r - mean, g - mean, b - mean])
}

/// Brightness as eyes see it.
fn light([r, g, b]: [f32; 3]) -> f32 {
    g + 0.299 * (r - g) + 0.114 * (b - g)
}

fn bin(light: f32) -> usize {
    ((light / SPAN) as usize).min(BINS - 1)
}

/// The bins of which nothing is known: between those of which something is; towards black, which has
/// no tone; and beyond the brightest, whose tint stays, since white is the paper's colour.
fn filled(known: &[Option<[f32; 3]>; BINS], brightest: [f32; 3]) -> [[f32; 3]; BINS] {
    let mut nodes: Vec<(f32, [f32; 3])> = vec![(-0.5, [0.0; 3])];
    nodes.extend(
        known
            .iter()
            .enumerate()
            .filter_map(|(i, o)| Some((i as f32, (*o)?))),
    );
    nodes.push((BINS as f32 - 0.5, brightest));
    let at = |place: f32| {
        // There is a node on either side of every bin.
        let after = nodes
            .partition_point(|(at, _)| *at < place)
            .clamp(1, nodes.len() - 1);
        let ((a, from), (b, to)) = (nodes[after - 1], nodes[after]);
        let share = (place - a) / (b - a);
        std::array::from_fn(|i| from[i] + share * (to[i] - from[i]))
    };
    std::array::from_fn(|i| at(i as f32))
}

#[cfg(test)]
#[cfg(feature = "image")]
mod tests;
