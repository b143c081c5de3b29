// Golden tensors, computed in Chromium on the CPU and on WebGPU, against the official code's. And the page's own engine on
// WebGPU: the tiny golden model encodes, edits and resets there. build.sh makes both from the sources, into generated/.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { serve } from './serve.mjs';
import { served } from './served.mjs';
import { goldenModel, patchScript, PATIENCE, ROOT, withPackage } from './support.mjs';

/** @typedef {import('./support.mjs').Page} Page */

const { site, newPage } = await served({ webgpu: true });
const tests = await serve({ folder: join(ROOT, 'tests') });
after(() => tests.close());

/** Counts the pipelines that the model's worker makes. @param {Page} page */
async function countPipelines(page) {
  await page.context().route('**/pkg/worker.js', async (route) => {
    const response = await route.fetch();
    const counting = `
      globalThis.pipelines = 0;
      for (const method of ['createComputePipeline', 'createComputePipelineAsync']) {
        const make = GPUDevice.prototype[method];
        GPUDevice.prototype[method] = function (...args) { pipelines += 1; return make.apply(this, args); };
      }`;
    await route.fulfill({ response, body: `${await response.text()}${counting}` });
  });
}

/** @param {Page} page @returns {Promise<number>} */
async function pipelines(page) {
  const worker = page.workers().find((one) => one.url().endsWith('/pkg/worker.js'));
  assert.ok(worker);
  return worker.evaluate(() => /** @type {any} */ (globalThis).pipelines);
}

/** @param {'cpu' | 'gpu'} device @param {string} [module] @returns {Promise<Record<string, number>>} the largest difference of each tensor */
async function differences(device, module = 'web-model-gpu') {
  const page = await newPage();
  await page.goto(new URL('golden/manifest.json', tests.url).href);
  /** @type {{ name: string, difference: number }[]} */
  const report = await page.evaluate(async ([device, module]) => {
    const { default: init, parity } = await import(module);
    await init();
    const bytes = async (/** @type {string} */ path) => new Uint8Array(await (await fetch(path)).arrayBuffer());
    const folder = '/browser/generated/golden';
    const parts = await Promise.all(['encoder', 'decoder', 'latent', 'attributes'].map((part) => bytes(`${folder}/${part}.safetensors`)));
    const manifest = await (await fetch(`${folder}/manifest.json`)).text();
    return parity(device, await bytes('/golden/golden.safetensors'), manifest, parts);
  }, [device, `/browser/generated/${module}.js`]);
  for (const { name, difference } of report) console.log(`${device} ${name.padEnd(30)} max |difference| ${difference.toExponential(2)}`);
  return Object.fromEntries(report.map(({ name, difference }) => [name, difference]));
}

/** @param {Record<string, number>} found @param {Record<string, number>} allowed */
function within(found, allowed) {
  assert.deepEqual(Object.keys(found).sort(), Object.keys(allowed).sort());
  for (const [name, tolerance] of Object.entries(allowed)) {
    assert.ok(found[name] <= tolerance, `${name} differs by ${found[name]}, allowed ${tolerance}`);
  }
}

test('golden tensors on the CPU with plain and with relaxed SIMD, within the tolerances of the native tests', { timeout: 2 * PATIENCE }, async () => {
  const [plain, relaxed] = [await differences('cpu'), await differences('cpu', 'web-model-gpu-fused')];
  for (const found of [plain, relaxed]) {
    within(found, {
      z_sem: 1e-5, eps: 2e-5, eps2: 2e-5, 'x_T.T10': 2e-3, 'render.T10.from_x_T_T10': 1e-3, 'edit.0.render.T10': 1e-3,
      'uncond.render.T10': 1e-3, 'latent.sample.normalized.T10': 2e-3, 'edit.0.z_sem': 1e-5,
    });
  }
  assert.notDeepEqual(plain, relaxed, 'each rounds in its own way');
});

test('golden tensors on WebGPU, two readbacks in a row', { timeout: 4 * PATIENCE }, async () => {
  // Another order of summation on another device; the sampler carries eps's difference through ten steps.
  within(await differences('gpu'), {
    z_sem: 1e-3, eps: 1e-3, eps2: 1e-3, 'x_T.T10': 5e-3, 'render.T10.from_x_T_T10': 5e-3, 'edit.0.render.T10': 5e-3,
    'uncond.render.T10': 5e-3, 'latent.sample.normalized.T10': 5e-3, 'edit.0.z_sem': 1e-5,
  });
});

test('the package encodes, edits and reconstructs on WebGPU without making a pipeline, and fifty edits take no more memory than five', { timeout: 8 * PATIENCE }, async () => {
  const page = await newPage();
  await countPipelines(page);
  // What is made while loading is made for the steps that a caller gets unless it names others.
  await patchScript(page, 'lib/shared/defaults.js', [['gpu: Object.freeze({ encode: 20, decode: 20 })', 'gpu: Object.freeze({ encode: 5, decode: 5 })']]);
  await goldenModel(page, 'golden');
  await withPackage(page, site.url, `globalThis.model = await diffae.DiffAe.load(new URL('../golden/manifest.json', manifest).href, { device: 'gpu' });`);
  const loaded = await pipelines(page);
  const { kind, same, changed, side } = await page.evaluate(`(async () => {
    const photo = new ImageData(48, 48);
    for (let i = 0; i < photo.data.length; i++) photo.data[i] = i % 4 === 3 ? 255 : (i * 37) % 251;
    // Whoever watches is shown previews, which are work, too.
    const onStep = () => {};
    globalThis.code = await model.encode(photo, { iterations: 2, onStep });
    const original = await model.reconstruct(code, { onStep });
    const edited = await model.edit(code, { Smiling: 2 }, { onStep });
    const reset = await model.edit(code, { Smiling: 0 });
    const apart = (a, b) => a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]), 0) / a.data.length;
    return { kind: model.info.device.kind, same: apart(original, reset), changed: apart(original, edited), side: edited.width };
  })()`);
  assert.deepEqual([kind, side, same], ['gpu', 32, 0]);
  assert.ok(changed > 0.5, `the edit changed ${changed} levels a value`);
  assert.ok(loaded > 0);
  assert.equal(await pipelines(page), loaded, 'the first pictures find every pipeline made');

  const sizes = await page.evaluate(`(async () => {
    const sizes = [];
    for (let i = 0; i < 50; i++) {
      await model.edit(code, { Smiling: (i % 10) / 20 - 0.25 }, { steps: 2 });
      sizes.push({ ...model.info.memory });
    }
    model.free();
    return sizes;
  })()`);
  assert.ok(sizes[4].deviceBytes > 0);
  // The pool may give a page back, which is no fault.
  assert.ok(sizes[49].deviceBytes <= sizes[4].deviceBytes, `${sizes[49].deviceBytes} bytes after ${sizes[4].deviceBytes}`);
  assert.equal(sizes[49].linearBytes, sizes[4].linearBytes);
  console.log(`WebGPU memory: ${(sizes[49].deviceBytes / 2 ** 20).toFixed(1)} MiB on the device, ${(sizes[49].linearBytes / 2 ** 20).toFixed(1)} MiB linear`);
});
