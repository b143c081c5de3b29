// The main job on the page: a photo in, a face lined up and read, edits seen, reset, and a picture out.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { begin, difference, drawn, launch, newPage, openSample, PATIENCE, pixels, SAMPLES, serve, slide } from './support.mjs';

/** @type {Awaited<ReturnType<typeof serve>>} */ let site;
/** @type {import('playwright-core').Browser} */ let browser;
before(async () => {
  site = await serve();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  site?.close();
});

const MOUTH = /** @type {const} */ ([0.3, 0.6, 0.7, 0.9]);
const CORNER = /** @type {const} */ ([0, 0, 0.12, 0.12]);

test('a photo is uploaded, lined up by its eyes, read, edited, reset and downloaded', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage(browser);
  await page.goto(site.url);
  await page.getByText(/downloaded once when you begin/).waitFor();
  await page.getByText(/non-commercial/).first().waitFor();
  await page.getByLabel('Choose a photo').setInputFiles(join(SAMPLES, 'astronaut.webp'));

  // Both eyes are tapped where they are seen at the start position.
  const stage = page.getByRole('group', { name: /Photo under the frame/ });
  await stage.waitFor();
  await page.getByRole('button', { name: 'Tap the eyes' }).click();
  const box = await stage.boundingBox();
  assert.ok(box);
  const side = 0.914 * 512;
  for (const [x, y] of [[247, 103], [203, 100]]) {
    const u = (x - 256) / side + 0.5;
    const v = (y - 0.51 * 512) / side + 0.5;
    await page.mouse.click(box.x + box.width * (0.5 + (u - 0.5) * 0.76), box.y + box.width * (0.5 + (v - 0.5) * 0.76));
  }
  await page.getByText('Tap the eyes instead').waitFor();
  await page.waitForFunction(() => Number(/** @type {any} */ (document.querySelector('diffae-editor')).shadowRoot.querySelector('input[type=range]').value) > 1.3);

  const bars = [];
  await page.exposeFunction('seen', (/** @type {string} */ stage) => bars.push(stage));
  await page.evaluate(() => document.querySelector('diffae-editor')?.addEventListener('progress', (event) => /** @type {any} */ (globalThis).seen(/** @type {any} */ (event).detail.stage)));
  await begin(page);
  for (const stage of ['download', 'verify', 'prepare', 'encode', 'draw']) assert.ok(bars.includes(stage), `progress of ${stage} is told`);

  const original = await pixels(page, 'Original');
  const untouched = await pixels(page, 'Edited');
  assert.ok(difference(original, untouched) < 0.5, 'with all sliders at zero the photo is unchanged');

  await slide(page, 'Smile', 0.35);
  await drawn(page);
  const smiling = await pixels(page, 'Edited');
  assert.ok(difference(untouched, smiling, MOUTH) > 2, 'the mouth changes');
  assert.ok(difference(untouched, smiling, MOUTH) > 1.5 * difference(untouched, smiling, CORNER), 'and changes more than the corner');

  await slide(page, 'Blond hair', 0.4);
  await page.waitForTimeout(200);
  await drawn(page);
  const both = await pixels(page, 'Edited');
  assert.ok(difference(smiling, both) > 0.5, 'a second attribute adds to the first');

  await page.getByLabel('Keep the photo’s detail').uncheck();
  assert.ok(difference(both, await pixels(page, 'Edited')) > 0.5, 'the bare decode is another picture');
  await page.getByLabel('Keep the photo’s detail').check();
  assert.ok(difference(both, await pixels(page, 'Edited')) === 0);

  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download PNG' }).click()]);
  const png = await readFile(await file.path());
  assert.equal(png.subarray(0, 8).toString('hex'), '89504e470d0a1a0a');
  assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [512, 512]);
  assert.equal(file.suggestedFilename(), 'astronaut-edited.png');

  await page.getByRole('button', { name: 'Reset all' }).click();
  assert.equal(difference(untouched, await pixels(page, 'Edited')), 0, 'reset returns the reconstruction');
  assert.equal(await page.getByRole('slider', { name: 'Smile', exact: true }).inputValue(), '0');
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('nothing is sent or fetched while a face is read and edited', { timeout: PATIENCE }, async () => {
  const page = await newPage(browser);
  await openSample(page, site.url);
  await begin(page);
  /** @type {string[]} */
  const requests = [];
  page.context().on('request', (request) => requests.push(request.url()));
  await page.getByRole('button', { name: 'Smile', exact: true }).click();
  await drawn(page);
  await page.getByRole('tab', { name: 'Variations' }).click();
  await page.getByRole('button', { name: 'Draw variations' }).click();
  await page.getByRole('button', { name: 'Variation 1' }).waitFor();
  assert.deepEqual(requests.filter((url) => !url.startsWith('blob:')), []);
  await page.context().close();
});

test('a second face is read and blended with the first', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage(browser);
  await openSample(page, site.url);
  await begin(page);
  await page.getByRole('tab', { name: 'Blend' }).click();
  await page.getByRole('button', { name: 'Another face' }).click();
  await page.getByRole('button', { name: 'Back to editing' }).click();
  await page.getByRole('slider', { name: 'From this face to the other' }).waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Another face' }).click();
  await page.getByRole('button', { name: 'Face of nobody 2' }).click();
  await page.getByRole('button', { name: 'Blend with this face' }).click();
  const amount = page.getByRole('slider', { name: 'From this face to the other' });
  await amount.waitFor();
  await drawn(page);
  const middle = await pixels(page, 'Edited');
  await amount.fill('1');
  await page.waitForTimeout(200);
  await drawn(page);
  assert.ok(difference(middle, await pixels(page, 'Edited')) > 2);
  await page.context().close();
});

test('the embedding page takes its photo from the tag and sends its events', { timeout: PATIENCE }, async () => {
  const page = await newPage(browser);
  await page.goto(new URL('embed.html', site.url).href);
  await page.evaluate(() => {
    const log = /** @type {any} */ (globalThis).log = /** @type {unknown[]} */ ([]);
    const editor = document.querySelector('diffae-editor');
    for (const type of ['ready', 'change', 'error']) editor?.addEventListener(type, (event) => log.push([type, /** @type {any} */ (event).detail]));
  });
  await begin(page);
  await slide(page, 'Smile', 0.3);
  await drawn(page);
  const log = await page.evaluate(() => /** @type {any} */ (globalThis).log.map((/** @type {any} */ [type, detail]) => [type, detail.name ?? detail.amplitudes]));
  assert.deepEqual(log, [['ready', 'portrait64'], ['change', { Smiling: 0.3 }]]);
  await page.context().close();
});

test('labels are translated and the list of sliders is chosen by the page', { timeout: PATIENCE }, async () => {
  const page = await newPage(browser);
  await page.goto(site.url);
  await page.evaluate(() => {
    const editor = /** @type {any} */ (document.querySelector('diffae-editor'));
    editor.labels = { Smiling: 'Lächeln', begin: 'Los' };
    editor.sliders = ['Smiling', 'Bangs'];
  });
  await page.getByRole('button', { name: 'Face of nobody 1' }).click();
  await page.getByRole('button', { name: 'Los' }).click();
  await page.getByRole('slider', { name: 'Lächeln' }).waitFor();
  assert.deepEqual(await page.locator('[data-attribute]').evaluateAll((all) => all.map((input) => /** @type {HTMLElement} */ (input).dataset.attribute)), ['Smiling', 'Bangs']);
  await page.context().close();
});
