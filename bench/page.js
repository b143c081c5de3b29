// The bench's page: one worker for each engine and setting, one that searches for faces, and the package itself for what a
// person sees. The runner (bench.mjs) calls `bench` from outside; what is timed is timed in here, so that the calls cost
// nothing.

import { DiffAe, STEPS } from '../www/pkg/index.js';
import { noise } from './code.js';

/** @typedef {{ t: number, alphaBar: number }} Level */

/** @type {Map<string, { worker: Worker, waiting: Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }> }>} */
const engines = new Map();
/** @type {Map<string, Promise<ArrayBuffer>>} files, fetched once so that no start waits for a server */
const files = new Map();
/** The package's models, by the engine that each stands for. @type {Map<string, DiffAe>} */
const models = new Map();
/** @type {Uint8Array} what every edit starts from */
let code;
let calls = 0;

/** Starts a worker under a name. @param {string} name @param {'ours' | 'ort' | 'faces'} kind */
function start(name, kind) {
  const worker = new Worker(new URL(`${kind}.js`, import.meta.url), { type: 'module', name });
  const waiting = new Map();
  worker.onmessage = ({ data: { id, value, error } }) => {
    // What nobody asked for is the engine's own word to its page.
    if (!waiting.has(id)) return;
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error) reject(new Error(`${name}: ${error}`));
    else resolve(value);
  };
  worker.onerror = (event) => {
    for (const { reject } of waiting.values()) reject(new Error(`${name}: ${event.message}`));
  };
  engines.set(name, { worker, waiting });
}

/** Calls a worker. @param {string} name @param {string} method @param {any} [argument] @returns {Promise<any>} */
function call(name, method, argument) {
  const engine = engines.get(name);
  if (!engine) throw new Error(`There is no engine ${name}.`);
  const id = calls++;
  return new Promise((resolve, reject) => {
    engine.waiting.set(id, { resolve, reject });
    engine.worker.postMessage({ id, method, argument });
  });
}

/** Calls a worker with a file's bytes. @param {string} name @param {string} method @param {string} url */
async function give(name, method, url) {
  return call(name, method, await bytes(url));
}

/** @param {string} name */
function stop(name) {
  engines.get(name)?.worker.terminate();
  engines.delete(name);
}

/** A copy of a file's bytes, which the worker may keep. @param {string} url */
async function bytes(url) {
  if (!files.has(url)) files.set(url, fetch(url).then((response) => {
    if (!response.ok) throw new Error(`${url} answered ${response.status}.`);
    return response.arrayBuffer();
  }));
  return (await /** @type {Promise<ArrayBuffer>} */ (files.get(url))).slice(0);
}

/**
 * Starts an engine on bytes that are at hand and lets it compute its first U-Net step.
 * @param {string} name @param {'ours' | 'ort'} kind @param {Record<string, unknown>} setting @param {Record<string, string>} urls
 * @returns {Promise<number>} milliseconds from a bare worker to the first step's result
 */
async function coldStart(name, kind, setting, urls) {
  const argument = await withBytes(setting, urls);
  start(name, kind);
  await call(name, 'ping');
  const begin = performance.now();
  await call(name, 'start', argument);
  return performance.now() - begin;
}

/** Loads our decoder and computes nothing. @param {string} name @param {Record<string, unknown>} setting @param {Record<string, string>} urls @returns {Promise<number>} milliseconds */
async function load(name, setting, urls) {
  start(name, 'ours');
  return call(name, 'load', await withBytes(setting, urls));
}

/** Starts the worker that searches photos for faces. @param {string} name @param {Record<string, string>} urls */
async function finder(name, urls) {
  start(name, 'faces');
  await call(name, 'start', await withBytes({}, urls));
}

/** @param {Record<string, unknown>} setting @param {Record<string, string>} urls @returns {Promise<Record<string, unknown>>} */
async function withBytes(setting, urls) {
  const entries = Object.entries(urls).map(async ([key, url]) => /** @type {const} */ ([key, await bytes(url)]));
  return { ...setting, ...Object.fromEntries(await Promise.all(entries)) };
}

/** Reads the manifest and makes a code for its model. @param {string} url */
async function prepare(url) {
  const manifest = JSON.parse(new TextDecoder().decode(await bytes(url)));
  const { config } = manifest;
  code = noise(config.encoder.style_channels, config.image_size);
  return manifest;
}

/**
 * Loads the package's model as an engine runs it. @param {string} name @param {'cpu' | 'gpu'} device @param {number} threads @param {string} manifest
 * @returns {Promise<number>} the steps of an edit there, unless told otherwise
 */
async function open(name, device, threads, manifest) {
  const model = await DiffAe.load(manifest, { device, threads });
  const { device: found } = model.info;
  if (found.kind !== device || found.threads !== threads) throw new Error(`The package refuses ${threads} on the ${device} here. ${found.sentence}`);
  models.set(name, model);
  return STEPS[device].decode;
}

/** Milliseconds of an edit through the package, as the page makes it. @param {string} name @param {number} steps */
async function edit(name, steps) {
  const model = /** @type {DiffAe} */ (models.get(name));
  const begin = performance.now();
  await model.edit({ bytes: code }, { Smiling: 0.3 }, { steps, onStep: () => {} });
  return performance.now() - begin;
}

/** Milliseconds of as many steps of the other engine, with the sampler's arithmetic. @param {string} name @param {Level[]} levels */
async function decode(name, levels) {
  const begin = performance.now();
  await call(name, 'decode', { code, levels });
  return performance.now() - begin;
}

/**
 * How far apart the pictures of both engines are for one code, so that they are known to compute the same.
 * @param {string} ours @param {string} name @param {Level[]} levels
 * @returns {Promise<number>} PSNR in dB
 */
async function agreement(ours, name, levels) {
  const model = /** @type {DiffAe} */ (models.get(ours));
  const { data, width } = await model.reconstruct({ bytes: code }, { steps: levels.length });
  const theirs = await call(name, 'decode', { code, levels });
  const area = width ** 2;
  let squares = 0;
  for (let i = 0; i < theirs.length; i++) {
    const value = Math.min(255, Math.max(0, 127.5 * (theirs[i] + 1)));
    squares += (value - data[4 * (i % area) + Math.floor(i / area)]) ** 2;
  }
  return 10 * Math.log10(255 ** 2 / (squares / theirs.length));
}

/** What WebGPU offers here, or null. */
async function adapter() {
  const found = await /** @type {any} */ (navigator).gpu?.requestAdapter({ powerPreference: 'high-performance' });
  if (!found) return null;
  const { vendor, architecture, device, description, isFallbackAdapter } = found.info;
  const { maxBufferSize, maxStorageBufferBindingSize } = found.limits;
  return {
    name: [vendor, architecture, device, description].filter(Boolean).join(' '),
    software: isFallbackAdapter ?? found.isFallbackAdapter ?? false,
    features: [...found.features].sort(),
    limits: { maxBufferSize, maxStorageBufferBindingSize },
  };
}

Object.assign(globalThis, { bench: { call, give, stop, coldStart, load, finder, open, edit, decode, agreement, adapter, prepare } });
