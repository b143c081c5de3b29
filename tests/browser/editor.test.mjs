// The main job on the page: a photo in, its face found and read, edits seen, reset, and the photo out.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readPng } from './pictures.mjs';
import { served } from './served.mjs';
import { begin, difference, drawn, MOUTH, openSample, PATIENCE, pixels, ready, same, SAMPLES, slide, SUIT } from './support.mjs';

const { site, newPage } = await served();

test('a photo is uploaded, its face found and read, edited, reset and downloaded', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  await page.goto(site.url);
  await page.getByText(/downloaded once when you begin/).waitFor();
  await page.getByText(/non-commercial/).first().waitFor();
  await page.getByLabel('Choose a photo').setInputFiles(join(SAMPLES, 'astronaut.webp'));
  await page.getByText('Found the face').waitFor();
  await page.getByText(/^Downloads 9\.4 MB once\. For non-commercial/).waitFor();

  /** @type {string[]} */
  const bars = [];
  await page.exposeFunction('seen', (/** @type {string} */ stage) => bars.push(stage));
  await page.evaluate(() => document.querySelector('diffae-editor')?.addEventListener('progress', (event) => /** @type {any} */ (globalThis).seen(/** @type {any} */ (event).detail.stage)));
  await begin(page);
  for (const stage of ['download', 'verify', 'prepare', 'encode', 'draw']) assert.ok(bars.includes(stage), `progress of ${stage} is told`);

  const original = await pixels(page, 'Original');
  assert.deepEqual([original.width, original.height], [512, 512]);
  assert.ok(original.data.equals((await pixels(page, 'Edited')).data), 'with all sliders at zero the photo is unchanged');

  await slide(page, 'Smile', 0.35);
  await drawn(page);
  const smiling = await pixels(page, 'Edited');
  assert.ok(difference(original, smiling, MOUTH) > 2, 'the mouth changes');
  assert.equal(difference(original, smiling, SUIT), 0, 'and nothing outside the face');

  await slide(page, 'Blond hair', 0.4);
  await drawn(page);
  const both = await pixels(page, 'Edited');
  assert.ok(difference(smiling, both) > 0.1, 'a second attribute adds to the first');

  await page.getByLabel('Only the model’s 64 × 64').check();
  const bare = await pixels(page, 'Edited');
  assert.ok(difference(bare, await pixels(page, 'Original')) > 2, 'the bare decode is another picture');
  await page.getByLabel('Only the model’s 64 × 64').uncheck();
  await settled(page, both);

  await page.getByLabel('Zoom to the face').check();
  await page.waitForFunction(() => /** @type {any} */ (document.querySelector('diffae-editor')).shadowRoot.querySelector('.after canvas').width < 400);
  await page.getByLabel('Zoom to the face').uncheck();
  await settled(page, both);

  const save = async () => {
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download', exact: true }).click()]);
    return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
  };
  const { name, bytes } = await save();
  assert.equal(name, 'astronaut-edited.png');
  const png = await readPng(bytes);
  assert.deepEqual([png.width, png.height], [512, 512]);
  assert.ok(both.data.equals(png.data), 'a photo no larger than the screen is saved as it is seen');

  await page.getByLabel('File format').selectOption('JPEG');
  await slide(page, 'Quality', 60);
  const jpeg = await save();
  assert.equal(jpeg.name, 'astronaut-edited.jpg');
  assert.equal(jpeg.bytes.subarray(0, 3).toString('hex'), 'ffd8ff');
  assert.ok(jpeg.bytes.length < bytes.length / 3);

  await page.getByRole('button', { name: 'Reset all' }).click();
  await settled(page, original);
  assert.equal(await page.getByRole('slider', { name: 'Smile', exact: true }).inputValue(), '0');
});

/** Waits until the edited side shows these pixels. @param {import('./support.mjs').Page} page @param {import('./support.mjs').Shown} wanted */
async function settled(page, wanted) {
  for (let waited = 0; waited < 10_000; waited += 50) {
    if (wanted.data.equals((await pixels(page, 'Edited')).data)) return;
    await page.waitForTimeout(50);
  }
  assert.fail('the edited side shows other pixels');
}

test('a moving slider is followed by drafts, and drawn in full when it rests', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await openSample(page, site.url);
  await begin(page);
  const original = await pixels(page, 'Original');
  const smile = page.getByRole('slider', { name: 'Smile', exact: true });
  let draft = original;
  // Every move puts the full drawing off, so that what changes is a draft.
  for (let moves = 0; difference(original, draft) === 0; moves++) {
    await smile.evaluate((input, value) => {
      /** @type {HTMLInputElement} */ (input).value = value;
      input.dispatchEvent(new Event('input'));
    }, String(0.3 + 0.05 * (moves % 2)));
    await page.waitForTimeout(100);
    draft = await pixels(page, 'Edited');
  }
  assert.equal(await page.getByText(/^Drawn in/).count(), 0);
  await smile.evaluate((input) => {
    /** @type {HTMLInputElement} */ (input).value = '0.35';
    input.dispatchEvent(new Event('input'));
  });
  await drawn(page);
  const resting = await pixels(page, 'Edited');
  assert.ok(difference(draft, resting) < difference(original, resting), 'a draft is nearer to the result than the photo is');
});

test('nothing is sent or fetched while a face is read and edited', { timeout: PATIENCE }, async () => {
  const page = await newPage();
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
});

test('a second face is read and blended with the first, and the sliders are gone back to', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  await openSample(page, site.url);
  await begin(page);
  await slide(page, 'Smile', 0.3);
  await drawn(page);
  const smiling = await pixels(page, 'Edited');
  await page.getByRole('tab', { name: 'Blend' }).click();
  await page.getByRole('button', { name: 'Another face' }).click();
  await page.getByRole('button', { name: 'Back to editing' }).click();
  await page.getByRole('slider', { name: 'From this face to the other' }).waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Another face' }).click();
  await page.getByRole('button', { name: 'Face of nobody 2' }).click();
  const amount = page.getByRole('slider', { name: 'From this face to the other' });
  await amount.waitFor();
  await drawn(page);
  const middle = await pixels(page, 'Edited');
  await amount.fill('1');
  await drawn(page);
  const other = await pixels(page, 'Edited');
  assert.ok(difference(middle, other) > 1);
  await page.locator('diffae-editor').evaluate((editor) => editor.setAttribute('device', 'cpu'));
  await drawn(page);
  assert.ok(same(await pixels(page, 'Edited'), other), 'a blend is still one on another device');
  await page.getByRole('tab', { name: 'Edit' }).click();
  await drawn(page);
  assert.ok(same(await pixels(page, 'Edited'), smiling), 'what the sliders say is what is shown');
});

test('what is asked for is drawn before it is saved, or anything beside it', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  await openSample(page, site.url);
  await begin(page);
  await slide(page, 'Smile', 0.35);
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download', exact: true }).click()]);
  const saved = await readPng(await readFile(await file.path()));
  const smiling = await pixels(page, 'Edited');
  assert.ok(difference(await pixels(page, 'Original'), smiling) > 0.1, 'the smile is drawn');
  assert.ok(smiling.data.equals(saved.data), 'the file has what is drawn');
  await slide(page, 'Smile', -0.3);
  await page.getByRole('tab', { name: 'Variations' }).click();
  await page.getByRole('button', { name: 'Draw variations' }).press('Enter');
  await page.getByRole('button', { name: 'Variation 6' }).waitFor();
  const beside = await pixels(page, 'Edited');
  assert.ok(difference(smiling, beside) > 0.1);
  assert.equal(await page.evaluate(() => document.querySelector('diffae-editor')?.shadowRoot?.activeElement?.textContent), 'Draw variations', 'the button at work keeps the focus');
  await page.getByRole('button', { name: 'Undo' }).click();
  await drawn(page);
  await page.getByRole('button', { name: 'Redo' }).click();
  await drawn(page);
  assert.ok(same(await pixels(page, 'Edited'), beside), 'what the slider said was drawn whole');

  const hint = page.getByText(/as large as your photo/);
  await hint.waitFor();
  await page.getByRole('tab', { name: 'Variations' }).click();
  await page.getByRole('button', { name: 'Variation 2' }).click();
  await page.getByText('512 × 512: the model’s own picture, enlarged.').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await hint.waitFor();
  await drawn(page);
  await page.getByRole('button', { name: 'Reset all' }).press('Enter');
  await page.keyboard.press('Control+z');
  assert.equal(await page.getByRole('slider', { name: 'Smile', exact: true }).inputValue(), '-0.3', 'the keys of the editor go on');
});

test('a photo that is being lined up is still there after a file that is none', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await openSample(page, site.url);
  const begin = page.getByRole('button', { name: 'Bring it to life' });
  await begin.waitFor();
  await page.locator('diffae-editor').evaluate((editor) => /** @type {any} */ (editor).open(new File(['%PDF-1.4'], 'letter.pdf')));
  const notice = page.getByRole('alert').filter({ hasText: 'letter.pdf' }).or(page.getByRole('alert').filter({ hasText: 'PDF' }));
  await notice.waitFor();
  await begin.focus();
  await page.getByRole('button', { name: 'Dismiss' }).press('Enter');
  // To the button that had the focus before.
  await page.keyboard.press('Enter');
  await ready(page);
});

test('the embedding page takes its photo from the tag and sends its events', { timeout: PATIENCE }, async () => {
  const page = await newPage();
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
});

test('labels are translated and the list of sliders is chosen by the page', { timeout: PATIENCE }, async () => {
  const page = await newPage();
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
});

test('attributes may have the names of what every object has', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.context().route(/portrait64\/manifest\.json$/, async (route) => {
    const text = await (await route.fetch()).text();
    await route.fulfill({ body: text.replace('"Smiling"', '"constructor"').replace('"Bangs"', '"__proto__"'), contentType: 'application/json' });
  });
  await page.goto(site.url);
  await page.getByRole('button', { name: 'Face of nobody 1' }).click();
  await page.getByRole('button', { name: 'Bring it to life' }).click();
  await page.getByText('All 40 attributes').click();
  await page.evaluate(() => document.querySelector('diffae-editor')?.addEventListener('change', (event) => {
    /** @type {any} */ (globalThis).changed = Object.entries(/** @type {any} */ (event).detail.amplitudes);
  }));
  const original = await pixels(page, 'Original');
  for (const name of ['constructor', 'proto']) {
    await page.getByRole('slider', { name, exact: true }).fill('0.3');
    await drawn(page);
    assert.ok(difference(original, await pixels(page, 'Edited')) > 0.1, name);
  }
  assert.deepEqual(await page.evaluate(() => /** @type {any} */ (globalThis).changed.sort()), [['__proto__', 0.3], ['constructor', 0.3]]);
});
