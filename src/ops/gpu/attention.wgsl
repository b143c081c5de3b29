// Self-attention in one dispatch: a workgroup takes QUERIES positions of one head of one picture, keeps their scores
// for all positions in workgroup memory, and never writes the matrix of weights anywhere. attention.rs says more.

//if half
enable f16;

alias Stored = vec4<f16>;
//end
//if !half
alias Stored = vec4<f32>;
//end

struct Info {
    positions: u32,
    heads: u32,
    depth: u32,             // vec4s of a head
    scale: u32,             // 1 / sqrt(d), the bits of an f32
}

@group(0) @binding(_) var<storage, {{read}}> qkv: array<Stored>;
@group(0) @binding(_) var<storage, read_write> output: array<Stored>;
@group(0) @binding(_) var<uniform> info: Info;

const THREADS: u32 = {{THREADS}};
const QUERIES: u32 = {{QUERIES}};
const MAX_POSITIONS: u32 = {{MAX_POSITIONS}};
const MAX_DEPTH: u32 = {{MAX_DEPTH}};
const LANES: u32 = THREADS / QUERIES;

var<workgroup> queries: array<vec4<f32>, QUERIES * MAX_DEPTH>;
var<workgroup> scores: array<f32, QUERIES * MAX_POSITIONS>;
var<workgroup> partial: array<f32, THREADS>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let depth = info.depth;
    let stride = 3u * info.heads * depth;       // from one position to the next
    let head = group.y;
    let batch = group.z;
    let base = batch * info.positions * stride + head * 3u * depth;
    let first = group.x * QUERIES;

    for (var i = thread; i < QUERIES * depth; i += THREADS) {
        // Queries beyond the last repeat it and are not stored.
        let position = min(first + i / depth, info.positions - 1u);
        queries[i] = vec4<f32>(qkv[base + position * stride + i % depth]);
    }
    workgroupBarrier();

    // A thread takes one key at a time against every query.
    let scale = bitcast<f32>(info.scale);
    for (var position = thread; position < info.positions; position += THREADS) {
        let key = base + position * stride + depth;
        var sums = vec4<f32>(0.0);
        for (var i = 0u; i < depth; i++) {
            let value = vec4<f32>(qkv[key + i]);
            sums += vec4<f32>(
                dot(queries[i], value),
                dot(queries[depth + i], value),
                dot(queries[2u * depth + i], value),
                dot(queries[3u * depth + i], value),
            );
        }
        sums *= scale;
        scores[position] = sums.x;
        scores[MAX_POSITIONS + position] = sums.y;
        scores[2u * MAX_POSITIONS + position] = sums.z;
        scores[3u * MAX_POSITIONS + position] = sums.w;
    }
    workgroupBarrier();

    // Softmax: LANES threads share a query.
    let query = thread / LANES;
    let lane = thread % LANES;
    let row = query * MAX_POSITIONS;
    var largest = scores[row];
    for (var i = lane; i < info.positions; i += LANES) {
        largest = max(largest, scores[row + i]);
    }
    partial[thread] = largest;
    workgroupBarrier();
    for (var i = 0u; i < LANES; i++) {
        largest = max(largest, partial[query * LANES + i]);
    }
    workgroupBarrier();
    var sum = 0.0;
    for (var i = lane; i < info.positions; i += LANES) {
        let weight = exp(scores[row + i] - largest);
        scores[row + i] = weight;
        sum += weight;
    }
    partial[thread] = sum;
    workgroupBarrier();

    for (var i = thread; i < QUERIES * depth; i += THREADS) {
        let own = i / depth;
        if (first + own < info.positions) {
            var total = 0.0;
            for (var j = 0u; j < LANES; j++) {
                total += partial[own * LANES + j];
            }
            var value = vec4<f32>(0.0);
            for (var position = 0u; position < info.positions; position++) {
                let at = base + position * stride + 2u * depth + i % depth;
                value += scores[own * MAX_POSITIONS + position] * vec4<f32>(qkv[at]);
            }
            let at = (batch * info.positions + first + own) * info.heads * depth + head * depth;
            output[at + i % depth] = Stored(value / total);
        }
    }
}
