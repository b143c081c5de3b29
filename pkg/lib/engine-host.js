// The engine inside the worker: which of the two wasm files is loaded, which parts it holds, and how a job becomes a call.
// WASM boundary facts live here and nowhere else.

import { obtain } from './download.js';
import { choose, report } from './device.js';
import { PARTS_FOR } from './defaults.js';
import { cancelled, DiffAeError, explained } from './errors.js';
import { bytesOf, fetchManifest } from './manifest.js';

/** @typedef {import('./protocol.js').Part} Part */
/** @typedef {import('./protocol.js').Job} Job */
/** @typedef {import('./protocol.js').LoadProgress} LoadProgress */
/** @typedef {(index: number, of: number, preview: Uint8Array | null) => Promise<boolean>} OnStep */
/** @typedef {{ signal: AbortSignal, onProgress: (progress: LoadProgress) => void }} Watch */

export class EngineHost {
  #onPanic;
  /** @type {any} the wasm module's Engine instance */
  #engine = null;
  /** @type {WebAssembly.Memory | null} */
  #memory = null;
  /** @type {import('./manifest.js').Manifest | null} */
  #manifest = null;
  /** @type {import('./protocol.js').DeviceReport | null} */
  #device = null;
  /** @type {Set<Part>} */
  #parts = new Set();

  /** @param {(message: string) => void} onPanic */
  constructor(onPanic) {
    this.#onPanic = onPanic;
  }

  get loadedParts() {
    return [...this.#parts];
  }

  /** @returns {import('./protocol.js').Memory} */
  memory() {
    return {
      linearBytes: this.#memory?.buffer.byteLength ?? 0,
      deviceBytes: this.#engine?.memory().deviceBytes ?? 0,
    };
  }

  /**
   * @param {Extract<import('./protocol.js').ModelRequest, { type: 'load' }>} request
   * @param {Watch} watch
   * @returns {Promise<import('./protocol.js').Loaded>}
   */
  async load({ manifestUrl, device: choice, why, parts }, watch) {
    watch.onProgress({ stage: 'manifest', part: null, loaded: 0, total: 0, fromCache: false });
    const manifest = await fetchManifest(manifestUrl, { signal: watch.signal });
    watch.onProgress({ stage: 'engine', part: null, loaded: 0, total: bytesOf(manifest, parts), fromCache: false });
    const wanted = await choose(choice);
    const device = why ? report(wanted.kind, /** @type {any} */ (why)) : wanted;
    this.#device = device.kind === 'gpu' ? await this.#startGpu(manifest.text, device) : device;
    if (!this.#engine) await this.#start(await import('../diffae_cpu.js'), manifest.text, 'cpu');
    this.#manifest = manifest;
    if (watch.signal.aborted) throw cancelled();
    await this.#need(parts, watch);
    return { device: this.#device, manifest };
  }

  /**
   * @param {Job} job
   * @param {Watch & { onStep: OnStep }} watch
   * @returns {Promise<unknown>}
   */
  async run(job, watch) {
    if (!this.#engine) throw new DiffAeError('not-loaded', 'No model is loaded in this worker.');
    await this.#need(PARTS_FOR[job.kind], watch);
    const engine = this.#engine;
    const { onStep } = watch;
    switch (job.kind) {
      case 'encode': {
        const { photo, frame, steps, inversion, iterations } = job;
        return engine.encode(photo.rgba, photo.width, photo.height, frame, { steps, inversion, iterations }, onStep);
      }
      case 'encode-semantic':
        return engine.encode_semantic(job.photo.rgba, job.photo.width, job.photo.height, job.frame);
      case 'reconstruct':
        return engine.reconstruct(job.code, { steps: job.steps }, onStep);
      case 'edit':
        return engine.edit(job.code, job.attributes, job.directions, { steps: job.steps }, onStep);
      case 'interpolate':
        return engine.interpolate(job.a, job.b, job.alpha, { steps: job.steps }, onStep);
      case 'variations':
        return engine.variations(job.code, { count: job.count, seed: job.seed, steps: job.steps }, onStep);
      case 'sample':
        return engine.sample({ count: job.count, seed: job.seed, steps: job.steps, latentSteps: job.latentSteps }, onStep);
      case 'teach':
        return engine.teach(job.positives, job.negatives);
    }
  }

  /** @param {unknown} thrown */
  explain(thrown) {
    return explained(thrown, this.#engine !== null);
  }

  /**
   * Starts the GPU engine and lets it prove itself; any failure means the CPU, with its reason.
   * @param {string} manifest @param {import('./protocol.js').DeviceReport} device
   */
  async #startGpu(manifest, device) {
    try {
      await this.#start(await import('../diffae_gpu.js'), manifest, 'gpu');
      const { passed } = await this.#engine.self_test();
      if (passed) return device;
      this.#stop();
      return report('cpu', 'self-test-failed', device.adapter);
    } catch (error) {
      this.#stop();
      if (/** @type {any} */ (error)?.code === 'manifest-invalid') throw error;
      return report('cpu', 'gpu-not-started', device.adapter);
    }
  }

  /** @param {any} module @param {string} manifest @param {'cpu' | 'gpu'} device */
  async #start(module, manifest, device) {
    const exports = await module.default();
    module.set_panic_hook(this.#onPanic);
    this.#memory = exports.memory;
    this.#engine = await module.Engine.create(manifest, device);
  }

  #stop() {
    try {
      this.#engine?.free();
    } catch {
      // A crashed instance cannot free itself; it goes with the worker.
    }
    this.#engine = null;
    this.#memory = null;
  }

  /**
   * Downloads the parts that are not loaded yet. Each stays a JavaScript buffer that the engine reads tensor by tensor,
   * because the wasm memory never shrinks again.
   * @param {readonly Part[]} parts @param {Watch} watch
   */
  async #need(parts, { signal, onProgress }) {
    const manifest = /** @type {import('./manifest.js').Manifest} */ (this.#manifest);
    const missing = parts.filter((part) => !this.#parts.has(part));
    const total = bytesOf(manifest, missing);
    let before = 0;
    for (const part of missing) {
      const file = manifest.parts[part];
      if (!file) throw new DiffAeError('part-missing', `The model ${manifest.name} has no part "${part}", which this needs.`);
      /** @param {LoadProgress['stage']} stage @param {number} loaded @param {boolean} [fromCache] */
      const tell = (stage, loaded, fromCache = false) => onProgress({ stage, part, loaded: before + loaded, total, fromCache });
      const { bytes, fromCache } = await obtain(file, {
        signal,
        onBytes: (loaded) => tell('download', loaded),
        onVerify: () => tell('verify', file.bytes),
      });
      tell('prepare', file.bytes, fromCache);
      await this.#engine.load_part(part, new Uint8Array(bytes));
      this.#parts.add(part);
      before += file.bytes;
    }
  }
}
