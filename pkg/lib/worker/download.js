// One weight file, from the cache or the network, never handed out before its size and SHA-256 match the manifest.

import { cancelled, DiffAeError } from '../shared/errors.js';
import { shown } from '../shared/fetch.js';
import * as store from '../shared/store.js';
import { transfer } from './transfer.js';

/** What a file that has been changed meanwhile is taken for. */
const STALE = ['hash-mismatch', 'wrong-size'];

/** @typedef {import('../shared/protocol.js').PartFile} PartFile */
/**
 * @typedef {object} Watch
 * @property {AbortSignal} [signal]
 * @property {(loaded: number) => void} onBytes bytes of this file so far
 * @property {() => void} onVerify called when the bytes are there and hashing starts
 */

/**
 * @param {PartFile} file
 * @param {Watch} watch
 * @param {Blob | null} [own] the file itself, where it is on this device
 * @returns {Promise<{ bytes: ArrayBuffer, fromCache: boolean }>}
 */
export async function obtain(file, watch, own = null) {
  if (!globalThis.crypto?.subtle) {
    throw new DiffAeError('insecure-context', 'The weights cannot be checked here: open this page over https or from localhost, because browsers offer SHA-256 only there.');
  }
  if (own) return { bytes: await ownBytes(file, own, watch), fromCache: true };
  const kept = await store.read(file.sha256);
  if (kept) {
    watch.onBytes(kept.byteLength);
    watch.onVerify();
    if (kept.byteLength === file.bytes && (await sha256(kept)) === file.sha256) return { bytes: kept, fromCache: true };
    await store.forget(file.sha256);
  }
  // After a bad cached copy the browser's own HTTP cache is not trusted either.
  const bytes = kept ? await checked(file, watch, 'reload') : await checked(file, watch, 'default').catch((error) => {
    // It may come from there as it was before the model was changed on the server.
    if (!(error instanceof DiffAeError) || !STALE.includes(error.code)) throw error;
    return checked(file, watch, 'reload');
  });
  await store.write(file.sha256, bytes, file.url);
  return { bytes, fromCache: false };
}

/** A download that has the hash it should have. @param {PartFile} file @param {Watch} watch @param {RequestCache} cache */
async function checked(file, watch, cache) {
  const bytes = await transfer(file, watch, cache);
  watch.onVerify();
  if ((await sha256(bytes)) !== file.sha256) {
    throw new DiffAeError('hash-mismatch', `${shown(file.url)} is not the file that the manifest names: its SHA-256 differs, so it was damaged or changed and is not used.`);
  }
  if (watch.signal?.aborted) throw cancelled();
  return bytes;
}

/** @param {PartFile} file @param {Blob} own @param {Watch} watch */
async function ownBytes(file, own, { signal, onBytes, onVerify }) {
  const bytes = await own.arrayBuffer().catch((error) => {
    throw new DiffAeError('not-found', `${shown(file.url)} cannot be read on this device any more; open the model's files again.`, { cause: error });
  });
  if (signal?.aborted) throw cancelled();
  onBytes(bytes.byteLength);
  onVerify();
  if (bytes.byteLength === file.bytes && (await sha256(bytes)) === file.sha256) return bytes;
  throw new DiffAeError('hash-mismatch', `${shown(file.url)} has been damaged on this device: its SHA-256 differs from the manifest's; remove the model and open its files again.`);
}

/** @param {ArrayBuffer} bytes */
async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
