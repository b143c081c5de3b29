// A model's manifest: which files it has, how large, under which hash and licence. Fetched before anything is downloaded,
// so that a page can say all of this first. What is read here is accepted as the engine accepts it; the engine reads the rest.

import { DiffAeError } from './errors.js';
import { fetchWhole } from './fetch.js';

/** A manifest is a few kilobytes plus two vectors; anything larger is something else. */
const MAX_BYTES = 4 << 20;
const FORMAT = 1;
const IMAGE_SIZE = { min: 4, max: 1024 };
const MAX_ATTRIBUTES = 4096;
const MAX_NAME = 256;
const PARTS = /** @type {const} */ (['encoder', 'decoder', 'latent', 'attributes']);
const PRECISIONS = ['f32', 'f16', 'int8'];
/** A part lies beside its manifest: a path or an address would let a manifest fetch anything. */
const FILE = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/** @typedef {import('./protocol.js').Manifest} Manifest */
/** @typedef {Record<string, unknown>} Fields */

/**
 * @param {string} url
 * @param {{ signal?: AbortSignal, cache?: RequestCache }} [options]
 * @returns {Promise<Manifest>}
 */
export async function fetchManifest(url, { signal, cache = 'no-cache' } = {}) {
  const onBytes = (/** @type {number} */ loaded) => {
    if (loaded > MAX_BYTES) throw invalid(url, `it is larger than ${MAX_BYTES} bytes`);
  };
  const manifest = await fetchWhole(url, { signal, cache, onBytes });
  return parseManifest(await manifest.blob.text(), manifest.url);
}

/**
 * @param {string} text
 * @param {string} url part files resolve against it
 * @returns {Manifest}
 */
export function parseManifest(text, url) {
  let json;
  try {
    json = JSON.parse(text);
  } catch {
    throw invalid(url, whatElse(text));
  }
  try {
    return { text, url, ...read(fields(json, 'it'), url) };
  } catch (error) {
    throw typeof error === 'string' ? invalid(url, error) : error;
  }
}

/** @param {Manifest} manifest @param {readonly import('./protocol.js').Part[]} wanted */
export function bytesOf(manifest, wanted) {
  return wanted.reduce((sum, part) => sum + (manifest.parts[part]?.bytes ?? 0), 0);
}

/** What is wrong is thrown as the end of a sentence. @param {Fields} json @param {string} url */
function read(json, url) {
  if (json.format !== FORMAT) throw `it has format ${json.format}, and this version reads format ${FORMAT}`;
  const config = fields(json.config, 'config');
  const imageSize = config.image_size;
  if (!whole(imageSize) || imageSize < IMAGE_SIZE.min || imageSize > IMAGE_SIZE.max) {
    throw `config.image_size must be a whole number from ${IMAGE_SIZE.min} to ${IMAGE_SIZE.max}`;
  }
  const attributes = config.attributes;
  if (!Array.isArray(attributes) || attributes.length > MAX_ATTRIBUTES || !attributes.every((name) => typeof name === 'string')) {
    throw `config.attributes is not a list of at most ${MAX_ATTRIBUTES} names`;
  }
  const unfit = attributes.find((name) => !isName(name));
  if (unfit !== undefined) throw `config.attributes holds ${JSON.stringify(unfit.slice(0, 40))}, and a name needs 1 to ${MAX_NAME} characters, none of them a control character`;
  const names = new Set();
  const twice = attributes.find((name) => names.size === names.add(name).size);
  if (twice !== undefined) throw `config.attributes holds ${JSON.stringify(twice.slice(0, 40))} twice, and every attribute needs a name of its own`;
  const encodes = (config.encoder ?? null) !== null;
  if (!encodes && attributes.length > 0) throw 'config.attributes names what a model without an encoder cannot know';
  return {
    name: string(json.name, 'name'),
    imageSize,
    encodes,
    attributes,
    framing: framing(json.framing ?? null),
    cost: cost(json.cost ?? null),
    licence: string(json.licence, 'licence'),
    origin: string(json.origin, 'origin'),
    parts: parts(fields(json.parts, 'parts'), url),
  };
}

/** @param {Fields} json @param {string} url @returns {Manifest['parts']} */
function parts(json, url) {
  const unknown = Object.keys(json).find((name) => !PARTS.some((part) => part === name));
  if (unknown !== undefined) throw `there is no part ${unknown}; the parts are ${PARTS.join(', ')}`;
  /** @type {Manifest['parts']} */
  const result = {};
  for (const part of PARTS) {
    if (!Object.hasOwn(json, part)) continue;
    const { file, bytes, sha256, precision } = fields(json[part], `the ${part} part`);
    if (typeof file !== 'string' || !FILE.test(file)) throw `the ${part} part's file must be a bare name of letters, digits, '.', '-' and '_'`;
    if (!whole(bytes)) throw `the ${part} part's size in bytes must be a whole number`;
    if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) throw `the ${part} part's sha256 is not 64 lowercase hexadecimal digits`;
    if (typeof precision !== 'string' || !PRECISIONS.includes(precision)) throw `the ${part} part's precision must be one of ${PRECISIONS.join(', ')}`;
    result[part] = { file, url: new URL(file, url).href, bytes, sha256, precision };
  }
  return result;
}

/** @param {unknown} json @returns {Manifest['framing']} */
function framing(json) {
  if (json === null) return null;
  const { eye_midpoint: midpoint, eye_distance: distance } = fields(json, 'framing');
  const inside = (/** @type {unknown} */ value) => typeof value === 'number' && value >= 0 && value <= 1;
  const apart = typeof distance === 'number' && distance > 0 && distance < 1;
  if (!Array.isArray(midpoint) || midpoint.length !== 2 || !midpoint.every(inside) || !apart) throw 'framing must place the eyes in fractions of the side';
  return { eyeMidpoint: [midpoint[0], midpoint[1]], eyeDistance: distance };
}

/** @param {unknown} json @returns {Manifest['cost']} */
function cost(json) {
  if (json === null) return null;
  const { encode = null, step } = fields(json, 'cost');
  if (!whole(step) || (encode !== null && !whole(encode))) throw 'cost must hold whole numbers of operations';
  return { encode, step };
}

/** @param {unknown} json @param {string} what @returns {Fields} */
function fields(json, what) {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw `${what} is not a JSON object`;
  return /** @type {Fields} */ (json);
}

/** What an attribute can be called: anything a person can read, `constructor` and `__proto__` included. @param {string} name */
function isName(name) {
  const { length } = [...name];
  return length >= 1 && length <= MAX_NAME && !/[\p{Cc}\p{Cs}]/u.test(name);
}

/** What fits into 64 bits without a sign. @param {unknown} value @returns {value is number} */
function whole(value) {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 64;
}

/** @param {unknown} value @param {string} field */
function string(value, field) {
  if (typeof value !== 'string') throw `${field} is not a text`;
  return value;
}

/** What a text that is no JSON is instead. @param {string} text */
function whatElse(text) {
  if (/^\s*</.test(text)) return 'it is a web page';
  return text.startsWith('version https://git-lfs.github.com/spec/') ? 'it is a Git LFS pointer, which only stands for the file' : 'it is not JSON';
}

/** @param {string} url @param {string} why */
function invalid(url, why) {
  return new DiffAeError('manifest-invalid', `${url} is not a model manifest: ${why}.`);
}
