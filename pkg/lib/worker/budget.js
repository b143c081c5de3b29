// What a model takes of a device's memory, reckoned from its manifest before anything of it is loaded, and what the device has. The
// reckoning is meant to be right within a third for models that are large enough to matter.

import { report } from '../shared/device.js';
import { DiffAeError } from '../shared/errors.js';

/** @typedef {import('../shared/protocol.js').Manifest} Manifest */
/** @typedef {import('../shared/protocol.js').Part} Part */
/** @typedef {import('../shared/protocol.js').DeviceReport} DeviceReport */
/** @typedef {{ total: number, largest: number }} Needs bytes in all, and of the largest single buffer */

/**
 * Bytes that a CPU holds of each byte of a weight file: Winograd's transform makes 36 numbers of nine, which are kept in two bytes each
 * where a file has one.
 * @type {Record<string, number>}
 */
const PREPARED = { int8: 7, f16: 8, f32: 4 };
/** Maps of every level that are alive at once, at the most: those that skip, and a layer's input and output. */
const MAPS_ALIVE = 6;
const BYTES_PER_NUMBER = 4;
/** What a wasm file of 32 bits can address. */
const ADDRESSABLE = 2 ** 32;
/** Browsers tell of no more memory than this, and say that of all that have more. */
const MOST_TOLD_GIB = 8;
/** What of a device's memory can be one page's. */
const SHARE = 0.75;

/** What editing by a model takes. @param {Manifest} manifest @param {readonly Part[]} parts @param {'cpu' | 'gpu'} kind @returns {Needs} */
export function needs({ text, parts: files }, parts, kind) {
  const weights = parts.reduce((sum, part) => {
    const file = files[part];
    return sum + (file ? file.bytes * (kind === 'cpu' ? PREPARED[file.precision] ?? 1 : 1) : 0);
  }, 0);
  const { image_size: side, patch_size: patch, net_ch: width, net_ch_mult: multiples } = JSON.parse(text).config;
  // The engine says what is wrong with a configuration.
  if (![side, patch, width, ...(Array.isArray(multiples) ? multiples : [NaN])].every((number) => number > 0)) return { total: weights, largest: 0 };
  const maps = multiples.map((/** @type {number} */ multiple, /** @type {number} */ level) => (side / patch / 2 ** level) ** 2 * width * multiple * BYTES_PER_NUMBER);
  return { total: weights + MAPS_ALIVE * maps.reduce((/** @type {number} */ sum, /** @type {number} */ bytes) => sum + bytes, 0), largest: Math.max(...maps) };
}

/** What a device has, as far as the browser tells. @param {'cpu' | 'gpu'} kind @returns {Promise<Needs>} */
async function has(kind) {
  const told = /** @type {{ deviceMemory?: number }} */ (navigator).deviceMemory ?? Infinity;
  const memory = told < MOST_TOLD_GIB ? told * 2 ** 30 * SHARE : Infinity;
  if (kind === 'cpu') return { total: Math.min(memory, ADDRESSABLE), largest: ADDRESSABLE };
  const adapter = await /** @type {any} */ (navigator).gpu?.requestAdapter({ powerPreference: 'high-performance' }).catch(() => null);
  const { maxBufferSize = Infinity, maxStorageBufferBindingSize = Infinity } = adapter?.limits ?? {};
  return { total: memory, largest: Math.min(maxBufferSize, maxStorageBufferBindingSize) };
}

/**
 * The device for a model: a GPU that is too small for it gives way to the CPU.
 * @param {DeviceReport} device @param {Manifest} manifest @param {readonly Part[]} parts
 * @returns {Promise<DeviceReport>} fails for a model that is too large for the CPU, too
 */
export async function suited(device, manifest, parts) {
  if (device.kind === 'gpu') {
    const [wanted, there] = [needs(manifest, parts, 'gpu'), await has('gpu')];
    if (wanted.total <= there.total && wanted.largest <= there.largest) return device;
  }
  const [wanted, there] = [needs(manifest, parts, 'cpu').total, (await has('cpu')).total];
  if (wanted <= there) return device.kind === 'cpu' ? device : report('cpu', 'gpu-too-small', device.adapter);
  throw new DiffAeError(
    'model-too-large',
    `The model ${manifest.name} takes about ${gigabytes(wanted)} of memory, and at most ${gigabytes(there)} can be had here; choose a smaller model.`,
    { values: { name: manifest.name, needs: wanted, has: there } },
  );
}

/** @param {number} bytes */
function gigabytes(bytes) {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
