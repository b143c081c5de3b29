// How a model comes up: what is fetched at once, what is told meanwhile, and what is left when it fails or is stopped.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { served } from './served.mjs';
import { patchEngine, PATIENCE, withPackage } from './support.mjs';

const { site, newPage } = await served();
const software = await served({ webgpu: true });

const ENGINE = /diffae_(cpu|threads)(_fused)?_bg\.wasm$/;
const PARTS = /(encoder|decoder|attributes)\.safetensors$/;
/** Requests that are not made before this have to wait for something that they should not wait for. */
const SOON = 20_000;

/**
 * Holds back the files at `held` until every address of `expected` has been asked for, and tells whether that happened.
 * @param {import('./support.mjs').Page} page @param {RegExp} held @param {RegExp[]} expected
 */
async function holdBack(page, held, expected) {
  const asked = Promise.all(expected.map((address) => page.context().waitForEvent('request', { predicate: (request) => address.test(request.url()), timeout: SOON })))
    .then(() => true, () => false);
  await page.context().route(held, async (route) => {
    await asked;
    await route.continue();
  });
  return asked;
}

/** A load that keeps what it is told, and how it ends. */
const LOAD = `
  const told = [];
  const controller = new AbortController();
  const load = (options) => diffae.DiffAe.load(manifest, { onProgress: (one) => told.push(one), signal: controller.signal, ...options })
    .then((model) => { const { device } = model.info; model.free(); return device; }, (error) => [error.code, error.message]);
`;

test('every part is asked for while the engine is still on its way', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  const asked = holdBack(page, ENGINE, ['encoder', 'decoder', 'attributes'].map((part) => new RegExp(`${part}\\.safetensors$`)));
  const { kind } = await withPackage(page, site.url, `${LOAD} return load({ device: 'cpu' });`);
  assert.equal(kind, 'cpu');
  assert.equal(await asked, true);
});

test('the engine is asked for while the manifest is still on its way', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  const asked = holdBack(page, /portrait64\/manifest\.json$/, [ENGINE]);
  const { kind } = await withPackage(page, site.url, `${LOAD} return load({ device: 'cpu' });`);
  assert.equal(kind, 'cpu');
  assert.equal(await asked, true);
});

test('what is told of parts that come side by side is one account', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  // The engine is last, so that there is a time in which only it is waited for.
  const asked = holdBack(page, ENGINE, [PARTS]);
  await page.context().route(ENGINE, async (route) => {
    await new Promise((resolve) => { setTimeout(resolve, 1500); });
    await route.fallback();
  });
  /** @type {import('../../pkg/index.js').LoadProgress[]} */
  const told = await withPackage(page, site.url, `${LOAD} await load({ device: 'cpu' }); return told;`);
  await asked;
  const total = told.at(-1)?.total;
  assert.ok(total && total > 9e6);
  for (const [i, { stage, loaded, total: of }] of told.entries()) {
    assert.ok(loaded >= (told[i - 1]?.loaded ?? 0) && loaded <= total, `${loaded} bytes after ${told[i - 1]?.loaded}`);
    assert.equal(of, stage === 'manifest' ? 0 : total);
  }
  assert.equal(told.at(-1)?.loaded, total);
  const stages = told.map(({ stage }) => stage).filter((stage, i, all) => stage !== all[i - 1]);
  assert.deepEqual(stages, ['manifest', 'engine', 'download', 'verify', 'engine', 'prepare']);
});

test('a load is stopped at once, however long the engine takes', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.context().route(ENGINE, () => {});
  const ended = await withPackage(page, site.url, `${LOAD}
    setTimeout(() => controller.abort(), 500);
    return load({ device: 'cpu' });`);
  assert.equal(ended[0], 'cancelled');
});

test('a part that fails is told at once and ends the other downloads', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.context().route(ENGINE, () => {});
  await page.context().route(/decoder\.safetensors$/, () => {});
  const ended = page.context().waitForEvent('requestfailed', (request) => /decoder\.safetensors$/.test(request.url()));
  await page.context().route(/attributes\.safetensors$/, (route) => route.fulfill({ status: 503 }));
  const [code, message] = await withPackage(page, site.url, `${LOAD} return load({ device: 'cpu' });`);
  assert.deepEqual([code, message], ['http-status', 'The server answered status 503 for attributes.safetensors.']);
  await ended;
});

test('an engine that does not start is told in its own sentence', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.context().route(ENGINE, (route) => route.fulfill({ status: 404 }));
  const [code, message] = await withPackage(page, site.url, `${LOAD} return load({ device: 'cpu' });`);
  assert.equal(code, 'engine-unavailable');
  assert.match(message, /^The engine could not be started: /);
});

test('the CPU that takes over from a GPU gets the parts that are there', { timeout: PATIENCE }, async () => {
  const page = await software.newPage();
  await patchEngine(page, 'gpu', 'DiffAe.prototype.self_test = async () => ({ passed: false, difference: 1, tolerance: 0.001 });');
  /** @type {string[]} */
  const fetched = [];
  page.context().on('request', (request) => {
    if (PARTS.test(request.url())) fetched.push(new URL(request.url()).pathname.split('/').pop() ?? '');
  });
  const { reason } = await withPackage(page, site.url, `${LOAD} return load({ device: 'gpu' });`);
  assert.equal(reason, 'self-test-failed');
  assert.deepEqual(fetched.sort(), ['attributes.safetensors', 'decoder.safetensors', 'encoder.safetensors']);
});

test('the wasm file is compiled while it streams in', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.context().route('**/pkg/worker.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${await response.text()}
      WebAssembly.instantiate = () => Promise.reject(new Error('not streamed'));` });
  });
  const { kind } = await withPackage(page, site.url, `${LOAD} return load({ device: 'cpu', parts: [] });`);
  assert.equal(kind, 'cpu');
});
