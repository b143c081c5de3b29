// What is measured and in which order: every engine does a little in each round, so that a machine that slows down slows all.

import { downloads } from './downloads.mjs';
import { levels } from './levels.mjs';

/** @typedef {import('../tests/browser/support.mjs').Page} Page */
/** @typedef {Pick<Page, 'evaluate'>} Evaluates a page, as far as the bench needs one */
/** @typedef {'cpu' | 'gpu'} Device */
/** @typedef {{ dispatches: number, deviceBytes: number, peakDeviceBytes: number, alive: number, largestBuffer: number, linearBytes: number }} Reading */
/**
 * @typedef {object} Engine one side of a comparison
 * @property {string} name of its worker
 * @property {'ours' | 'ort'} kind
 * @property {Device} device
 * @property {number} threads
 * @property {string | null} wasm address of our wasm file
 * @property {boolean} plain whether that file is the one for browsers without relaxed SIMD, where this one has it
 * @property {number[]} starts milliseconds, as are the next three
 * @property {number[]} steps
 * @property {number[]} encodes
 * @property {number[]} edits
 * @property {number[]} batches how many times as long six variations take as one, where one takes no more than a second
 * @property {number} dispatches of a step
 * @property {Reading | null} reading after everything
 * @property {{ code: number, weights: number }} downloads bytes
 */
/**
 * @typedef {object} Measured
 * @property {string} model
 * @property {Engine[]} engines
 * @property {any} adapter
 * @property {Partial<Record<Device, number>>} editSteps
 * @property {Partial<Record<Device, number>>} agreement of both engines' pictures, PSNR in dB
 * @property {number} rounds
 */

/** Threads of a pool that has just finished spin for a while and would slow the next engine. */
const PAUSE = 150;
/** Pictures that are drawn together, as the page does. */
export const BATCH = 6;
/** Where a step takes longer, one edit has to do. */
const SLOW_STEP = 1000;

/** Calls a function of the page. @param {Evaluates} page @param {string} method @param {...any} values @returns {Promise<any>} */
export const ask = (page, method, ...values) => page.evaluate(
  ([method, values]) => /** @type {any} */ (globalThis).bench[/** @type {string} */ (method)](.../** @type {any[]} */ (values)),
  /** @type {const} */ ([method, values]),
);

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * @param {Evaluates} page
 * @param {{ model: string, devices: Device[], rounds: number, seconds: number, steps?: number | null, onnx: string | null, tell?: (line: string) => void }} options
 * @returns {Promise<Measured>}
 */
export async function measure(page, { model, devices, rounds, seconds, steps = null, onnx, tell = () => {} }) {
  const adapter = devices.includes('gpu') ? await ask(page, 'adapter') : null;
  if (devices.includes('gpu') && !adapter) throw new Error('Chromium offers no WebGPU adapter here; measure with --only cpu.');
  const folder = `../www/models/${model}/`;
  const { config } = await ask(page, 'prepare', `${folder}manifest.json`);
  const engines = await list(page, model, devices, onnx);

  for (const engine of engines) {
    tell(`Starting ${engine.name}`);
    await ask(page, 'coldStart', engine.name, engine.kind, ...startOf(engine, model, config));
    await ask(page, 'give', engine.name, 'loadEncoder', engine.kind === 'ours' ? `${folder}encoder.safetensors` : `../onnx/${model}-encoder.onnx`);
    // The first encode prepares what later ones find ready.
    await ask(page, 'call', engine.name, 'encode');
    if (engine.device === 'gpu') engine.dispatches = await ask(page, 'call', engine.name, 'dispatches');
  }
  /** @type {Partial<Record<Device, number>>} */
  const editSteps = {};
  for (const { name, device, threads } of engines.filter(({ kind, plain }) => kind === 'ours' && !plain)) {
    const usual = await ask(page, 'open', name, device, threads, `${folder}manifest.json`);
    editSteps[device] = steps ?? usual;
  }
  /** @param {Engine} engine */
  const path = ({ device }) => levels(config, /** @type {number} */ (editSteps[device]));

  for (let round = 0; round < rounds; round++) {
    tell(`Round ${round + 1} of ${rounds}`);
    for (const engine of engines) {
      const { name, kind, device, plain } = engine;
      const pause = () => new Promise((resolve) => { setTimeout(resolve, PAUSE); });
      await pause();
      const fill = engine.steps.length ? Math.min(20, Math.max(1, Math.round(1000 * seconds / median(engine.steps)))) : 1;
      engine.steps.push(...await ask(page, 'call', name, 'steps', fill));
      for (let i = 0; i < 3; i++) engine.encodes.push(await ask(page, 'call', name, 'encode'));
      if (!plain && (round === 0 || median(engine.steps) < SLOW_STEP)) {
        await pause();
        engine.edits.push(kind === 'ours' ? await ask(page, 'edit', name, editSteps[device]) : await ask(page, 'decode', name, path(engine)));
      }
      if (kind === 'ours' && !plain && median(engine.steps) < SLOW_STEP) {
        await pause();
        const [one, six] = [await ask(page, 'call', name, 'variations', 1), await ask(page, 'call', name, 'variations', BATCH)];
        engine.batches.push(six / one);
      }
      await pause();
      engine.starts.push(await ask(page, 'coldStart', `${name}, once more`, kind, ...startOf(engine, model, config)));
      await ask(page, 'stop', `${name}, once more`);
    }
  }

  /** @type {Partial<Record<Device, number>>} */
  const agreement = {};
  for (const engine of engines) {
    engine.reading = await ask(page, 'call', engine.name, 'reading');
    // On a slow device this would double the time of the whole bench, and its networks are the same.
    if (engine.kind === 'ort' && median(engine.steps) < SLOW_STEP) agreement[engine.device] = await ask(page, 'agreement', nameOf('ours', engine.device, 1), engine.name, path(engine));
  }
  return { model, engines, adapter, editSteps, agreement, rounds };
}

/** @param {Evaluates} page @param {string} model @param {Device[]} devices @param {string | null} onnx @returns {Promise<Engine[]>} */
async function list(page, model, devices, onnx) {
  const { cores, threaded, files } = await page.evaluate(async (pkg) => {
    const { cpuFile, threadsFile } = await import(`${pkg}lib/worker/fused.js`);
    const plain = new URL(`${pkg}diffae_cpu_bg.wasm`, location.href).href;
    return {
      // Without memory to share there is one thread, whatever the machine has.
      cores: 'SharedArrayBuffer' in globalThis ? navigator.hardwareConcurrency : 1,
      threaded: 'start_threads' in await import(`${pkg}diffae_threads.js`),
      // What the package takes here.
      files: { cpu: cpuFile({}), threads: threadsFile({}), gpu: new URL(`${pkg}diffae_gpu_bg.wasm`, location.href).href, plain },
    };
  }, '../www/pkg/');
  /** @type {Engine[]} */
  const engines = [];
  /** @param {'ours' | 'ort'} kind @param {Device} device @param {number} threads @param {string | null} wasm */
  const add = async (kind, device, threads, wasm, plain = false) => {
    const name = `${nameOf(kind, device, threads)}${plain ? ' without relaxed SIMD' : ''}`;
    engines.push({
      name, kind, device, threads, wasm, plain, starts: [], steps: [], encodes: [], edits: [], batches: [], dispatches: 0, reading: null,
      downloads: await downloads(kind, model, device, wasm, onnx),
    });
  };
  for (const device of devices) {
    const several = device === 'cpu' && cores > 1;
    await add('ours', device, 1, files[device]);
    if (device === 'cpu' && files.cpu !== files.plain) await add('ours', device, 1, files.plain, true);
    if (several && threaded) await add('ours', device, cores, files.threads);
    if (!onnx) continue;
    await add('ort', device, 1, null);
    if (several) await add('ort', device, cores, null);
  }
  return engines;
}

/** @param {'ours' | 'ort'} kind @param {Device} device @param {number} threads */
function nameOf(kind, device, threads) {
  return `${kind} on ${device}${threads > 1 ? ` with ${threads} threads` : ''}`;
}

/** What a worker is started with: settings, and the files whose bytes it gets. @param {Engine} engine @param {string} model @param {any} config */
function startOf({ kind, device, threads, wasm: ours }, model, config) {
  if (ours) {
    const folder = `../www/models/${model}/`;
    return [{ device, threads }, { wasm: ours, manifest: `${folder}manifest.json`, decoder: `${folder}decoder.safetensors` }];
  }
  const wasm = `../ort/ort-wasm-simd-threaded${device === 'gpu' ? '.asyncify' : ''}.wasm`;
  return [{ device, threads, side: config.image_size, style: config.encoder.style_channels }, { wasm, network: `../onnx/${model}-unet.onnx` }];
}
