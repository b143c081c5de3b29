// A worker that drives onnxruntime-web, on its CPU kernels (`device` cpu, so many threads) or on its WebGPU kernels.

import { read } from './code.js';
import { reading } from './meter.js';
import { answer } from './rpc.js';

/** @type {any} */
let ort;
/** @type {any} */
let unet;
/** @type {any} */
let encoder;
/** @type {{ side: number, style: number, executionProviders: string[] }} */
let model;
/** @type {Record<string, any>} */
let inputs;

/** One U-Net step. @param {Record<string, any>} values @returns {Promise<Float32Array>} */
async function step(values) {
  const outputs = await unet.run(values);
  return outputs[unet.outputNames[0]].data;
}

/** @param {Float32Array} x @param {number} t @param {Float32Array} z */
function named(x, t, z) {
  const { side, style } = model;
  return {
    x_t: new ort.Tensor('float32', x, [1, 3, side, side]),
    t: unet.inputMetadata.find((/** @type {any} */ input) => input.name === 't').type === 'int64'
      ? new ort.Tensor('int64', BigInt64Array.of(BigInt(t)), [1])
      : new ort.Tensor('float32', Float32Array.of(t), [1]),
    z_sem: new ort.Tensor('float32', z, [1, style]),
  };
}

/** @param {() => Promise<unknown>} run */
async function timed(run) {
  const begin = performance.now();
  await run();
  return performance.now() - begin;
}

answer({
  ping() {},

  /**
   * From bytes to the first U-Net step.
   * @param {{ device: 'cpu' | 'gpu', threads: number, wasm: ArrayBuffer, network: ArrayBuffer, side: number, style: number }} files
   */
  async start({ device, threads, wasm, network, side, style }) {
    ort = await import(device === 'gpu' ? '../ort/ort.webgpu.min.mjs' : '../ort/ort.wasm.min.mjs');
    ort.env.wasm.wasmPaths = new URL('../ort/', import.meta.url).href;
    ort.env.wasm.wasmBinary = wasm;
    ort.env.wasm.numThreads = threads;
    model = { side, style, executionProviders: [device === 'gpu' ? 'webgpu' : 'wasm'] };
    unet = await ort.InferenceSession.create(new Uint8Array(network), { executionProviders: model.executionProviders });
    inputs = named(new Float32Array(3 * side * side).fill(0.5), 500, new Float32Array(style).fill(0.1));
    await step(inputs);
  },

  /** @param {ArrayBuffer} network */
  async loadEncoder(network) {
    const { executionProviders } = model;
    encoder = await ort.InferenceSession.create(new Uint8Array(network), { executionProviders });
  },

  /** Milliseconds of each of `count` steps. @param {number} count */
  async steps(count) {
    const times = [];
    for (let i = 0; i < count; i++) times.push(await timed(() => step(inputs)));
    return times;
  },

  /** Dispatches of a step. */
  async dispatches() {
    const before = reading().dispatches;
    await step(inputs);
    return reading().dispatches - before;
  },

  /** Milliseconds to z_sem. */
  encode() {
    const { side } = model;
    const image = new ort.Tensor('float32', new Float32Array(3 * side * side), [1, 3, side, side]);
    return timed(() => encoder.run({ [encoder.inputNames[0]]: image }));
  },

  /**
   * DDIM (eta 0) from a code to a picture for a network that predicts v.
   * @param {{ code: Uint8Array, levels: { t: number, alphaBar: number }[] }} decoding from the noisiest level on
   * @returns {Promise<Float32Array>} in [-1, 1], channel by channel
   */
  async decode({ code, levels }) {
    const { z_sem: z, x_T: x } = read(code);
    for (const [index, { t, alphaBar }] of levels.entries()) {
      const v = await step(named(x, t, z));
      const signal = Math.sqrt(alphaBar);
      const spread = Math.sqrt(1 - alphaBar);
      const next = levels[index + 1]?.alphaBar ?? 1;
      for (let i = 0; i < x.length; i++) {
        const x0 = Math.min(1, Math.max(-1, signal * x[i] - spread * v[i]));
        const eps = (x[i] - signal * x0) / spread;
        x[i] = Math.sqrt(next) * x0 + Math.sqrt(1 - next) * eps;
      }
    }
    return x;
  },

  reading,
});
