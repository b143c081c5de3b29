// A host that sends no headers of its own, as most do: the service worker isolates the page, so that threads can share memory. A first
// visit, which no service worker serves yet, is loaded once more by itself unless somebody has begun to use it.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { serve } from './serve.mjs';
import { served } from './served.mjs';
import { begin, drawn, PATIENCE, slide } from './support.mjs';

const { newPage } = await served();
const host = await serve({ isolates: false });
after(() => host.close());

/** @param {import('./support.mjs').Page} page */
const isolated = (page) => page.evaluate(() => globalThis.crossOriginIsolated);

test('a first visit becomes isolated by itself, once, and everything works in it', { timeout: PATIENCE }, async () => {
  const page = await newPage({ serviceWorkers: 'allow' });
  let loads = 0;
  page.on('load', () => { loads += 1; });
  await page.goto(host.url);
  await page.waitForFunction(() => globalThis.crossOriginIsolated);
  await page.getByRole('button', { name: 'Face of nobody 1' }).click();
  await begin(page);
  await slide(page, 'Smile', 0.3);
  await drawn(page);
  assert.equal(loads, 2);
  // By the service worker alone, from now on.
  await page.reload();
  assert.equal(await isolated(page), true);
  await page.getByText('Drop a photo of a face').waitFor();
  assert.equal(loads, 3);
});

test('nothing that somebody has begun is taken away', { timeout: PATIENCE }, async () => {
  const page = await newPage({ serviceWorkers: 'allow' });
  await page.goto(host.url, { waitUntil: 'commit' });
  await page.getByRole('button', { name: 'Face of nobody 1' }).click();
  await page.evaluate(() => { /** @type {any} */ (globalThis).begun = true; });
  await begin(page);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await slide(page, 'Smile', 0.3);
  await drawn(page);
  assert.deepEqual(await page.evaluate(() => [/** @type {any} */ (globalThis).begun, globalThis.crossOriginIsolated]), [true, false]);
});

test('a page that its service worker cannot isolate is not loaded again and again', { timeout: PATIENCE }, async () => {
  const page = await newPage({ serviceWorkers: 'allow' });
  // As where the browser knows nothing of isolation.
  await page.addInitScript(() => Object.defineProperty(globalThis, 'crossOriginIsolated', { get: () => false }));
  let loads = 0;
  page.on('load', () => { loads += 1; });
  await page.goto(host.url);
  await page.waitForFunction(() => sessionStorage.getItem('diffae-isolated') !== null);
  await page.waitForEvent('load');
  await page.getByText('Drop a photo of a face').waitFor();
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForTimeout(1500);
  assert.equal(loads, 2);
});
