// The module worker: owns the engine, runs one request at a time and answers with the messages of lib/protocol.js.

import { EngineHost } from './lib/engine-host.js';
import { cancelled, crashed } from './lib/errors.js';

/** @typedef {import('./lib/protocol.js').ToWorker} ToWorker */
/** @typedef {import('./lib/protocol.js').FromWorker} FromWorker */

/** @type {Map<number, AbortController>} requests that are waiting or running */
const open = new Map();
const host = new EngineHost((message) => crash(crashed(message)));
let queue = Promise.resolve();
let dead = false;

self.addEventListener('message', (/** @type {MessageEvent<ToWorker>} */ { data }) => {
  if (data.type === 'cancel') {
    open.get(data.id)?.abort();
    return;
  }
  const request = data;
  const controller = new AbortController();
  open.set(request.id, controller);
  queue = queue.then(() => answer(request, controller.signal));
});

// A trap inside a promise that nobody awaits surfaces only here.
self.addEventListener('unhandledrejection', (event) => crash(crashed(String(event.reason?.message ?? event.reason))));

/** @param {Exclude<ToWorker, { type: 'cancel' }>} request @param {AbortSignal} signal */
async function answer(request, signal) {
  const { id } = request;
  try {
    if (signal.aborted) throw cancelled();
    /** @param {import('./lib/protocol.js').LoadProgress} progress */
    const onProgress = (progress) => post({ type: 'progress', id, progress });
    const value = request.type === 'load'
      ? await host.load(request, { signal, onProgress })
      : await host.run(request.job, { signal, onProgress, onStep: (index, of, preview) => step(id, signal, index, of, preview) });
    post({ type: 'done', id, value, parts: host.loadedParts, memory: host.memory() }, transferable(value));
  } catch (thrown) {
    const error = host.explain(thrown);
    if (error.fatal) crash(error);
    else post({ type: 'failed', id, error: { code: error.code, message: error.message } });
  } finally {
    open.delete(id);
  }
}

/**
 * Shows a step and gives the event loop a turn: on the CPU nothing in the engine ever waits, and a cancel message would
 * never be read otherwise.
 * @param {number} id @param {AbortSignal} signal @param {number} index @param {number} of @param {Uint8Array | null} preview
 * @returns {Promise<boolean>} whether to go on
 */
async function step(id, signal, index, of, preview) {
  const copy = preview ? preview.slice().buffer : null;
  post({ type: 'step', id, index, of, preview: copy }, copy ? [copy] : []);
  await macrotask();
  return !signal.aborted;
}

const channel = new MessageChannel();
/** @type {(() => void)[]} */
const waiting = [];
channel.port1.onmessage = () => waiting.shift()?.();

/** A turn of the event loop without the 4 ms that nested timers cost. @returns {Promise<void>} */
function macrotask() {
  return new Promise((resolve) => {
    waiting.push(resolve);
    channel.port2.postMessage(null);
  });
}

/** @param {import('./lib/errors.js').DiffAeError} error */
function crash(error) {
  if (dead) return;
  dead = true;
  post({ type: 'crashed', error: { code: error.code, message: error.message } });
}

/** @param {FromWorker} message @param {Transferable[]} [transfer] */
function post(message, transfer = []) {
  /** @type {{ postMessage(message: FromWorker, transfer: Transferable[]): void }} */ (/** @type {unknown} */ (self)).postMessage(message, transfer);
}

/** @param {unknown} value @returns {Transferable[]} */
function transferable(value) {
  if (value instanceof Uint8Array) return [value.buffer];
  if (Array.isArray(value)) return value.flatMap(transferable);
  if (value && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return 'rgba' in value || 'code' in value ? Object.values(value).flatMap(transferable) : [];
  }
  return [];
}
