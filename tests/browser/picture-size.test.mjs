// A picture file that declares too many pixels is refused before a browser decodes any of them, whatever kind of file it is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { declaredSize } from '../../pkg/lib/shared/picture-size.js';
import { served } from './served.mjs';
import { PATIENCE, withPackage } from './support.mjs';

const { site, newPage } = await served();

const [WIDTH, HEIGHT] = [20_000, 30_000];

/** @param {number} value */
const low16 = (value) => [value & 255, value >> 8];
/** @param {number} value */
const high16 = (value) => [value >> 8, value & 255];
/** @param {number} value */
const high32 = (value) => [0, 0, ...high16(value)];
/** @param {string} text */
const ascii = (text) => [...Buffer.from(text, 'latin1')];
/** @param {number} count */
const fill = (count) => new Array(count).fill(0xff);
const ispe = (/** @type {number} */ width, /** @type {number} */ height) => [...high32(20), ...ascii('ispe'), 0, 0, 0, 0, ...high32(width), ...high32(height)];
const frame = [0xff, 0xc0, 0, 17, 8, ...high16(HEIGHT), ...high16(WIDTH), 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0];

/** Heads of files that are as large as that. @type {Record<string, number[]>} */
const FILES = {
  png: [0x89, ...ascii('PNG\r\n\x1a\n'), ...high32(13), ...ascii('IHDR'), ...high32(WIDTH), ...high32(HEIGHT), 8, 6, 0, 0, 0],
  gif: [...ascii('GIF89a'), ...low16(WIDTH), ...low16(HEIGHT), 0, 0, 0],
  bmp: [...ascii('BM'), ...new Array(12).fill(0), 40, 0, 0, 0, ...low16(WIDTH), 0, 0, ...low16(HEIGHT), 0, 0],
  'bmp from top to bottom': [...ascii('BM'), ...new Array(12).fill(0), 40, 0, 0, 0, ...low16(WIDTH), 0, 0, ...low16(65536 - HEIGHT), 255, 255],
  'old bmp': [...ascii('BM'), ...new Array(12).fill(0), 12, 0, 0, 0, ...low16(WIDTH), ...low16(HEIGHT)],
  avif: [...high32(16), ...ascii('ftypavif'), 0, 0, 0, 0, ...high32(100), ...ascii('ipco'), ...ispe(160, 120), ...ispe(WIDTH, HEIGHT), ...ispe(512, 512)],
  jpeg: [0xff, 0xd8, ...frame],
  'jpeg with fill bytes': [0xff, 0xd8, ...fill(5000), ...frame],
};

test('every kind of file that browsers open tells its size', () => {
  for (const [name, bytes] of Object.entries(FILES)) {
    assert.deepEqual(declaredSize(Uint8Array.from(bytes)), { width: WIDTH, height: HEIGHT }, name);
    // Half of it is no reason to fail.
    for (let length = 0; length < Math.min(40, bytes.length); length++) declaredSize(Uint8Array.from(bytes.slice(0, length)));
  }
});

test('one that is too large is never handed to the decoder', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.context().route('**/pkg/photo-worker.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `self.createImageBitmap = () => { throw new Error('decoded'); };\n${await response.text()}` });
  });
  // Beyond what is looked at of other files.
  const files = { ...FILES, 'jpeg with a megabyte of fill bytes': [0xff, 0xd8, ...fill(2 ** 20), ...frame] };
  for (const [name, bytes] of Object.entries(files)) {
    const [code, message] = await withPackage(page, site.url, `
      const file = new File([Uint8Array.from(atob('${Buffer.from(bytes).toString('base64')}'), (letter) => letter.charCodeAt(0))], 'large');
      return diffae.Photo.open(file).then(() => [], ({ code, message }) => [code, message]);`);
    assert.equal(code, 'picture-too-large', `${name}: ${message}`);
    assert.match(message, /^large has 600 million pixels/);
  }
});
