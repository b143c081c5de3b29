// A page that is out of sight for a while gives back what its model holds, and has it again by the time it is needed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from './process.mjs';
import { served } from './served.mjs';
import { begin, difference, drawn, openSample, patchScript, PATIENCE, pixels, slide, withPackage } from './support.mjs';

const { site, newPage } = await served();
const software = await served({ webgpu: true });

/** @typedef {import('./support.mjs').Page} Page */

/** Functions that hide and show the page as a browser does, and wait. */
const SIGHT = `
  const sight = (state) => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state });
    document.dispatchEvent(new Event('visibilitychange'));
  };
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const settled = async (condition) => { for (let waited = 0; waited < 20_000 && !condition(); waited += 50) await wait(50); return condition(); };
  const grey = { width: 64, height: 64, data: new Uint8Array(4 * 64 * 64).fill(128) };
  const states = [];
  const load = (options) => diffae.DiffAe.load(manifest, { device: 'cpu', restMs: 300, onState: ({ state }) => states.push(state), ...options });
`;

const alive = (/** @type {Page} */ page) => page.workers().filter((worker) => /\/worker\.js$/.test(worker.url())).length;

test('a hidden page lets go of its worker, and has it again when it is seen', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  await page.exposeFunction('workers', () => alive(page));
  /** @type {string[]} */
  const asked = [];
  page.context().on('request', (request) => { if (/\/models\//.test(request.url())) asked.push(request.url()); });
  const result = await withPackage(page, site.url, `${SIGHT}
    const model = await load();
    const code = await model.encode(grey, { steps: 2, iterations: 1 });
    const before = await model.edit(code, { Smiling: 0.3 }, { steps: 2 });
    const held = { ...model.info.memory };
    // Not before its time, and not while it is seen.
    sight('hidden');
    await wait(100);
    sight('visible');
    await wait(500);
    const early = await workers();
    sight('hidden');
    // One with threads takes a moment to end.
    const only = async (count) => { for (let tries = 0; tries < 100 && await workers() !== count; tries++) await wait(50); return workers(); };
    const gone = await settled(() => model.info.memory.linearBytes === 0) && await only(0);
    sight('visible');
    const back = await settled(() => states.includes('ready')) && await workers();
    const after = await model.edit(code, { Smiling: 0.3 }, { steps: 2 });
    return { held: held.linearBytes > 2 ** 24, early, gone, back, states, same: after.data.every((value, i) => value === before.data[i]) };`);
  assert.deepEqual(result, { held: true, early: 1, gone: 0, back: 1, states: ['restarting', 'ready'], same: true });
  assert.equal(asked.length, 4, 'the manifest and three parts are fetched once');
});

test('a page that is asked for something while it is hidden does it, and rests again', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  const result = await withPackage(page, site.url, `${SIGHT}
    const model = await load();
    const code = await model.encode(grey, { steps: 2, iterations: 1 });
    sight('hidden');
    const rested = await settled(() => model.info.memory.linearBytes === 0);
    const { width } = await model.edit(code, { Smiling: 0.3 }, { steps: 2 });
    const again = await settled(() => model.info.memory.linearBytes === 0);
    model.free();
    sight('visible');
    await wait(500);
    return { rested, width, again, states };`);
  assert.deepEqual(result, { rested: true, width: 64, again: true, states: ['restarting', 'ready'] });
});

test('work under way is done first', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  const result = await withPackage(page, site.url, `${SIGHT}
    const model = await load({ restMs: 50 });
    const code = await model.encode(grey, { steps: 2, iterations: 1 });
    const work = model.edit(code, { Smiling: 0.3 }, { steps: 36 });
    sight('hidden');
    return [(await work).width, states];`);
  assert.deepEqual(result, [64, []]);
});

test('a model that would have to be downloaded again stays', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  const result = await withPackage(page, site.url, `${SIGHT}
    const model = await load();
    const code = await model.encode(grey, { steps: 2, iterations: 1 });
    await caches.delete('diffae-weights');
    sight('hidden');
    await wait(1500);
    return [model.info.memory.linearBytes > 0, (await model.edit(code, { Smiling: 0.3 }, { steps: 2 })).width, states];`);
  assert.deepEqual(result, [true, 64, []]);
});

test('the GPU’s memory goes and comes, too', { timeout: 3 * PATIENCE }, async () => {
  const page = await software.newPage();
  // A browser ends a worker with a GPU at its leisure.
  await page.exposeFunction('ended', () => until(() => alive(page) === 0, 'the worker is still there', 20_000));
  const result = await withPackage(page, software.site.url, `${SIGHT}
    const model = await load({ device: 'gpu', parts: ['attributes'] });
    const kinds = [model.info.device.kind];
    sight('hidden');
    const gone = await settled(() => model.info.memory.linearBytes === 0);
    await ended();
    sight('visible');
    const start = performance.now();
    while (!states.includes('ready') && performance.now() - start < 120_000) await wait(100);
    kinds.push(model.info.device.kind);
    return { gone, kinds, states, held: model.info.memory.linearBytes > 0 };`);
  assert.deepEqual(result, { gone: true, kinds: ['gpu', 'gpu'], states: ['restarting', 'ready'], held: true });
});

test('whoever comes back to the editor finds photo, sliders and picture as they were', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  await patchScript(page, 'lib/shared/defaults.js', [['REST_MS = 5 * 60_000', 'REST_MS = 300']]);
  await openSample(page, site.url);
  await begin(page);
  await slide(page, 'Smile', 0.3);
  await drawn(page);
  const before = await pixels(page, 'Edited');
  const sight = (/** @type {string} */ state) => page.evaluate((value) => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => value });
    document.dispatchEvent(new Event('visibilitychange'));
  }, state);
  await sight('hidden');
  await until(() => alive(page) === 0, 'the worker is still there', 20_000);
  assert.equal(difference(before, await pixels(page, 'Edited')), 0);
  await sight('visible');
  await until(() => alive(page) === 1, 'no worker has come back', 20_000);
  await slide(page, 'Smile', -0.3);
  await drawn(page);
  assert.ok(difference(before, await pixels(page, 'Edited')) > 0);
  await slide(page, 'Smile', 0.3);
  await drawn(page);
  assert.equal(difference(before, await pixels(page, 'Edited')), 0);
  assert.equal(await page.getByRole('alert').filter({ hasText: /./ }).count(), 0);
});
