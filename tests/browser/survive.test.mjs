// What was being edited survives a reload, a crash and a closed tab on the same device, and goes when it is over.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from './inspect.mjs';
import { served } from './served.mjs';
import { begin, difference, drawn, openSample, patchEngine, PATIENCE, pixels, ready, same, SAMPLES, slide } from './support.mjs';

const { site, newPage } = await served();

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('./support.mjs').Page} OwnPage */

/** The support functions take pages whose faults are collected, as those of every tab are. @param {Page} page */
const own = (page) => /** @type {OwnPage} */ (page);

/** Everything that lies in the stores, without the photos' bytes. @param {Page} page @returns {Promise<any[]>} */
function kept(page) {
  return page.evaluate(async () => {
    const { edits } = await import(new URL('pkg/element/state/kept.js', document.baseURI).href);
    return (await edits()).map((/** @type {any} */ { thumb, ...edit }) => ({ ...edit, thumb: thumb !== null }));
  });
}

/** Waits until what is kept is so. @param {Page} page @param {(edits: any[]) => boolean} wanted */
async function keeps(page, wanted) {
  for (let waited = 0; ; waited += 50) {
    const edits = await kept(page);
    if (wanted(edits)) return edits;
    assert.ok(waited < 20_000, `${wanted}: ${JSON.stringify(edits)}`);
    await page.waitForTimeout(50);
  }
}

/** Changes the record, or the photo beside it: a text as its source becomes a file. @param {Page} page @param {'edits' | 'photos'} store @param {Record<string, unknown>} change */
function damage(page, store, change) {
  return page.evaluate(([store, change]) => new Promise((resolve, reject) => {
    const request = indexedDB.open('diffae-kept');
    request.onerror = reject;
    request.onsuccess = () => {
      const transaction = request.result.transaction([store], 'readwrite');
      const records = transaction.objectStore(store);
      const all = records.getAll();
      const source = typeof change.source === 'string' ? { source: new Blob([change.source]) } : {};
      all.onsuccess = () => { for (const record of all.result) records.put({ ...record, ...change, ...source }); };
      transaction.oncomplete = () => {
        request.result.close();
        resolve(null);
      };
    };
  }), /** @type {const} */ ([store, change]));
}

/** Up to the sliders, with a download agreed to where there is one. @param {Page} page */
async function read(page) {
  const go = page.getByRole('button', { name: 'Bring it to life' });
  const smile = page.getByRole('slider', { name: 'Smile', exact: true });
  await go.or(smile).waitFor();
  if (await go.isVisible()) await go.click();
  await smile.waitFor();
}

/** Opens a sample photo. @param {Page} page @param {string} [name] */
async function opens(page, name = 'Face of nobody 1') {
  await page.goto(site.url);
  await page.getByRole('button', { name, exact: true }).click();
  await read(page);
}

/** A page on which the first sample smiles. @param {OwnPage} page */
async function smiling(page) {
  await opens(page);
  await slide(page, 'Smile', 0.3);
  await drawn(page);
  await keeps(page, ([edit]) => edit?.values.Smiling === 0.3);
}

const offer = (/** @type {Page} */ page) => page.getByRole('group', { name: /^Go on with / });
const goOn = (/** @type {Page} */ page) => page.getByRole('button', { name: 'Go on' });

/** Goes on, and waits for the picture. @param {Page} page */
async function gone(page) {
  await goOn(page).click();
  await ready(own(page));
  await drawn(own(page));
}

/** Waits until what the page is about to offer would be there. @param {Page} page */
async function looked(page) {
  await page.getByText(/downloaded once when you begin/).waitFor();
  await page.getByText('kept on this device until you choose New photo').waitFor();
  await page.waitForTimeout(1000);
}

test('a reload offers the photo and opens nothing of it until that is wanted; frame, sliders and pixels are the same', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  await page.goto(site.url);
  await page.getByLabel('Choose a photo').setInputFiles(join(SAMPLES, 'astronaut.webp'));
  await begin(page);
  // A frame of the person's own.
  await page.getByRole('button', { name: 'Adjust the eyes' }).click();
  await page.getByRole('button', { name: /^Eye on the left/ }).press('Shift+ArrowDown');
  await page.keyboard.press('Enter');
  await ready(page);
  await slide(page, 'Smile', 0.3);
  await slide(page, 'Blond hair', -0.2);
  await drawn(page);
  await keeps(page, ([edit]) => edit?.values.Blond_Hair === -0.2);
  const [original, edited] = [await pixels(page, 'Original'), await pixels(page, 'Edited')];
  /** @type {string[]} */
  const workers = [];
  page.on('worker', (worker) => workers.push(worker.url()));
  await page.reload();
  await offer(page).getByText('Go on with astronaut.webp?').waitFor();
  await page.waitForTimeout(500);
  assert.deepEqual(workers, [], 'nothing is opened yet');
  assert.equal(await page.locator('diffae-editor').getAttribute('stage'), 'start');
  assert.ok(await page.locator('.offer-thumb').evaluate((canvas) => {
    const { width, height } = /** @type {HTMLCanvasElement} */ (canvas);
    const { data } = /** @type {any} */ (canvas).getContext('2d').getImageData(0, 0, width, height);
    return width > 60 && new Set(data).size > 50;
  }), 'the face is shown');
  await gone(page);
  assert.equal(await page.getByRole('slider', { name: 'Smile', exact: true }).inputValue(), '0.3');
  assert.equal(await page.getByRole('slider', { name: 'Blond hair', exact: true }).inputValue(), '-0.2');
  assert.ok(same(await pixels(page, 'Original'), original));
  assert.ok(same(await pixels(page, 'Edited'), edited));
  // And it goes on being kept, whatever stands behind the path.
  await slide(page, 'Smile', -0.1);
  await keeps(page, ([edit]) => edit?.values.Smiling === -0.1);
  await page.goto(`${site.url}?device=cpu#how`);
  await goOn(page).waitFor();
});

test('a move of the last moment before a reload is kept', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await smiling(page);
  await slide(page, 'Smile', 0.15);
  await page.reload();
  await gone(page);
  assert.equal(await page.getByRole('slider', { name: 'Smile', exact: true }).inputValue(), '0.15');
});

test('a tab that crashes leaves its photo to the next one, once', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  await smiling(page);
  const context = page.context();
  const crash = page.waitForEvent('crash');
  const client = await context.newCDPSession(page);
  client.send('Page.crash').catch(() => {});
  await crash;
  const [next, other] = [await context.newPage(), await context.newPage()];
  for (const tab of [next, other]) {
    await tab.goto(site.url);
    await goOn(tab).waitFor();
  }
  await gone(next);
  assert.equal(await next.getByRole('slider', { name: 'Smile', exact: true }).inputValue(), '0.3');
  // The other tab has been offered the same, and must not get what is being edited elsewhere.
  await goOn(other).click();
  await other.getByRole('alert').filter({ hasText: 'being edited in another tab' }).waitFor();
  assert.equal(await offer(other).count(), 0);
  await next.getByRole('slider', { name: 'Smile', exact: true }).waitFor();
});

test('New photo, another photo and Forget each end it', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  await smiling(page);
  await page.getByRole('button', { name: 'New photo' }).click();
  await keeps(page, (edits) => edits.length === 0);
  await page.reload();
  await looked(page);
  assert.equal(await offer(page).count(), 0);

  await smiling(page);
  await page.reload();
  await offer(page).getByRole('button', { name: 'Forget' }).click();
  await offer(page).waitFor({ state: 'detached' });
  await keeps(page, (edits) => edits.length === 0);

  await smiling(page);
  await page.reload();
  await goOn(page).waitFor();
  // A file that is no picture ends nothing.
  await page.getByLabel('Choose a photo').setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') });
  await page.getByRole('alert').filter({ hasText: 'notes.txt' }).waitFor();
  await goOn(page).waitFor();
  await page.getByRole('button', { name: 'Face of nobody 2' }).click();
  await page.locator('diffae-editor[stage=edit], diffae-editor[stage=frame], diffae-editor[stage=work]').waitFor();
  await keeps(page, (edits) => edits.every(({ name }) => name !== 'Face of nobody 1'));
  await ready(page);
  await keeps(page, ([edit]) => edit?.name === 'Face of nobody 2');
  assert.deepEqual((await keeps(page, (edits) => edits.length === 1)).map(({ values }) => values), [{}]);
});

test('two tabs keep a photo each, and a duplicate does not take its original’s', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  await smiling(page);
  const second = own(await page.context().newPage());
  // As a browser duplicates a tab, with what its session knows.
  const session = await page.evaluate(() => ({ ...sessionStorage }));
  await second.addInitScript((entries) => { if (sessionStorage.length === 0) for (const [key, value] of Object.entries(entries)) sessionStorage.setItem(key, value); }, session);
  await second.goto(site.url);
  await looked(second);
  assert.equal(await offer(second).count(), 0, 'what is being edited is not offered elsewhere');
  await opens(second, 'Face of nobody 2');
  await slide(second, 'Smile', -0.2);
  await keeps(second, (edits) => edits.length === 2 && edits.some(({ values }) => values.Smiling === -0.2));
  for (const [tab, value] of /** @type {const} */ ([[page, '0.3'], [second, '-0.2']])) {
    await tab.reload();
    await gone(tab);
    assert.equal(await tab.getByRole('slider', { name: 'Smile', exact: true }).inputValue(), value);
  }
  await second.close();
  await page.getByRole('button', { name: 'New photo' }).click();
  await offer(page).getByText('Go on with Face of nobody 2?').waitFor();
});

test('where nothing can be kept everything goes on, and nothing is promised', { timeout: 2 * PATIENCE }, async () => {
  /** @type {[string, () => void][]} */
  const cases = [
    ['denied', () => {
      for (const name of ['indexedDB', 'sessionStorage', 'localStorage']) Object.defineProperty(globalThis, name, { get() { throw new DOMException('denied', 'SecurityError'); } });
    }],
    ['full', () => { IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError'); }; }],
  ];
  for (const [name, script] of cases) {
    const page = await newPage();
    await page.addInitScript(script);
    await openSample(page, site.url);
    if (name === 'denied') assert.equal(await page.getByText('kept on this device until').count(), 0);
    await begin(page);
    await slide(page, 'Smile', 0.3);
    await drawn(page);
    await page.waitForTimeout(500);
    assert.equal(await page.getByRole('alert').filter({ hasText: /./ }).count(), 0, name);
    await page.reload();
    await page.getByText(/downloaded once when you begin/).waitFor();
    await page.waitForTimeout(500);
    assert.equal(await offer(page).count(), 0, name);
  }
});

test('a damaged record is told and deleted, and an old one deleted', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  const told = page.getByRole('alert').filter({ hasText: 'is damaged and has been deleted' });
  for (const change of [{ frame: { x: 'left', y: 0, side: 1, angle: 0 } }, { thumb: { width: 9, height: 9, data: 'none' } }]) {
    await smiling(page);
    await damage(page, 'edits', change);
    await page.reload();
    await told.waitFor();
    assert.equal(await offer(page).count(), 0);
    await keeps(page, (edits) => edits.length === 0);
    await page.reload();
    await looked(page);
    assert.equal(await told.count(), 0);
  }
  // A photo that is no picture any more, or is not there.
  for (const source of [null, 'no picture']) {
    await smiling(page);
    await damage(page, 'photos', { source });
    await page.reload();
    await goOn(page).click();
    await told.waitFor();
    assert.equal(await offer(page).count(), 0);
    await keeps(page, (edits) => edits.length === 0);
  }
  await smiling(page);
  await damage(page, 'edits', { time: Date.now() - 8 * 24 * 3600 * 1000 });
  await page.reload();
  await looked(page);
  assert.equal(await offer(page).count(), 0);
  assert.equal(await told.count(), 0);
  assert.deepEqual(await kept(page), []);
});

test('it goes on by the model that it was edited with, or says that this one is gone', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  await smiling(page);
  await page.getByRole('combobox', { name: 'Model' }).selectOption({ index: 1 });
  await begin(page);
  await page.getByText('Only the model’s 128 × 128').waitFor();
  await drawn(page);
  await keeps(page, ([edit]) => edit?.model.includes('portrait128'));
  await page.goto(site.url);
  await page.getByText(/^portrait64: .* downloaded once/).waitFor();
  await gone(page);
  await page.getByText('Only the model’s 128 × 128').waitFor();
  assert.equal(await page.getByRole('slider', { name: 'Smile', exact: true }).inputValue(), '0.3');

  /** @type {string[]} */
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await damage(page, 'edits', { model: 'https://models.example/gone/manifest.json', values: { Smiling: 0.3, Of_Another_Model: 0.5 } });
  await page.goto(site.url);
  await offer(page).getByText('is not on this page any more').waitFor();
  await gone(page);
  await page.getByText('Only the model’s 64 × 64').waitFor();
  assert.equal(await page.getByRole('slider', { name: 'Smile', exact: true }).inputValue(), '0.3');
  assert.deepEqual(asked.filter((url) => url.includes('models.example')), [], 'an address from a record is asked for nothing');
  // A manifest that is gone from the server leaves the record and the other model.
  await keeps(page, ([edit]) => edit?.model.includes('portrait64'));
  await page.context().route('**/models/portrait64/manifest.json', (route) => route.fulfill({ status: 404 }));
  await page.goto(`${site.url}?device=cpu#model=portrait128`);
  await goOn(page).click();
  await page.getByRole('alert').filter({ hasText: 'manifest.json' }).waitFor();
  assert.equal((await kept(page)).length, 1);
});

test('a dreamt face survives, too', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  await patchEngine(page, 'cpu', `
    DiffAe.prototype.sample = async ({ count }) => Array.from({ length: count }, () => {
      const rgba = new Uint8Array(4 * 64 * 64).map((_, i) => i % 4 === 3 ? 255 : (i * 7) % 200);
      return { width: 64, height: 64, rgba };
    });`);
  await openSample(page, site.url);
  await begin(page);
  await page.getByRole('tab', { name: 'Faces' }).click();
  await page.getByRole('button', { name: 'Dream up faces' }).click();
  await page.getByRole('button', { name: 'Edit face 1' }).click();
  await page.getByRole('tab', { name: 'Faces' }).waitFor({ state: 'detached' });
  await ready(page);
  await slide(page, 'Smile', 0.2);
  await drawn(page);
  await keeps(page, ([edit]) => edit?.name === 'Face 1' && edit.values.Smiling === 0.2);
  const [original, edited] = [await pixels(page, 'Original'), await pixels(page, 'Edited')];
  await page.reload();
  await gone(page);
  assert.ok(same(await pixels(page, 'Original'), original));
  assert.equal(difference(await pixels(page, 'Edited'), edited), 0);
});

test('editors of a page keep apart; a page’s own photo waits for the answer, and a page can have all forgotten', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  const embed = new URL('embed.html', site.url).href;
  await page.goto(embed);
  await begin(page);
  await slide(page, 'Smile', 0.3);
  await drawn(page);
  await keeps(page, ([edit]) => edit?.values.Smiling === 0.3);
  await page.goto(site.url);
  await looked(page);
  assert.equal(await offer(page).count(), 0, 'another page offers nothing of it');
  await page.goto(embed);
  await goOn(page).waitFor();
  assert.equal(await page.locator('diffae-editor').getAttribute('stage'), 'start', 'the photo of the page waits');
  await offer(page).getByRole('button', { name: 'Forget' }).click();
  await read(page);
  await keeps(page, ([edit]) => edit?.name === 'astronaut.webp' && Object.keys(edit.values).length === 0);
  // Taken out and put in again it is as after a reload, with the move of the last moment.
  await slide(page, 'Smile', 0.2);
  await page.evaluate(() => {
    const editor = /** @type {HTMLElement} */ (document.querySelector('diffae-editor'));
    editor.remove();
    document.body.append(editor);
  });
  await goOn(page).waitFor();
  await keeps(page, ([edit]) => edit?.values.Smiling === 0.2);
  await page.evaluate(() => document.querySelector('diffae-editor')?.setAttribute('forget', ''));
  await keeps(page, (edits) => edits.length === 0);
  await page.context().route('**/embed.html', async (route) => route.fulfill({ contentType: 'text/html', body: (await (await route.fetch()).text()).replace('<diffae-editor', '<diffae-editor forget') }));
  await page.goto(embed);
  await read(page);
  await slide(page, 'Smile', 0.3);
  await drawn(page);
  await page.waitForTimeout(500);
  assert.deepEqual(await kept(page), []);
});

for (const [width, height] of [[1280, 800], [360, 740], [320, 640]]) {
  test(`the offer at ${width} pixels overflows nowhere, axe finds nothing, and keys are enough`, { timeout: PATIENCE }, async () => {
    const page = await newPage({ viewport: { width, height }, reducedMotion: 'reduce', forcedColors: width === 320 ? 'active' : 'none' });
    await page.goto(site.url);
    await page.getByLabel('Choose a photo').setInputFiles({ name: `${'a-name-of-a-photo-without-an-end-'.repeat(3)}.webp`, mimeType: 'image/webp', buffer: await readFile(join(SAMPLES, 'face-08.webp')) });
    await begin(page);
    await keeps(page, (edits) => edits.length === 1);
    await page.reload();
    await goOn(page).waitFor();
    await inspect(page, `offer-${width}`);
    const small = await page.locator('.offer button').evaluateAll((all) => all.map((element) => element.getBoundingClientRect().height).filter((tall) => tall < 43.9));
    assert.deepEqual(small, []);
    await goOn(page).press('Enter');
    await ready(page);
  });
}
