// The parts of a model on their way to the engine: all are downloaded side by side from the moment they are known to be
// needed, whether or not the engine runs yet, and each is prepared as soon as it and the engine are there.

import { unlessAborted } from '../shared/abort.js';
import { cancelled, DiffAeError } from '../shared/errors.js';
import { bytesOf } from '../shared/manifest.js';
import { obtain } from './download.js';

/** @typedef {import('../shared/protocol.js').Part} Part */
/** @typedef {import('../shared/protocol.js').LoadProgress} LoadProgress */
/** @typedef {{ signal: AbortSignal, onProgress: (progress: LoadProgress) => void }} Watch */
/** @typedef {(part: Part, bytes: Uint8Array) => void | Promise<void>} Prepare */

/**
 * Loads parts. The first failure, the engine's included, ends the other downloads and is the one that is told.
 * Each part stays a JavaScript buffer that the engine reads tensor by tensor, because the wasm memory never shrinks again;
 * the buffer is let go once it is read.
 * @param {import('../shared/protocol.js').Manifest} manifest @param {readonly Part[]} parts
 * @param {import('../shared/protocol.js').OwnModel['files']} own files that are on this device already
 * @param {Promise<Prepare>} engine how to prepare a part, once the engine runs
 * @param {Watch} watch
 */
export async function loadParts(manifest, parts, own, engine, { signal, onProgress }) {
  // An engine that fails before anybody waits for it is no crash.
  engine.catch(() => {});
  if (parts.length === 0) {
    await unlessAborted(engine, signal);
    return;
  }
  const files = parts.map((part) => {
    const file = manifest.parts[part];
    if (!file) throw new DiffAeError('part-missing', `The model ${manifest.name} has no part "${part}", which this needs.`);
    return { part, file };
  });
  const downloads = new AbortController();
  const progress = new Progress(parts, bytesOf(manifest, parts), onProgress);
  engine.then(() => progress.engineRuns(), () => {});

  /** @param {{ part: Part, file: import('../shared/protocol.js').PartFile }} needed */
  async function load({ part, file }) {
    const { bytes, fromCache } = await obtain(file, {
      signal: downloads.signal,
      onBytes: (loaded) => progress.tell(part, 'download', loaded),
      onVerify: () => progress.tell(part, 'verify', file.bytes),
    }, own[part]);
    progress.tell(part, 'prepare', file.bytes, fromCache);
    const prepare = await engine;
    if (downloads.signal.aborted) throw cancelled();
    await prepare(part, new Uint8Array(bytes));
  }

  try {
    await unlessAborted(Promise.all([engine, ...files.map(load)]), signal);
  } finally {
    downloads.abort();
  }
}

/** What happens to a part, in this order. */
const STAGES = /** @type {const} */ (['download', 'verify', 'prepare']);

/** One account of parts that are at different stages: told is what the part that is furthest behind waits for. */
class Progress {
  /** @type {Map<Part, { stage: number, loaded: number }>} */
  #parts;
  #total;
  #onProgress;
  #running = false;

  /** @param {readonly Part[]} parts @param {number} total @param {Watch['onProgress']} onProgress */
  constructor(parts, total, onProgress) {
    this.#parts = new Map(parts.map((part) => [part, { stage: 0, loaded: 0 }]));
    this.#total = total;
    this.#onProgress = onProgress;
  }

  engineRuns() {
    this.#running = true;
    if (this.#behind() === 'prepare') this.#report(null, false);
  }

  /** @param {Part} part @param {typeof STAGES[number]} stage @param {number} loaded bytes of this part @param {boolean} [fromCache] */
  tell(part, stage, loaded, fromCache = false) {
    const before = this.#parts.get(part)?.loaded ?? 0;
    // A part whose kept copy was bad is fetched from its start, and nobody is told of bytes lost.
    this.#parts.set(part, { stage: STAGES.indexOf(stage), loaded: Math.max(before, loaded) });
    this.#report(part, fromCache);
  }

  #behind() {
    return STAGES[Math.min(...[...this.#parts.values()].map(({ stage }) => stage))];
  }

  /** @param {Part | null} part @param {boolean} fromCache */
  #report(part, fromCache) {
    const behind = this.#behind();
    const stage = behind === 'prepare' && !this.#running ? 'engine' : behind;
    const loaded = [...this.#parts.values()].reduce((sum, one) => sum + one.loaded, 0);
    this.#onProgress({ stage, part: stage === 'engine' ? null : part, loaded, total: this.#total, fromCache });
  }
}
