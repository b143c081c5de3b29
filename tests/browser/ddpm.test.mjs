// A model without an encoder, a plain DDPM: it is offered what works for it, and says why the rest does not.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launch, newPage, noFace, patchEngine, PATIENCE, ROOT, serve, withPackage } from './support.mjs';

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

/** Puts a DDPM in the place of the page's model; its pictures are made up, and its weights anything at all. @param {import('./support.mjs').Page} page */
async function ddpm(page) {
  const bundled = JSON.parse(await readFile(join(ROOT, 'models/portrait64/manifest.json'), 'utf8'));
  const { conds_mean: _, conds_std: __, ...rest } = bundled;
  const manifest = { ...rest, name: 'noise64', framing: null, config: { ...bundled.config, encoder: null, latent: null, attributes: [] }, parts: { decoder: bundled.parts.decoder } };
  await page.context().route(/portrait64\/manifest\.json$/, (route) => route.fulfill({ json: manifest }));
  await patchEngine(page, 'cpu', `
    DiffAe.prototype.load_part = async () => {};
    DiffAe.prototype.sample = async ({ count, seed, steps }, onStep) => {
      for (let i = 0; i < steps; i++) await onStep(i, steps, new Uint8Array(4 * 64 * 64));
      return Array.from({ length: count }, (_, i) => ({ width: 64, height: 64, rgba: new Uint8Array(4 * 64 * 64).fill(40 * i + 20) }));
    };`);
}

test('the package samples from a model without an encoder and refuses what needs one', { timeout: PATIENCE }, async () => {
  const page = await newPage(browser);
  await ddpm(page);
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
  await page.context().close();
});

test('the page draws pictures with it, and says why it takes no photo', { timeout: PATIENCE }, async () => {
  const page = await newPage(browser);
  await ddpm(page);
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
  assert.deepEqual(page.faults, []);
  await page.context().close();
});
