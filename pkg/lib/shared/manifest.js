// A model's manifest: which files it has, how large, under which hash and licence. Fetched before anything is downloaded,
// so that a page can say all of this first.

import { DiffAeError } from './errors.js';
import { get } from './fetch.js';

/** A manifest is a few kilobytes plus two vectors; anything larger is something else. */
const MAX_BYTES = 4 << 20;
const PARTS = /** @type {const} */ (['encoder', 'decoder', 'latent', 'attributes']);

/** @typedef {import('./protocol.js').Manifest} Manifest */

/**
 * @param {string} url
 * @param {{ signal?: AbortSignal }} [options]
 * @returns {Promise<Manifest>}
 */
export async function fetchManifest(url, { signal } = {}) {
  const response = await get(url, { signal, cache: 'no-cache' });
  const text = await response.text();
  if (text.length > MAX_BYTES) throw invalid(url, `it is larger than ${MAX_BYTES} bytes`);
  return parseManifest(text, response.url || url);
}

/**
 * Reads what the page needs; the engine checks the rest.
 * @param {string} text
 * @param {string} url part files resolve against it
 * @returns {Manifest}
 */
export function parseManifest(text, url) {
  let json;
  try {
    json = JSON.parse(text);
  } catch {
    throw invalid(url, 'it is not JSON');
  }
  if (typeof json !== 'object' || json === null) throw invalid(url, 'it is not a JSON object');
  const imageSize = json.config?.image_size;
  if (!Number.isInteger(imageSize) || imageSize < 8 || imageSize > 1024) throw invalid(url, 'config.image_size is missing or out of range');
  const { attributes } = json.config;
  if (!Array.isArray(attributes) || !attributes.every((name) => typeof name === 'string')) {
    throw invalid(url, 'config.attributes is not a list of names');
  }
  return {
    text,
    name: string(json.name, 'model'),
    imageSize,
    attributes,
    framing: framing(json.framing),
    licence: string(json.licence, ''),
    origin: string(json.origin, ''),
    parts: parts(json.parts, url),
  };
}

/** @param {Manifest} manifest @param {readonly import('./protocol.js').Part[]} wanted */
export function bytesOf(manifest, wanted) {
  return wanted.reduce((sum, part) => sum + (manifest.parts[part]?.bytes ?? 0), 0);
}

/** @param {any} json @param {string} url @returns {Manifest['parts']} */
function parts(json, url) {
  /** @type {Manifest['parts']} */
  const result = {};
  for (const part of PARTS) {
    const entry = json?.[part];
    if (entry === undefined) continue;
    const { file, bytes, sha256 } = entry ?? {};
    if (typeof file !== 'string' || !Number.isInteger(bytes) || bytes <= 0 || typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/i.test(sha256)) {
      throw invalid(url, `part ${part} lacks a file name, a size or a SHA-256`);
    }
    result[part] = { file, url: new URL(file, url).href, bytes, sha256: sha256.toLowerCase(), precision: string(entry.precision, '') };
  }
  if (!result.decoder) throw invalid(url, 'it names no decoder');
  return result;
}

/** @param {any} json @returns {Manifest['framing']} */
function framing(json) {
  const [x, y] = json?.eye_midpoint ?? [];
  const distance = json?.eye_distance;
  if (![x, y, distance].every((value) => typeof value === 'number' && value > 0 && value < 1)) return null;
  return { eyeMidpoint: [x, y], eyeDistance: distance };
}

/** @param {unknown} value @param {string} fallback */
function string(value, fallback) {
  return typeof value === 'string' ? value : fallback;
}

/** @param {string} url @param {string} why */
function invalid(url, why) {
  return new DiffAeError('manifest-invalid', `${url} is not a model manifest: ${why}.`);
}
