// A model without an encoder, a plain DDPM: it is offered what works for it, and says why the rest does not.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { served } from './served.mjs';
import { noFace, PATIENCE, withoutEncoder, withPackage } from './support.mjs';

const { site, newPage } = await served();

test('the package samples from a model without an encoder and refuses what needs one', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await withoutEncoder(page);
  const result = await withPackage(page, site.url, `
    const about = await diffae.DiffAe.describe(manifest);
    const model = await diffae.DiffAe.load(manifest, { device: 'cpu' });
    const grey = { width: 64, height: 64, data: new Uint8Array(4 * 64 * 64) };
    const code = { bytes: new Uint8Array(9) };
    const ends = (promise) => promise.then(() => null, (error) => [error.code, error.message]);
    const refused = await Promise.all([model.encode(grey), model.encodeSemantic(grey), model.reconstruct(code), model.edit(code, {}), model.interpolate(code, code, 0.5), model.variations(code), model.teach([code], [code], { name: 'a' })].map(ends));
    const pictures = await model.sample({ count: 2, steps: 2 });
    return { encodes: about.encodes, bytes: about.editingBytes, loaded: model.info.loaded, refused, pictures: pictures.map(({ width }) => width) };`);
  const refusal = ['unsupported', 'The model noise64 has no encoder: it draws pictures from noise alone and can only be asked for samples.'];
  const { bytes, ...rest } = result;
  assert.ok(bytes > 0);
  assert.deepEqual(rest, { encodes: false, loaded: ['decoder'], refused: Array(7).fill(refusal), pictures: [64, 64] });
});

test('the page draws pictures with it, and says why it takes no photo', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await withoutEncoder(page);
  await page.goto(site.url);
  await page.getByRole('heading', { name: 'Pictures from noise' }).waitFor();
  await page.getByText(/noise64: [\d.]+ MB, downloaded once/).waitFor();
  assert.equal(await page.getByLabel('Choose a photo').count(), 0);
  await page.getByRole('button', { name: 'Draw pictures' }).click();
  await page.getByRole('button', { name: 'Download picture 6' }).waitFor();
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download picture 2' }).click()]);
  assert.equal(file.suggestedFilename(), 'Picture-2-noise64.png');
  assert.equal((await readFile(await file.path())).subarray(1, 4).toString(), 'PNG');

  const { buffer, ...about } = await noFace(page);
  await page.evaluate(([bytes, { name, mimeType }]) => {
    void /** @type {any} */ (document.querySelector('diffae-editor')).open(new File([Uint8Array.from(bytes)], name, { type: mimeType }));
  }, /** @type {const} */ ([[...buffer], about]));
  const alert = page.getByRole('alert').filter({ hasText: /./ });
  await alert.waitFor();
  assert.equal(await alert.innerText(), 'The model noise64 has no encoder, so it cannot read a photo; it only draws pictures of its own.');
  await page.getByRole('button', { name: 'Draw pictures' }).waitFor();
});
