// The engine inside the worker: which of the wasm files is loaded, which parts it holds, and how a job becomes a call.
// WASM boundary facts live here and nowhere else.
//
// The scripts around the wasm files are imported at once: they are small, and bundlers that make a worker one script can
// take no import that waits. The wasm files themselves are fetched when one is wanted.

import * as cpu from '../../diffae_cpu.js';
import * as gpu from '../../diffae_gpu.js';
import { unlessAborted } from '../shared/abort.js';
import { DRAFT_STEPS, partsFor, STEPS, usualParts } from '../shared/defaults.js';
import { choose, report } from '../shared/device.js';
import { DiffAeError, explained } from '../shared/errors.js';
import { bytesOf, fetchManifest, parseManifest } from '../shared/manifest.js';
import { suited } from './budget.js';
import { cpuFile, threadsFile } from './fused.js';
import { GpuWatch } from './gpu-watch.js';
import { loadParts } from './parts.js';
import { openThreads, threadsOf } from './threads.js';
import { claimTimestamps } from './timestamps.js';
import { unlessUpdated } from './updated.js';

/** @typedef {import('../shared/protocol.js').Part} Part */
/** @typedef {import('../shared/protocol.js').Job} Job */
/** @typedef {import('../shared/protocol.js').Example} Example */
/** @typedef {import('../shared/protocol.js').DeviceReport} DeviceReport */
/** @typedef {Extract<import('../shared/protocol.js').ModelRequest, { type: 'load' }>} Load */
/** @typedef {import('./parts.js').Watch} Watch */
/** @typedef {(index: number, of: number, preview: Uint8Array | null) => Promise<void>} OnStep */
/** @typedef {typeof cpu | typeof gpu | typeof import('../../diffae_threads.js')} Module */
/** @typedef {import('../../diffae_gpu.js').DiffAe} Engine */
/** @typedef {{ module: Module, memory: WebAssembly.Memory, threads: number }} Opened one of the wasm files, compiled and ready */
/** @typedef {{ engine: Engine, memory: WebAssembly.Memory, device: DeviceReport }} Started the wasm module's DiffAe instance on its device */

export class EngineHost {
  #onCrash;
  #watch;
  #onGpu = false;
  /** @type {Started | null} */
  #started = null;
  /** @type {import('../shared/protocol.js').Manifest | null} */
  #manifest = null;
  /** Files of a model that no server has. @type {import('../shared/protocol.js').OwnModel['files']} */
  #files = {};
  /** @type {Set<Part>} */
  #parts = new Set();

  /** @param {(what: string | DiffAeError) => void} onCrash told of a panic, and of a GPU that fails while nothing is asked of it */
  constructor(onCrash) {
    this.#onCrash = onCrash;
    this.#watch = new GpuWatch(onCrash);
  }

  /** Whether a GPU computes, or is about to. */
  get onGpu() {
    return this.#onGpu;
  }

  get loadedParts() {
    return [...this.#parts];
  }

  /** @returns {import('../shared/protocol.js').Memory} */
  memory() {
    return {
      linearBytes: this.#started?.memory.buffer.byteLength ?? 0,
      deviceBytes: this.#started?.engine.memory().deviceBytes ?? 0,
    };
  }

  /**
   * Starts the engine while the parts are being downloaded; what fails first is told and leaves nothing behind.
   * @param {Load} request
   * @param {Watch} watch
   * @returns {Promise<import('../shared/protocol.js').Loaded>}
   */
  async load(request, watch) {
    const { manifestUrl, own, device: choice, why, parts: wanted } = request;
    watch.onProgress({ stage: 'manifest', part: null, loaded: 0, total: 0, fromCache: false });
    // The machine alone decides which wasm file is needed, so that neither waits for the other.
    const device = choose(choice).then((found) => (why ? report(found.kind, why) : found));
    const opened = device.then(({ kind }) => this.#open(kind, request));
    opened.catch(() => {}); // Told by the start below, unless the manifest's own failure comes first.
    const manifest = own ? parseManifest(own.text, manifestUrl) : await fetchManifest(manifestUrl, { signal: watch.signal });
    this.#files = own?.files ?? {};
    const parts = wanted ?? usualParts(manifest);
    watch.onProgress({ stage: 'engine', part: null, loaded: 0, total: bytesOf(manifest, parts), fromCache: false });
    // Before anything of it is fetched.
    const found = await device;
    const fit = await suited(found, manifest, parts);
    const starting = this.#start(manifest.text, parts, fit, fit.kind === found.kind ? opened : this.#open(fit.kind, request), request);
    let runs = false;
    starting.then(() => { runs = true; }, () => {});
    try {
      await this.#need(manifest, parts, starting, watch);
      const started = await starting;
      if (started.device.kind === 'gpu') await unlessAborted(this.#watch.during(started.engine.idle()), watch.signal);
      this.#started = started;
      this.#manifest = manifest;
      return { device: started.device, manifest };
    } catch (thrown) {
      const error = explained(thrown, runs);
      this.#parts.clear();
      starting.then(({ engine }) => free(engine), () => {});
      throw error;
    }
  }

  /**
   * @param {Job} job
   * @param {Watch & { onStep: OnStep }} watch
   * @returns {Promise<unknown>}
   */
  async run(job, watch) {
    if (!this.#started || !this.#manifest) throw new DiffAeError('not-loaded', 'No model is loaded in this worker.');
    await this.#need(this.#manifest, partsFor(job.kind, this.#manifest), Promise.resolve(this.#started), watch);
    const { engine } = this.#started;
    if (!this.#onGpu) return compute(engine, job, watch.onStep, watch.signal);
    /** @type {OnStep} */
    const onStep = (...step) => {
      this.#watch.stepped();
      return watch.onStep(...step);
    };
    return this.#watch.during(compute(engine, job, onStep, watch.signal), 'count' in job ? job.count : 1);
  }

  /** @param {unknown} thrown */
  explain(thrown) {
    const error = explained(thrown, this.#started !== null);
    // A CPU computes nonsense of nothing but nonsense.
    return error.code === 'device-wrong' && !this.#onGpu ? new DiffAeError('part-invalid', error.message, { cause: thrown }) : error;
  }

  /** Compiles a wasm file while it streams in. @param {'cpu' | 'gpu'} kind @param {Load} request @returns {Promise<Opened>} */
  async #open(kind, { wasm, threads: wanted, threadWorker }) {
    const module = kind === 'gpu' ? gpu : cpu;
    this.#onGpu = kind === 'gpu';
    const threads = this.#onGpu ? 1 : threadsOf(wanted);
    const opened = threads > 1 && await openThreads(threads, threadsFile(wasm), threadWorker, this.#onCrash);
    if (opened) return { ...opened, threads };
    const { memory } = await module.default({ module_or_path: this.#onGpu ? wasm.gpu ?? undefined : cpuFile(wasm) });
    module.set_panic_hook(this.#onCrash);
    if (this.#onGpu) {
      gpu.set_gpu_hook((/** @type {string} */ trouble, /** @type {string} */ words) => this.#watch.tell(trouble, words));
      claimTimestamps();
    }
    return { module, memory, threads: 1 };
  }

  /**
   * Starts the engine. A GPU proves itself first and then makes its pipelines in the background; any failure of it means
   * the CPU, with its reason. Only one that is lost meanwhile may be there again for another worker.
   * @param {string} manifest @param {readonly Part[]} parts
   * @param {DeviceReport} device @param {Promise<Opened>} opened @param {Load} request
   * @returns {Promise<Started>}
   */
  async #start(manifest, parts, device, opened, request) {
    if (device.kind === 'cpu') return create(await opened, manifest, device);
    /** @type {'self-test-failed' | 'gpu-not-started'} */
    let reason = 'self-test-failed';
    let started = null;
    try {
      const module = await opened;
      started = await this.#watch.during(create(module, manifest, device));
      if ((await this.#watch.during(started.engine.self_test())).passed) {
        rehearse(started.engine, parts);
        return started;
      }
    } catch (error) {
      if (['manifest-invalid', 'device-lost'].includes(DiffAeError.from(error).code)) throw error;
      reason = 'gpu-not-started';
    }
    this.#watch.abandon();
    free(started?.engine);
    return create(await this.#open('cpu', request), manifest, report('cpu', reason, device.adapter));
  }

  /**
   * Loads the parts that are not there yet.
   * @param {import('../shared/protocol.js').Manifest} manifest @param {readonly Part[]} parts @param {Promise<Started>} starting @param {Watch} watch
   */
  async #need(manifest, parts, starting, watch) {
    const missing = parts.filter((part) => !this.#parts.has(part));
    const preparing = starting.then(({ engine }) => async (/** @type {Part} */ part, /** @type {Uint8Array} */ bytes) => {
      await engine.load_part(part, bytes);
      this.#parts.add(part);
    });
    await unlessUpdated(manifest, loadParts(manifest, missing, this.#files, preparing, watch));
  }
}

/**
 * A job as calls of the engine.
 * @param {Engine} engine @param {Job} job @param {OnStep} onStep @param {AbortSignal} signal
 * @returns {Promise<unknown>}
 */
async function compute(engine, job, onStep, signal) {
  switch (job.kind) {
    case 'encode': {
      const { photo, frame, steps, inversion, iterations } = job;
      return engine.encode(photo.rgba, photo.width, photo.height, { frame, steps, inversion, iterations }, onStep, signal);
    }
    case 'encode-semantic':
      return engine.encode_semantic(job.photo.rgba, job.photo.width, job.photo.height, job.frame);
    case 'reconstruct':
      return engine.reconstruct(job.code, { steps: job.steps }, onStep, signal);
    case 'edit':
      return engine.edit(job.code, job.attributes, job.directions, { steps: job.steps }, onStep, signal);
    case 'interpolate':
      return engine.interpolate(job.a, job.b, job.alpha, { steps: job.steps }, onStep, signal);
    case 'variations':
      return engine.variations(job.code, { count: job.count, seed: job.seed, steps: job.steps, strength: job.strength }, onStep, signal);
    case 'sample':
      return engine.sample({ count: job.count, seed: job.seed, steps: job.steps, latentSteps: job.latentSteps, eta: job.eta, psi: job.psi }, job.accept ?? undefined, onStep, signal);
    case 'latents':
      return engine.latents(job.code, job.attributes, job.directions);
    case 'teach': {
      const rows = (/** @type {Example[]} */ side) => side.map((example) => zSem(engine, example));
      return engine.teach(rows(job.positives), rows(job.negatives));
    }
    case 'probability':
      return engine.probability(zSem(engine, job.example), job.direction);
  }
}

/** @param {Opened} opened @param {string} manifest @param {DeviceReport} device @returns {Promise<Started>} */
async function create({ module, memory, threads }, manifest, device) {
  // What the CPU's class lacks is asked of a GPU alone.
  const engine = /** @type {Engine} */ (await module.DiffAe.create(manifest, device.kind));
  return { engine, memory, device: { ...device, threads } };
}

/** Makes the pipelines of what a person does first, where the parts for it are asked for. @param {Engine} engine @param {readonly Part[]} parts */
function rehearse(engine, parts) {
  if (!parts.includes('decoder')) return;
  const { encode, decode } = STEPS.gpu;
  engine.rehearse(parts.includes('encoder') ? encode : undefined, decode, DRAFT_STEPS);
}

/** @param {Engine} engine @param {Example} example */
function zSem(engine, example) {
  return example instanceof Float32Array ? example : engine.z_sem(example);
}

/** @param {Engine} [engine] */
function free(engine) {
  try {
    engine?.free();
  } catch {
    // A crashed instance cannot free itself; it goes with the worker.
  }
}
