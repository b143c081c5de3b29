// Nothing piles up: edits, photos and models one after the other leave the page as large as a few of them did. An engine that makes
// up its pictures at once stands in, so that many can be had; DIFFAE_LEAKS=all takes as many as somebody has in a long day.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { served } from './served.mjs';
import { begin, openSample, patchEngine, PATIENCE, ready, withPackage } from './support.mjs';

const { site, newPage } = await served({ args: ['--enable-precise-memory-info'] });

/** @typedef {import('./support.mjs').Page} Page */

const [EDITS, PHOTOS, MODELS] = process.env.DIFFAE_LEAKS === 'all' ? [500, 50, 20] : [80, 8, 6];

/** What may come on top of what a few have left, whatever their number. */
const SLACK = { heapMb: 2, nodes: 150, listeners: 40 };

const STAND_IN = `
  const picture = (value) => {
    const rgba = new Uint8Array(4 * 64 * 64).map((_, i) => i % 4 === 3 ? 255 : 128 + 40 * value);
    return { width: 64, height: 64, rgba };
  };
  DiffAe.prototype.load_part = async () => {};
  DiffAe.prototype.encode = async () => ({ code: new Uint8Array(50_000), picture: picture(0) });
  DiffAe.prototype.reconstruct = async () => picture(0);
  DiffAe.prototype.edit = async (code, attributes) => picture(attributes.Smiling ?? 0);`;

/** What a page holds once all that can be let go of is gone. @param {Page} page @param {import('playwright-core').CDPSession} client */
async function holds(page, client) {
  for (let i = 0; i < 2; i++) await client.send('HeapProfiler.collectGarbage');
  const { metrics } = await client.send('Performance.getMetrics');
  const value = (/** @type {string} */ name) => metrics.find((metric) => metric.name === name)?.value ?? NaN;
  // Pixels lie beside the heap.
  const { backingStorageSize = 0, embedderHeapUsedSize = 0 } = /** @type {Record<string, number>} */ (/** @type {unknown} */ (await client.send('Runtime.getHeapUsage')));
  return { heapMb: (value('JSHeapUsedSize') + backingStorageSize + embedderHeapUsedSize) / 1e6, nodes: value('Nodes'), listeners: value('JSEventListeners'), workers: page.workers().length };
}

/** The editor on the stand-in, with a photo read. */
async function editing() {
  const page = await newPage();
  await patchEngine(page, 'cpu', STAND_IN);
  await page.addInitScript(() => {
    const seen = /** @type {any} */ (globalThis).seen = { amplitudes: null };
    addEventListener('change', (event) => {
      const { detail } = /** @type {any} */ (event);
      if (detail) seen.amplitudes = detail.amplitudes;
    });
  });
  const client = await page.context().newCDPSession(page);
  await client.send('Performance.enable');
  await openSample(page, site.url);
  await begin(page);
  return { page, client };
}

/** @param {Page} page @param {number} value */
async function edit(page, value) {
  await page.getByRole('slider', { name: 'Smile', exact: true }).fill(String(value));
  await page.waitForFunction((wanted) => /** @type {any} */ (globalThis).seen.amplitudes?.Smiling === wanted, value);
}

/** @param {string} what @param {Awaited<ReturnType<typeof holds>>} few @param {Awaited<ReturnType<typeof holds>>} many @param {number} perTime what each of them may leave, in nodes and kB: what a person can go back to */
function noMore(what, few, many, perTime = 0) {
  console.log(`${what}: ${few.heapMb.toFixed(2)} -> ${many.heapMb.toFixed(2)} MB, ${few.nodes} -> ${many.nodes} nodes, ${few.listeners} -> ${many.listeners} listeners, ${many.workers} workers`);
  assert.ok(many.heapMb - few.heapMb < SLACK.heapMb + perTime / 1000, `${what}: ${few.heapMb} MB became ${many.heapMb}`);
  assert.ok(many.nodes - few.nodes < SLACK.nodes, `${what}: ${few.nodes} nodes became ${many.nodes}`);
  assert.ok(many.listeners - few.listeners < SLACK.listeners, `${what}: ${few.listeners} listeners became ${many.listeners}`);
  assert.equal(many.workers, few.workers);
}

test(`${EDITS} edits leave what the tenth left`, { timeout: 4 * PATIENCE }, async () => {
  const { page, client } = await editing();
  /** @type {Awaited<ReturnType<typeof holds>> | null} */ let few = null;
  for (let i = 1; i <= EDITS; i++) {
    await edit(page, [-0.4, -0.2, 0.2, 0.4, 0.1][i % 5]);
    if (i === 10) few = await holds(page, client);
  }
  assert.ok(few);
  noMore(`${EDITS} edits`, few, await holds(page, client), EDITS);
});

test(`${PHOTOS} photos leave what the third left`, { timeout: 4 * PATIENCE }, async () => {
  const { page, client } = await editing();
  /** @type {Awaited<ReturnType<typeof holds>> | null} */ let few = null;
  for (let i = 1; i <= PHOTOS; i++) {
    await page.getByRole('button', { name: 'New photo' }).click();
    await page.getByRole('button', { name: `Face of nobody ${1 + (i % 4)}`, exact: true }).click();
    await ready(page);
    await edit(page, i % 2 ? 0.3 : -0.3);
    if (i === 3) few = await holds(page, client);
  }
  assert.ok(few);
  noMore(`${PHOTOS} photos`, few, await holds(page, client));
});

test(`${MODELS} changes of the model leave what the second left`, { timeout: 4 * PATIENCE }, async () => {
  const { page, client } = await editing();
  const choice = page.getByRole('combobox', { name: 'Model' });
  const go = page.getByRole('button', { name: 'Bring it to life' });
  const smile = page.getByRole('slider', { name: 'Smile', exact: true });
  await edit(page, 0.3);
  /** @type {Awaited<ReturnType<typeof holds>> | null} */ let few = null;
  for (let i = 1; i <= MODELS; i++) {
    await page.evaluate(() => { /** @type {any} */ (globalThis).seen.amplitudes = null; });
    await choice.selectOption({ index: i % 2 });
    await smile.waitFor({ state: 'detached' });
    await go.or(smile).first().waitFor();
    if (await go.isVisible()) await go.click();
    await page.waitForFunction(() => /** @type {any} */ (globalThis).seen.amplitudes?.Smiling === 0.3);
    if (i === 2) few = await holds(page, client);
  }
  assert.ok(few);
  noMore(`${MODELS} changes of the model`, few, await holds(page, client));
});

/** The peak of a process's own memory since it was asked last, in MB. @param {number} pid */
async function peak(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1000;
}

test('a photo of 50 megapixels is opened, edited and saved within twice its pixels', { timeout: 4 * PATIENCE, skip: process.platform !== 'linux' && 'there is no /proc here' }, async () => {
  const page = await newPage();
  await page.goto(new URL('samples/CREDITS.txt', site.url).href);
  const root = await /** @type {import('playwright-core').Browser} */ (page.context().browser()).newBrowserCDPSession();
  const made = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(8660, 5773);
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d'));
    const sky = context.createLinearGradient(0, 0, 8660, 5773);
    sky.addColorStop(0, '#48c');
    sky.addColorStop(1, '#fc8');
    context.fillStyle = sky;
    context.fillRect(0, 0, 8660, 5773);
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 });
    const reader = new FileReader();
    reader.readAsDataURL(blob);
    await new Promise((resolve) => { reader.onload = resolve; });
    return String(reader.result).split(',')[1];
  });
  await page.context().route('**/large.jpg', (route) => route.fulfill({ contentType: 'image/jpeg', body: Buffer.from(made, 'base64'), headers: { 'cross-origin-embedder-policy': 'require-corp' } }));
  // A tab of its own, which has held nothing yet.
  const tab = /** @type {Page} */ (await page.context().newPage());
  await withPackage(tab, site.url, `
    globalThis.diffae = diffae;
    const small = await diffae.Photo.open(await (await fetch('face-08.webp')).blob());
    small.free();`);
  const before = (await root.send('SystemInfo.getProcessInfo')).processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
  const rest = new Map(await Promise.all(before.map(async (id) => /** @type {const} */ ([id, await peak(id)]))));
  const grown = async () => Math.max(...await Promise.all([...rest].map(async ([id, held]) => await peak(id) - held)));
  const opened = await tab.evaluate(async () => {
    const { Photo } = /** @type {any} */ (globalThis).diffae;
    const photo = /** @type {any} */ (globalThis).photo = await Photo.open(await (await fetch('large.jpg')).blob());
    const square = (/** @type {number} */ value) => new ImageData(new Uint8ClampedArray(4 * 64 * 64).fill(value), 64, 64);
    const change = /** @type {any} */ (globalThis).change = { frame: { x: 3000, y: 2500, side: 900, angle: 0 }, before: square(100), after: square(140) };
    await photo.preview(1200);
    await photo.composite(change, 1200);
    return photo.memory.linearBytes;
  });
  const most = await grown();
  const saved = await tab.evaluate(async () => {
    const { photo, change } = /** @type {any} */ (globalThis);
    const { size } = await photo.save(change, { type: 'image/jpeg' });
    return { size, linear: photo.memory.linearBytes };
  });
  const atLast = await grown();
  console.log(`50 megapixels: the tab grew by ${most.toFixed(0)} MB at most until the edit is seen (${(opened / 1e6).toFixed(0)} MB of linear memory), and by ${atLast.toFixed(0)} MB until it is saved (${(saved.linear / 1e6).toFixed(0)} MB)`);
  assert.ok(saved.size > 100_000);
  // The pixels themselves are 200 MB, and are there twice while the browser hands them over.
  assert.ok(opened < 260e6, `${opened} bytes of linear memory`);
  assert.ok(saved.linear < opened + 60e6, `${saved.linear} bytes of linear memory`);
  assert.ok(most < 410, `${most} MB`);
  assert.ok(atLast < 300, `${atLast} MB`);
});
