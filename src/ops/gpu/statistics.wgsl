// GroupNorm of a feature map, as a multiply and an add per picture and channel: gain, bias and modulation are folded
// in. A workgroup takes one group of channels of one picture; norm.rs says why.

//if half
enable f16;

alias Stored = f16;
//end
//if !half
alias Stored = f32;
//end

struct Info {
    positions: u32,
    channels: u32,          // of x and skip
    split: u32,             // channels of x
    x_stride: u32,          // values from one position to the next
    skip_stride: u32,
    per_group: u32,
    outs: u32,              // channels of x and skip, up to a multiple of 4
    scale_row: u32,         // values from one picture's modulation to the next, 0 if all share one
    shift_row: u32,
    column: u32,            // where this layer's columns begin
}

@group(0) @binding(_) var<storage, {{read}}> x: array<Stored>;
//if skip
@group(0) @binding(_) var<storage, {{read}}> skip: array<Stored>;
//end
@group(0) @binding(_) var<storage, {{read}}> gain: array<f32>;
@group(0) @binding(_) var<storage, {{read}}> bias: array<f32>;
//if modulation
@group(0) @binding(_) var<storage, {{read}}> scales: array<f32>;
@group(0) @binding(_) var<storage, {{read}}> shifts: array<f32>;
//end
@group(0) @binding(_) var<storage, read_write> output: array<f32>;
@group(0) @binding(_) var<uniform> info: Info;

const THREADS: u32 = {{THREADS}};
const EPS: f32 = 1e-5;

// The number of values seen, their mean and the sum of squared differences from it.
struct Moments {
    count: f32,
    mean: f32,
    squares: f32,
}

var<workgroup> moments: array<Moments, THREADS>;

// Chan's combination of two sets of values: no difference of large numbers, however many values there are.
fn combined(a: Moments, b: Moments) -> Moments {
    let count = a.count + b.count;
    let share = b.count / max(count, 1.0);
    let difference = b.mean - a.mean;
    return Moments(
        count,
        a.mean + difference * share,
        a.squares + b.squares + difference * difference * a.count * share,
    );
}

fn value(batch: u32, position: u32, channel: u32) -> f32 {
    let at = batch * info.positions + position;
    //if skip
    if (channel >= info.split) {
        return f32(skip[at * info.skip_stride + channel - info.split]);
    }
    //end
    return f32(x[at * info.x_stride + channel]);
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let batch = group.y;
    let first = group.x * info.per_group;

    // Neighbouring threads take neighbouring channels of a position, as they lie in memory.
    let lanes = min(info.per_group, THREADS);
    let step = THREADS / lanes;
    var own = Moments(0.0, 0.0, 0.0);
    if (thread < lanes * step) {
        for (var c = thread % lanes; c < info.per_group; c += lanes) {
            let channel = first + c;
            var position = thread / lanes;
            // Four loads at a time are under way.
            for (; position + 3u * step < info.positions; position += 4u * step) {
                let values = vec4<f32>(
                    value(batch, position, channel),
                    value(batch, position + step, channel),
                    value(batch, position + 2u * step, channel),
                    value(batch, position + 3u * step, channel),
                );
                let mean = dot(values, vec4<f32>(0.25));
                let differences = values - mean;
                own = combined(own, Moments(4.0, mean, dot(differences, differences)));
            }
            for (; position < info.positions; position += step) {
                own = combined(own, Moments(1.0, value(batch, position, channel), 0.0));
            }
        }
    }
    moments[thread] = own;
    workgroupBarrier();
    for (var half = THREADS / 2u; half > 0u; half /= 2u) {
        if (thread < half) {
            moments[thread] = combined(moments[thread], moments[thread + half]);
        }
        workgroupBarrier();
    }

    let all = moments[0];
    let inverse = 1.0 / sqrt(all.squares / max(all.count, 1.0) + EPS);
    let row = 2u * batch * info.outs;
    for (var c = thread; c < info.per_group; c += THREADS) {
        let channel = first + c;
        var scale = inverse * gain[channel];
        var shift = bias[channel] - all.mean * scale;
        //if modulation
        let modulated = scales[batch * info.scale_row + info.column + channel];
        scale *= modulated;
        shift = shift * modulated + shifts[batch * info.shift_row + info.column + channel];
        //end
        output[row + channel] = scale;
        output[row + info.outs + channel] = shift;
    }
    // What fills up the last vec4 stays zero.
    if (first + info.per_group == info.channels && info.channels + thread < info.outs) {
        output[row + info.channels + thread] = 0.0;
        output[row + info.outs + info.channels + thread] = 0.0;
    }
}
