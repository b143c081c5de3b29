// Several threads of the CPU: the same numbers as by one, and one where there cannot be more. A build without threads skips what
// takes them; ./build.sh test --all has one with them.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from './process.mjs';
import { serve } from './serve.mjs';
import { served } from './served.mjs';
import { patchScript, PATIENCE, ROOT, withPackage } from './support.mjs';

const { site, newPage } = await served();
const built = (await readFile(join(ROOT, 'pkg/diffae_threads.js'), 'utf8')).includes('start_threads');
const skip = !built && 'this build has no threads';

/** A photo of nobody, and its edit by `threads`. */
const EDIT = `
  const photo = await createImageBitmap(await (await fetch('face-08.webp')).blob());
  const edited = async (threads, options = {}) => {
    const model = await diffae.DiffAe.load(manifest, { device: 'cpu', threads, ...options });
    const code = await model.encode(photo);
    const { data } = await model.edit(code, { Smiling: 0.3 });
    const { threads: found } = model.info.device;
    model.free();
    return { found, code: [...code.bytes], data: [...data] };
  };`;

test('several threads draw what one does, to the last digit', { timeout: 2 * PATIENCE, skip }, async () => {
  const page = await newPage();
  const [one, two, three] = /** @type {{ found: number, code: number[], data: number[] }[]} */ (await withPackage(page, site.url, `${EDIT}
    return [await edited(1), await edited(2), await edited(3)];`));
  assert.deepEqual([one, two, three].map(({ found }) => found), [1, 2, 3]);
  assert.ok(one.data.length === 4 * 64 * 64 && new Set(one.data).size > 50);
  for (const several of [two, three]) {
    assert.deepEqual(several.code, one.code);
    assert.deepEqual(several.data, one.data);
  }
});

test('as many threads as help are taken unless a number is wanted, and ended with the model', { timeout: PATIENCE, skip }, async () => {
  const page = await newPage();
  const { found, cores } = /** @type {any} */ (await withPackage(page, site.url, `${EDIT}
    return { found: (await edited()).found, cores: navigator.hardwareConcurrency };`));
  assert.equal(found, Math.min(cores, 4, Math.max(2, Math.ceil(cores / 2))));
  await until(() => page.workers().length === 0, 'Workers are left');
});

test('a page that is not isolated has one thread', { timeout: PATIENCE, skip }, async () => {
  const open = await serve({ isolates: false });
  try {
    const page = await newPage();
    assert.equal((/** @type {any} */ (await withPackage(page, open.url, `${EDIT} return edited(2);`))).found, 1);
  } finally {
    open.close();
  }
});

test('threads that cannot be fetched are done without', { timeout: PATIENCE, skip }, async () => {
  const page = await newPage();
  const found = /** @type {any[]} */ (await withPackage(page, site.url, `${EDIT}
    return [await edited(2, { threadWorkerUrl: 'nowhere.js' }), await edited(2, { threadsWasmUrl: 'nowhere.wasm' })];`));
  assert.deepEqual(found.map((one) => one.found), [1, 1]);
});

test('no thread is asked for by a number that is none', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  const said = await withPackage(page, site.url, `
    const told = [];
    for (const threads of [0, -1, 1.5, NaN, 65, '2', null]) await diffae.DiffAe.load(manifest, { threads }).catch(({ code }) => told.push(code));
    return told;`);
  assert.deepEqual(said, Array.from({ length: 7 }, () => 'option-invalid'));
});

test('a thread that panics ends the engine that waits for it, and one thread does the work', { timeout: PATIENCE, skip }, async () => {
  const page = await newPage();
  // One that says it has joined and then does not: the engine waits for it and hears nothing.
  const { found } = /** @type {any} */ (await withPackage(page, site.url, `${EDIT}
    const script = \`self.onmessage = ({ data: { port } }) => {
      self.postMessage('joined');
      setTimeout(() => port.postMessage({ type: 'crashed', error: { code: 'engine-crashed', message: 'made up' }, gpu: false }), 1000);
    };\`;
    return edited(2, { threadWorkerUrl: URL.createObjectURL(new Blob([script], { type: 'text/javascript' })) });`));
  assert.equal(found, 1);
});

test('a thread that runs out of memory, which is no panic, is told of as well', { timeout: PATIENCE, skip }, async () => {
  const page = await newPage();
  await patchScript(page, 'thread-worker.js', [['threads.join_threads();', 'throw new WebAssembly.RuntimeError(\'unreachable\');']]);
  assert.equal((/** @type {any} */ (await withPackage(page, site.url, `${EDIT} return edited(2);`))).found, 1);
});

test('a worker that dies on several threads is replaced by one of one thread, and the work done', { timeout: PATIENCE, skip }, async () => {
  const page = await newPage();
  await page.context().route('**/pkg/worker.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${await response.text()}\nnew BroadcastChannel('trap').onmessage = () => { throw new Error('trap'); };` });
  });
  const { states, threads, size } = /** @type {any} */ (await withPackage(page, site.url, `
    const photo = await createImageBitmap(await (await fetch('face-08.webp')).blob());
    const states = [];
    const model = await diffae.DiffAe.load(manifest, { device: 'cpu', threads: 2, onState: ({ state }) => states.push(state) });
    let said = false;
    const code = await model.encode(photo, { onStep: () => {
      if (!said) new BroadcastChannel('trap').postMessage('now');
      said = true;
    } });
    return { states, threads: model.info.device.threads, size: code.picture.width };`));
  assert.deepEqual({ states, threads, size }, { states: ['restarting', 'ready'], threads: 1, size: 64 });
});
