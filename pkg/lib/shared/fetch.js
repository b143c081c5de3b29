// One GET, with each way it can fail told apart in a sentence: offline, refused by another origin, missing, server error.

import { cancelled, DiffAeError } from './errors.js';

/** Addresses that were asked for here: such requests carry nothing but them. @type {Set<string>} */
export const bodiless = new Set();

/**
 * @param {string} url
 * @param {{ signal?: AbortSignal, cache?: RequestCache, headers?: Record<string, string> }} [options]
 * @returns {Promise<Response>} with an ok status
 */
export async function get(url, { signal, cache, headers } = {}) {
  let response;
  bodiless.add(new URL(url, globalThis.location?.href).href);
  try {
    response = await fetch(url, { signal, cache, headers, credentials: 'same-origin' });
  } catch (error) {
    if (signal?.aborted) throw cancelled();
    throw unreachable(url, error);
  }
  if (response.ok) return response;
  if (response.status === 404 || response.status === 410) {
    throw new DiffAeError('not-found', `${shown(url)} does not exist on the server (status ${response.status}).`);
  }
  throw new DiffAeError('http-status', `The server answered status ${response.status} for ${shown(url)}.`, { cause: response });
}

/** A connection on which nothing comes for so long is dead. */
const SILENCE_MS = 30_000;

/**
 * An answer's bytes as they come, until there are no more, nothing comes any more, or nobody wants them.
 * @param {(signal: AbortSignal) => Promise<Response>} ask @param {AbortSignal | undefined} signal @param {(chunk: Uint8Array<ArrayBuffer>) => void} take
 * @returns {Promise<Response>} what was answered, read to its end
 */
export async function listen(ask, signal, take) {
  if (signal?.aborted) throw cancelled();
  const ended = new AbortController();
  const end = () => ended.abort();
  signal?.addEventListener('abort', end);
  let timer = setTimeout(end, SILENCE_MS);
  try {
    const response = await ask(ended.signal);
    for await (const chunk of chunks(response)) {
      clearTimeout(timer);
      timer = setTimeout(end, SILENCE_MS);
      take(chunk);
    }
    return response;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
    end();
  }
}

/**
 * A small file, whole: a connection that breaks off or falls silent is told as one that never came to be.
 * @param {string} url
 * @param {{ signal?: AbortSignal, cache?: RequestCache, onBytes?: (loaded: number) => void }} [options] what `onBytes` throws is thrown on
 * @returns {Promise<{ blob: Blob, url: string }>} with the address that it came from in the end
 */
export async function fetchWhole(url, { signal, cache, onBytes } = {}) {
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const parts = [];
  let loaded = 0;
  try {
    const response = await listen((signal) => get(url, { signal, cache }), signal, (chunk) => {
      onBytes?.(loaded += chunk.length);
      parts.push(chunk);
    });
    return { blob: new Blob(parts, { type: response.headers.get('content-type') ?? '' }), url: response.url || url };
  } catch (error) {
    if (signal?.aborted) throw cancelled();
    if (error instanceof DiffAeError && error.code !== 'cancelled') throw error;
    throw unreachable(url, error);
  }
}

/** Readable streams are async-iterable in some browsers only. @param {Response} response */
async function* chunks(response) {
  const reader = response.body?.getReader();
  if (!reader) return;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } finally {
    reader.cancel().catch(() => {});
  }
}

/**
 * A fetch that gave no response at all; the browser does not say why, so the sentence names what is likely.
 * @param {string} url @param {unknown} cause
 */
export function unreachable(url, cause) {
  if (globalThis.navigator?.onLine === false) {
    return new DiffAeError('offline', `${shown(url)} is not on this device yet and there is no network connection.`, { cause });
  }
  const target = new URL(url, globalThis.location?.href);
  if (target.origin !== globalThis.location?.origin) {
    return new DiffAeError(
      'cross-origin',
      `${target.host} did not deliver ${shown(url)}: the server is down, or it does not allow this page to read its files (the header Access-Control-Allow-Origin is missing).`,
      { cause },
    );
  }
  return new DiffAeError('network', `${shown(url)} could not be fetched: the connection to the server failed.`, { cause });
}

/** The last path segment is enough to recognise a file. @param {string} url */
export function shown(url) {
  return nameIn(url) || url.slice(0, 80);
}

/** The name of the file that an address names, as people write it; empty where it names none. @param {string} url */
export function nameIn(url) {
  if (/^(data|blob):/i.test(url)) return '';
  const segment = url.split(/[?#]/, 1)[0].split('/').pop() ?? '';
  // What is no UTF-8 stays as it is.
  return segment.replace(/(%[0-9a-f]{2})+/gi, (bytes) => {
    try {
      return decodeURIComponent(bytes);
    } catch {
      return bytes;
    }
  });
}
