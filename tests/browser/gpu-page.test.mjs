// The main job through the page on WebGPU: Chromium's software adapter, chosen by hand, with the tiny golden model in the place of the
// page's own and few steps, since that adapter takes a second or two for each evaluation. build.sh makes the model, into generated/.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { served } from './served.mjs';
import { begin, difference, drawn, patchScript, PATIENCE, pixels, SAMPLES, slide, tinyModel } from './support.mjs';

const { site, newPage } = await served({ webgpu: true });

test('a photo is uploaded, read, edited twice, reset and downloaded on WebGPU', { timeout: 8 * PATIENCE }, async () => {
  const page = await newPage();
  await tinyModel(page);
  await patchScript(page, 'lib/shared/defaults.js', [
    ['gpu: Object.freeze({ encode: 20, decode: 20 })', 'gpu: Object.freeze({ encode: 5, decode: 5 })'],
    ['ITERATIONS = 5', 'ITERATIONS = 1'],
  ]);

  await page.goto(new URL('?device=gpu', site.url).href);
  await page.getByLabel('Choose a photo').setInputFiles(join(SAMPLES, 'astronaut.webp'));
  await begin(page);
  await page.getByText(/Runs on the GPU|Runs on your GPU/).first().waitFor();

  // What the tiny model changes is too little to be laid over the photo; its own pictures show it.
  const bare = page.getByLabel(/Only the model/);
  await bare.check();
  const untouched = await pixels(page, 'Edited');
  await slide(page, 'Smile', 0.5);
  await drawn(page);
  const smiling = await pixels(page, 'Edited');
  assert.ok(difference(untouched, smiling) > 0, 'the first attribute changes the picture');
  await slide(page, 'Blond hair', 0.5);
  await drawn(page);
  assert.ok(difference(smiling, await pixels(page, 'Edited')) > 0, 'the second adds to it');

  await bare.uncheck();
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download', exact: true }).click()]);
  const png = await readFile(await file.path());
  assert.equal(png.subarray(0, 8).toString('hex'), '89504e470d0a1a0a');

  await page.getByRole('button', { name: 'Reset all' }).click();
  await bare.check();
  await page.waitForTimeout(500);
  assert.equal(difference(untouched, await pixels(page, 'Edited')), 0, 'reset brings the first picture back');
});
