// Copies a feature map of any strides to the layout of these kernels: channels next to each other, filled up with
// zeros to a multiple of four, in the precision that their layer computes with.

//if half
enable f16;

//end
//if from_half
alias From = f16;
//end
//if !from_half
alias From = f32;
//end
//if to_half
alias To = vec4<f16>;
//end
//if !to_half
alias To = vec4<f32>;
//end

struct Info {
    channels: u32,
    height: u32,
    width: u32,
    outs: u32,              // vec4s of channels
    batch_stride: u32,
    channel_stride: u32,
    row_stride: u32,
    column_stride: u32,
    total: u32,             // vec4s to write
    across: u32,            // threads in a row of workgroups
}

@group(0) @binding(_) var<storage, {{read}}> x: array<From>;
@group(0) @binding(_) var<storage, read_write> output: array<To>;
@group(0) @binding(_) var<uniform> info: Info;

fn value(at: u32, channel: u32) -> f32 {
    let inside = min(channel, info.channels - 1u);
    return select(0.0, f32(x[at + inside * info.channel_stride]), channel < info.channels);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let index = id.y * info.across + id.x;
    if (index >= info.total) {
        return;
    }
    let channel = 4u * (index % info.outs);
    let position = index / info.outs;
    let column = position % info.width;
    let row = (position / info.width) % info.height;
    let batch = position / (info.width * info.height);
    let at = batch * info.batch_stride + row * info.row_stride + column * info.column_stride;
    output[index] = To(vec4<f32>(value(at, channel), value(at, channel + 1u), value(at, channel + 2u), value(at, channel + 3u)));
}
