// The circle closed: what `diffae train` makes of a few pictures, converted to int8, is a model that the package and the page
// open. The tool that ./build.sh test built trains for some seconds; the model knows no faces, and need not.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { served } from './served.mjs';
import { begin, difference, drawn, openSample, PATIENCE, pixels, ROOT, SAMPLES, slide, withPackage } from './support.mjs';

const TOOL = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target'), 'release/diffae');
const CONFIG = {
  name: 'tiny', image_size: 32, patch_size: 2, net_ch: 16, net_ch_mult: [1, 2], num_res_blocks: 1, attn_resolutions: [8], group_channels: 4,
  heads: 1, embed_channels: 32, schedule: 'linear', timesteps: 1000, prediction: 'v',
  encoder: { ch_mult: [1, 2, 2], num_res_blocks: 1, attn_resolutions: [8], style_channels: 16 },
  latent: { layers: 3, hidden: 32, time_channels: 16, schedule: { constant: 0.008 } },
  attributes: ['Smiling', 'Young'],
};
const ATTRIBUTES = ['5', 'Smiling Young', 'astronaut.webp 1 1', 'face-03.webp -1 1', 'face-04.webp 1 -1', 'face-08.webp -1 -1', 'face-09.webp 1 1', ''].join('\n');

const { site, newPage } = await served();

const folder = await mkdtemp(join(tmpdir(), 'diffae-trained-'));
before(async () => {
  await writeFile(join(folder, 'tiny.json'), JSON.stringify(CONFIG));
  await writeFile(join(folder, 'attributes.txt'), ATTRIBUTES);
  /** @param {string[]} args */
  const diffae = (...args) => promisify(execFile)(TOOL, args, { cwd: folder });
  const stage = ['--config', 'tiny.json', '--batch', '6', '--average', '0.9'];
  const pictures = [SAMPLES, '--attributes', 'attributes.txt'];
  await diffae('train', 'autoencoder', ...pictures, ...stage, '-o', 'autoencoder', '--samples', '600', '--rate', '3e-3', '--sheet-every', '0');
  await diffae('train', 'latents', ...pictures, '--from', 'autoencoder');
  await diffae('train', 'latent', 'latents.safetensors', ...stage, '-o', 'latent', '--samples', '60');
  await diffae('train', 'classifier', 'latents.safetensors', ...stage, '-o', 'classifier', '--samples', '600');
  const states = ['autoencoder', 'latent', 'classifier'].map((run) => join(run, 'best.safetensors'));
  await diffae('convert', ...states, '--config', 'tiny.json', '--precision', 'int8', '--licence', 'None.', '--origin', 'A test.', '--framing', '0.5,0.48,0.25', '-o', 'model');
}, { timeout: PATIENCE });
after(() => rm(folder, { recursive: true, force: true }));

/** Puts the trained model in the place of the page's own. @param {import('./support.mjs').Page} page */
async function withTrained(page) {
  await page.context().route('**/models/portrait64/*', async (route) => {
    const file = new URL(route.request().url()).pathname.split('/').pop() ?? '';
    await route.fulfill({ body: await readFile(join(folder, 'model', file)) });
  });
}

test('the package encodes, edits and samples with a model that was trained here', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await withTrained(page);
  const { loaded, attributes, apart, sizes } = await withPackage(page, site.url, `
    const model = await diffae.DiffAe.load(manifest, { device: 'cpu' });
    const photo = new ImageData(32, 32);
    for (let i = 0; i < photo.data.length; i++) photo.data[i] = i % 4 === 3 ? 255 : (i >> 3) % 251;
    const apart = (a, b) => a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]), 0) / a.data.length;
    const code = await model.encode(photo);
    const same = await model.reconstruct(code);
    const reset = await model.edit(code, { Smiling: 0 });
    const changed = await model.edit(code, { Smiling: 0.3 });
    const samples = await model.sample({ count: 2, steps: 5 });
    const sizes = [changed, ...samples].map(({ width, height }) => [width, height]);
    return { loaded: model.info.loaded, attributes: [...model.attributes], sizes, apart: { photo: apart(photo, same), reset: apart(same, reset), changed: apart(same, changed) } };`);
  assert.deepEqual([...loaded].sort(), ['attributes', 'decoder', 'encoder', 'latent']);
  assert.deepEqual(attributes, CONFIG.attributes);
  assert.deepEqual(sizes, Array(3).fill([32, 32]));
  // x_T holds the whole picture, whatever the networks have learned.
  assert.ok(apart.photo < 8, `the reconstruction is ${apart.photo} levels a value off`);
  assert.equal(apart.reset, 0);
  assert.ok(apart.changed > 2, `the edit changed ${apart.changed} levels a value`);
});

test('the page brings a photo to life with it', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await withTrained(page);
  await openSample(page, site.url);
  await begin(page);
  const original = await pixels(page, 'Original');
  await slide(page, 'Smile', 0.3);
  await drawn(page);
  assert.ok(difference(original, await pixels(page, 'Edited')) > 0.5, 'the slider changes the picture');
});
