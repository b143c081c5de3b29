// The element among other people's code: what it asks of the network, what it makes of attributes that change at any moment and of
// hostile values, what is left of it when it is taken out, and many of it on one page.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from './process.mjs';
import { served } from './served.mjs';
import { Random } from './soak/random.mjs';
import { begin, drawn, openSample, PATIENCE, ready, ROOT, SAMPLES, slide } from './support.mjs';

const { site, newPage } = await served();

/** @typedef {import('./support.mjs').Page} Page */

const embed = new URL('embed.html', site.url).href;

/** Waits until a page has so many workers, those not counted that are a model's threads, and no more come. @param {Page} page @param {number} count */
async function workers(page, count) {
  const found = () => page.workers().map((worker) => worker.url()).filter((url) => !url.includes('thread-worker'));
  await until(() => found().length === count, `${count} workers expected`, 30_000);
  await page.waitForTimeout(300);
  assert.equal(found().length, count, found().join());
}

/** @param {Page} page @param {Record<string, string | null>} attributes */
function set(page, attributes) {
  return page.locator('diffae-editor').evaluate((element, all) => {
    for (const [name, value] of Object.entries(all)) {
      if (value === null) element.removeAttribute(name);
      else element.setAttribute(name, value);
    }
  }, attributes);
}

/** The page of the element alone, well again: an edit is drawn. @param {Page} page */
async function edits(page) {
  await set(page, { model: 'models/portrait64/manifest.json', src: null, models: null, device: null, eyes: null, sliders: null, lang: 'en', forget: '', fixed: null });
  await page.locator('diffae-editor').evaluate(async (element) => {
    const editor = /** @type {import('../../pkg/element.js').DiffAeEditor} */ (element);
    Object.assign(editor, { labels: {}, sliders: null, addresses: {} });
    void editor.open(new File([await (await fetch('samples/face-08.webp')).blob()], 'face-08.webp'));
  });
  const go = page.getByRole('button', { name: 'Bring it to life' });
  const smile = page.getByRole('slider', { name: 'Smile', exact: true });
  await go.or(smile).first().waitFor();
  if (await go.isVisible()) await go.click();
  await smile.waitFor();
  await slide(page, 'Smile', 0.3);
  await drawn(page);
}

test('nothing is asked of another origin, and nothing of any while a photo is edited', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  /** @type {string[]} */
  const asked = [];
  page.context().on('request', (request) => { if (/^(?!blob:|data:)/.test(request.url())) asked.push(request.url()); });
  page.on('websocket', (socket) => asked.push(socket.url()));
  await openSample(page, site.url);
  await begin(page);
  assert.ok(asked.length > 50);
  assert.deepEqual(asked.filter((url) => new URL(url).origin !== new URL(site.url).origin), []);
  asked.length = 0;
  await slide(page, 'Smile', 0.3);
  await drawn(page);
  await slide(page, 'Blond hair', -0.2);
  await drawn(page);
  await page.keyboard.press('Control+z');
  await page.getByRole('button', { name: 'Reset all' }).click();
  await page.getByLabel(/Only the model/).check();
  await page.getByLabel(/Only the model/).uncheck();
  await slide(page, 'Smile', -0.3);
  await drawn(page);
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download', exact: true }).click()]);
  await file.path();
  // Browsers tell of a request a moment after it was made.
  await page.waitForTimeout(500);
  assert.deepEqual(asked, []);
});

test('attributes that change at any moment leave an editor that works', { timeout: 3 * PATIENCE }, async () => {
  const page = await newPage();
  const random = new Random(11);
  const values = /** @type {Record<string, (string | null)[]>} */ ({
    model: ['models/portrait64/manifest.json', 'models/portrait128/manifest.json', 'nowhere.json', 'http://[', '', null],
    models: ['models/portrait64/manifest.json models/portrait128/manifest.json', ' ', 'x', null],
    src: ['samples/face-08.webp', 'samples/astronaut.webp', 'samples/CREDITS.txt', 'http://[', '', null],
    eyes: ['200,200 300,200', 'NaN,NaN 1,1', '1e999,0 0,0', 'x', null],
    device: ['cpu', 'gpu', 'auto', 'quantum', null],
    lang: ['de', 'en', 'ar', '-', null],
    sliders: ['Smiling', '__proto__,constructor', ',,,', null],
    fixed: ['', null],
    forget: ['', null],
  });
  await page.goto(embed);
  for (let i = 0; i < 150; i++) {
    const name = random.of(Object.keys(values));
    await set(page, { [name]: random.of(values[name]) });
    if (random.next() < 0.3) await page.waitForTimeout(random.whole(0, 400));
    if (random.next() < 0.1) await page.getByRole('button', { name: /Bring it to life|Zum Leben erwecken/ }).click({ timeout: 500 }).catch(() => {});
  }
  await edits(page);
  await workers(page, 2);
  assert.deepEqual(page.faults, []);
});

test('an editor that is taken out in the middle of anything leaves no worker, and works when it is put in again', { timeout: 3 * PATIENCE }, async () => {
  const page = await newPage();
  /** @type {[string, () => Promise<unknown>][]} */
  const moments = [
    ['opening', async () => {}],
    ['looking for a face', () => page.locator('diffae-editor[stage=find]').waitFor()],
    ['framing', () => page.getByRole('button', { name: 'Bring it to life' }).waitFor()],
    ['loading', () => page.getByRole('button', { name: 'Bring it to life' }).click()],
    ['reading', async () => {
      await page.getByRole('button', { name: 'Bring it to life' }).click();
      await page.getByText(/Turning the photo into a code/).first().waitFor();
    }],
    ['drawing', async () => {
      await begin(page);
      await slide(page, 'Smile', 0.3);
    }],
  ];
  for (const [name, moment] of moments) {
    await page.goto(embed);
    await page.evaluate(() => caches.delete('diffae-weights'));
    await moment();
    await page.locator('diffae-editor').evaluate((element) => element.remove());
    await workers(page, 0);
    assert.deepEqual(page.faults, [], name);
    await page.evaluate(() => {
      const editor = document.createElement('diffae-editor');
      editor.setAttribute('model', 'models/portrait64/manifest.json');
      document.body.append(editor);
    });
  }
  await edits(page);
});

test('many editors on a page work side by side, and go without a trace', { timeout: 4 * PATIENCE }, async () => {
  const page = await newPage();
  await page.goto(embed);
  await page.evaluate(() => {
    document.querySelector('diffae-editor')?.remove();
    for (let i = 0; i < 6; i++) {
      const editor = document.createElement('diffae-editor');
      for (const [name, value] of [['id', `editor-${i}`], ['model', 'models/portrait64/manifest.json'], ['src', `samples/face-0${[3, 4, 8, 9][i % 4]}.webp`]]) editor.setAttribute(name, value);
      document.body.append(editor);
    }
  });
  for (let i = 0; i < 6; i++) await page.locator(`#editor-${i}`).getByRole('button', { name: 'Bring it to life' }).waitFor();
  await Promise.all([0, 3, 5].map((i) => page.locator(`#editor-${i}`).getByRole('button', { name: 'Bring it to life' }).click()));
  for (const i of [0, 3, 5]) {
    const editor = page.locator(`#editor-${i}`);
    await editor.getByRole('slider', { name: 'Smile', exact: true }).fill('0.3');
    await editor.getByText(/^Drawn in/).waitFor();
    assert.equal(await editor.getByRole('alert').filter({ hasText: /./ }).count(), 0);
  }
  await workers(page, 9);
  await page.evaluate(() => { document.body.textContent = ''; });
  await workers(page, 0);
  assert.deepEqual(page.faults, []);
});

test('whatever texts and addresses say, nothing of them is run, and a good photo opens afterwards', { timeout: 3 * PATIENCE }, async () => {
  const page = await newPage();
  const evil = '<img src=x onerror="globalThis.hacked = true"><script>globalThis.hacked = true</script>';
  const bundled = JSON.parse(await readFile(join(ROOT, 'models/portrait64/manifest.json'), 'utf8'));
  const { cost: _, ...rest } = bundled;
  const attributes = bundled.config.attributes.map((/** @type {string} */ name) => ({ Bald: evil, Bangs: 'constructor', Big_Lips: 'toString' })[name] ?? name);
  await page.context().route(/portrait64\/manifest\.json$/, (route) => route.fulfill({ json: { ...rest, name: evil, licence: evil, origin: evil, config: { ...bundled.config, attributes } } }));
  const hacked = () => page.evaluate(() => {
    const roots = [document, ...[...document.querySelectorAll('*')].map(({ shadowRoot }) => shadowRoot).filter((root) => root !== null)];
    return 'hacked' in globalThis || roots.some((root) => root.querySelector('img[src=x], script:not([src])') !== null);
  });
  await page.goto(embed);
  await page.locator('diffae-editor').evaluate((element, text) => {
    Object.assign(element, { labels: { begin: text, drop: text, Smiling: text }, sliders: ['Smiling', text, '__proto__'] });
    const sample = document.createElement('img');
    Object.assign(sample, { slot: 'sample', src: 'samples/face-08.webp', alt: text });
    sample.dataset.eyes = '0,0 0,0';
    element.append(sample);
  }, evil);
  assert.equal(await hacked(), false);
  for (const src of ['javascript:globalThis.hacked=true', 'data:text/html,<script>hacked=true</script>', 'file:///etc/passwd', 'blob:null/1', 'http://[', 'samples/CREDITS.txt', '//example.org/a.png']) {
    await set(page, { src });
    await page.getByRole('alert').filter({ hasText: /./ }).waitFor();
    assert.equal(await hacked(), false, src);
    await set(page, { src: null });
  }
  // What the page's policy refused of those.
  assert.ok(page.faults.every((text) => /Content Security Policy/.test(text)), page.faults.join('\n'));
  page.faults.length = 0;
  await page.locator('diffae-editor').evaluate((element) => Object.assign(element, { labels: {}, sliders: null }));
  await page.locator('diffae-editor').evaluate((element) => void /** @type {any} */ (element).open('samples/face-08.webp'));
  await page.getByRole('button', { name: 'Bring it to life' }).click();
  await ready(page);
  await slide(page, 'Smile', 0.3);
  await drawn(page);
  assert.equal(await hacked(), false);
  assert.deepEqual(page.faults, []);
});

test('a file with a hostile name is named, and not run', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.goto(site.url);
  const name = '"><img src=x onerror=hacked=1>\u202Egnp.exe';
  await page.getByLabel('Choose a photo').setInputFiles({ name, mimeType: 'image/png', buffer: Buffer.from('no picture') });
  await page.getByRole('alert').filter({ hasText: 'onerror' }).waitFor();
  await page.getByLabel('Choose a photo').setInputFiles({ name: `${name}.webp`, mimeType: 'image/webp', buffer: await readFile(join(SAMPLES, 'face-08.webp')) });
  await begin(page);
  assert.equal(await page.evaluate(() => 'hacked' in globalThis), false);
  assert.equal(await page.locator('img[src=x]').count(), 0);
});
