// A convolution with stride 1 and zero padding (kernel 1 or 3), or a linear layer, on feature maps whose channels
// lie next to each other in vec4s. conv.rs says how the work is cut up; its constants come in by name.
//
// A workgroup makes TILE_HEIGHT x TILE_WIDTH positions of OUTS * 4 channels. Per round it brings DEPTH vec4s of input
// channels into workgroup memory: the positions with their border, concatenated, normalized, activated and resampled
// on the way, and the filters, widened. SLICES groups of threads then each take CHUNK of those vec4s; a thread makes
// STRIP neighbouring positions of BLOCK * 4 channels. In the end the slices' sums are added up.
//
// Maps and workgroup memory hold f32 or f16; all arithmetic is in f32, in which a product of two f16 is exact.

//if half
enable f16;

alias Stored = vec4<f16>;
//end
//if !half
alias Stored = vec4<f32>;
//end
//if half_output
alias Output = vec4<f16>;
//end
//if !half_output
alias Output = vec4<f32>;
//end

struct Info {
    height: u32,            // output grid
    width: u32,
    in_height: u32,         // grid of x and skip
    in_width: u32,
    res_height: u32,        // grid of the residual
    res_width: u32,
    tiles: u32,             // tiles in a row of tiles
    first: u32,             // the first tile of this dispatch
    split: u32,             // vec4s of x
    channels: u32,          // vec4s of x and skip
    outs: u32,              // vec4s of the output
    silu: u32,              // 1: SiLU after normalization
    resample: u32,          // where the input is resampled: 1 up, 2 down
    res_resample: u32,      // where the residual is
}

@group(0) @binding(_) var<storage, {{read}}> x: array<Stored>;
//if skip
@group(0) @binding(_) var<storage, {{read}}> skip: array<Stored>;
//end
//if norm
@group(0) @binding(_) var<storage, {{read}}> normal: array<vec4<f32>>;
//end
//if int8
@group(0) @binding(_) var<storage, {{read}}> weight: array<u32>;
//end
//if !int8
@group(0) @binding(_) var<storage, {{read}}> weight: array<Stored>;
//end
@group(0) @binding(_) var<storage, {{read}}> rows: array<vec4<f32>>;
//if residual
@group(0) @binding(_) var<storage, {{read}}> residual: array<Stored>;
//end
@group(0) @binding(_) var<storage, read_write> output: array<Output>;
@group(0) @binding(_) var<uniform> info: Info;

const KERNEL: u32 = {{KERNEL}};
const TILE_HEIGHT: u32 = {{TILE_HEIGHT}};
const TILE_WIDTH: u32 = {{TILE_WIDTH}};
const OUTS: u32 = {{OUTS}};
const CHUNK: u32 = {{CHUNK}};
const SLICES: u32 = {{SLICES}};
const STRIP: u32 = {{STRIP}};
const BLOCK: u32 = {{BLOCK}};

const TAPS: u32 = KERNEL * KERNEL;
const DEPTH: u32 = SLICES * CHUNK;
const STRIPS_ACROSS: u32 = TILE_WIDTH / STRIP;
const STRIPS: u32 = TILE_HEIGHT * STRIPS_ACROSS;
const LANES: u32 = OUTS / BLOCK;
const SUMS: u32 = BLOCK * STRIP;
const THREADS: u32 = SLICES * STRIPS * LANES;
const PATCH_HEIGHT: u32 = TILE_HEIGHT + KERNEL - 1u;
const PATCH_WIDTH: u32 = TILE_WIDTH + KERNEL - 1u;
const PATCH: u32 = PATCH_HEIGHT * PATCH_WIDTH;
const FILTER_ROWS: u32 = DEPTH * TAPS * 4u;

// Threads walk over the patch and the filters in steps of whole positions and rows, so that a step needs no division.
const PATCH_STEP: u32 = THREADS / DEPTH;
const PATCH_STEP_ROWS: u32 = PATCH_STEP / PATCH_WIDTH;
const PATCH_STEP_COLUMNS: u32 = PATCH_STEP % PATCH_WIDTH;
const FILTER_STEP: u32 = THREADS / OUTS;

var<workgroup> patches: array<Stored, DEPTH * PATCH>;          // [vec4 of channels][position]
var<workgroup> filters: array<Stored, FILTER_ROWS * OUTS>;     // [vec4 of channels][tap][channel][vec4 of outputs]
//if partial
var<workgroup> partial: array<vec4<f32>, (SLICES - 1u) * STRIPS * LANES * SUMS>;
//end

// One position of the concatenated, normalized and activated input.
fn activated(batch: u32, row: u32, column: u32, channel: u32, scale: vec4<f32>, shift: vec4<f32>) -> vec4<f32> {
    let position = (batch * info.in_height + row) * info.in_width + column;
    //if skip
    var value: vec4<f32>;
    if (channel < info.split) {
        value = vec4<f32>(x[position * info.split + channel]);
    } else {
        value = vec4<f32>(skip[position * (info.channels - info.split) + channel - info.split]);
    }
    //end
    //if !skip
    var value = vec4<f32>(x[position * info.channels + channel]);
    //end
    //if norm
    value = value * scale + shift;
    //end
    if (info.silu == 1u) {
        // The bound keeps the exponential finite.
        value = value / (1.0 + exp(min(-value, vec4<f32>(80.0))));
    }
    return value;
}

// One position of what the convolution reads; positions outside the grid are zero.
fn patch_value(batch: u32, row: i32, column: i32, channel: u32, scale: vec4<f32>, shift: vec4<f32>) -> vec4<f32> {
    let height = i32(info.height);
    let width = i32(info.width);
    let inside = row >= 0 && column >= 0 && row < height && column < width && channel < info.channels;
    let y = u32(clamp(row, 0, height - 1));
    let x = u32(clamp(column, 0, width - 1));
    let c = min(channel, info.channels - 1u);
    //if !resample
    let value = activated(batch, y, x, c, scale, shift);
    //end
    //if resample
    var value = vec4<f32>(0.0);
    if (info.resample == 1u) {
        value = activated(batch, y / 2u, x / 2u, c, scale, shift);
    } else {
        for (var i = 0u; i < 4u; i++) {
            value += 0.25 * activated(batch, 2u * y + i / 2u, 2u * x + i % 2u, c, scale, shift);
        }
    }
    //end
    return select(vec4<f32>(0.0), value, inside);
}

fn filter_values(index: u32) -> Stored {
    //if int8
    let packed = vec4<i32>(bitcast<i32>(weight[index])) << vec4<u32>(24u, 16u, 8u, 0u);
    return Stored(packed >> vec4<u32>(24u));
    //end
    //if !int8
    return weight[index];
    //end
}

fn multiply(sum: vec4<f32>, value: vec4<f32>, f0: vec4<f32>, f1: vec4<f32>, f2: vec4<f32>, f3: vec4<f32>) -> vec4<f32> {
    return (((sum + f0 * value.x) + f1 * value.y) + f2 * value.z) + f3 * value.w;
}

//if residual
fn residual_value(batch: u32, row: u32, column: u32, out: u32) -> vec4<f32> {
    return vec4<f32>(residual[((batch * info.res_height + row) * info.res_width + column) * info.outs + out]);
}
//end

// A value of the output, once the residual is added.
fn finished(batch: u32, row: u32, column: u32, out: u32, sum: vec4<f32>) -> vec4<f32> {
    var value = sum;
    //if keep_residual
    value += residual_value(batch, row, column, out);
    //end
    //if resample_residual
    if (info.res_resample == 1u) {
        value += residual_value(batch, row / 2u, column / 2u, out);
    } else {
        for (var i = 0u; i < 4u; i++) {
            value += 0.25 * residual_value(batch, 2u * row + i / 2u, 2u * column + i % 2u, out);
        }
    }
    //end
    return value;
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let tile = group.x + info.first;
    let top = (tile / info.tiles) * TILE_HEIGHT;
    let left = (tile % info.tiles) * TILE_WIDTH;
    let batch = group.z;

    let lane = thread % LANES;
    let strip = (thread / LANES) % STRIPS;
    let slice = thread / (LANES * STRIPS);
    let strip_row = strip / STRIPS_ACROSS;
    let strip_column = (strip % STRIPS_ACROSS) * STRIP;

{{accumulators}}
    // Neighbouring threads read neighbouring channels of one position, and neighbouring outputs of one filter row.
    let patch_depth = thread % DEPTH;
    let patch_first = thread / DEPTH;
    let patch_row = patch_first / PATCH_WIDTH;
    let patch_column = patch_first % PATCH_WIDTH;
    let patch_top = i32(top) - i32(KERNEL / 2u);
    let patch_left = i32(left) - i32(KERNEL / 2u);
    let filter_out = thread % OUTS;
    let filter_first = thread / OUTS;
    // Beyond the last channel the patch is zero, and outputs beyond the last are not stored.
    let filter_column = min(group.y * OUTS + filter_out, info.outs - 1u);
    let filter_last = info.channels * TAPS * 4u - 1u;

    for (var start = 0u; start < info.channels; start += DEPTH) {
        let channel = start + patch_depth;
        var scale = vec4<f32>(1.0);
        var shift = vec4<f32>(0.0);
        //if norm
        let at = 2u * batch * info.channels + min(channel, info.channels - 1u);
        scale = normal[at];
        shift = normal[at + info.channels];
        //end
        var row = patch_row;
        var column = patch_column;
        for (var position = patch_first; position < PATCH; position += PATCH_STEP) {
            patches[patch_depth * PATCH + position] =
                Stored(patch_value(batch, patch_top + i32(row), patch_left + i32(column), channel, scale, shift));
            row += PATCH_STEP_ROWS;
            column += PATCH_STEP_COLUMNS;
            if (column >= PATCH_WIDTH) {
                column -= PATCH_WIDTH;
                row += 1u;
            }
        }
        for (var i = filter_first; i < FILTER_ROWS; i += FILTER_STEP) {
            let index = min(start * TAPS * 4u + i, filter_last) * info.outs + filter_column;
            filters[i * OUTS + filter_out] = filter_values(index);
        }
        workgroupBarrier();
        for (var depth = slice * CHUNK; depth < (slice + 1u) * CHUNK; depth++) {
            for (var down = 0u; down < KERNEL; down++) {
                let p = depth * PATCH + (strip_row + down) * PATCH_WIDTH + strip_column;
                let f = (depth * TAPS + down * KERNEL) * 4u * OUTS + lane;
{{multiply}}
            }
        }
        workgroupBarrier();
    }

    // [vec4 of outputs][position]
    var sums = array<vec4<f32>, SUMS>({{sums}});
    //if partial
    let others = &partial;
    //end
    //if reused
    // The filters are done with; their memory takes the other slices' sums.
    let others = &filters;
    //end
    //if slices
    if (slice > 0u) {
        let at = (((slice - 1u) * STRIPS + strip) * LANES + lane) * SUMS;
        for (var i = 0u; i < SUMS; i++) {
            (*others)[at + i] = sums[i];
        }
    }
    workgroupBarrier();
    if (slice > 0u) {
        return;
    }
    for (var other = 0u; other < SLICES - 1u; other++) {
        let at = ((other * STRIPS + strip) * LANES + lane) * SUMS;
        for (var i = 0u; i < SUMS; i++) {
            sums[i] += (*others)[at + i];
        }
    }
    //end
    let row = top + strip_row;
    if (row >= info.height) {
        return;
    }
    for (var block = 0u; block < BLOCK; block++) {
        let channel = group.y * OUTS + block * LANES + lane;
        if (channel >= info.outs) {
            return;
        }
        let scale = rows[channel];
        let bias = rows[info.outs + channel];
        for (var i = 0u; i < STRIP; i++) {
            let column = left + strip_column + i;
            if (column < info.width) {
                let value = finished(batch, row, column, channel, sums[block * STRIP + i] * scale + bias);
                output[((batch * info.height + row) * info.width + column) * info.outs + channel] = Output(value);
            }
        }
    }
}
