//! Small square grids of values, as large as a model's picture: blurring, sampling between points,
//! shrinking and enlarging. The compositor works out a change on these before it meets the photo.

/// `side` x `side` points, row by row, of `N` values each. Point 0 has its centre at 0.
#[derive(Debug, Clone)]
pub(super) struct Grid<const N: usize> {
    side: usize,
    values: Vec<[f32; N]>,
}

impl<const N: usize> Grid<N> {
    pub(super) fn from_fn(side: usize, mut value: impl FnMut(usize, usize) -> [f32; N]) -> Self {
        let mut values = Vec::with_capacity(side * side);
        for y in 0..side {
            values.extend((0..side).map(|x| value(x, y)));
        }
        Self { side, values }
    }

    pub(super) fn side(&self) -> usize {
        self.side
    }

    pub(super) fn points(&self) -> &[[f32; N]] {
        &self.values
    }

    pub(super) fn map<const M: usize>(&self, value: impl Fn(&[f32; N]) -> [f32; M]) -> Grid<M> {
        Grid {
            side: self.side,
            values: self.values.iter().map(value).collect(),
        }
    }

    /// Both grids point by point; they are of one size.
    pub(super) fn zip<const M: usize, const K: usize>(
        &self,
        other: &Grid<M>,
        value: impl Fn(&[f32; N], &[f32; M]) -> [f32; K],
    ) -> Grid<K> {
        let pairs = self.values.iter().zip(&other.values);
        Grid {
            side: self.side,
            values: pairs.map(|(a, b)| value(a, b)).collect(),
        }
    }

    /// The point at (x, y), or the nearest where that is outside.
    pub(super) fn at(&self, x: isize, y: isize) -> &[f32; N] {
        let last = self.side as isize - 1;
        &self.values[y.clamp(0, last) as usize * self.side + x.clamp(0, last) as usize]
    }

    /// Smoothed by a Gaussian of this standard deviation, in points; the border continues flat.
    pub(super) fn blurred(&self, sigma: f32) -> Self {
        let radius = (2.5 * sigma).ceil().max(1.0) as isize;
        let mut kernel: Vec<f32> = (-radius..=radius)
            .map(|i| (-0.5 * (i as f32 / sigma).powi(2)).exp())
            .collect();
        let total: f32 = kernel.iter().sum();
        kernel.iter_mut().for_each(|weight| *weight /= total);
        // Twice along rows into the transposed grid is once along each axis.
        self.smoothed_rows(&kernel).smoothed_rows(&kernel)
    }

    /// Every row convolved with an odd kernel; the result is transposed.
    fn smoothed_rows(&self, kernel: &[f32]) -> Self {
        let (side, radius) = (self.side, kernel.len() / 2);
        let mut values = vec![[0.0; N]; side * side];
        let mut padded = Vec::with_capacity(side + 2 * radius);
        for (y, row) in self.values.chunks_exact(side).enumerate() {
            padded.clear();
            padded.extend(std::iter::repeat_n(row[0], radius));
            padded.extend_from_slice(row);
            padded.extend(std::iter::repeat_n(row[side - 1], radius));
            for (x, window) in padded.windows(kernel.len()).enumerate() {
                let mut sum = [0.0; N];
                for (value, weight) in window.iter().zip(kernel) {
                    accumulate(&mut sum, value, *weight);
                }
                values[x * side + y] = sum;
            }
        }
        Self { side, values }
    }

    /// The value between points, by the kernel's four by four neighbours.
    pub(super) fn sample(&self, x: f32, y: f32, kernel: fn(f32) -> [f32; 4]) -> [f32; N] {
        let (left, top) = (x.floor(), y.floor());
        let (columns, rows) = (kernel(x - left), kernel(y - top));
        let mut sum = [0.0; N];
        for (j, row) in rows.iter().enumerate() {
            for (i, column) in columns.iter().enumerate() {
                let (x, y) = (left as isize + i as isize, top as isize + j as isize);
                accumulate(&mut sum, self.at(x - 1, y - 1), row * column);
            }
        }
        sum
    }

    /// Shrunk by averaging `factor` x `factor` points; at the far border what there is of them.
    pub(super) fn shrunk(&self, factor: usize) -> Self {
        if factor == 1 {
            return self.clone();
        }
        Self::from_fn(self.side.div_ceil(factor), |x, y| {
            let mut sum = [0.0; N];
            let mut count = 0.0;
            for y in (y * factor..(y + 1) * factor).take_while(|y| *y < self.side) {
                for x in (x * factor..(x + 1) * factor).take_while(|x| *x < self.side) {
                    accumulate(&mut sum, &self.values[y * self.side + x], 1.0);
                    count += 1.0;
                }
            }
            sum.map(|value| value / count)
        })
    }

    /// `side` points over the same square, each `scale` of this grid's points wide.
    pub(super) fn resampled(&self, side: usize, scale: f32, kernel: fn(f32) -> [f32; 4]) -> Self {
        if side == self.side && scale == 1.0 {
            return self.clone();
        }
        // One axis at a time: a row of weights serves a whole column.
        let place = |i: usize| (i as f32 + 0.5) * scale - 0.5;
        let mut wide = vec![[0.0; N]; side * self.side];
        for x in 0..side {
            let left = place(x).floor();
            let weights = kernel(place(x) - left);
            for y in 0..self.side {
                let sum = &mut wide[y * side + x];
                for (i, weight) in (-1..).zip(weights) {
                    accumulate(sum, self.at(left as isize + i, y as isize), weight);
                }
            }
        }
        let last = self.side as isize - 1;
        let mut values = vec![[0.0; N]; side * side];
        for (y, row) in values.chunks_exact_mut(side).enumerate() {
            let top = place(y).floor();
            let weights = kernel(place(y) - top);
            for (i, weight) in (-1..).zip(weights) {
                let from = (top as isize + i).clamp(0, last) as usize * side;
                for (sum, value) in row.iter_mut().zip(&wide[from..from + side]) {
                    accumulate(sum, value, weight);
                }
            }
        }
        Self { side, values }
    }
}

fn accumulate<const N: usize>(sum: &mut [f32; N], value: &[f32; N], weight: f32) {
    for (sum, value) in sum.iter_mut().zip(value) {
        *sum += weight * value;
    }
}

/// Weights of the Catmull-Rom cubic for the four points around a position, `t` past the second:
/// sharp, through the points.
pub(super) fn catmull_rom(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [
        -0.5 * t3 + t2 - 0.5 * t,
        1.5 * t3 - 2.5 * t2 + 1.0,
        -1.5 * t3 + 2.0 * t2 + 0.5 * t,
        0.5 * t3 - 0.5 * t2,
    ]
}

/// Weights of the cubic B-spline, as [`catmull_rom`]: smooth and never overshooting.
pub(super) fn b_spline(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [
        (1.0 - t).powi(3) / 6.0,
        (3.0 * t3 - 6.0 * t2 + 4.0) / 6.0,
        (-3.0 * t3 + 3.0 * t2 + 3.0 * t + 1.0) / 6.0,
        t3 / 6.0,
    ]
}
