//! Pictures for the face tests: portraits laid over canvases at any place, scale and turn.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test binary uses its own part of this"
)]

use diffae::Picture;
use diffae::photo::Similarity;

/// The similarity that takes `from` to `to`, scales and turns.
pub fn about(from: [f64; 2], to: [f64; 2], scale: f64, rotation: f64) -> Similarity {
    let linear = Similarity {
        scale,
        rotation,
        translation: [0.0; 2],
    };
    let moved = linear.apply(from);
    Similarity {
        translation: [to[0] - moved[0], to[1] - moved[1]],
        ..linear
    }
}

/// The picture as in a mirror.
pub fn mirrored(picture: &Picture) -> Picture {
    let rgba = picture
        .rgba()
        .chunks(4 * picture.width() as usize)
        .flat_map(|row| row.chunks(4).rev().flatten().copied())
        .collect();
    Picture::new(picture.width(), picture.height(), rgba).unwrap()
}

/// The picture as a square of `side` pixels, each of them the nearest of the picture's.
pub fn enlarged(picture: &Picture, side: u32) -> Picture {
    let nearest = |i: u32, size: u32| (u64::from(i) * u64::from(size) / u64::from(side)) as usize;
    let mut rgba = Vec::with_capacity(4 * (side as usize).pow(2));
    for y in 0..side {
        let row = nearest(y, picture.height()) * picture.width() as usize;
        for x in 0..side {
            let at = 4 * (row + nearest(x, picture.width()));
            rgba.extend_from_slice(&picture.rgba()[at..at + 4]);
        }
    }
    Picture::new(side, side, rgba).unwrap()
}

/// Some place in a picture of this size for the portrait of this name, away from the border.
pub fn spot(name: &str, size: [f64; 2]) -> [f64; 2] {
    let hash = name
        .bytes()
        .fold(7_u64, |hash, byte| hash.wrapping_mul(31) + u64::from(byte));
    let [a, b] = [hash % 97, hash / 97 % 89];
    [
        size[0] * (0.15 + 0.7 * a as f64 / 97.0),
        size[1] * (0.15 + 0.7 * b as f64 / 89.0),
    ]
}

/// A picture to lay portraits over.
#[derive(Clone)]
pub struct Canvas {
    width: usize,
    pixels: Vec<[u8; 3]>,
}

impl Canvas {
    /// Even grey.
    pub fn plain(width: u32, height: u32) -> Self {
        let [width, height] = [width, height].map(|side| side as usize);
        Self {
            width,
            pixels: vec![[110; 3]; width * height],
        }
    }

    /// Stripes, discs and noise in many colours.
    pub fn busy(width: u32, height: u32) -> Self {
        let [width, height] = [width, height].map(|side| side as usize);
        let pixel = |x: f64, y: f64, seed: usize| {
            let noise = (seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 59) as f64;
            let disc = ((x * 0.031).sin() + (y * 0.027).cos()).signum();
            [
                120.0 + 60.0 * (0.05 * x + 0.02 * y).sin() + noise,
                110.0 + 40.0 * disc + noise,
                100.0 + 50.0 * (0.011 * x - 0.04 * y).sin() * disc + noise,
            ]
            .map(|value| value as u8)
        };
        let pixels = (0..width * height)
            .map(|i| pixel((i % width) as f64, (i / width) as f64, i))
            .collect();
        Self { width, pixels }
    }

    /// A picture again and again, each of its pixels `step` wide.
    pub fn tiled(width: u32, height: u32, picture: &Picture, step: u32) -> Self {
        let [width, height] = [width, height].map(|side| side as usize);
        let [across, down, step] = [picture.width(), picture.height(), step].map(|v| v as usize);
        let pixel = |x: usize, y: usize| {
            let at = 4 * (y / step % down * across + x / step % across);
            [0, 1, 2].map(|i| picture.rgba()[at + i])
        };
        Self {
            width,
            pixels: (0..width * height)
                .map(|i| pixel(i % width, i / width))
                .collect(),
        }
    }

    /// Lays a picture over this one.
    pub fn paste(&mut self, picture: &Picture, canvas_from_picture: &Similarity) {
        self.paste_around(picture, canvas_from_picture, [0.0; 2], f64::INFINITY);
    }

    /// Lays over the part of a picture that ends up within `reach` of `middle` on both axes.
    pub fn paste_around(
        &mut self,
        picture: &Picture,
        canvas_from_picture: &Similarity,
        middle: [f64; 2],
        reach: f64,
    ) {
        let picture_from_canvas = canvas_from_picture.inverse();
        // As many samples on each axis of a pixel as the picture has pixels there.
        let samples = picture_from_canvas.scale.ceil().max(1.0) as usize;
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        // Only the rows that the picture reaches.
        let size = [picture.width(), picture.height()].map(f64::from);
        let corners = [[0.0, 0.0], [size[0], 0.0], [0.0, size[1]], size];
        let rows = corners.map(|corner| canvas_from_picture.apply(corner)[1]);
        let row = |at: f64| at.clamp(0.0, (self.pixels.len() / self.width) as f64) as usize;
        let first = row(rows.into_iter().fold(f64::INFINITY, f64::min).floor()) * self.width;
        let last = row(rows.into_iter().fold(0.0, f64::max).ceil()) * self.width;
        for (i, pixel) in self.pixels.iter_mut().enumerate().take(last).skip(first) {
            let corner = [(i % self.width) as f64, (i / self.width) as f64];
            if (0..2).any(|axis| (corner[axis] + 0.5 - middle[axis]).abs() > reach) {
                continue;
            }
            let mut sums = [0.0; 3];
            for sample in 0..samples * samples {
                let at = [sample % samples, sample / samples];
                let at = [0, 1].map(|a| corner[a] + (at[a] as f64 + 0.5) / samples as f64);
                let [x, y] = picture_from_canvas.apply(at);
                let inside = (0.0..width as f64).contains(&x) && (0.0..height as f64).contains(&y);
                let colour = if inside {
                    bilinear(picture, x, y)
                } else {
                    pixel.map(f64::from)
                };
                for (sum, value) in sums.iter_mut().zip(colour) {
                    *sum += value;
                }
            }
            *pixel = sums.map(|sum| (sum / (samples * samples) as f64 + 0.5) as u8);
        }
    }

    pub fn picture(&self) -> Picture {
        let height = self.pixels.len() / self.width;
        Picture::from_rgb(self.width as u32, height as u32, self.pixels.as_flattened()).unwrap()
    }
}

fn bilinear(picture: &Picture, x: f64, y: f64) -> [f64; 3] {
    let last = [picture.width() - 1, picture.height() - 1].map(|last| last as usize);
    let [x, y] = [x - 0.5, y - 0.5].map(|value| value.max(0.0));
    let [(x0, u), (y0, v)] = [x, y].map(|value| (value as usize, value.fract()));
    let pixel = |x: usize, y: usize, channel: usize| {
        let at = y.min(last[1]) * picture.width() as usize + x.min(last[0]);
        f64::from(picture.rgba()[4 * at + channel])
    };
    std::array::from_fn(|c| {
        let upper = pixel(x0, y0, c) * (1.0 - u) + pixel(x0 + 1, y0, c) * u;
        let lower = pixel(x0, y0 + 1, c) * (1.0 - u) + pixel(x0 + 1, y0 + 1, c) * u;
        upper * (1.0 - v) + lower * v
    })
}
