//! Feature maps as these kernels see them: channels next to each other, filled up to a multiple of
//! four, so that a position's channels are read as vec4s. To the rest of the program such a map is
//! an ordinary tensor [B, C, H, W] with unusual strides, so nothing is re-laid out between layers.
//! Its values are f32, or f16 between layers that compute with it.

use burn::backend::wgpu::{CubeBackend, CubeTensor};
use burn::tensor::{DType, Tensor};
use cubecl::client::Client;
use cubecl::server::Handle;
use cubecl::zspace::metadata::Metadata;
use cubecl::zspace::{Shape, Strides};
use half::f16;

use super::launch::{MAX_WORKGROUPS, Reached, Shader, launch};
use super::primitive::primitive;

/// A feature map in this layout.
#[derive(Debug, Clone)]
pub(super) struct Map {
    tensor: CubeTensor,
    pub(super) batch: usize,
    pub(super) channels: usize,
    pub(super) height: usize,
    pub(super) width: usize,
    /// Whether its values are f16.
    pub(super) half: bool,
}

/// One compiled form of the shader that copies a tensor into this layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Copy {
    from_half: bool,
    to_half: bool,
}

impl Shader for Copy {
    const FILE: &'static str = include_str!("channels_last.wgsl");

    fn name(&self) -> &'static str {
        "channels last"
    }

    fn lines(&self) -> Vec<(&'static str, bool)> {
        vec![
            ("half", self.from_half || self.to_half),
            ("from_half", self.from_half),
            ("to_half", self.to_half),
        ]
    }
}

impl Map {
    /// The map of a tensor in f16 or f32, copied where its layout or precision is another.
    pub(super) fn new(tensor: Tensor<4>, half: bool) -> Self {
        Self::from_primitive(primitive(tensor), half)
    }

    fn from_primitive(tensor: CubeTensor, half: bool) -> Self {
        let dims = tensor.meta.shape();
        let map = Self {
            batch: dims[0],
            channels: dims[1],
            height: dims[2],
            width: dims[3],
            half: tensor.dtype == DType::F16,
            tensor,
        };
        if map.half == half && map.is_channels_last() {
            map
        } else {
            map.to_channels_last(half)
        }
    }

    /// Rows [N, C] as the N positions of a map one pixel high.
    pub(super) fn from_rows(rows: Tensor<2>) -> Self {
        let [count, channels] = rows.dims();
        let mut tensor = primitive(rows);
        let [row, column] = [tensor.meta.strides()[0], tensor.meta.strides()[1]];
        *tensor.meta = Metadata::new(
            Shape::from([1, channels, 1, count]),
            Strides::new(&[row * count, column, row * count, row]),
        );
        Self::from_primitive(tensor, false)
    }

    /// The positions of a map one pixel high as rows, [N, C].
    pub(super) fn into_rows(mut self) -> Tensor<2> {
        let shape = Shape::from([self.width, self.channels]);
        let strides = Strides::new(&[4 * self.vectors(), 1]);
        *self.tensor.meta = Metadata::new(shape, strides);
        Tensor::from_primitive::<CubeBackend>(self.tensor)
    }

    /// A map whose values are yet to be written.
    pub(super) fn empty(
        like: &Self,
        channels: usize,
        [height, width]: [usize; 2],
        half: bool,
    ) -> Self {
        let stored = channels.next_multiple_of(4);
        let (dtype, size) = if half {
            (DType::F16, size_of::<f16>())
        } else {
            (DType::F32, size_of::<f32>())
        };
        let bytes = like.batch * height * width * stored * size;
        let handle = like.client().empty(bytes);
        let shape = Shape::from([like.batch, channels, height, width]);
        let strides = Strides::new(&[height * width * stored, 1, width * stored, stored]);
        let tensor = CubeTensor::new(
            like.client().clone(),
            handle,
            Metadata::new(shape, strides),
            like.tensor.device.clone(),
            dtype,
        );
        Self {
            tensor,
            batch: like.batch,
            channels,
            height,
            width,
            half,
        }
    }

    pub(super) fn into_tensor(self) -> Tensor<4> {
        Tensor::from_primitive::<CubeBackend>(self.tensor)
    }

    pub(super) fn client(&self) -> &Client {
        &self.tensor.client
    }

    pub(super) fn handle(&self) -> &Handle {
        &self.tensor.handle
    }

    /// The whole map, as a dispatch reaches it.
    pub(super) fn whole(&self) -> Reached<'_> {
        self.reached(self.vectors())
    }

    /// The map where so many vec4s of each position are reached.
    pub(super) fn reached(&self, vectors: usize) -> Reached<'_> {
        let values = self.batch * self.height * self.width * 4 * vectors;
        Reached(self.handle(), values * self.value_size())
    }

    /// Bytes of a value.
    fn value_size(&self) -> usize {
        match self.half {
            true => size_of::<f16>(),
            false => size_of::<f32>(),
        }
    }

    /// vec4s of a position.
    pub(super) fn vectors(&self) -> usize {
        self.channels.div_ceil(4)
    }

    fn is_channels_last(&self) -> bool {
        let stored = self.channels.next_multiple_of(4);
        let found = self.tensor.meta.strides();
        let expected = [
            self.height * self.width * stored,
            1,
            self.width * stored,
            stored,
        ];
        let dims = [self.batch, self.channels, self.height, self.width];
        // Where a dimension has one entry its stride says nothing.
        let fits = (0..4).all(|d| dims[d] == 1 || found[d] == expected[d]);
        // Without a second position nothing shows that the channels are filled up.
        let shows = self.batch * self.height * self.width > 1;
        fits && (shows || self.channels == stored)
    }

    fn to_channels_last(&self, half: bool) -> Self {
        let output = Self::empty(self, self.channels, [self.height, self.width], half);
        let copy = Copy {
            from_half: self.half,
            to_half: half,
        };
        let total = self.batch * self.height * self.width * self.vectors();
        let groups = total.div_ceil(64);
        let across = groups.min(MAX_WORKGROUPS);
        let strides = self.tensor.meta.strides();
        let info = [
            self.channels,
            self.height,
            self.width,
            self.vectors(),
            strides[0],
            strides[1],
            strides[2],
            strides[3],
            total,
            64 * across,
        ];
        let last = [self.batch, self.channels, self.height, self.width]
            .iter()
            .zip(strides.iter())
            .map(|(length, stride)| (length - 1) * stride)
            .sum::<usize>();
        launch(
            self.client(),
            copy,
            [across, groups.div_ceil(across), 1],
            &[
                Reached(self.handle(), (last + 1) * self.value_size()),
                output.whole(),
            ],
            &info,
            0,
        );
        output
    }
}
