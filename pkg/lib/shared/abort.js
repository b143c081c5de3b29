// Waiting that ends when it is not wanted any more, whatever becomes of what was waited for.

import { cancelled } from './errors.js';

/**
 * What a promise gives, or a cancellation as soon as the signal asks for one.
 * @template T @param {Promise<T>} promise @param {AbortSignal} [signal] @returns {Promise<T>}
 */
export async function unlessAborted(promise, signal) {
  if (!signal) return promise;
  let abort = () => {};
  const aborted = new Promise((_, reject) => {
    abort = () => reject(cancelled());
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
  });
  try {
    return await /** @type {Promise<T>} */ (Promise.race([aborted, promise]));
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
