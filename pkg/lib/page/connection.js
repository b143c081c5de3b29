// The page's end of a worker: requests with ids, their callbacks, cancellation, and what happens when the worker dies.

import { cancelled, crashed, DiffAeError } from '../shared/errors.js';
import { scriptUrl } from '../shared/trusted.js';
import { noteTraffic } from './traffic.js';

/** @typedef {import('../shared/protocol.js').ToWorker} ToWorker */
/** @typedef {import('../shared/protocol.js').FromWorker} FromWorker */
/** @typedef {{ index: number, of: number, preview: ArrayBuffer | null }} RawStep */
/** @typedef {import('../shared/protocol.js').Answer} Answer */
/**
 * @typedef {object} Watch
 * @property {AbortSignal} [signal]
 * @property {(progress: import('../shared/protocol.js').LoadProgress) => void} [onProgress]
 * @property {(step: RawStep) => void} [onStep]
 * @property {(faces: import('../shared/protocol.js').Face[]) => void} [onFaces]
 */
/** @typedef {{ resolve: (answer: Answer) => void, reject: (error: DiffAeError) => void, watch: Watch }} Pending */

export class Connection {
  #worker;
  #onCrash;
  #nextId = 1;
  /** @type {Map<number, Pending>} */
  #pending = new Map();
  /** @type {DiffAeError | null} why nothing can be asked any more */
  #ended = null;
  #heard = false;
  /** Whether the worker has others compute with it. */
  threaded = false;

  /**
   * @param {() => Worker} spawn
   * @param {(error: DiffAeError, gpu: boolean) => void} onCrash called once, after every open request was rejected; told whether a GPU was
   *   computing, as far as the worker could still say
   */
  constructor(spawn, onCrash) {
    this.#onCrash = onCrash;
    this.#worker = started(spawn);
    this.#worker.addEventListener('message', (event) => this.#receive(event.data));
    // An answer that cannot be read is an answer that never comes.
    this.#worker.addEventListener('messageerror', () => this.#crash(crashed('an answer of the worker could not be read')));
    this.#worker.addEventListener('error', (event) => {
      event.preventDefault();
      // Before the first message it is the script itself that failed to load.
      this.#crash(this.#heard
        ? crashed(event.message || 'no message')
        : hasModuleWorkers()
          ? new DiffAeError('worker-unavailable', 'The worker script could not be loaded: it must lie beside the package or where workerUrl says, and the page\'s content security policy must allow it.')
          : new DiffAeError('unsupported', 'This browser is too old: its workers cannot load modules, as those of Firefox 114, Safari 15 and Chrome 80 can.'));
    });
  }

  /**
   * @param {import('../shared/protocol.js').Request} request
   * @param {Watch} watch
   * @param {Transferable[]} [transfer]
   * @returns {Promise<Answer>}
   */
  ask(request, watch, transfer = []) {
    const { signal } = watch;
    if (this.#ended) return Promise.reject(this.#ended);
    if (signal?.aborted) return Promise.reject(cancelled());
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const onAbort = () => this.#worker.postMessage(/** @type {ToWorker} */ ({ type: 'cancel', id }));
      const done = () => signal?.removeEventListener('abort', onAbort);
      signal?.addEventListener('abort', onAbort);
      this.#pending.set(id, {
        watch,
        resolve: (answer) => (done(), resolve(answer)),
        reject: (error) => (done(), reject(error)),
      });
      try {
        this.#worker.postMessage(/** @type {ToWorker} */ ({ ...request, id }), transfer);
      } catch (error) {
        this.#pending.delete(id);
        done();
        reject(new DiffAeError('option-invalid', 'What was asked for holds something that cannot be sent to a worker, as a function or a proxy; give plain objects.', { cause: error }));
      }
    });
  }

  /** Ends the worker and rejects what is open. @param {DiffAeError} reason */
  end(reason) {
    if (this.#ended) return;
    this.#ended = reason;
    this.#worker.terminate();
    const open = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject, watch } of open) reject(watch.signal?.aborted ? cancelled() : reason);
  }

  /** @param {FromWorker} message */
  #receive(message) {
    this.#heard = true;
    if (message.type === 'traffic') {
      noteTraffic(message.traffic);
      return;
    }
    if (message.type === 'thread') {
      this.threaded = true;
      message.port.onmessage = ({ data }) => this.#receive(data);
      return;
    }
    if (message.type === 'crashed') {
      this.#crash(new DiffAeError(message.error.code, message.error.message), message.gpu);
      return;
    }
    const pending = this.#pending.get(message.id);
    if (!pending) return;
    const { watch } = pending;
    // Nothing is shown of work that was cancelled, even if its last messages were already under way.
    if (message.type === 'progress') {
      if (!watch.signal?.aborted) watch.onProgress?.(message.progress);
    } else if (message.type === 'step') {
      if (!watch.signal?.aborted) watch.onStep?.(message);
    } else if (message.type === 'found') {
      if (!watch.signal?.aborted) watch.onFaces?.(message.faces);
    } else {
      this.#pending.delete(message.id);
      if (watch.signal?.aborted) pending.reject(cancelled());
      else if (message.type === 'done') pending.resolve(message);
      else pending.reject(new DiffAeError(message.error.code, message.error.message, { values: message.error.values }));
    }
  }

  /** @param {DiffAeError} error @param {boolean} [gpu] */
  #crash(error, gpu = false) {
    if (this.#ended) return;
    this.end(error);
    this.#onCrash(error, gpu);
  }
}

/** @param {() => Worker} spawn */
function started(spawn) {
  try {
    return spawn();
  } catch (error) {
    if (error instanceof DiffAeError) throw error;
    // A TypeError is what trusted types refuse with.
    throw error instanceof TypeError
      ? new DiffAeError('worker-unavailable', 'This page takes workers from trusted types alone: allow it the policy diffae, and name bundled workers with workerUrl and photoWorkerUrl.', { cause: error })
      : new DiffAeError('worker-cross-origin', 'The bundled worker lies on another origin, from where browsers start none: name it with workerUrl and photoWorkerUrl.', { cause: error });
  }
}

/** Whether a worker can be a module: a browser that does not know the option never looks at it. */
function hasModuleWorkers() {
  let known = false;
  try {
    // The page's own address; nothing of it runs.
    new Worker(scriptUrl(location.href), { get type() { known = true; return /** @type {const} */ ('module'); } }).terminate();
  } catch {
    return true; // Only newer browsers have policies that forbid any plain address.
  }
  return known;
}
