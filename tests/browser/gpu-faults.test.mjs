// The GPU fails in every way it has: each is noticed, the worker is replaced, and what was being computed comes out as if nothing
// had been. The engine's own device is destroyed here, in Chromium's software adapter, with the tiny golden model.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { served } from './served.mjs';
import { begin, difference, drawn, expectFaults, patchScript, PATIENCE, pixels, same, SAMPLES, slide, tinyModel, withPackage } from './support.mjs';
import { join } from 'node:path';

const { site, newPage } = await served({ webgpu: true });

/** @typedef {import('./support.mjs').Page} Page */

/**
 * What runs in every model worker behind its own script: it keeps the engine's device, tells when a step of a job is done, and
 * has the engine's class at hand.
 */
const KIT = `
  import { DiffAe as Engine } from './diffae_gpu.js';
  const kit = self.kit = { device: null, Engine, atStep: null, onDevice: null };
  const jobs = new Map();
  const requestDevice = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = async function (wanted) {
    kit.device = await requestDevice.call(this, wanted);
    kit.onDevice?.(kit.device);
    return kit.device;
  };
  self.addEventListener('message', ({ data }) => { if (data.type === 'run') jobs.set(data.id, data.job); });
  const postMessage = self.postMessage;
  self.postMessage = (message, transfer) => {
    postMessage.call(self, message, transfer);
    if (message.type !== 'step' || !kit.atStep) return;
    const { act } = kit.atStep;
    if (!act(jobs.get(message.id), message.index)) kit.atStep = null;
  };
  /** Once, when the second step of an edit is done. */
  kit.whileEditing = (act) => { kit.atStep = { act: ({ kind }, index) => kind !== 'edit' || index !== 1 || void act() }; };
`;

/** @param {Page} page @param {(start: number) => string} fault what else runs in the worker that is started as the nth */
async function faulty(page, fault = () => '') {
  let started = 0;
  await page.context().route('**/pkg/worker.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${await response.text()}${KIT}${fault(started)}` });
    started += 1;
  });
  return { get workers() { return started; } };
}

/** Loads the tiny model and has what is edited with it at hand. */
const LOAD = `
  const states = globalThis.states = [];
  const few = { steps: 5, iterations: 1 };
  const grey = { width: 64, height: 64, data: Uint8Array.from({ length: 4 * 64 * 64 }, (_, i) => i % 4 === 3 ? 255 : (i * 7) % 251) };
  const model = globalThis.model = await diffae.DiffAe.load(manifest, { device: 'gpu', onState: ({ state, error }) => states.push(error ? state + ' ' + error.code : state) });
  const encode = globalThis.encode = () => model.encode(grey, few);
  const sum = (bytes) => { let sum = 0; for (const byte of bytes) sum = (31 * sum + byte) >>> 0; return sum; };
  globalThis.code = await encode();
  globalThis.edit = async (steps = 5) => [...(await model.edit(code, { Smiling: 0.5 }, { steps })).data];
  globalThis.ready = async () => { while (states.at(-1) !== 'ready') await new Promise((resolve) => setTimeout(resolve, 20)); };
`;

test('measure', { timeout: 4 * PATIENCE }, async () => {
  const page = await newPage();
  await tinyModel(page);
  await faulty(page);
  console.time('load');
  await withPackage(page, site.url, `${LOAD}`);
  console.timeEnd('load');
  console.time('edit');
  await page.evaluate('edit()');
  console.timeEnd('edit');
});
