// The bytes of one file, over a network on which anything may happen: a connection that drops is taken up where it broke off, a
// server that is busy or silent is asked again a little later, and one that ignores ranges or miscounts is read from the start.
// Nothing here knows whether they are the right bytes; their hash is looked at by whoever asked for them.

import { cancelled, DiffAeError } from '../shared/errors.js';
import { get, listen, shown, unreachable } from '../shared/fetch.js';

/** Pauses before an attempt that follows one which brought nothing new; after the last of them, the failure is told. */
const PAUSES_MS = [400, 1200, 3000];
/** A server's own word on when to come again is heeded up to this. */
const LONGEST_PAUSE_MS = 10_000;
/** An attempt that brings as much as this has brought something new. */
const FURTHER_BYTES = 64 * 2 ** 10;
/** Statuses after which the same request may succeed. */
const PASSING = [408, 425, 429, 500, 502, 503, 504];

/** @typedef {import('../shared/protocol.js').PartFile} PartFile */
/** @typedef {{ signal?: AbortSignal, onBytes: (loaded: number) => void }} Watch */

/**
 * @param {PartFile} file @param {Watch} watch @param {RequestCache} cache
 * @returns {Promise<ArrayBuffer>} as long as the manifest says
 */
export async function transfer(file, watch, cache) {
  const bytes = roomFor(file);
  const sofar = { loaded: 0, resumes: true };
  let [furthest, idle, mode] = [0, 0, cache];
  for (;;) {
    try {
      await attempt(file, bytes, sofar, watch, mode);
      return bytes.buffer;
    } catch (thrown) {
      if (watch.signal?.aborted) throw cancelled();
      // What the browser itself keeps may be what is wrong.
      mode = 'reload';
      // The whole file can be asked for at once, which happens once alone.
      if (thrown instanceof Refusal) {
        Object.assign(sofar, { loaded: 0, resumes: false });
        continue;
      }
      const error = DiffAeError.from(thrown);
      idle = sofar.loaded - furthest >= FURTHER_BYTES ? 0 : idle + 1;
      furthest = Math.max(furthest, sofar.loaded);
      if (idle > PAUSES_MS.length || !passes(error, sofar.loaded)) throw error;
      await waited(Math.max(PAUSES_MS[Math.max(0, idle - 1)], askedFor(error)), watch.signal);
    }
  }
}

/** A server's answer to a range that is of no use. */
class Refusal extends Error {}

/**
 * One request for what is not there yet.
 * @param {PartFile} file @param {Uint8Array} bytes where it is put
 * @param {{ loaded: number, resumes: boolean }} sofar how much of it is there, and whether the rest can be asked for alone
 * @param {Watch} watch @param {RequestCache} cache
 */
async function attempt(file, bytes, sofar, { signal, onBytes }, cache) {
  const from = sofar.resumes ? sofar.loaded : 0;
  sofar.loaded = from;
  const ask = async (/** @type {AbortSignal} */ signal) => {
    const response = await answer(file, from, { signal, cache });
    // A server that knows no ranges sends all of it.
    if (response.status !== 206) sofar.loaded = 0;
    return response;
  };
  try {
    await listen(ask, signal, (chunk) => {
      if (sofar.loaded + chunk.length > bytes.length) throw from > 0 ? new Refusal() : wrongSize(file);
      bytes.set(chunk, sofar.loaded);
      sofar.loaded += chunk.length;
      onBytes(sofar.loaded);
    });
  } catch (error) {
    if (error instanceof Refusal || (error instanceof DiffAeError && error.code !== 'cancelled')) throw error;
    throw sofar.loaded > 0 ? truncated(file, sofar.loaded, error) : unreachable(file.url, error);
  }
  if (sofar.loaded < bytes.length) throw truncated(file, sofar.loaded);
}

/** @param {PartFile} file @param {number} from @param {{ signal: AbortSignal, cache: RequestCache }} options */
async function answer({ url, bytes }, from, options) {
  if (from === 0) return get(url, options);
  let response;
  try {
    response = await get(url, { ...options, headers: { range: `bytes=${from}-` } });
  } catch (thrown) {
    const error = DiffAeError.from(thrown);
    const { status } = /** @type {Partial<Response>} */ (error.cause ?? {});
    // Another origin may allow plain requests alone, which looks like any other failure.
    if (status === 416 || error.code === 'cross-origin') throw new Refusal();
    throw error;
  }
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
  const other = range && (Number(range[1]) !== from || (range[2] !== '*' && Number(range[2]) !== bytes));
  if (response.status === 206 && other) throw new Refusal();
  return response;
}

/** Whether what went wrong may pass by itself. @param {DiffAeError} error @param {number} loaded */
function passes({ code, cause }, loaded) {
  if (code === 'http-status') return PASSING.includes(/** @type {Response} */ (cause).status);
  // Nobody waits for a network that is known to be gone, unless it goes in the middle.
  if (code === 'offline') return loaded > 0;
  return code === 'truncated' || code === 'network' || code === 'cross-origin';
}

/** The pause that a server asks for. @param {DiffAeError} error */
function askedFor({ code, cause }) {
  const seconds = code === 'http-status' ? Number(/** @type {Response} */ (cause).headers.get('retry-after')) : 0;
  return seconds > 0 ? Math.min(1000 * seconds, LONGEST_PAUSE_MS) : 0;
}

/** A pause, some of it by chance so that many who were dropped together do not come back together. @param {number} ms @param {AbortSignal} [signal] */
function waited(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, ms * (0.75 + 0.5 * Math.random()));
    function done() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      if (signal?.aborted) reject(cancelled());
      else resolve(undefined);
    }
    signal?.addEventListener('abort', done);
  });
}

/** @param {PartFile} file */
function roomFor(file) {
  try {
    return new Uint8Array(file.bytes);
  } catch (error) {
    throw new DiffAeError('out-of-memory', `The manifest says that ${shown(file.url)} has ${file.bytes} bytes, which is more than this browser can hold.`, { cause: error });
  }
}

/** @param {PartFile} file @param {number} loaded @param {unknown} [cause] */
function truncated(file, loaded, cause) {
  return new DiffAeError('truncated', `The download of ${shown(file.url)} broke off after ${loaded} of ${file.bytes} bytes.`, { cause });
}

/** @param {PartFile} file */
function wrongSize(file) {
  return new DiffAeError('wrong-size', `${shown(file.url)} has more than the ${file.bytes} bytes that the manifest names.`);
}
