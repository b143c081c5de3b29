// What was being edited, as it lies in the browser's storage of this origin: photos in one store, and beside them, small and
// often written, where the sliders are. Storage may be forbidden or full; then nothing is kept, and everything else goes on.

import { dreamOf } from './dream.js';

/** @typedef {import('../picture/geometry.js').Frame} Frame */
/** @typedef {import('../picture/geometry.js').Framing} Framing */
/** @typedef {import('./dream.js').Dream} Dream */
/** @typedef {{ width: number, height: number, data: Uint8ClampedArray }} Pixels */
/** @typedef {Blob | Pixels} Source  a photo's file as it was given, or the pixels of a dreamt face */
/**
 * @typedef {object} Edit all that is kept beside the photo itself
 * @property {string} id
 * @property {string} place the editor on its page
 * @property {number} time when it was written, in milliseconds since 1970
 * @property {string} name
 * @property {Frame} frame
 * @property {Framing | null} framing where in the frame the eyes are; null where the model takes any square
 * @property {Record<string, number>} values amplitudes by attribute that are not zero
 * @property {string} model address of the manifest
 * @property {Dream | null} dream what draws the picture again, where it is a dreamt face
 * @property {Pixels | null} thumb
 */

const NAME = 'diffae-kept';
const EDITS = 'edits';
const PHOTOS = 'photos';

/** @type {Promise<IDBDatabase> | null} one for all editors, once it is needed */
let connection = null;

/** @returns {Promise<IDBDatabase>} */
function opened() {
  connection ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      for (const store of [EDITS, PHOTOS]) request.result.createObjectStore(store, { keyPath: 'id' });
    };
    request.onsuccess = () => {
      const { result } = request;
      result.onclose = () => { connection = null; };
      // Somebody clears this site's data, and must not have to wait.
      result.onversionchange = () => {
        result.close();
        connection = null;
      };
      resolve(result);
    };
    request.onerror = request.onblocked = () => reject(request.error);
  });
  return connection.catch((error) => {
    connection = null;
    throw error;
  });
}

/**
 * One transaction: all of it, or nothing.
 * @template T
 * @param {IDBTransactionMode} mode @param {(edits: IDBObjectStore, photos: IDBObjectStore) => IDBRequest<T> | void} work
 * @returns {Promise<T | undefined>} what the request that `work` gives has found
 */
async function transact(mode, work) {
  const transaction = (await opened()).transaction([EDITS, PHOTOS], mode);
  return new Promise((resolve, reject) => {
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
    const request = work(transaction.objectStore(EDITS), transaction.objectStore(PHOTOS));
    transaction.oncomplete = () => resolve(request?.result);
    // A page that is left takes with it what is not on its way yet.
    if (mode === 'readwrite') transaction.commit?.();
  });
}

/** Whether anything can be kept here. */
export async function canKeep() {
  return transact('readonly', () => {}).then(() => true, () => false);
}

/** Everything kept on this origin, whatever it is. @returns {Promise<Partial<Record<keyof Edit, unknown>>[]>} */
export async function edits() {
  return (await transact('readonly', (store) => store.getAll()).catch(() => null)) ?? [];
}

/** @param {string} id @returns {Promise<Source | null>} null where there is none that can be read */
export async function photo(id) {
  try {
    const source = /** @type {{ source?: unknown } | undefined} */ (await transact('readonly', (_, store) => store.get(id)))?.source;
    if (!isSource(source)) return null;
    // A file that the browser has lost is told by its first byte.
    if (source instanceof Blob) await source.slice(0, 1).arrayBuffer();
    return source;
  } catch {
    return null;
  }
}

/** @param {Edit} edit @param {Source | null} source the photo, unless it is kept already @returns {Promise<boolean>} whether it is kept now */
export async function write(edit, source) {
  return transact('readwrite', (store, photos) => {
    store.put(edit);
    if (source) photos.put({ id: edit.id, source });
  }).then(() => true, () => false);
}

/** @param {string} id */
export async function remove(id) {
  await transact('readwrite', (store, photos) => {
    store.delete(id);
    photos.delete(id);
  }).catch(() => {});
}

/** Whether all of it is what it should be. @param {unknown} value @returns {value is Edit} */
export function isEdit(value) {
  const { id, place, time, name, frame, framing, values, model, dream, thumb } = /** @type {Record<string, any>} */ (value ?? {});
  return [id, place, name, model].every((text) => typeof text === 'string')
    && Number.isFinite(time)
    && [frame?.x, frame?.y, frame?.side, frame?.angle].every(Number.isFinite) && frame.side > 0
    && (framing === null || ([framing?.eyeDistance, ...(framing?.eyeMidpoint ?? [NaN])].every(Number.isFinite) && framing.eyeMidpoint.length === 2 && framing.eyeDistance > 0))
    && typeof values === 'object' && values !== null && Object.values(values).every(Number.isFinite)
    && (dream === null || (typeof dream === 'object' && dreamOf(dream) !== null))
    && (thumb === null || isPixels(thumb));
}

/** @param {unknown} value @returns {value is Source} */
function isSource(value) {
  return value instanceof Blob ? value.size > 0 : isPixels(value);
}

/** @param {any} value @returns {value is Pixels} */
function isPixels(value) {
  return value?.data instanceof Uint8ClampedArray && value.width > 0 && value.data.length === 4 * value.width * value.height;
}
