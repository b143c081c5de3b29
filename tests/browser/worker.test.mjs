// The worker seen from the package: cancelling, superseding, crashes and their repair, memory over many edits.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { served } from './served.mjs';
import { begin, drawn, openSample, patchEngine, PATIENCE, slide, withPackage } from './support.mjs';

const { site, newPage } = await served();

/** A model and the code of a small grey picture, at the fewest steps. */
const READ = `
  const model = await diffae.DiffAe.load(manifest, { device: 'cpu' });
  const grey = { width: 64, height: 64, data: new Uint8Array(4 * 64 * 64).fill(128) };
  const few = { steps: 2, iterations: 1 };
  const code = await model.encode(grey, few);
`;

const CRASH_ONCE = `
  const edit = DiffAe.prototype.edit;
  DiffAe.prototype.edit = function (code, attributes, ...rest) {
    if (attributes.Bangs === 0.5) throw new WebAssembly.RuntimeError('unreachable');
    return edit.call(this, code, attributes, ...rest);
  };`;

test('encoding is cancelled between two steps, and the model goes on', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  const result = await withPackage(page, site.url, `${READ}
    const controller = new AbortController();
    let seen = 0;
    const cancelled = await model.encode(grey, { steps: 50, iterations: 3, signal: controller.signal, onStep: () => { seen += 1; controller.abort(); } })
      .then(() => null, (error) => error.code);
    const already = await model.edit(code, { Smiling: 0.3 }, { steps: 2, signal: controller.signal }).then(() => null, (error) => error.code);
    const after = await model.edit(code, { Smiling: 0.3 }, { steps: 2 });
    return { cancelled, already, seen, width: after.width };`);
  assert.deepEqual(result, { cancelled: 'cancelled', already: 'cancelled', seen: 1, width: 64 });
});

test('what waits for another request is cancelled at once', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  const ended = await withPackage(page, site.url, `${READ}
    const ended = [];
    const controller = new AbortController();
    let second;
    await model.encode(grey, { steps: 50, iterations: 3, onStep: () => {
      second ??= model.edit(code, { Smiling: 0.3 }, { steps: 2, signal: controller.signal }).catch((error) => ended.push(error.code));
      setTimeout(() => controller.abort());
    } });
    ended.push('first');
    await second;
    return ended;`);
  assert.deepEqual(ended, ['cancelled', 'first']);
});

test('z_sem alone is the z_sem of the whole code', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  const { alone, bytes } = await withPackage(page, site.url, `${READ}
    const alone = await model.encodeSemantic(grey);
    return { alone: [...alone], bytes: [...code.bytes] };`);
  const file = Buffer.from(bytes);
  const length = Number(file.readBigUInt64LE());
  const [start, end] = JSON.parse(file.toString('utf8', 8, 8 + length)).z_sem.data_offsets;
  const whole = Array.from({ length: (end - start) / 4 }, (_, i) => file.readFloatLE(8 + length + start + 4 * i));
  assert.deepEqual(alone, whole);
});

test('every way the package says no has a code', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  const codes = await withPackage(page, site.url, `${READ}
    const code2 = (promise) => promise.then(() => null, (error) => error instanceof diffae.DiffAeError && error.message.endsWith('.') && error.code);
    return {
      unknown: await code2(model.edit(code, { Moustaches: 0.3 }, { steps: 2 })),
      steps: await code2(model.edit(code, { Smiling: 0.3 }, { steps: 37 })),
      amplitude: await code2(model.edit(code, { Smiling: NaN }, { steps: 2 })),
      foreign: await code2(model.edit({ ...code, bytes: new Uint8Array(5) }, { Smiling: 0.3 }, { steps: 2 })),
      bare: await code2(model.edit(code.bytes, { Smiling: 0.3 }, { steps: 2 })),
      example: await code2(model.teach([code.bytes], [code], { name: 'Mine' })),
      sent: await code2(model.encode({ width: 1, height: 1, data: new Uint8Array(4) }, { frame: { x: 0.5, y: 0.5, side: 1, angle: () => 0 } })),
      size: await code2(model.encode({ width: 3, height: 3, data: new Uint8Array(5) })),
      freed: (model.free(), await code2(model.reconstruct(code))),
    };`);
  assert.deepEqual(codes, { unknown: 'attribute-unknown', steps: 'steps-invalid', amplitude: 'option-invalid', foreign: 'code-invalid', bare: 'code-invalid', example: 'code-invalid', sent: 'option-invalid', size: 'picture-invalid', freed: 'freed' });
});

test('a model that is freed while it is asked for something says so', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  const ended = await withPackage(page, site.url, `${READ}
    const ends = (promise) => promise.then(() => null, (error) => error.code);
    const all = [model.reconstruct(code), model.edit(code, { Smiling: 0.3 }), model.encode(grey), model.encodeSemantic(grey), model.sample()];
    model.free();
    return Promise.all(all.map(ends));`);
  assert.deepEqual(ended, Array(5).fill('freed'));
});

test('a model that is freed when its worker has died starts no other, and nothing more is told of it', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await patchEngine(page, 'cpu', CRASH_ONCE);
  const { states, code, workers } = await withPackage(page, site.url, `
    const Native = Worker;
    let workers = 0;
    globalThis.Worker = class extends Native { constructor(...args) { super(...args); workers += 1; } };
    const states = [];
    const model = await diffae.DiffAe.load(manifest, { device: 'cpu', onState: ({ state }) => { states.push(state); if (state === 'restarting') model.free(); } });
    const code = await model.encode({ width: 64, height: 64, data: new Uint8Array(4 * 64 * 64) }, { steps: 2, iterations: 1 });
    const ended = await model.edit(code, { Bangs: 0.5 }, { steps: 2 }).then(() => null, (error) => error.code);
    await new Promise((resolve) => setTimeout(resolve, 500));
    return { states, code: ended, workers };`);
  assert.deepEqual({ states, code, workers }, { states: ['restarting'], code: 'freed', workers: 1 });
});

test('a device that fails within a stepped job is replaced, and that is told', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await patchEngine(page, 'cpu', `
    const edit = DiffAe.prototype.edit;
    DiffAe.prototype.edit = async function (...request) {
      const [, attributes, , { steps }, onStep] = request;
      if (attributes.Bangs !== 0.5) return edit.apply(this, request);
      await onStep(0, steps, null);
      throw Object.assign(new Error('the device failed: it is gone'), { code: 'device-lost' });
    };`);
  await openSample(page, site.url);
  await begin(page);
  await page.evaluate(() => {
    const Native = Worker;
    const log = /** @type {any} */ (globalThis).log = { workers: 0, codes: /** @type {string[]} */ ([]) };
    globalThis.Worker = class extends Native { constructor(/** @type {ConstructorParameters<typeof Worker>} */ ...args) { super(...args); log.workers += 1; } };
    document.querySelector('diffae-editor')?.addEventListener('error', (event) => log.codes.push(/** @type {any} */ (event).detail.code));
  });
  await slide(page, 'Smile', 0.2);
  await drawn(page);
  await slide(page, 'Bangs', 0.5);
  const alert = page.getByRole('alert').filter({ hasText: /./ });
  await alert.waitFor();
  assert.match(await alert.innerText(), /The device failed: it is gone\. It is being restarted; your photo and sliders are kept\./);
  await slide(page, 'Bangs', 0.3);
  await drawn(page);
  assert.deepEqual(await page.evaluate(() => /** @type {any} */ (globalThis).log), { workers: 1, codes: ['device-lost'] });
});

test('a new slider position supersedes the edit under way', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await openSample(page, site.url);
  await begin(page);
  await page.evaluate(() => {
    const changes = /** @type {any} */ (globalThis).changes = /** @type {unknown[]} */ ([]);
    document.querySelector('diffae-editor')?.addEventListener('change', (event) => changes.push(/** @type {any} */ (event).detail.amplitudes));
  });
  for (const value of [0.1, 0.2, 0.3]) {
    await slide(page, 'Smile', value);
    await page.waitForTimeout(250);
  }
  await drawn(page);
  const changes = await page.evaluate(() => /** @type {any} */ (globalThis).changes);
  assert.deepEqual(changes.at(-1), { Smiling: 0.3 });
  assert.ok(changes.length < 3, 'superseded edits are not shown as finished');
});

test('after a crash the worker is replaced and photo, code and sliders are kept', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await patchEngine(page, 'cpu', CRASH_ONCE);
  await openSample(page, site.url);
  await begin(page);
  await slide(page, 'Smile', 0.2);
  await drawn(page);
  await slide(page, 'Bangs', 0.5);
  const alert = page.getByRole('alert').filter({ hasText: /./ });
  await alert.waitFor();
  assert.match(await alert.innerText(), /The engine stopped unexpectedly: unreachable\. It is being restarted; your photo and sliders are kept\./);
  assert.equal(await page.getByRole('slider', { name: 'Smile', exact: true }).inputValue(), '0.2');
  await slide(page, 'Bangs', 0.3);
  await drawn(page);
});

test('a panic that never settles its promise ends the wait too', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await patchEngine(page, 'cpu', `
    let report;
    const hook = set_panic_hook;
    DiffAe.prototype.reconstruct = () => { globalThis.report('panicked at src/lib.rs:1: index out of bounds'); return new Promise(() => {}); };
    globalThis.report = (message) => report(message);
    const wrapped = (callback) => { report = callback; hook(callback); };`.replace('const wrapped', 'globalThis.wrapped'));
  // The module re-exports the engine's own hook, so the callback is caught on its way in.
  await page.context().route(/\/pkg\/lib\/worker\/engine-host\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()).replace('module.set_panic_hook(', '(globalThis.wrapped ?? module.set_panic_hook)(') });
  });
  const result = await withPackage(page, site.url, `
    const states = [];
    const model = await diffae.DiffAe.load(manifest, { device: 'cpu', onState: ({ state }) => states.push(state) });
    const code = await model.encode({ width: 64, height: 64, data: new Uint8Array(4 * 64 * 64) }, { steps: 2, iterations: 1 });
    const error = await model.reconstruct(code, { steps: 2 }).then(() => null, (error) => [error.code, error.fatal, error.message]);
    // The new worker comes up without being asked for anything.
    for (let waited = 0; !states.includes('ready') && waited < 60_000; waited += 50) await new Promise((resolve) => setTimeout(resolve, 50));
    const came = states.length;
    const after = await model.edit(code, { Smiling: 0.3 }, { steps: 2 });
    return { error, states, came, width: after.width };`);
  assert.deepEqual(result, {
    error: ['engine-crashed', true, 'The engine stopped unexpectedly: panicked at src/lib.rs:1: index out of bounds.'],
    states: ['restarting', 'ready'],
    came: 2,
    width: 64,
  });
});

test('a second crash in a row is not answered by a third try of its own', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await patchEngine(page, 'cpu', CRASH_ONCE);
  const result = await withPackage(page, site.url, `
    const states = [];
    const model = await diffae.DiffAe.load(manifest, { device: 'cpu', onState: ({ state }) => states.push(state) });
    const code = await model.encode({ width: 64, height: 64, data: new Uint8Array(4 * 64 * 64) }, { steps: 2, iterations: 1 });
    const crash = () => model.edit(code, { Bangs: 0.5 }, { steps: 2 }).then(() => null, (error) => error.code);
    const codes = [await crash(), await crash()];
    const width = (await model.edit(code, { Smiling: 0.3 }, { steps: 2 })).width;
    return { codes, states, width };`);
  assert.deepEqual(result, { codes: ['engine-crashed', 'engine-crashed'], states: ['restarting', 'ready', 'failed', 'restarting', 'ready'], width: 64 });
});

test('fifty edits leave the memory where the fifth left it', { timeout: 3 * PATIENCE }, async () => {
  const page = await newPage();
  const sizes = await withPackage(page, site.url, `${READ}
    const sizes = [];
    for (let i = 0; i < 50; i++) {
      await model.edit(code, { Smiling: (i % 10) / 20 - 0.25 }, { steps: 2 });
      sizes.push({ ...model.info.memory });
    }
    return sizes;`);
  assert.ok(sizes[4].linearBytes > 0);
  assert.deepEqual(sizes[49], sizes[4]);
  console.log(`peak of the linear memory: ${(sizes[49].linearBytes / 2 ** 20).toFixed(1)} MiB`);
});
