// Two models on one page: offered with what they cost, changed in the middle of an edit, named in the address.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { served } from './served.mjs';
import { begin, difference, drawn, openSample, PATIENCE, pixels, ready, slide } from './support.mjs';

const { site, newPage } = await served();

test('models are offered with size, download and time, which is measured once there are edits', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await openSample(page, site.url);
  const choice = page.getByRole('combobox', { name: 'Model' });
  const options = () => choice.locator('option').allTextContents();
  const guessed = await options();
  assert.match(guessed[0], /^portrait64: 64 × 64, 9\.4 MB, about [\d.]+ m?s an edit$/);
  assert.match(guessed[1], /^portrait128: 128 × 128, [\d.]+ MB, about [\d.]+ s an edit$/);
  await begin(page);
  await page.evaluate(() => localStorage.setItem('diffae.speed.cpu', '1'));
  await slide(page, 'Smile', 0.3);
  await drawn(page);
  const speed = Number(await page.evaluate(() => localStorage.getItem('diffae.speed.cpu')));
  assert.ok(speed > 1e9, `${speed} operations a second`);
  // Times are told by the kept speed, whatever it is.
  assert.match((await options())[1], /about [\d.]+ s an edit$/);
});

test('another model reads the face again and keeps the photo and the sliders', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  await openSample(page, site.url);
  await begin(page);
  await slide(page, 'Smile', 0.3);
  await drawn(page);
  const [original, coarse] = [await pixels(page, 'Original'), await pixels(page, 'Edited')];
  await page.getByRole('combobox', { name: 'Model' }).selectOption({ index: 1 });
  await page.getByText('Only the model’s 128 × 128').waitFor();
  await ready(page);
  assert.equal(await page.getByRole('slider', { name: 'Smile', exact: true }).inputValue(), '0.3');
  await drawn(page);
  assert.deepEqual(await pixels(page, 'Original'), original);
  const fine = await pixels(page, 'Edited');
  assert.ok(difference(original, fine) > 0.1 && difference(coarse, fine) > 0.1);
  assert.equal(new URL(page.url()).searchParams.get('model'), 'portrait128');
  // And back.
  await page.getByRole('combobox', { name: 'Model' }).selectOption({ index: 0 });
  await page.getByText('Only the model’s 64 × 64').waitFor();
  await drawn(page);
  assert.deepEqual(await pixels(page, 'Edited'), coarse);
});

test('an address names a model that the page offers, and no other', { timeout: PATIENCE }, async () => {
  for (const [name, expected] of [['portrait128', 'portrait128'], ['elsewhere', 'portrait64']]) {
    const page = await newPage();
    await page.goto(`${site.url}?model=${name}`);
    await page.getByText(new RegExp(`^${expected}: .* downloaded once when you begin`)).waitFor();
    await page.context().close();
  }
});

test('a model that cannot be had leaves the photo, and the one before can be chosen again', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  await openSample(page, site.url);
  await begin(page);
  await page.context().route('**/models/portrait128/decoder.safetensors', (route) => route.fulfill({ status: 404 }));
  await page.getByRole('combobox', { name: 'Model' }).selectOption({ index: 1 });
  await page.getByText(/decoder\.safetensors/).first().waitFor();
  const go = page.getByRole('button', { name: 'Bring it to life' });
  await go.waitFor();
  await page.getByRole('combobox', { name: 'Model' }).selectOption({ index: 0 });
  await go.click();
  await ready(page);
});
