// `DiffAe`: a loaded model on the main thread. It owns the worker, replaces it when it dies, and turns its messages into
// promises; what a person made (codes, directions) lives here as bytes and outlives any worker.

import { unlessAborted } from '../shared/abort.js';
import { ITERATIONS, LATENT_STEPS, MOST_THREADS, REST_MS, SAMPLING, STEPS, STRENGTH, usualParts } from '../shared/defaults.js';
import { cancelled, DiffAeError } from '../shared/errors.js';
import { bytesOf } from '../shared/manifest.js';
import { isOwn } from '../shared/own-store.js';
import { hasAll } from '../shared/store.js';
import { pixels } from './picture.js';
import { Connection } from './connection.js';
import { centred } from './frame.js';
import { outOfSight } from './out-of-sight.js';
import { manifestAt, ownModel } from './own-models.js';
import { Photo } from './photo.js';
import { Strikes } from './strikes.js';
import { absolute, given, modelWorker } from './workers.js';

/** @typedef {import('../../index.js').Code} Code */
/** @typedef {import('../../index.js').LoadOptions} LoadOptions */
/** @typedef {import('../../index.js').StepOptions} StepOptions */
/** @typedef {import('../../index.js').StoredCode} StoredCode */
/** @typedef {StoredCode | Float32Array} Example */
/** @typedef {import('../shared/protocol.js').Job} Job */
/** @typedef {import('../shared/protocol.js').RawPicture} RawPicture */
/** @typedef {import('./connection.js').Watch} Watch */
/**
 * @template {Job['kind']} K
 * @typedef {import('../shared/protocol.js').Results[K]} Result
 */

export class DiffAe {
  /** @type {string} */
  #manifestUrl;
  /** @type {import('../shared/protocol.js').DeviceChoice} */
  #choice;
  /** @type {readonly import('../shared/protocol.js').Part[] | null} loaded or to be loaded; null for the usual ones */
  #parts;
  /** @type {number | null} of the CPU; null for as many as are of use */
  #threads;
  #onState;
  /** @type {import('../../index.js').Addresses} */
  #addresses;
  /** @type {Connection | null} */
  #connection = null;
  /** @type {Promise<void> | null} settles when the present worker is ready */
  #starting = null;
  /** @type {import('../shared/protocol.js').Loaded | null} */
  #loaded = null;
  #memory = { linearBytes: 0, deviceBytes: 0 };
  /** @type {Map<string, Uint8Array>} */
  #directions = new Map();
  /** Of a worker that computes on the CPU. */
  #crashesInARow = 0;
  /** Failures of a GPU, or of several threads, after which what was asked is done once more. @type {WeakSet<DiffAeError>} */
  #passing = new WeakSet();
  #strikes = new Strikes();
  /** @type {'gpu-crashed' | null} why the device is not the one that was chosen */
  #why = null;
  /** Whether the present worker has loaded the model. */
  #up = false;
  /** Requests under way. */
  #busy = 0;
  /** Whether the worker was let go of, and comes back with the page. */
  #rests = false;
  #stopWatching;
  #freed = false;

  /** Internal: use `DiffAe.load`. @param {string} manifestUrl @param {LoadOptions} options */
  constructor(manifestUrl, { device = 'auto', parts, threads, onState, restMs = REST_MS, signal: _, onProgress: __, ...addresses } = {}) {
    this.#manifestUrl = manifestUrl;
    this.#choice = device;
    this.#parts = parts ?? null;
    this.#threads = threadCount(threads);
    this.#onState = onState;
    this.#addresses = addresses;
    this.#stopWatching = outOfSight(restMs, () => this.#rest(), () => this.#wake());
  }

  /**
   * Reads a manifest only: size, licence and attributes, to be shown before anything is downloaded.
   * @param {string | URL} manifestUrl @param {{ signal?: AbortSignal }} [options]
   */
  static async describe(manifestUrl, options) {
    return summary(await manifestAt(manifestUrl, options));
  }

  /** @param {string | URL} manifestUrl @param {LoadOptions} [options] */
  static async load(manifestUrl, options = {}) {
    const model = new DiffAe(absolute(manifestUrl), options);
    try {
      await model.#begin(model.#come({ signal: options.signal, onProgress: options.onProgress }));
    } catch (error) {
      model.free();
      throw error;
    }
    return model;
  }

  /** Names that `edit` takes: the model's own and those taught. */
  get attributes() {
    return [...this.#manifest().attributes, ...this.#directions.keys()];
  }

  get info() {
    const manifest = this.#manifest();
    return { ...summary(manifest), device: this.#device(), loaded: [...(this.#parts ?? [])], memory: { ...this.#memory } };
  }

  /** @param {import('./picture.js').PictureSource | Photo} image @param {import('../../index.js').EncodeOptions} [options] @returns {Promise<Code>} */
  async encode(image, options = {}) {
    const { frame = null, steps = STEPS[this.#device().kind].encode, inversion = 'fixed-point', iterations = ITERATIONS } = options;
    const value = await this.#run(async () => /** @type {const} */ ({ kind: 'encode', ...await this.#framed(image, frame, options.signal), steps, inversion, iterations }), options);
    return Object.freeze({ bytes: value.code, picture: picture(value.picture), steps, model: this.#manifest().name });
  }

  /** @param {import('./picture.js').PictureSource | Photo} image @param {import('../../index.js').SemanticOptions} [options] @returns {Promise<Float32Array>} */
  async encodeSemantic(image, options = {}) {
    return this.#run(async () => /** @type {const} */ ({ kind: 'encode-semantic', ...await this.#framed(image, options.frame ?? null, options.signal) }), options);
  }

  /** @param {StoredCode} code @param {StepOptions} [options] */
  async reconstruct(code, options = {}) {
    return picture(await this.#run({ kind: 'reconstruct', code: bytesIn(code), steps: this.#steps(options, code) }, options));
  }

  /** @param {StoredCode} code @param {Readonly<Record<string, number>>} amplitudes @param {StepOptions} [options] */
  async edit(code, amplitudes, options = {}) {
    return picture(await this.#run({ kind: 'edit', code: bytesIn(code), ...this.#moved(amplitudes), steps: this.#steps(options, code) }, options));
  }

  /** @param {StoredCode} code @param {Readonly<Record<string, number>>} [amplitudes] @param {import('../../index.js').Watch} [options] */
  async latents(code, amplitudes = {}, options = {}) {
    return this.#run({ kind: 'latents', code: bytesIn(code), ...this.#moved(amplitudes) }, options);
  }

  /** @param {StoredCode} a @param {StoredCode} b @param {number} alpha @param {StepOptions} [options] */
  async interpolate(a, b, alpha, options = {}) {
    return picture(await this.#run({ kind: 'interpolate', a: bytesIn(a), b: bytesIn(b), alpha, steps: this.#steps(options, a) }, options));
  }

  /** @param {StoredCode} code @param {import('../../index.js').VariationOptions} [options] */
  async variations(code, options = {}) {
    const { count = 4, seed = 0, strength = STRENGTH } = options;
    return pictures(await this.#run({ kind: 'variations', code: bytesIn(code), count, seed, steps: this.#steps(options, code), strength }, options));
  }

  /** @param {import('../../index.js').SampleOptions} [options] */
  async sample(options = {}) {
    const { count = 4, seed = 0, latentSteps = LATENT_STEPS, eta = SAMPLING.eta, psi = SAMPLING.psi, like = null } = options;
    const accept = like === null ? null : this.#direction(like);
    return pictures(await this.#run({ kind: 'sample', count, seed, steps: this.#steps(options), latentSteps, eta, psi, accept }, options));
  }

  /** @param {readonly Example[]} positives @param {readonly Example[]} negatives @param {{ name: string } & import('../../index.js').Watch} options */
  async teach(positives, negatives, options) {
    const { name } = options;
    this.#unlessTaken(name);
    const bytes = await this.#run({ kind: 'teach', positives: positives.map(example), negatives: negatives.map(example) }, options);
    return this.learn({ name, bytes });
  }

  /** @param {import('../../index.js').Direction} direction */
  learn({ name, bytes }) {
    this.#unlessTaken(name);
    this.#directions.set(name, bytes);
    return Object.freeze({ name, bytes });
  }

  /** @param {string} name */
  unlearn(name) {
    this.#directions.delete(name);
  }

  /** @param {Example} face @param {string} name @param {import('../../index.js').Watch} [options] */
  async probability(face, name, options = {}) {
    return this.#run({ kind: 'probability', example: example(face), direction: this.#direction(name) }, options);
  }

  /** Ends the worker and everything it holds. */
  free() {
    this.#freed = true;
    this.#stopWatching();
    this.#connection?.end(freed());
    this.#connection = null;
  }

  /**
   * A job that a failing GPU takes down is done again: on the GPU first, and by the CPU where that fails once more. One that fails on
   * several threads is done by one.
   * @template {Job} J
   * @param {J | (() => Promise<J>)} asked what holds a photo is made anew each time, since it goes to the worker for good
   * @param {StepOptions} options
   * @returns {Promise<Result<J['kind']>>}
   */
  async #run(asked, { signal, onProgress, onStep }) {
    const { encodes, name, imageSize: side } = this.#manifest();
    this.#busy += 1;
    try {
      for (;;) {
        const job = typeof asked === 'function' ? await asked() : asked;
        if (!encodes && job.kind !== 'sample') throw new DiffAeError('unsupported', `The model ${name} has no encoder: it draws pictures from noise alone and can only be asked for samples.`);
        const connection = await unlessAborted(this.#connected(), signal);
        try {
          const answer = await connection.ask({ type: 'run', job }, {
            signal,
            onProgress,
            onStep: onStep && (({ index, of, preview }) => onStep({ index, of, preview: preview && new ImageData(new Uint8ClampedArray(preview), side) })),
          }, 'photo' in job ? [job.photo.rgba.buffer] : []);
          this.#crashesInARow = 0;
          this.#strikes.rest();
          this.#memory = answer.memory;
          this.#parts = answer.parts ?? this.#parts;
          return /** @type {Result<J['kind']>} */ (answer.value);
        } catch (error) {
          this.#unlessAgain(error, signal);
        }
      }
    } finally {
      this.#busy -= 1;
    }
  }

  /** Throws what ended some work, unless it may end otherwise now and the work is still wanted. @param {unknown} error @param {AbortSignal} [signal] */
  #unlessAgain(error, signal) {
    if (this.#freed) throw freed();
    if (signal?.aborted) throw cancelled();
    if (!this.#passing.has(/** @type {DiffAeError} */ (error))) throw error;
  }

  /**
   * Pixels and the frame in them. A photo's own worker cuts the frame out, to the model's size.
   * @param {import('./picture.js').PictureSource | Photo} image @param {import('../shared/protocol.js').Frame | null} frame @param {AbortSignal} [signal]
   */
  async #framed(image, frame, signal) {
    if (!(image instanceof Photo)) return pixels(image, frame);
    const { data, width, height } = await image.crop(frame ?? centred(image), this.#manifest().imageSize, { signal });
    return { photo: { width, height, rgba: new Uint8Array(data.buffer) }, frame: null };
  }

  /** After a crash the worker may still be coming up, or the last attempt may have failed: then this one tries again. */
  async #connected() {
    for (;;) {
      if (this.#freed) throw freed();
      await this.#ready();
      // Whatever happened while this waited, such as being freed or another crash, has taken the worker away.
      if (this.#connection) return this.#connection;
    }
  }

  /** The present worker once it is ready, or a new one. @param {DiffAeError | null} [why] what ended the one before @returns {Promise<void>} */
  #ready(why = null) {
    return this.#starting ?? this.#begin(this.#restart(why));
  }

  /** Remembers a start until it fails, so that the next request can make another. @param {Promise<void>} starting */
  #begin(starting) {
    this.#starting = starting;
    starting.catch(() => {
      if (this.#starting === starting) this.#starting = null;
    });
    return starting;
  }

  /** A worker that comes up: where the GPU fails meanwhile, another one. @param {Watch} watch */
  async #come(watch) {
    for (;;) {
      try {
        return await this.#start(watch);
      } catch (error) {
        this.#unlessAgain(error, watch.signal);
        this.#tell('restarting', DiffAeError.from(error));
      }
    }
  }

  /** @param {Watch} watch */
  async #start(watch) {
    // Whoever was told of the worker before may have had enough.
    if (this.#freed) throw freed();
    if (this.#strikes.out && this.#choice !== 'cpu') {
      this.#choice = 'cpu';
      this.#why = 'gpu-crashed';
    }
    // Codes are those of the model that made them, whatever its server has by now, or whether it can be reached.
    const known = this.#loaded?.manifest;
    const own = isOwn(this.#manifestUrl) ? await ownModel(this.#manifestUrl) : known ? { text: known.text, files: {} } : null;
    if (this.#freed) throw freed();
    this.#rests = false;
    const connection = new Connection(() => modelWorker(this.#addresses), (error, gpu) => this.#crashed(error, gpu));
    this.#connection = connection;
    const { cpuWasmUrl, cpuFusedWasmUrl, gpuWasmUrl, threadsWasmUrl, threadsFusedWasmUrl, threadWorkerUrl } = this.#addresses;
    const wasm = { cpu: given(cpuWasmUrl), cpuFused: given(cpuFusedWasmUrl), gpu: given(gpuWasmUrl), threads: given(threadsWasmUrl), threadsFused: given(threadsFusedWasmUrl) };
    const request = /** @type {const} */ ({ type: 'load', manifestUrl: known?.url ?? this.#manifestUrl, own, device: this.#choice, threads: this.#threads, threadWorker: given(threadWorkerUrl), why: this.#why, parts: this.#parts, wasm });
    try {
      const answer = await connection.ask(request, watch);
      this.#loaded = /** @type {import('../shared/protocol.js').Loaded} */ (answer.value);
      this.#memory = answer.memory;
      this.#parts = answer.parts ?? this.#parts;
      this.#up = true;
    } catch (error) {
      connection.end(DiffAeError.from(error));
      throw error;
    }
  }

  /** @param {DiffAeError | null} why */
  async #restart(why) {
    this.#tell('restarting', why);
    try {
      await this.#come({});
      this.#tell('ready', null);
    } catch (error) {
      this.#tell('failed', DiffAeError.from(error));
      throw error;
    }
  }

  /**
   * One automatic replacement; after that only a request of the person's starts another. A GPU gets as many as it takes to give it up.
   * @param {DiffAeError} error @param {boolean} gpu
   */
  #crashed(error, gpu) {
    const wasUp = this.#up;
    // A worker that dies without a word says nothing of its device.
    const onGpu = gpu || (wasUp && this.#loaded?.device.kind === 'gpu');
    if (onGpu) {
      this.#passing.add(error);
      this.#strikes.add(!wasUp || this.#busy > 0);
    } else if (this.#connection?.threaded) {
      // Whatever it was, one thread may do without: it takes less memory, and none of what browsers share.
      this.#passing.add(error);
      this.#threads = 1;
    } else {
      this.#crashesInARow += 1;
    }
    this.#up = false;
    this.#connection = null;
    // One that never came up is told of, and replaced, by whoever started it.
    if (!wasUp) return;
    this.#starting = null;
    if (this.#freed) return;
    if (!onGpu && this.#crashesInARow > 1) this.#tell('failed', error);
    else this.#ready(error).catch(() => {}); // Reported by onState, and again by the next request.
  }

  /** Lets go of the worker, and with it of the device's memory, where it comes back without a download. */
  async #rest() {
    if (!this.#up || this.#busy > 0) return;
    const { parts } = this.#manifest();
    const kept = await (isOwn(this.#manifestUrl)
      // Another tab may have removed it.
      ? ownModel(this.#manifestUrl).then(() => true, () => false)
      : hasAll((this.#parts ?? []).map((part) => parts[part])));
    // Much may have happened while storage was asked.
    if (!kept || !this.#up || this.#busy > 0 || document.visibilityState !== 'hidden') return;
    this.#up = false;
    this.#rests = true;
    this.#memory = { linearBytes: 0, deviceBytes: 0 };
    this.#connection?.end(freed());
    this.#connection = this.#starting = null;
  }

  /** Comes back before anybody asks for something. */
  #wake() {
    if (this.#rests && !this.#freed) this.#ready().catch(() => {}); // Reported by onState, and again by the next request.
  }

  /** @param {'restarting' | 'ready' | 'failed'} state @param {DiffAeError | null} error */
  #tell(state, error) {
    if (!this.#freed) this.#onState?.({ state, error });
  }

  /** What a job needs of changed attributes, those that were taught among them. @param {Readonly<Record<string, number>>} amplitudes */
  #moved(amplitudes) {
    for (const [name, amount] of Object.entries(amplitudes)) {
      if (!Number.isFinite(amount)) throw new DiffAeError('option-invalid', `The amplitude of ${name} must be a finite number.`);
    }
    const directions = Object.fromEntries([...this.#directions].filter(([name]) => Object.hasOwn(amplitudes, name)));
    return { attributes: { ...amplitudes }, directions };
  }

  /** @param {string} name */
  #direction(name) {
    const bytes = this.#directions.get(name);
    if (!bytes) throw new DiffAeError('attribute-unknown', `Nothing called ${name} was taught.`);
    return bytes;
  }

  /** @param {string} name of something to be taught */
  #unlessTaken(name) {
    if (this.#manifest().attributes.includes(name)) throw new DiffAeError('option-invalid', `${name} is an attribute of the model already; choose another name.`);
  }

  /** @param {StepOptions} options @param {StoredCode} [code] */
  #steps(options, code) {
    return options.steps ?? code?.steps ?? STEPS[this.#device().kind].decode;
  }

  #manifest() {
    if (!this.#loaded) throw new DiffAeError('not-loaded', 'The model is not loaded.');
    return this.#loaded.manifest;
  }

  #device() {
    if (!this.#loaded) throw new DiffAeError('not-loaded', 'The model is not loaded.');
    return this.#loaded.device;
  }
}

/** @param {import('../shared/protocol.js').Manifest} manifest */
function summary(manifest) {
  const { name, imageSize, encodes, attributes, framing, cost, licence, origin, parts } = manifest;
  return { name, imageSize, encodes, attributes, framing, cost, licence, origin, parts, editingBytes: bytesOf(manifest, usualParts(manifest)) };
}

/** What is sent of something to learn from. @param {Example} given */
function example(given) {
  return given instanceof Float32Array ? given : bytesIn(given);
}

/** @param {StoredCode} code */
function bytesIn(code) {
  // The engine takes anything else for a fault of its own.
  if (code?.bytes instanceof Uint8Array) return code.bytes;
  throw new DiffAeError('code-invalid', 'A code is what encode gave, or an object that holds its bytes: { bytes: Uint8Array }.');
}

/** @param {RawPicture} raw */
function picture({ width, height, rgba }) {
  return new ImageData(Uint8ClampedArray.from(rgba), width, height);
}

/** @param {RawPicture[]} list */
function pictures(list) {
  return list.map(picture);
}

function freed() {
  return new DiffAeError('freed', 'This model was freed; load it again.');
}

/** @param {number | undefined} threads */
function threadCount(threads) {
  if (threads === undefined) return null;
  if (!(Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS)) throw new DiffAeError('option-invalid', `The number of threads must be a whole number from 1 to ${MOST_THREADS}, not ${threads}.`);
  return threads;
}
