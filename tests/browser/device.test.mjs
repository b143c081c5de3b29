// Which device is chosen, and the sentence that says why: decided on fake adapters here, then seen in Chromium.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choose } from '../../pkg/lib/shared/device.js';
import { served } from './served.mjs';
import { openSample, patchEngine, PATIENCE, ready, withPackage } from './support.mjs';

const plain = await served();
const software = await served({ webgpu: true });
const { site } = plain;

/** @param {object | null} adapter */
const gpu = (adapter) => ({ requestAdapter: async () => adapter });
const real = { info: { vendor: 'acme', architecture: 'one', isFallbackAdapter: false }, features: new Set(['timestamp-query']) };

test('the choice by adapter', async () => {
  /** @type {[import('../../pkg/index.js').DeviceChoice, any, string, string][]} */
  const cases = [
    ['auto', gpu(real), 'gpu', 'gpu'],
    ['gpu', gpu(real), 'gpu', 'gpu-chosen'],
    ['cpu', gpu(real), 'cpu', 'cpu-chosen'],
    ['auto', null, 'cpu', 'no-webgpu'],
    ['gpu', null, 'cpu', 'no-webgpu'],
    ['auto', gpu(null), 'cpu', 'no-adapter'],
    ['auto', { requestAdapter: () => Promise.reject(new Error('lost')) }, 'cpu', 'no-adapter'],
    ['auto', gpu({ ...real, info: { isFallbackAdapter: true } }), 'cpu', 'fallback-adapter'],
    ['auto', gpu({ ...real, info: {}, isFallbackAdapter: true }), 'cpu', 'fallback-adapter'],
    ['gpu', gpu({ ...real, info: { isFallbackAdapter: true } }), 'gpu', 'gpu-chosen'],
    ['auto', gpu({ ...real, features: new Set() }), 'gpu', 'gpu'],
  ];
  for (const [choice, adapter, kind, reason] of cases) {
    const report = await choose(choice, adapter);
    assert.deepEqual([report.kind, report.reason], [kind, reason]);
    assert.match(report.sentence, /^Runs on .*\.$/);
  }
});

/** @param {typeof plain} browser @param {string} choice @param {(page: import('./support.mjs').Page) => Promise<unknown>} [prepare] */
async function deviceOf({ newPage }, choice, prepare) {
  const page = await newPage();
  await prepare?.(page);
  /** @type {string[]} */
  const fetched = [];
  page.context().on('request', (request) => fetched.push(request.url()));
  const report = await withPackage(page, site.url, `
    const model = await diffae.DiffAe.load(manifest, { device: ${JSON.stringify(choice)}, parts: [] });
    const { device } = model.info;
    model.free();
    return device;`);
  return { ...report, gpuFetched: fetched.some((url) => url.includes('diffae_gpu_bg')) };
}

test('Chromium without WebGPU runs on the CPU and fetches no GPU engine', { timeout: PATIENCE }, async () => {
  const { kind, reason, gpuFetched } = await deviceOf(plain, 'auto');
  assert.equal(kind, 'cpu');
  assert.ok(['no-webgpu', 'no-adapter'].includes(reason), reason);
  assert.equal(gpuFetched, false);
});

test('a forced GPU where there is none runs on the CPU and says so', { timeout: PATIENCE }, async () => {
  const { kind, sentence } = await deviceOf(plain, 'gpu');
  assert.equal(kind, 'cpu');
  assert.match(sentence, /Runs on the CPU: .*WebGPU/);
});

test('a software adapter is not chosen by itself', { timeout: PATIENCE }, async () => {
  const { kind, reason, gpuFetched } = await deviceOf(software, 'auto');
  assert.deepEqual([kind, reason, gpuFetched], ['cpu', 'fallback-adapter', false]);
});

test('a software adapter is used when it is asked for', { timeout: PATIENCE }, async () => {
  const { kind, reason, gpuFetched } = await deviceOf(software, 'gpu');
  assert.deepEqual([kind, reason, gpuFetched], ['gpu', 'gpu-chosen', true]);
});

test('a forced CPU fetches no GPU engine', { timeout: PATIENCE }, async () => {
  const { kind, reason, gpuFetched } = await deviceOf(software, 'cpu');
  assert.deepEqual([kind, reason, gpuFetched], ['cpu', 'cpu-chosen', false]);
});

test('a GPU that fails the self-test is not trusted', { timeout: PATIENCE }, async () => {
  const { kind, reason, sentence } = await deviceOf(software, 'gpu', (page) =>
    patchEngine(page, 'gpu', 'DiffAe.prototype.self_test = async () => ({ passed: false, difference: 1, tolerance: 0.001 });'));
  assert.deepEqual([kind, reason], ['cpu', 'self-test-failed']);
  assert.match(sentence, /wrong numbers in the self-test/);
});

test('a GPU engine that does not start gives way to the CPU', { timeout: PATIENCE }, async () => {
  const { kind, reason } = await deviceOf(software, 'gpu', (page) =>
    page.context().route(/diffae_gpu_bg\.wasm/, (route) => route.fulfill({ status: 404 })));
  assert.deepEqual([kind, reason], ['cpu', 'gpu-not-started']);
});

test('the page shows the device before anything is loaded, and follows the address', { timeout: PATIENCE }, async () => {
  const page = await software.newPage();
  await page.goto(site.url);
  await page.getByText('the only WebGPU adapter here is a software emulation').waitFor();
  await page.goto(`${site.url}?device=cpu`);
  await page.getByText('Runs on the CPU because you chose it.').waitFor();
  await page.getByLabel('Device').selectOption('gpu');
  await page.getByText('Runs on the GPU because you chose it.').waitFor();
});

test('a device that is chosen while a face is read takes the work over', { timeout: 2 * PATIENCE }, async () => {
  const page = await plain.newPage();
  /** @type {Promise<import('playwright-core').Route>} */
  const held = new Promise((resolve) => { void page.context().route('**/decoder.safetensors', resolve, { times: 1 }); });
  await openSample(page, site.url);
  await page.getByRole('button', { name: 'Bring it to life' }).click();
  const route = await held;
  await page.getByLabel('Device').selectOption('cpu');
  await route.continue();
  // Now the model is there, and the face is being read.
  await page.evaluate(() => new Promise((resolve) => {
    const editor = /** @type {HTMLElement} */ (document.getElementById('editor'));
    editor.addEventListener('progress', (event) => { if (/** @type {any} */ (event).detail.stage === 'encode') resolve(undefined); });
  }));
  await page.getByLabel('Device').selectOption('auto');
  await ready(page);
  assert.equal(await page.getByRole('alert').filter({ hasText: /./ }).count(), 0);
});
