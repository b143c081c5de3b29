// Weights in the browser's storage: poisoned, full, denied, used by two tabs at once, and out of date because the model was changed on
// its server.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { served } from './served.mjs';
import { begin, drawn, openSample, patchEngine, PATIENCE, ROOT, slide, withPackage } from './support.mjs';

const { site, newPage } = await served();

/** @typedef {import('./support.mjs').Page} Page */

const bundled = JSON.parse(await readFile(join(ROOT, 'models/portrait64/manifest.json'), 'utf8'));
const ENCODER = bundled.parts.encoder;

/** The store at hand, and what is in it. */
const STORE = `
  const store = await import(new URL('../pkg/lib/shared/store.js', location.href).href);
  const files = async () => (await (await caches.open('diffae-weights')).keys()).map(({ url }) => url.slice('https://weights.invalid/'.length));
  const hash = (digit) => digit.repeat(64);
`;

const LOAD = "const model = await diffae.DiffAe.load(manifest, { device: 'cpu', parts: ['encoder'] }); model.free();";

/** Counts what is fetched of the model. @param {Page} page */
function fetches(page) {
  /** @type {string[]} */
  const names = [];
  page.context().on('request', (request) => { if (/models\/.*\.(safetensors|json)$/.test(request.url())) names.push(request.url().split('/').pop() ?? ''); });
  return names;
}

test('whatever lies in the place of a weight file is found out, and fetched anew once', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  const poisons = {
    'another file': "new Uint8Array(7_407_200).fill(3)",
    'nothing': 'new Uint8Array()',
    'a web page': "'<!doctype html>'",
    'one bit less': 'one(bytes)',
  };
  for (const [name, poison] of Object.entries(poisons)) {
    await withPackage(page, site.url, LOAD);
    await withPackage(page, site.url, `
      const cache = await caches.open('diffae-weights');
      const key = 'https://weights.invalid/${ENCODER.sha256}';
      const bytes = new Uint8Array(await (await cache.match(key)).arrayBuffer());
      const one = (array) => { array[array.length - 1] ^= 1; return array; };
      await cache.put(key, new Response(${poison}));`);
    const names = fetches(page);
    await withPackage(page, site.url, LOAD);
    assert.deepEqual(names.filter((file) => file !== 'manifest.json'), ['encoder.safetensors'], name);
    names.length = 0;
    await withPackage(page, site.url, LOAD);
    assert.deepEqual(names, ['manifest.json'], name);
  }
});

test('a full disk keeps nobody from editing, and room is made of what has not been used for longest', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  const client = await page.context().newCDPSession(page);
  const { origin } = new URL(site.url);
  const quota = (/** @type {number | undefined} */ quotaSize) => client.send('Storage.overrideQuotaForOrigin', { origin, quotaSize });
  await quota(500_000);
  await openSample(page, site.url);
  await begin(page);
  await slide(page, 'Smile', 0.3);
  await drawn(page);
  assert.deepEqual(await withPackage(page, site.url, `${STORE} return [await store.has('${ENCODER.sha256}'), await store.write(hash('a'), new ArrayBuffer(2 ** 20), 'https://example.org/a')];`), [false, false]);
  await quota(undefined);
  // Two files from elsewhere, of which one was used yesterday.
  await withPackage(page, site.url, `${STORE}
    for (const digit of ['a', 'b']) await store.write(hash(digit), new ArrayBuffer(3 * 2 ** 20), 'https://example.org/' + digit);
    const cache = await caches.open('diffae-weights');
    for (const [digit, days] of [['a', 2], ['b', 1]]) {
      await cache.put('https://weights.invalid/' + hash(digit) + '/note', new Response(JSON.stringify({ from: 'https://example.org/' + digit, used: Date.now() - days * 864e5, bytes: 3 * 2 ** 20 })));
    }`);
  const { usage = 0 } = await page.evaluate(() => navigator.storage.estimate());
  await quota(usage + 1_000_000);
  await withPackage(page, site.url, LOAD);
  const left = await withPackage(page, site.url, `${STORE} return [await store.has(hash('a')), await store.has(hash('b')), await store.has('${ENCODER.sha256}')];`);
  assert.deepEqual(left, [false, true, true]);
  await quota(undefined);
});

test('a new version of a file takes the place of the one before, and what nobody uses goes', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  const found = await withPackage(page, site.url, `${STORE}
    const bytes = new ArrayBuffer(100);
    const found = [];
    await store.write(hash('1'), bytes, 'https://example.org/decoder');
    await store.write(hash('2'), bytes, 'https://example.org/encoder');
    await store.write(hash('3'), bytes, 'https://example.org/decoder');
    found.push(await files());
    const cache = await caches.open('diffae-weights');
    // One that an earlier version of the package kept, and one that was last used a hundred days ago by another visit.
    await cache.put('https://weights.invalid/' + hash('4'), new Response(bytes));
    await cache.put('https://weights.invalid/' + hash('5'), new Response(bytes));
    await cache.put('https://weights.invalid/' + hash('5') + '/note', new Response(JSON.stringify({ from: '', used: Date.now() - 100 * 864e5, bytes: 100 })));
    await store.write(hash('6'), bytes, 'https://example.org/latent');
    found.push((await files()).filter((name) => !name.includes('/')));
    return found;`);
  assert.deepEqual(found[0].sort(), ['2', '3'].flatMap((digit) => [digit.repeat(64), `${digit.repeat(64)}/note`]));
  assert.deepEqual(found[1].sort(), ['2', '3', '4', '6'].map((digit) => digit.repeat(64)));
});

test('where storage throws at every touch a photo is edited all the same', { timeout: 2 * PATIENCE }, async () => {
  const denied = () => {
    const refuse = () => { throw new DOMException('denied', 'SecurityError'); };
    for (const name of ['caches', 'indexedDB', 'localStorage', 'sessionStorage']) if (name in globalThis) Object.defineProperty(globalThis, name, { get: refuse });
    for (const name of ['storage', 'locks']) Object.defineProperty(Object.getPrototypeOf(navigator), name, { get: refuse });
  };
  const page = await newPage();
  await page.addInitScript(denied);
  await page.context().route('**/pkg/worker.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `(${denied})();\n${await response.text()}` });
  });
  await openSample(page, site.url);
  await begin(page);
  await slide(page, 'Smile', 0.3);
  await drawn(page);
  assert.equal(await page.getByRole('alert').filter({ hasText: /./ }).count(), 0);
  assert.deepEqual(page.faults, []);
});

test('two tabs that load a model at the same time both have it, and it is kept once', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  const other = /** @type {Page} */ (await page.context().newPage());
  const read = `
    const model = await diffae.DiffAe.load(manifest, { device: 'cpu', parts: ['encoder'] });
    const z = await model.encodeSemantic({ width: 64, height: 64, data: new Uint8Array(4 * 64 * 64).fill(90) });
    return [...z];`;
  const [a, b] = await Promise.all([withPackage(page, site.url, read), withPackage(other, site.url, read)]);
  assert.ok(a.length > 0 && a.every(Number.isFinite));
  assert.deepEqual(a, b);
  const names = await withPackage(page, site.url, `${STORE} return files();`);
  assert.deepEqual(names.sort(), [ENCODER.sha256, `${ENCODER.sha256}/note`]);
});

/** An engine that traps where three steps are asked of it. */
const CRASH_AT_THREE_STEPS = `
  const reconstruct = DiffAe.prototype.reconstruct;
  DiffAe.prototype.reconstruct = function (code, options, ...rest) {
    if (options.steps === 3) throw new WebAssembly.RuntimeError('unreachable');
    return reconstruct.call(this, code, options, ...rest);
  };`;

test('a model that is changed on its server while it is open goes on as it was, and says what is the matter with a part that comes later', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  await patchEngine(page, 'cpu', CRASH_AT_THREE_STEPS);
  const names = fetches(page);
  // From now on the server has another attributes part, and a manifest that says so.
  await page.context().route('**/update', async (route) => {
    const changed = { ...bundled, parts: { ...bundled.parts, attributes: { ...bundled.parts.attributes, sha256: 'c'.repeat(64) } } };
    await page.context().route(/portrait64\/manifest\.json$/, (asked) => asked.fulfill({ json: changed }));
    await page.context().route(/attributes\.safetensors$/, (asked) => asked.fulfill({ body: Buffer.alloc(bundled.parts.attributes.bytes, 9) }));
    await route.fulfill({ body: '' });
  });
  const result = await withPackage(page, site.url, `
    const model = await diffae.DiffAe.load(manifest, { device: 'cpu', parts: ['encoder', 'decoder'] });
    const code = await model.encode({ width: 64, height: 64, data: new Uint8Array(4 * 64 * 64).fill(128) }, { steps: 2, iterations: 1 });
    const before = await model.reconstruct(code, { steps: 2 });
    await fetch('/update');
    const crash = await model.reconstruct(code, { steps: 3 }).then(() => null, (error) => error.code);
    const after = await model.reconstruct(code, { steps: 2 });
    const later = await model.edit(code, { Smiling: 0.3 }, { steps: 2 }).then(() => null, ({ code, message }) => ({ code, message }));
    return { crash, same: before.data.every((value, i) => value === after.data[i]), later };`);
  assert.equal(result.crash, 'engine-crashed');
  assert.ok(result.same, 'the same model came back');
  assert.equal(result.later?.code, 'model-updated');
  assert.match(result.later?.message, /^The model portrait64 was changed on its server .*; reload the page/);
  assert.deepEqual(names, ['manifest.json', 'encoder.safetensors', 'decoder.safetensors', 'attributes.safetensors', 'attributes.safetensors', 'manifest.json']);
});

test('a worker that dies without a network comes back with what is on the device', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  await patchEngine(page, 'cpu', CRASH_AT_THREE_STEPS);
  // The model's server is gone; the page's own files come from its service worker, or here from the browser.
  await page.context().route('**/gone', async (route) => {
    await page.context().route(/\/models\//, (asked) => asked.abort());
    await route.fulfill({ body: '' });
  });
  const result = await withPackage(page, site.url, `
    const model = await diffae.DiffAe.load(manifest, { device: 'cpu', parts: ['encoder', 'decoder'] });
    const code = await model.encode({ width: 64, height: 64, data: new Uint8Array(4 * 64 * 64).fill(128) }, { steps: 2, iterations: 1 });
    await fetch('/gone');
    const crash = await model.reconstruct(code, { steps: 3 }).then(() => null, (error) => error.code);
    return [crash, (await model.reconstruct(code, { steps: 2 })).width];`);
  assert.deepEqual(result, ['engine-crashed', 64]);
});
