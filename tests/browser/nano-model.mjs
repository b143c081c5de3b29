// A model of the smallest size that does everything an edit takes, made on the spot: a software adapter makes its pipelines in
// seconds, where the golden model's take a minute. Its weights are noise, so that its pictures mean nothing; they are compared.

import { createHash } from 'node:crypto';

const CHANNELS = 8;
const SIDE = 8;
const ATTRIBUTES = ['Smiling', 'Blond_Hair', 'Bangs'];

/** Numbers around 0, the same every time. */
function generator() {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/** @typedef {Record<string, number[]>} Shapes by the official name of a tensor */

/** @param {string} name @param {number[]} shape @returns {Shapes} */
const layer = (name, [out, ...rest]) => ({ [`${name}.weight`]: [out, ...rest], [`${name}.bias`]: [out] });
const norm = (/** @type {string} */ name, /** @type {number} */ channels) => layer(name, [channels]);
const attention = (/** @type {string} */ name) => ({ ...norm(`${name}.norm`, CHANNELS), ...layer(`${name}.qkv`, [3 * CHANNELS, CHANNELS, 1]), ...layer(`${name}.proj_out`, [CHANNELS, CHANNELS, 1]) });
const first = (/** @type {string} */ name, channels = CHANNELS) => ({ ...norm(`${name}.in_layers.0`, channels), ...layer(`${name}.in_layers.2`, [CHANNELS, channels, 3, 3]) });

/** A residual block of the U-Net. @param {string} name @param {number} [channels] that come in @returns {Shapes} */
const block = (name, channels = CHANNELS) => ({
  ...first(name, channels),
  ...layer(`${name}.emb_layers.1`, [2 * CHANNELS, CHANNELS]),
  ...layer(`${name}.cond_emb_layers.1`, [CHANNELS, CHANNELS]),
  ...norm(`${name}.out_layers.0`, CHANNELS),
  ...layer(`${name}.out_layers.3`, [CHANNELS, CHANNELS, 3, 3]),
  ...(channels === CHANNELS ? {} : layer(`${name}.skip_connection`, [CHANNELS, channels, 1, 1])),
});

/** @type {Record<string, Shapes>} */
const PARTS = {
  encoder: {
    ...layer('encoder.input_blocks.0.0', [CHANNELS, 3, 3, 3]), ...first('encoder.input_blocks.1.0'),
    ...first('encoder.middle_block.0'), ...attention('encoder.middle_block.1'), ...first('encoder.middle_block.2'),
    ...norm('encoder.out.0', CHANNELS), ...layer('encoder.out.3', [CHANNELS, CHANNELS, 1, 1]),
  },
  decoder: {
    ...layer('time_embed.time_embed.0', [CHANNELS, CHANNELS]), ...layer('time_embed.time_embed.2', [CHANNELS, CHANNELS]),
    ...layer('input_blocks.0.0', [CHANNELS, 3, 3, 3]), ...block('input_blocks.1.0'),
    ...block('middle_block.0'), ...attention('middle_block.1'), ...block('middle_block.2'),
    ...block('output_blocks.0.0', 2 * CHANNELS), ...block('output_blocks.1.0', 2 * CHANNELS),
    ...norm('out.0', CHANNELS), ...layer('out.2', [3, CHANNELS, 3, 3]),
  },
  attributes: layer('classifier', [ATTRIBUTES.length, CHANNELS]),
};

/** A safetensors file of noise of the scale at which networks keep theirs. @param {Shapes} shapes @param {() => number} noise */
function part(shapes, noise) {
  const header = /** @type {Record<string, unknown>} */ ({});
  /** @type {number[]} */
  const values = [];
  for (const [name, shape] of Object.entries(shapes)) {
    const [, ...rest] = shape;
    const spread = rest.length > 0 ? 1 / Math.sqrt(rest.reduce((a, b) => a * b)) : 0.1;
    const mean = rest.length === 0 && name.endsWith('weight') ? 1 : 0;
    const start = 4 * values.length;
    for (let i = shape.reduce((a, b) => a * b); i > 0; i--) values.push(mean + spread * noise());
    header[name] = { dtype: 'F32', shape, data_offsets: [start, 4 * values.length] };
  }
  const json = JSON.stringify(header);
  const text = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.from(Float32Array.from(values).buffer)]);
}

/** Its files by name. @param {readonly string[]} [attributes] three names @returns {Record<string, Buffer>} */
export function nanoModel(attributes = ATTRIBUTES) {
  const noise = generator();
  const files = Object.fromEntries(Object.entries(PARTS).map(([name, shapes]) => [name, part(shapes, noise)]));
  const manifest = {
    format: 1,
    name: 'nano',
    config: {
      name: 'nano', image_size: SIDE, patch_size: 1, net_ch: CHANNELS, net_ch_mult: [1], num_res_blocks: 1, attn_resolutions: [], heads: 1,
      embed_channels: CHANNELS, schedule: 'linear', timesteps: 1000, prediction: 'epsilon',
      encoder: { ch_mult: [1], num_res_blocks: 1, attn_resolutions: [], style_channels: CHANNELS }, latent: null, attributes,
    },
    conds_mean: Array(CHANNELS).fill(0),
    conds_std: Array(CHANNELS).fill(1),
    framing: { eye_midpoint: [0.5, 0.48], eye_distance: 0.25 },
    licence: 'noise',
    origin: 'the tests',
    parts: Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, {
      file: `${name}.safetensors`, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex'), precision: 'f32',
    }])),
  };
  return { 'manifest.json': Buffer.from(JSON.stringify(manifest)), ...Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`${name}.safetensors`, bytes])) };
}
