// Several threads of the CPU: a wasm file of its own, whose memory this worker shares with others that it starts. Browsers share
// memory only where the page is isolated from others (COOP and COEP). Anything that is missing means one thread.

import * as threads from '../../diffae_threads.js';
import { packageOf, started } from '../shared/start.js';

/** How long the others may take to come up before one thread does the work: a start that hangs must not hold up a photo. */
const PATIENCE_MS = 10_000;
/** More cores than these are halves of a core or a phone's slow ones, or wait for memory. */
const MOST = 4;

/** How many threads are of use here. */
function useful() {
  const cores = navigator.hardwareConcurrency || 1;
  return Math.min(cores, MOST, Math.max(2, Math.ceil(cores / 2)));
}

/** How many threads there will be. @param {number | null} wanted as many as are of use where nobody wants a number */
export function threadsOf(wanted) {
  // WebKitGTK says that a page is isolated and yet has no memory to share.
  const shares = globalThis.crossOriginIsolated && 'SharedArrayBuffer' in globalThis;
  return shares && 'start_threads' in threads ? wanted ?? useful() : 1;
}

/**
 * Opens the wasm file, with this worker and others as its threads. Null where that cannot be, for whatever reason.
 * @param {number} count of threads, this worker among them @param {string} wasm its address @param {string | null} worker address of the others, if not the package's own
 * @param {(message: string) => void} onPanic of this thread
 */
export async function openThreads(count, wasm, worker, onPanic) {
  /** @type {Worker[]} */
  const others = [];
  try {
    const module = await compiled(wasm);
    const { memory } = await threads.default({ module_or_path: module });
    threads.set_panic_hook(onPanic);
    const joining = Array.from({ length: count - 1 }, () => {
      const url = worker ?? beside('thread-worker.js');
      const other = url ? started(url) : new Worker(new URL('../../thread-worker.js', import.meta.url), { type: 'module' });
      others.push(other);
      const { port1, port2 } = new MessageChannel();
      self.postMessage({ type: 'thread', port: port2 }, { transfer: [port2] });
      other.postMessage({ module, memory, port: port1 }, [port1]);
      return new Promise((joined, failed) => {
        other.onmessage = joined;
        other.onerror = failed;
      });
    });
    await inTime(Promise.all(joining));
    threads.start_threads(others.length);
    return { module: threads, memory };
  } catch {
    for (const other of others) other.terminate();
    return null;
  }
}

/** A file of the package as it was published, or null in a bundle. @param {string} file */
function beside(file) {
  const folder = packageOf(import.meta.url, 'lib/worker/threads.js');
  return folder && folder + file;
}

/** @param {string} url */
async function compiled(url) {
  const response = await fetch(url);
  if (response.headers.get('content-type') === 'application/wasm') return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}

/** @param {Promise<unknown>} joining */
async function inTime(joining) {
  await Promise.race([joining, new Promise((_, failed) => { setTimeout(failed, PATIENCE_MS, new Error('The threads do not come up.')); })]);
}
