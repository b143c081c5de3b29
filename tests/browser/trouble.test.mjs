// What goes wrong ends in a sentence and a page that still works: bad photos, bad files, bad servers.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { served } from './served.mjs';
import { openSample, PATIENCE, SAMPLES, withPackage } from './support.mjs';

const { site, newPage } = await served();

describe('photos', () => {
  const heic = Buffer.from('0000001c667479706865696300000000686569636d696631', 'hex');
  /** @type {[string, () => Promise<Buffer>, RegExp][]} */
  const cases = [
    ['a text file named .png', async () => Buffer.from('This is not a picture at all.'), /holiday\.png is not a picture that this browser can open/],
    ['a truncated WebP', async () => (await readFile(join(SAMPLES, 'astronaut.webp'))).subarray(0, 600), /is a WebP picture, but it is damaged/],
    ['an empty file', async () => Buffer.alloc(0), /is empty/],
    ['a HEIC photo', async () => heic, /is a HEIC photo, which this browser cannot open; save or share it as JPEG/],
  ];
  for (const [name, bytes, sentence] of cases) {
    test(name, { timeout: PATIENCE }, async () => {
      const page = await newPage();
      await page.goto(site.url);
      await page.getByLabel('Choose a photo').setInputFiles({ name: 'holiday.png', mimeType: 'image/png', buffer: await bytes() });
      const alert = page.getByRole('alert').filter({ hasText: /./ });
      await alert.waitFor();
      assert.match(await alert.innerText(), sentence);
      // The page still takes a good one.
      await page.getByLabel('Choose a photo').setInputFiles(join(SAMPLES, 'face-08.webp'));
      await page.getByRole('button', { name: 'Bring it to life' }).waitFor();
      assert.equal(await page.getByRole('alert').filter({ hasText: /./ }).count(), 0);
    });
  }
});

describe('weights', () => {
  /** @typedef {import('playwright-core').Route} Route */
  /** @type {[string, (route: Route) => Promise<void>, RegExp][]} */
  const cases = [
    ['a tampered file', async (route) => {
      const response = await route.fetch();
      const body = await response.body();
      body[body.length >> 1] ^= 1;
      await route.fulfill({ response, body });
    }, /its SHA-256 differs/],
    ['a truncated download', async (route) => {
      const body = await (await route.fetch()).body();
      await route.fulfill({ body: body.subarray(0, body.length - 1000) });
    }, /broke off after \d+ of \d+ bytes/],
    ['a file longer than the manifest says', async (route) => {
      const body = await (await route.fetch()).body();
      await route.fulfill({ body: Buffer.concat([body, Buffer.alloc(10)]) });
    }, /has more than the \d+ bytes/],
    ['a missing file', (route) => route.fulfill({ status: 404 }), /does not exist on the server/],
    ['a server error', (route) => route.fulfill({ status: 503 }), /answered status 503/],
    ['a broken connection', (route) => route.abort('connectionreset'), /the connection to the server failed/],
  ];
  for (const [name, answer, sentence] of cases) {
    test(name, { timeout: PATIENCE }, async () => {
      const page = await newPage();
      await page.context().route(/decoder[^/]*\.safetensors/, answer);
      await openSample(page, site.url);
      await page.getByRole('button', { name: 'Bring it to life' }).click();
      const alert = page.getByRole('alert').filter({ hasText: /./ });
      await alert.waitFor();
      assert.match(await alert.innerText(), sentence);
      // The photo is still there, and once the server is well again so is the page.
      await page.context().unroute(/decoder[^/]*\.safetensors/);
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByRole('slider', { name: 'Smile', exact: true }).waitFor();
    });
  }

  test('a bad cached copy is fetched anew, once', { timeout: PATIENCE }, async () => {
    const page = await newPage();
    let fetched = 0;
    await page.context().route(/attributes[^/]*\.safetensors/, (route) => {
      fetched += 1;
      return route.continue();
    });
    const load = 'const model = await diffae.DiffAe.load(manifest, { device: "cpu", parts: ["attributes"] }); model.free();';
    await withPackage(page, site.url, load);
    assert.equal(fetched, 1);
    await withPackage(page, site.url, load);
    assert.equal(fetched, 1, 'the second visit downloads nothing');
    await withPackage(page, site.url, `
      const cache = await caches.open('diffae-weights');
      for (const key of await cache.keys()) {
        const bytes = new Uint8Array(await (await cache.match(key)).arrayBuffer());
        bytes[9] ^= 1;
        await cache.put(key, new Response(bytes));
      }`);
    await withPackage(page, site.url, load);
    assert.equal(fetched, 2);
    await withPackage(page, site.url, load);
    assert.equal(fetched, 2, 'the good copy replaced the bad one');
  });

  test('without storage everything goes on without a cache', { timeout: PATIENCE }, async () => {
    const page = await newPage();
    const result = await withPackage(page, site.url, `
      const { write } = await import(new URL('../pkg/lib/shared/store.js', location.href).href);
      Cache.prototype.put = () => Promise.reject(new DOMException('full', 'QuotaExceededError'));
      return write('${'0'.repeat(64)}', new ArrayBuffer(8));`);
    assert.equal(result, false);
  });

  test('a manifest that is a web page', { timeout: PATIENCE }, async () => {
    const page = await newPage();
    await page.context().route(/manifest\.json/, (route) => route.fulfill({ body: '<!doctype html>', contentType: 'text/html' }));
    await page.goto(site.url);
    await page.getByRole('alert').filter({ hasText: 'is not a model manifest: it is a web page' }).waitFor();
    await page.context().unroute(/manifest\.json/);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText(/downloaded once when you begin/).waitFor();
  });

  test('another origin that does not allow it', { timeout: PATIENCE }, async () => {
    const page = await newPage();
    const elsewhere = site.url.replace('localhost', '127.0.0.1');
    const message = await withPackage(page, site.url, `
      return diffae.DiffAe.describe(${JSON.stringify(new URL('models/portrait64/manifest.json', elsewhere).href)}).then(() => null, (error) => [error.code, error.message]);`);
    assert.equal(message[0], 'cross-origin');
    assert.match(message[1], /Access-Control-Allow-Origin/);
  });
});

test('a teaser whose picture does not come is not shown', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.route('**/samples/teaser.webp', (route) => route.abort());
  await page.goto(site.url);
  await page.locator('#teaser').waitFor({ state: 'hidden' });
  await page.getByText('Drop a photo of a face').waitFor();
});

test('a first visit without a network is told so', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await openSample(page, site.url);
  await page.context().setOffline(true);
  await page.getByRole('button', { name: 'Bring it to life' }).click();
  await page.getByRole('alert').filter({ hasText: /./ }).waitFor();
  await page.context().setOffline(false);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('slider', { name: 'Smile', exact: true }).waitFor();
});
