// What a model takes of memory is reckoned before anything of it is loaded: close to what it takes, held against what there is, and
// said in numbers where that is not enough.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseManifest } from '../../pkg/lib/shared/manifest.js';
import { needs } from '../../pkg/lib/worker/budget.js';
import { served } from './served.mjs';
import { openSample, PATIENCE, ROOT, withPackage } from './support.mjs';

const { site, newPage } = await served();
const software = await served({ webgpu: true });

const EDITING = /** @type {const} */ (['encoder', 'decoder', 'attributes']);

/** @param {string} name */
async function manifestOf(name) {
  return JSON.parse(await readFile(join(ROOT, 'models', name, 'manifest.json'), 'utf8'));
}

/** The bundled model as one whose decoder is larger, and whose pictures may be. @param {object} changes to its decoder's entry @param {object} [config] */
async function larger(changes, config = {}) {
  const bundled = await manifestOf('portrait64');
  return { ...bundled, cost: undefined, config: { ...bundled.config, ...config }, parts: { ...bundled.parts, decoder: { ...bundled.parts.decoder, ...changes } } };
}

/** Says in a worker of the page what a browser would of another device. @param {import('./support.mjs').Page} page @param {string} script */
async function deviceSays(page, script) {
  await page.context().route('**/pkg/worker.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${script}\n${await response.text()}` });
  });
}

test('what is reckoned is close to what is taken', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  for (const [name, side] of /** @type {const} */ ([['portrait64', 64], ['portrait128', 128]])) {
    const manifest = parseManifest(JSON.stringify(await manifestOf(name)), 'https://example.org/manifest.json');
    const { total } = needs(manifest, EDITING, 'cpu');
    const taken = await withPackage(page, site.url, `
      const model = await diffae.DiffAe.load(manifest.replace('portrait64', '${name}'), { device: 'cpu' });
      const code = await model.encode({ width: ${side}, height: ${side}, data: new Uint8Array(4 * ${side} * ${side}).fill(90) }, { steps: 2, iterations: 1 });
      await model.edit(code, { Smiling: 0.3 }, { steps: 2 });
      return model.info.memory.linearBytes;`);
    console.log(`${name}: ${(total / 1e6).toFixed(1)} MB reckoned, ${(taken / 1e6).toFixed(1)} MB taken`);
    assert.ok(total > 0.75 * taken && total < 1.33 * taken, `${name}: ${total} and ${taken}`);
  }
  // The largest published geometry, of which docs/performance.md tells what it takes of a GPU: 140 MB, and 425 MB in a step.
  const ffhq = await larger({ bytes: 140e6 }, { image_size: 256, patch_size: 1, net_ch: 128, net_ch_mult: [1, 1, 2, 2, 4, 4] });
  const { total, largest } = needs(parseManifest(JSON.stringify(ffhq), 'https://example.org/manifest.json'), ['decoder'], 'gpu');
  assert.ok(Math.abs(total - 425e6) < 0.1 * 425e6, `${total}`);
  assert.equal(largest, 4 * 128 * 256 ** 2);
});

test('a model that no browser can hold is refused with numbers before any of it is fetched, in the person’s language', { timeout: 2 * PATIENCE }, async () => {
  for (const [locale, begin, sentence] of /** @type {const} */ ([
    ['en', 'Bring it to life', 'The model portrait64 takes about 7.0 GB of memory, and at most 4.3 GB can be had here; choose a smaller model.'],
    ['de', 'Zum Leben erwecken', 'Das Modell portrait64 braucht etwa 7,0 GB Speicher, und hier gibt es höchstens 4,3 GB; wähle ein kleineres.'],
  ])) {
    const page = await newPage({ locale });
    await page.context().route(/portrait64\/manifest\.json$/, async (route) => route.fulfill({ json: await larger({ bytes: 1e9 }) }));
    /** @type {string[]} */
    const fetched = [];
    page.context().on('request', (request) => { if (/\.safetensors$/.test(request.url()) && !/blazeface/.test(request.url())) fetched.push(request.url()); });
    if (locale === 'en') await openSample(page, site.url);
    else {
      await page.goto(site.url);
      await page.getByRole('button', { name: 'Gesicht von niemandem 1' }).click();
    }
    await page.getByRole('button', { name: begin }).click();
    await page.getByRole('alert').getByText(sentence).waitFor();
    assert.deepEqual(fetched, []);
    // The photo is still there.
    await page.getByRole('button', { name: begin }).waitFor();
  }
});

test('what the browser tells of the device’s memory counts', { timeout: 2 * PATIENCE }, async () => {
  const load = "return diffae.DiffAe.load(manifest, { device: 'cpu', parts: ['encoder', 'decoder'] }).then((model) => { model.free(); return null; }, ({ code, message, values }) => ({ code, message, values }));";
  const page = await newPage();
  await page.context().route(/portrait64\/manifest\.json$/, async (route) => route.fulfill({ json: await larger({ bytes: 250e6 }) }));
  await deviceSays(page, "Object.defineProperty(navigator, 'deviceMemory', { get: () => 2 });");
  const refused = await withPackage(page, site.url, load);
  assert.equal(refused.code, 'model-too-large');
  assert.match(refused.message, /takes about 1\.8 GB of memory, and at most 1\.6 GB can be had here/);
  assert.equal(refused.values.has, 1.5 * 2 ** 30);
  const other = await newPage();
  await deviceSays(other, "Object.defineProperty(navigator, 'deviceMemory', { get: () => 0.25 });");
  assert.equal(await withPackage(other, site.url, load), null, 'the bundled model fits into the smallest device there is');
});

test('a GPU whose buffers are too small for a model leaves it to the CPU', { timeout: 2 * PATIENCE }, async () => {
  const page = await software.newPage();
  await deviceSays(page, `
    const { requestAdapter } = GPU.prototype;
    GPU.prototype.requestAdapter = async function (...options) {
      const adapter = await requestAdapter.apply(this, options);
      return adapter && new Proxy(adapter, { get: (target, name) => {
        if (name === 'limits') return { maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: 100_000 };
        const value = target[name];
        return typeof value === 'function' ? value.bind(target) : value;
      } });
    };`);
  const device = await withPackage(page, software.site.url, `
    const model = await diffae.DiffAe.load(manifest, { device: 'gpu', parts: ['attributes'] });
    const { device } = model.info;
    model.free();
    return device;`);
  assert.deepEqual([device.kind, device.reason, device.sentence], ['cpu', 'gpu-too-small', 'Runs on the CPU: this model is too large for the graphics adapter.']);
});
