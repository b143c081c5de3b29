// A manifest is accepted by the page and by the engine alike, or refused by both; and what it promises is not believed.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseManifest } from '../../pkg/lib/shared/manifest.js';
import { obtain } from '../../pkg/lib/worker/download.js';
import { served } from './served.mjs';
import { PATIENCE, ROOT, withPackage } from './support.mjs';

const { site, newPage } = await served();

const URL_OF_MANIFEST = 'https://example.org/a/manifest.json';
const HASH = 'a'.repeat(64);
// Its cost is that of its own configuration, which cases change.
const { cost, ...good } = JSON.parse(await readFile(join(ROOT, 'models/portrait64/manifest.json'), 'utf8'));

/** @param {object} changes to the decoder's entry */
const decoder = (changes) => ({ parts: { ...good.parts, decoder: { ...good.parts.decoder, ...changes } } });
/** @param {object} changes */
const config = (changes) => ({ config: { ...good.config, ...changes } });
/** @param {object} changes */
const framing = (changes) => ({ framing: { ...good.framing, ...changes } });
const ddpm = { ...config({ encoder: null, latent: null, attributes: [] }), conds_mean: null, conds_std: null };

/** @type {[string, boolean, object][]} whether it is a manifest, and how it differs from a good one */
const CASES = [
  ['the bundled model', true, {}],
  ['what it costs', true, { cost }],
  ['a cost that is no object', false, { cost: 7 }],
  ['a cost without a step', false, { cost: { encode: cost.encode } }],
  ['a cost that is no whole number', false, { cost: { ...cost, step: 1.5 } }],
  ['another format', false, { format: 2 }],
  ['a format as text', false, { format: '1' }],
  ['no name', false, { name: undefined }],
  ['a name that is a number', false, { name: 7 }],
  ['no licence', false, { licence: undefined }],
  ['no origin', false, { origin: null }],
  ['no config', false, { config: null }],
  ['pictures of 4 pixels', true, config({ image_size: 4, patch_size: 1, net_ch_mult: [1], encoder: { ...good.config.encoder, ch_mult: [1] } })],
  ['pictures of 3 pixels', false, config({ image_size: 3, patch_size: 1, net_ch_mult: [1] })],
  ['pictures of 1026 pixels', false, config({ image_size: 1026, net_ch_mult: [1] })],
  ['a size that is text', false, config({ image_size: '64' })],
  ['a size that is no whole number', false, config({ image_size: 64.5 })],
  ['attributes that are no list', false, config({ attributes: 'Smiling' })],
  ['attributes that are no names', false, config({ attributes: [1] })],
  ['too many attributes', false, config({ attributes: Array.from({ length: 4097 }, (_, i) => `a${i}`) })],
  ['an attribute without a name', false, config({ attributes: ['Smiling', ''] })],
  ['an attribute with a name of 256 characters', true, config({ attributes: ['\u{1f600}'.repeat(256)] })],
  ['an attribute with a name of 257 characters', false, config({ attributes: ['a'.repeat(257)] })],
  ['an attribute that moves the cursor', false, config({ attributes: ['\u001b[2J'] })],
  ['two attributes of one name', false, config({ attributes: ['Smiling', 'Bangs', 'Smiling'] })],
  ['attributes called as an object\'s own parts', true, config({ attributes: ['constructor', '__proto__', 'hasOwnProperty'] })],
  ['no parts', false, { parts: undefined }],
  ['parts as a list', false, { parts: [] }],
  ['an empty set of parts', true, { parts: {} }],
  ['an unknown part', false, { parts: { ...good.parts, nose: good.parts.decoder } }],
  ['a part that is null', false, { parts: { ...good.parts, latent: null } }],
  ['a file of another site', false, decoder({ file: 'https://example.com/decoder.safetensors' })],
  ['a file of another host', false, decoder({ file: '//example.com/decoder' })],
  ['a file in another folder', false, decoder({ file: '../decoder.safetensors' })],
  ['a file with a query', false, decoder({ file: 'decoder.safetensors?x' })],
  ['a file with its data', false, decoder({ file: 'data:,x' })],
  ['a hidden file', false, decoder({ file: '.decoder' })],
  ['a file without a name', false, decoder({ file: '' })],
  ['a file with another letter', false, decoder({ file: 'décodeur' })],
  ['a file with a line end', false, decoder({ file: 'decoder\n' })],
  ['a file of all letters', true, decoder({ file: 'A-Z_09.bin' })],
  ['a size below nothing', false, decoder({ bytes: -1 })],
  ['half a byte', false, decoder({ bytes: 0.5 })],
  ['no bytes', true, decoder({ bytes: 0 })],
  ['more bytes than there are', true, decoder({ bytes: 2 ** 60 })],
  ['more bytes than can be counted', false, decoder({ bytes: 2 ** 65 })],
  ['a hash that is too short', false, decoder({ sha256: 'ab' })],
  ['a hash in capitals', false, decoder({ sha256: HASH.toUpperCase() })],
  ['a precision that is unknown', false, decoder({ precision: 'int4' })],
  ['no precision', false, decoder({ precision: undefined })],
  ['no framing', true, { framing: undefined }],
  ['a framing that is null', true, { framing: null }],
  ['eyes on the border', true, framing({ eye_midpoint: [0, 1] })],
  ['eyes outside', false, framing({ eye_midpoint: [0.5, 1.5] })],
  ['eyes in one place', false, framing({ eye_distance: 0 })],
  ['eyes as far apart as the picture is wide', false, framing({ eye_distance: 1 })],
  ['three numbers for a point', false, framing({ eye_midpoint: [0.5, 0.5, 0.5] })],
  ['a plain DDPM', true, ddpm],
  ['a plain DDPM with attributes', false, { ...ddpm, ...config({ encoder: null, latent: null }) }],
];
const texts = CASES.map(([, , changes]) => JSON.stringify({ ...good, ...changes }));

test('the page accepts and refuses what is on the list, with the reason', () => {
  for (const [i, [name, accepted]] of CASES.entries()) {
    if (accepted) {
      parseManifest(texts[i], URL_OF_MANIFEST);
      continue;
    }
    assert.throws(() => parseManifest(texts[i], URL_OF_MANIFEST), (/** @type {any} */ error) => {
      assert.match(error.message, /^https:\/\/example\.org\/a\/manifest\.json is not a model manifest: .+\.$/, name);
      return error.code === 'manifest-invalid';
    }, name);
  }
  for (const text of ['', 'null', '[]', '7', '{']) assert.throws(() => parseManifest(text, URL_OF_MANIFEST), { code: 'manifest-invalid' });
  const { parts, encodes } = parseManifest(texts[0], URL_OF_MANIFEST);
  assert.equal(parts.decoder?.url, `https://example.org/a/${good.parts.decoder.file}`);
  assert.equal(encodes, true);
  assert.equal(parseManifest(JSON.stringify({ ...good, ...ddpm }), URL_OF_MANIFEST).encodes, false);
});

test('the engine accepts and refuses the same', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  const found = await withPackage(page, site.url, `
    const engine = await import(new URL('../pkg/diffae_cpu.js', location.href).href);
    await engine.default();
    const found = [];
    // A manifest that is one can still name a file that cannot be right.
    const accepted = { 'manifest-invalid': false, 'part-invalid': true };
    for (const text of ${JSON.stringify(texts)}) found.push(await engine.DiffAe.create(text, 'cpu').then(() => true, ({ code, message }) => accepted[code] ?? message));
    return found;`);
  assert.deepEqual(found.map((/** @type {unknown} */ accepted, /** @type {number} */ i) => [CASES[i][0], accepted]), CASES.map(([name, accepted]) => [name, accepted]));
});

test('a part of a size that no browser can hold is a sentence about the model', async () => {
  for (const bytes of [2 ** 53, 2 ** 60]) {
    const file = { file: 'd.bin', url: 'data:text/plain,d.bin', bytes, sha256: HASH, precision: 'f32' };
    await assert.rejects(obtain(file, { onBytes: () => {}, onVerify: () => {} }), {
      code: 'out-of-memory', message: `The manifest says that data:text/plain,d.bin has ${bytes} bytes, which is more than this browser can hold.`,
    });
  }
});

test('a manifest that is too long is not read to its end', async () => {
  const { fetchManifest } = await import('../../pkg/lib/shared/manifest.js');
  await assert.rejects(fetchManifest(`data:application/json,${'7'.repeat(5 << 20)}`), { code: 'manifest-invalid', message: /larger than 4194304 bytes/ });
});
