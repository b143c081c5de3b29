// Two models on one page: offered with what they cost, changed in the middle of an edit, named in the address.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { duration, speaker } from '../../pkg/element/words/labels.js';
import { STEPS } from '../../pkg/lib/shared/defaults.js';
import { served } from './served.mjs';
import { begin, difference, drawn, openSample, PATIENCE, pixels, ready, ROOT, same, slide } from './support.mjs';

const english = speaker({}, 'en', {});
const { site, newPage } = await served();
const NAMES = ['portrait64', 'portrait128'];

/** What the menu says of each model, once it tells the time of an edit by each. @param {import('./support.mjs').Page} page */
async function offered(page) {
  const options = page.getByRole('combobox', { name: 'Model' }).locator('option');
  for (const i of NAMES.keys()) await options.nth(i).filter({ hasText: 'an edit' }).waitFor({ state: 'attached' });
  return options.allTextContents();
}

test('the time of an edit is told at the speed that was measured last', { timeout: PATIENCE }, async () => {
  /** @type {number[][]} */
  const told = [];
  for (const speed of [1e10, 1e9]) {
    const page = await newPage();
    await page.addInitScript((value) => localStorage.setItem('diffae.speed.cpu', String(value)), speed);
    await openSample(page, site.url);
    told.push((await offered(page)).map((text) => Number(/about ([\d.]+) s an edit$/.exec(text)?.[1])));
  }
  const [fast, slow] = told;
  // Seconds are told in tenths, from ten on in whole ones.
  for (const [i, name] of NAMES.entries()) assert.ok(fast[i] > 1 && Math.abs(slow[i] - 10 * fast[i]) <= 1, `${name}: ${slow[i]} s and ${fast[i]} s`);
});

test('models are offered with size, download and time, which is measured once there are edits', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await openSample(page, site.url);
  const guessed = await offered(page);
  assert.match(guessed[0], /^portrait64: 64 × 64, 9\.4 MB, about [\d.]+ m?s an edit$/);
  assert.match(guessed[1], /^portrait128: 128 × 128, [\d.]+ MB, about [\d.]+ s an edit$/);
  await begin(page);
  await page.evaluate(() => localStorage.setItem('diffae.speed.cpu', '1'));
  await slide(page, 'Smile', 0.3);
  await drawn(page);
  const speed = Number(await page.evaluate(() => localStorage.getItem('diffae.speed.cpu')));
  assert.ok(speed > 1e9, `${speed} operations a second`);
  for (const [i, name] of NAMES.entries()) {
    const { cost } = JSON.parse(await readFile(join(ROOT, 'models', name, 'manifest.json'), 'utf8'));
    const option = page.getByRole('combobox', { name: 'Model' }).locator('option').nth(i);
    await option.filter({ hasText: `about ${duration((cost.step * STEPS.cpu.decode) / speed, english)} an edit` }).waitFor({ state: 'attached' });
  }
});

test('another model reads the face again and keeps the photo and the sliders', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  await openSample(page, site.url);
  await begin(page);
  await slide(page, 'Smile', 0.3);
  await drawn(page);
  const [original, coarse] = [await pixels(page, 'Original'), await pixels(page, 'Edited')];
  await page.getByRole('combobox', { name: 'Model' }).selectOption({ index: 1 });
  // What it takes to download is said and agreed to, as for the first one.
  await page.getByText(/^Downloads [\d.]+ MB once/).waitFor();
  await begin(page);
  await page.getByText('Only the model’s 128 × 128').waitFor();
  assert.equal(await page.getByRole('slider', { name: 'Smile', exact: true }).inputValue(), '0.3');
  await drawn(page);
  assert.ok(same(await pixels(page, 'Original'), original), 'the photo stays');
  const fine = await pixels(page, 'Edited');
  assert.ok(difference(original, fine) > 0.1 && difference(coarse, fine) > 0.1);
  assert.match(new URL(page.url()).hash, /^#model=portrait128&set=Smiling:0\.3$/);
  // And back, for which nothing has to be fetched; the keys stay where they are.
  await page.getByRole('combobox', { name: 'Model' }).focus();
  await page.getByRole('combobox', { name: 'Model' }).selectOption({ index: 0 });
  await page.getByText('Only the model’s 64 × 64').waitFor();
  await drawn(page);
  assert.ok(same(await pixels(page, 'Edited'), coarse), 'the first model draws what it drew before');
});

test('an address names a model that the page offers, and no other', { timeout: PATIENCE }, async () => {
  for (const [name, expected] of [['portrait128', 'portrait128'], ['elsewhere', 'portrait64']]) {
    const page = await newPage();
    await page.goto(`${site.url}#model=${name}`);
    await page.getByText(new RegExp(`^${expected}: .* downloaded once when you begin`)).waitFor();
    await page.context().close();
  }
});

test('a model that cannot be had leaves the photo, and the one before can be chosen again', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  await openSample(page, site.url);
  await begin(page);
  await slide(page, 'Smile', 0.3);
  await drawn(page);
  await page.context().route('**/models/portrait128/decoder.safetensors', (route) => route.fulfill({ status: 404 }));
  await page.getByRole('combobox', { name: 'Model' }).selectOption({ index: 1 });
  const go = page.getByRole('button', { name: 'Bring it to life' });
  await go.click();
  await page.getByText(/decoder\.safetensors/).first().waitFor();
  await go.waitFor();
  await page.getByRole('combobox', { name: 'Model' }).selectOption({ index: 0 });
  await go.click();
  await ready(page);
  assert.equal(await page.getByRole('slider', { name: 'Smile', exact: true }).inputValue(), '0.3');
});

test('models that are chosen one after the other before the first is known leave photo, frame and sliders', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  await openSample(page, site.url);
  await page.getByText('Line it up by hand').click();
  const tilt = page.getByRole('slider', { name: 'Tilt' });
  await tilt.fill('10');
  const choice = page.getByRole('combobox', { name: 'Model' });
  // A frame set by hand is not asked for again.
  await choice.selectOption({ index: 1 });
  await page.getByText(/^portrait128|Found the face/).first().waitFor();
  await choice.selectOption({ index: 0 });
  await page.getByText('Line it up by hand').click();
  assert.equal(await tilt.inputValue(), '10');
  await begin(page);
  await slide(page, 'Smile', 0.3);
  await drawn(page);
  // The second manifest never comes.
  await page.context().route('**/models/portrait128/manifest.json', () => {});
  await page.evaluate(() => {
    const editor = /** @type {HTMLElement} */ (document.querySelector('diffae-editor'));
    for (const name of ['portrait128', 'portrait64']) editor.setAttribute('model', `models/${name}/manifest.json`);
  });
  const go = page.getByRole('button', { name: 'Bring it to life' });
  await go.click();
  await ready(page);
  assert.equal(await page.getByRole('slider', { name: 'Smile', exact: true }).inputValue(), '0.3');
});
