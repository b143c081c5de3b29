// A worker that drives the package's raw engine: the calls that pkg/worker.js makes, with nothing between them and the clock.

import { noise } from './code.js';
import { pretend, reading, watch } from './meter.js';
import { answer } from './rpc.js';

/** @type {any} */
let engine;
/** @type {Uint8Array} */
let code;
/** @type {number} */
let side;

// A panic settles no promise, so that only this ends the wait for one.
const onPanic = (/** @type {string} */ message) => { setTimeout(() => { throw new Error(message); }); };

/** @param {{ device: 'cpu' | 'gpu', threads?: number, wasm: ArrayBuffer, manifest: ArrayBuffer }} files */
async function open({ device, threads = 1, wasm, manifest }) {
  const module = await (threads > 1 ? opened(threads, wasm) : openedAlone(device, wasm));
  const text = new TextDecoder().decode(manifest);
  engine = await module.DiffAe.create(text, device);
  const { config } = JSON.parse(text);
  side = config.image_size;
  code = noise(config.encoder.style_channels, side);
}

/** @param {'cpu' | 'gpu'} device @param {ArrayBuffer} wasm */
async function openedAlone(device, wasm) {
  const module = await import(`../www/pkg/diffae_${device}.js`);
  const exports = await module.default({ module_or_path: wasm });
  watch(exports.memory);
  module.set_panic_hook(onPanic);
  return module;
}

/** @param {number} threads @param {ArrayBuffer} wasm @returns {Promise<any>} */
async function opened(threads, wasm) {
  const { openThreads } = await import('../www/pkg/lib/worker/threads.js');
  const found = await openThreads(threads, URL.createObjectURL(new Blob([wasm], { type: 'application/wasm' })), null, onPanic);
  if (!found) throw new Error(`${threads} threads do not come up`);
  return found.module;
}

/** The moments at which `count` steps end, in one decoding of `steps` steps. @param {number} steps @param {number} count */
async function ends(steps, count) {
  /** @type {number[]} */
  const moments = [];
  const enough = new AbortController();
  const onStep = () => { if (moments.push(performance.now()) >= count) enough.abort(); };
  const decoding = engine.reconstruct(code, { steps }, onStep, enough.signal);
  // Ending a decoding early is a cancellation.
  await decoding.catch((/** @type {any} */ error) => { if (error.code !== 'cancelled') throw error; });
  return moments;
}

answer({
  ping() {},

  /**
   * From bytes to the first U-Net step; a GPU proves itself first, as the package demands.
   * @param {{ device: 'cpu' | 'gpu', wasm: ArrayBuffer, manifest: ArrayBuffer, decoder: ArrayBuffer }} files
   */
  async start(files) {
    await open(files);
    if (files.device === 'gpu') {
      const { passed, difference } = await engine.self_test();
      if (!passed) throw new Error(`the self-test failed by ${difference}`);
    }
    await engine.load_part('decoder', new Uint8Array(files.decoder));
    await ends(2, 1);
  },

  /** The decoder's weights alone, for a geometry whose steps take minutes here. @param {any} files */
  async load(files) {
    await open(files);
    const begin = performance.now();
    await engine.load_part('decoder', new Uint8Array(files.decoder));
    return performance.now() - begin;
  },

  /** @param {ArrayBuffer} encoder */
  loadEncoder: (encoder) => engine.load_part('encoder', new Uint8Array(encoder)),

  /** Milliseconds of each of `count` steps. @param {number} count */
  async steps(count) {
    const moments = await ends(Math.max(2, count + 1), count + 1);
    return moments.slice(1).map((end, i) => end - moments[i]);
  },

  /** Dispatches of a step that is not the first. */
  async dispatches() {
    const before = reading().dispatches;
    await ends(2, 1);
    const first = reading().dispatches;
    await ends(3, 2);
    // What is done once for a decoding is in both, so that it cancels.
    return reading().dispatches - first - (first - before);
  },

  /** Milliseconds to z_sem. */
  async encode() {
    const grey = new Uint8Array(4 * side * side).fill(128);
    const begin = performance.now();
    await engine.encode_semantic(grey, side, side, null);
    return performance.now() - begin;
  },

  /** Milliseconds of `count` variations in two steps. @param {number} count */
  async variations(count) {
    const begin = performance.now();
    await engine.variations(code, { count, seed: 0, steps: 2, strength: 1 }, () => {}, new AbortController().signal);
    return performance.now() - begin;
  },

  reading,
  pretend,
});
