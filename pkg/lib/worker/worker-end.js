// A worker's end of page/connection.js: one request at a time in the order sent, a signal for each that its cancel message
// aborts, and one last message when the wasm instance has died.

import { cancelled, crashed, DiffAeError } from '../shared/errors.js';
import { watchTraffic } from './traffic.js';

/** @typedef {import('../shared/protocol.js').FromWorker} FromWorker */
/** @typedef {(message: FromWorker, transfer?: Transferable[]) => void} Post */

/**
 * Answers requests from now on.
 * @template {import('../shared/protocol.js').Request} R
 * @param {object} host
 * @param {(request: R & { id: number }, signal: AbortSignal, post: Post) => Promise<import('../shared/protocol.js').Answer>} host.run
 * @param {(thrown: unknown) => DiffAeError} host.explain
 * @param {() => boolean} [host.onGpu] whether it computes on a GPU, which may be to blame
 * @returns {(what: string | DiffAeError) => void} to be told of a panic, or of what else has ended the host
 */
export function serve({ run, explain, onGpu = () => false }) {
  /** @type {Map<number, AbortController>} requests that are waiting or running */
  const open = new Map();
  /** @type {number | null} the one that is running */
  let running = null;
  let queue = Promise.resolve();
  let dead = false;

  /** @type {Post} */
  const post = (message, transfer = []) => {
    /** @type {{ postMessage(message: FromWorker, transfer: Transferable[]): void }} */ (/** @type {unknown} */ (self)).postMessage(message, transfer);
  };
  const crash = (/** @type {DiffAeError} */ { code, message }) => {
    if (!dead) post({ type: 'crashed', error: { code, message }, gpu: onGpu() });
    dead = true;
  };

  /** @param {number} id @param {DiffAeError} error */
  const fail = (id, { code, message, values }) => post({ type: 'failed', id, error: { code, message, values } });

  /** @param {R & { id: number }} request @param {AbortSignal} signal */
  async function answer(request, signal) {
    const { id } = request;
    // It has been told already.
    if (signal.aborted) return;
    running = id;
    try {
      const done = await run(request, signal, post);
      post({ type: 'done', id, ...done }, transferable(done.value));
    } catch (thrown) {
      const error = explain(thrown);
      if (error.fatal) crash(error);
      else fail(id, error);
    } finally {
      open.delete(id);
      running = null;
    }
  }

  // Tools that import every entry of a package do so where nobody sends anything.
  if (typeof self === 'undefined') return () => {};

  watchTraffic((traffic) => post({ type: 'traffic', traffic }));

  self.addEventListener('message', (/** @type {MessageEvent<(R & { id: number }) | { type: 'cancel', id: number }>} */ { data }) => {
    if (data.type === 'cancel') {
      const { id } = data;
      open.get(id)?.abort();
      if (id !== running && open.delete(id)) fail(id, cancelled());
      return;
    }
    const request = /** @type {R & { id: number }} */ (data);
    const controller = new AbortController();
    open.set(request.id, controller);
    queue = queue.then(() => answer(request, controller.signal));
  });

  // A request that the browser cannot read any more is lost, and whoever sent it would wait for ever.
  self.addEventListener('messageerror', () => crash(crashed('a message from the page could not be read')));
  // A trap inside a promise that nobody awaits surfaces only here.
  self.addEventListener('unhandledrejection', (event) => crash(crashed(String(event.reason?.message ?? event.reason))));
  return (what) => crash(what instanceof DiffAeError ? what : crashed(what));
}

/** @param {unknown} value @returns {Transferable[]} */
function transferable(value) {
  if (value instanceof Uint8Array) return [value.buffer];
  if (Array.isArray(value)) return value.flatMap(transferable);
  if (value && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return ['rgba', 'code', 'picture', 'bytes'].some((key) => key in value) ? Object.values(value).flatMap(transferable) : [];
  }
  return [];
}
