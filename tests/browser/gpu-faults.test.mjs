// The GPU fails in every way it has: each is noticed, the worker is replaced, and what was being computed comes out as if nothing
// had been. The engine's own device is destroyed here, in Chromium's software adapter, with the smallest model there is.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { nanoModel } from './nano-model.mjs';
import { until } from './process.mjs';
import { served } from './served.mjs';
import { begin, difference, drawn, patchScript, PATIENCE, pixels, same, SAMPLES, slide, withPackage } from './support.mjs';

const { site, newPage } = await served({ webgpu: true });

/** @typedef {import('./support.mjs').Page} Page */

/**
 * What runs in every model worker behind its own script: it keeps the engine's device, tells when a step of a job is done, and
 * has the engine's class at hand.
 */
const KIT = String.raw`
  import { DiffAe as Engine } from './diffae_gpu.js';
  const kit = self.kit = { device: null, Engine, atStep: null, onDevice: null, shader: (code) => code };
  // The two large kernels take a software adapter most of a minute to compile. Here it does not matter what is computed, so long as
  // it follows from all that goes in and is the same every time.
  const createShaderModule = GPUDevice.prototype.createShaderModule;
  GPUDevice.prototype.createShaderModule = function ({ code, ...rest }) {
    const large = /^\/\/ (A convolution|Self-attention)/.test(code);
    return createShaderModule.call(this, { ...rest, code: kit.shader(large ? cheap(code) : code, large) });
  };
  function cheap(code) {
    const bindings = [...code.matchAll(/@binding\(\d+\) var<([^>]*)> (\w+): (?:array<(Stored|vec4<f32>|u32)>)?/g)];
    const read = bindings.filter(([, , name, type]) => name !== 'output' && type && type !== 'u32').map(([, , name]) => '0.15 * ' + name + '[i % arrayLength(&' + name + ')]');
    const used = bindings.map(([, , name]) => '_ = &' + name + ';').join(' ');
    return code.slice(0, code.indexOf('@compute')) + '@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) { '
      + used + ' let all = 64u * groups.x * groups.y * groups.z; for (var i = id.x + 64u * groups.x * (id.y + groups.y * id.z); i < arrayLength(&output); i += all) { output[i] = vec4<f32>(0.3 * sin(f32(i))) + ' + read.join(' + ') + '; } }';
  }

  // What the self-test and the rehearsal of pipelines prove is proven elsewhere; here they would take most of the time.
  const { self_test } = Engine.prototype;
  Engine.prototype.self_test = async () => ({ passed: true, half: false, difference: 0, tolerance: 0 });
  kit.proof = () => { Engine.prototype.self_test = self_test; };
  Engine.prototype.rehearse = () => {};
  const jobs = new Map();
  const requestDevice = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = async function (wanted) {
    kit.device = await requestDevice.call(this, wanted);
    kit.onDevice?.(kit.device);
    return kit.device;
  };
  // A CPU begins before this listener is called; nothing is done to it.
  self.addEventListener('message', ({ data }) => { if (data.type === 'run') jobs.set(data.id, data.job); });
  const postMessage = self.postMessage;
  self.postMessage = (message, transfer) => {
    postMessage.call(self, message, transfer);
    if (message.type !== 'step' || !kit.atStep) return;
    const { act } = kit.atStep;
    if (!act(jobs.get(message.id) ?? {}, message.index)) kit.atStep = null;
  };
  /** Once, when the first step of such a job is done. */
  kit.during = (wanted, act) => { kit.atStep = { act: ({ kind }, index) => kind !== wanted || index !== 0 || void act() }; };
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

const files = nanoModel();

/** @param {Page} page */
async function smallest(page) {
  await page.context().route('**/models/portrait64/*', (route) => route.fulfill({ body: files[route.request().url().split('/').pop() ?? ''] }));
}

/** The longest that a step may take here, in milliseconds; a step of this model takes some tenths of a second. */
const LEAST_MS = 5_000;

/** Loads the model and has what is done with it at hand: jobs give all bytes of their result. */
const load = () => `
  const states = globalThis.states = [];
  const few = { steps: 2, iterations: 1 };
  const grey = { width: 8, height: 8, data: Uint8Array.from({ length: 4 * 8 * 8 }, (_, i) => i % 4 === 3 ? 255 : (i * 7) % 251) };
  const model = globalThis.model = await diffae.DiffAe.load(manifest, { device: 'gpu', onState: ({ state, error }) => states.push(error ? state + ': ' + error.code : state) });
  globalThis.encode = async () => [...(await model.encode(grey, few)).bytes];
  globalThis.code = await model.encode(grey, few);
  globalThis.edit = async (steps = 2, signal = undefined) => [...(await model.edit(code, { Smiling: 0.5 }, { steps, signal })).data];
  globalThis.settled = async () => { while (!['ready', 'failed'].includes(states.at(-1))) await new Promise((resolve) => setTimeout(resolve, 20)); };
`;

/** @param {Page} page a fresh one with the smallest model, and what else is wrong with it @param {(start: number) => string} [fault] */
async function prepared(page, fault) {
  await smallest(page);
  await patchScript(page, 'lib/worker/patience.js', [['LEAST_MS = 30_000', `LEAST_MS = ${LEAST_MS}`]]);
  return faulty(page, fault);
}

/** The model's worker of this moment. @param {Page} page */
function worker(page) {
  const found = page.workers().findLast((one) => one.url().endsWith('/worker.js'));
  assert.ok(found, 'there is a worker');
  return found;
}

/** A fault among those that share a page; subtests would each end with a page of their own. @param {string} name @param {() => Promise<void>} work */
async function fault(name, work) {
  const start = performance.now();
  try {
    await work();
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
  console.log(`${name}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

/** @param {Page} page */
const device = (page) => page.evaluate('({ kind: model.info.device.kind, reason: model.info.device.reason })');

/**
 * What goes wrong in the middle of an edit or beside it, as a script of the worker, with the code that is told of it.
 * @type {[string, string, string][]}
 */
const WHILE_EDITING = [
  ['its device is destroyed', 'kit.during("edit", () => kit.device.destroy())', 'device-lost'],
  ['its device is destroyed once more', 'kit.during("edit", () => kit.device.destroy())', 'device-lost'],
  ['it refuses a call', 'kit.during("edit", () => kit.device.createBuffer({ size: 4, usage: 0 }))', 'device-refused'],
  ['a shader that it is given does not compile', 'kit.during("edit", () => kit.device.createComputePipeline({ layout: "auto", compute: { module: kit.device.createShaderModule({ code: "fn main( {" }) } }))', 'device-refused'],
  ['it has no memory left', `kit.during("edit", () => kit.device.dispatchEvent(new GPUUncapturedErrorEvent("uncapturederror", { error: new GPUOutOfMemoryError("no") })))`, 'device-memory'],
  ['its driver has an error of its own', `kit.during("edit", () => kit.device.dispatchEvent(new GPUUncapturedErrorEvent("uncapturederror", { error: new GPUInternalError("no") })))`, 'engine-crashed'],
  ['what it computed cannot be read', 'kit.during("edit", () => { GPUBuffer.prototype.mapAsync = () => Promise.reject(new DOMException("aborted", "OperationError")); })', 'device-lost'],
  ['a step never ends', 'kit.during("edit", () => { GPUBuffer.prototype.mapAsync = () => new Promise(() => {}); })', 'device-hung'],
  ['it computes what are no numbers', 'kit.during("edit", () => fill(NaN))', 'device-wrong'],
  ['it computes nothing, and its memory holds zeros', 'kit.during("edit", () => fill(0))', 'device-wrong'],
  ['the engine traps', 'kit.Engine.prototype.edit = async () => { throw new WebAssembly.RuntimeError("unreachable"); }', 'engine-crashed'],
  ['its worker throws outside of any call', 'kit.during("edit", () => setTimeout(() => { throw new Error("out of nowhere"); }))', 'engine-crashed'],
  ['a promise of the engine fails where nobody waits for it', 'kit.during("edit", () => void Promise.reject(new Error("forgotten")))', 'engine-crashed'],
  ['its worker cannot read a message', 'self.dispatchEvent(new MessageEvent("messageerror"))', 'engine-crashed'],
];

test('while a GPU computes', { timeout: 10 * PATIENCE }, async () => {
  const page = await newPage();
  // The rule by which the GPU is given up has its own test; here it is given one more chance after every fault.
  await patchScript(page, 'lib/page/strikes.js', [['MOST = 3', 'MOST = 1000']]);
  const kit = await prepared(page, () => `
    self.fill = (value) => {
      const read = GPUBuffer.prototype.getMappedRange;
      GPUBuffer.prototype.getMappedRange = function (...range) {
        const bytes = read.apply(this, range);
        new Float32Array(bytes).fill(value);
        return bytes;
      };
    };`);
  await withPackage(page, site.url, `
    const Native = Worker;
    globalThis.Worker = class extends Native { constructor(...args) { super(...args); globalThis.modelWorker = this; } };
    ${load()}`);
  const undisturbed = { picture: await page.evaluate('edit()'), code: await page.evaluate('encode()') };
  assert.ok(new Set(undisturbed.picture).size > 20, 'the picture says something');
  assert.deepEqual(await device(page), { kind: 'gpu', reason: 'gpu-chosen' });

  for (const [name, script, code] of WHILE_EDITING) {
    await fault(name, async () => {
      const before = kit.workers;
      await page.evaluate('states.length = 0');
      await worker(page).evaluate(script);
      const picture = await page.evaluate('edit()');
      assert.deepEqual(await page.evaluate('states'), [`restarting: ${code}`, 'ready']);
      assert.deepEqual(picture, undisturbed.picture);
      assert.equal((await device(page)).kind, 'gpu');
      assert.equal(kit.workers, before + 1);
    });
  }

  await fault('its device is destroyed while a face is encoded', async () => {
    await page.evaluate('states.length = 0');
    await worker(page).evaluate('kit.during("encode", () => kit.device.destroy())');
    assert.deepEqual(await page.evaluate('encode()'), undisturbed.code);
    assert.deepEqual(await page.evaluate('states'), ['restarting: device-lost', 'ready']);
  });

  await fault('its device is destroyed while nobody asks anything', async () => {
    await page.evaluate('states.length = 0');
    await worker(page).evaluate('kit.device.destroy()');
    await page.evaluate('settled()');
    assert.deepEqual(await page.evaluate('states'), ['restarting: device-lost', 'ready']);
    assert.deepEqual(await page.evaluate('edit()'), undisturbed.picture);
  });

  await fault('the page cannot read an answer', async () => {
    await page.evaluate('states.length = 0');
    const picture = page.evaluate('edit()');
    await page.evaluate('modelWorker.dispatchEvent(new MessageEvent("messageerror"))');
    assert.deepEqual(await picture, undisturbed.picture);
    assert.deepEqual(await page.evaluate('states'), ['restarting: engine-crashed', 'ready']);
  });

  await fault('what is cancelled while the GPU comes back is not computed', async () => {
    await page.evaluate('states.length = 0');
    await worker(page).evaluate('kit.during("edit", () => kit.device.destroy())');
    const ended = await page.evaluate(`(async () => {
      const controller = new AbortController();
      const edited = edit(2, controller.signal).then(() => null, (error) => error.code);
      while (states.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      controller.abort();
      return edited;
    })()`);
    assert.equal(ended, 'cancelled');
    await page.evaluate('settled()');
    assert.deepEqual(await page.evaluate('edit()'), undisturbed.picture);
  });

  await fault('a model that is freed while the GPU comes back starts no other worker', async () => {
    const before = kit.workers;
    await page.evaluate('states.length = 0');
    await worker(page).evaluate('kit.during("edit", () => kit.device.destroy())');
    const ended = await page.evaluate(`(async () => {
      const edited = edit().then(() => null, (error) => error.code);
      while (states.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      model.free();
      return edited;
    })()`);
    assert.equal(ended, 'freed');
    await until(() => page.workers().length === 0, 'A worker is left');
    await page.waitForTimeout(500);
    assert.equal(page.workers().length, 0);
    assert.deepEqual(await page.evaluate('states'), ['restarting: device-lost']);
    assert.ok(kit.workers <= before + 1);
  });
  // Some of these are traps and errors that the browser shows in its console.
  page.faults.length = 0;
});

test('a GPU that fails at large work alone is given up, and the CPU finishes it', { timeout: 4 * PATIENCE }, async () => {
  const page = await newPage();
  const kit = await prepared(page, () => 'kit.atStep = { act: ({ kind, steps }) => !(kind === "edit" && steps === 5) || void kit.device?.destroy() };');
  const { states, same, picture } = await withPackage(page, site.url, `${load()}
    await edit(2);
    const picture = await edit(5);
    const cpu = await diffae.DiffAe.load(manifest, { device: 'cpu' });
    const expected = await cpu.edit(code, { Smiling: 0.5 }, { steps: 5 });
    cpu.free();
    return { states, same: picture.every((byte, i) => byte === expected.data[i]), picture };`);
  assert.deepEqual(states, ['restarting: device-lost', 'ready', 'restarting: device-lost', 'ready']);
  assert.deepEqual(await device(page), { kind: 'cpu', reason: 'gpu-crashed' });
  assert.equal(kit.workers, 4);
  assert.ok(same, 'the whole of it is the CPU\'s');
  assert.equal((await page.evaluate('edit(2)')).length, picture.length, 'and it goes on with whatever else');
});

/**
 * What goes wrong while a model comes up: in the nth worker, as a script of it; how many workers it takes, and where it runs then.
 * @type {[string, (start: number) => string, number, string, string, string[]][]}
 */
const WHILE_LOADING = [
  ['the device is destroyed', (start) => start > 0 ? '' : `
    const { load_part } = kit.Engine.prototype;
    kit.Engine.prototype.load_part = function (...part) { kit.device.destroy(); return load_part.apply(this, part); };`, 2, 'gpu', 'gpu-chosen', ['restarting: device-lost']],
  ['the device is destroyed every time', () => 'kit.onDevice = (device) => device.destroy();', 3, 'cpu', 'gpu-crashed', ['restarting: device-lost', 'restarting: device-lost']],
  ['a shader does not compile', () => `
    kit.proof();
    kit.shader = (code, large) => large ? 'fn main( {' : code;`, 1, 'cpu', 'gpu-not-started', []],
  ['a shader that the self-test knows nothing of does not compile', () => `
    const { load_part } = kit.Engine.prototype;
    kit.Engine.prototype.load_part = function (...part) {
      kit.device.createComputePipeline({ layout: 'auto', compute: { module: kit.device.createShaderModule({ code: 'fn main( {' }) } });
      return load_part.apply(this, part);
    };`, 3, 'cpu', 'gpu-crashed', ['restarting: device-refused', 'restarting: device-refused']],
  ['the adapter gives no device', () => 'GPUAdapter.prototype.requestDevice = () => Promise.reject(new DOMException("no", "OperationError"));', 1, 'cpu', 'gpu-not-started', []],
  ['the adapter is gone once it is asked for a device', () => `
    let asked = 0;
    const requestAdapter = navigator.gpu.requestAdapter.bind(navigator.gpu);
    navigator.gpu.requestAdapter = (wanted) => asked++ > 0 ? Promise.resolve(null) : requestAdapter(wanted);`, 1, 'cpu', 'gpu-not-started', []],
  ['the GPU never answers', () => 'kit.proof(); GPUBuffer.prototype.mapAsync = () => new Promise(() => {});', 1, 'cpu', 'gpu-not-started', []],
  ['the engine panics', (start) => start > 0 ? '' : 'GPUDevice.prototype.createBuffer = () => { throw new RangeError("no room"); };', 2, 'gpu', 'gpu-chosen', ['restarting: engine-crashed']],
];

test('while a model comes up on a GPU', { timeout: 10 * PATIENCE }, async () => {
  for (const [name, script, workers, kind, reason, states] of WHILE_LOADING) {
    await fault(name, async () => {
      const page = await newPage();
      await patchScript(page, 'lib/worker/patience.js', [['FIRST_MS = 120_000', `FIRST_MS = ${name.includes('never') ? 5000 : 120_000}`]]);
      await smallest(page);
      const kit = await faulty(page, script);
      await withPackage(page, site.url, load().slice(0, load().indexOf('globalThis.encode')));
      assert.deepEqual(await device(page), { kind, reason });
      assert.deepEqual(await page.evaluate('states'), states);
      assert.equal(kit.workers, workers);
      // What came up is what is asked, and all there is to be freed.
      await page.evaluate('model.encodeSemantic({ width: 8, height: 8, data: Uint8Array.from({ length: 256 }, (_, i) => i) }).then(() => {})');
      assert.deepEqual(await page.evaluate('states'), states);
      assert.equal(kit.workers, workers);
      await page.evaluate('model.free()');
      await until(() => page.workers().length === 0, 'a worker is left');
      page.faults.length = 0;
      await page.context().close();
    });
  }
});

test('an adapter without timestamp-query computes', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  await prepared(page, () => `
    const all = Object.getOwnPropertyDescriptor(GPUAdapter.prototype, 'features').get;
    Object.defineProperty(GPUAdapter.prototype, 'features', { get() { return new Set([...all.call(this)].filter((name) => name !== 'timestamp-query')); } });
    const ask = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = function (wanted) {
      if ([...wanted.requiredFeatures].includes('timestamp-query')) return Promise.reject(new TypeError('the adapter has no such feature'));
      return ask.call(this, wanted);
    };`);
  await withPackage(page, site.url, load());
  assert.deepEqual(await device(page), { kind: 'gpu', reason: 'gpu-chosen' });
  assert.ok(new Set(await page.evaluate('edit()')).size > 20);
  assert.equal(await worker(page).evaluate('kit.device.features.has("timestamp-query")'), false);
});

test('a person goes on editing when the GPU is lost, with one sentence', { timeout: 4 * PATIENCE }, async () => {
  const page = await newPage();
  await prepared(page);
  await patchScript(page, 'lib/shared/defaults.js', [
    ['gpu: Object.freeze({ encode: 20, decode: 20 })', 'gpu: Object.freeze({ encode: 2, decode: 2 })'],
    ['ITERATIONS = 5', 'ITERATIONS = 1'],
  ]);
  await page.goto(new URL('?device=gpu', site.url).href);
  await page.getByLabel('Choose a photo').setInputFiles(join(SAMPLES, 'astronaut.webp'));
  await begin(page);
  await page.getByLabel(/Only the model/).check();
  await slide(page, 'Smile', 0.5);
  await drawn(page);
  const [original, smiling] = [await pixels(page, 'Original'), await pixels(page, 'Edited')];
  await slide(page, 'Smile', 0);
  await page.getByText('Move a slider.', { exact: true }).waitFor();
  const untouched = await pixels(page, 'Edited');
  assert.ok(difference(untouched, smiling) > 0);
  await page.evaluate(() => {
    const said = /** @type {any} */ (globalThis).said = /** @type {string[]} */ ([]);
    const alert = document.querySelector('diffae-editor')?.shadowRoot?.querySelector('[role=alert]');
    if (alert) new MutationObserver(() => { if (alert.textContent) said.push(alert.textContent); }).observe(alert, { childList: true, subtree: true, characterData: true });
  });

  await worker(page).evaluate('kit.during("edit", () => kit.device.destroy())');
  await slide(page, 'Smile', 0.5);
  await drawn(page);
  assert.deepEqual(await page.evaluate(() => /** @type {any} */ (globalThis).said), ['The GPU is gone: Device was destroyed. It is being restarted; your photo and sliders are kept.']);
  assert.equal(await page.getByRole('alert').filter({ hasText: /./ }).count(), 0, 'it is over by itself');
  assert.equal(await page.getByRole('slider', { name: 'Smile', exact: true }).inputValue(), '0.5');
  assert.ok(same(await pixels(page, 'Original'), original));
  assert.ok(same(await pixels(page, 'Edited'), smiling));
  await page.getByText(/Runs on the GPU/).first().waitFor();
});
