// What only some browsers do otherwise, with Chromium made to do so: workers without modules, photos without WebCodecs, an
// app on a phone's home screen.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { served } from './served.mjs';
import { begin, openSample, PATIENCE, patchEngine, withPackage } from './support.mjs';

const { site, newPage } = await served();

test('a browser whose workers cannot be modules is told so', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.addInitScript(() => {
    const { Worker: Newer } = window;
    // It never looks at the options.
    window.Worker = /** @type {any} */ (class { constructor(/** @type {string} */ url) { return new Newer(url); } });
  });
  await page.goto(site.url);
  await page.getByRole('button', { name: 'Face of nobody 1' }).click();
  await page.getByText('This browser is too old').waitFor();
});

test('on a home screen a picture goes to the share sheet', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.addInitScript(() => {
    const shared = /** @type {string[]} */ ([]);
    Object.assign(navigator, { standalone: true, canShare: () => true, share: async (/** @type {ShareData} */ { files }) => { for (const { name, type, size } of files ?? []) shared.push(`${name} ${type} ${size > 1000}`); } });
    Object.assign(window, { shared });
  });
  await openSample(page, site.url);
  await begin(page);
  for (const format of ['PNG', 'JPEG']) {
    await page.getByLabel('File format').selectOption(format);
    await page.getByRole('button', { name: 'Download', exact: true }).click();
    await page.waitForFunction((count) => /** @type {any} */ (window).shared.length === count, format === 'PNG' ? 1 : 2);
  }
  assert.deepEqual(await page.evaluate(() => /** @type {any} */ (window).shared), ['Face-of-nobody-1-edited.png image/png true', 'Face-of-nobody-1-edited.jpg image/jpeg true']);
});

test('without WebCodecs a photo is read from a canvas in strips, and only from one that gives back what was put into it', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await patchEngine(page, 'cpu', `
    delete globalThis.VideoFrame;
    const { place } = Pixels.prototype;
    Pixels.prototype.place = function (rows, ...rest) { if (rows.length > 4 * 300 * 128) throw new Error('more than a strip'); return place.call(this, rows, ...rest); };
    if (new URL(self.location).search === '?perturbed') {
      const { getImageData } = OffscreenCanvasRenderingContext2D.prototype;
      OffscreenCanvasRenderingContext2D.prototype.getImageData = function (...box) { const picture = getImageData.apply(this, box); picture.data[5] ^= 1; return picture; };
    }`);
  const result = await withPackage(page, site.url, `
    const canvas = new OffscreenCanvas(300, 500);
    const context = canvas.getContext('2d');
    for (let y = 0; y < 500; y += 10) for (let x = 0; x < 300; x += 10) { context.fillStyle = 'rgb(' + [x % 256, y % 256, (x * y) % 256] + ')'; context.fillRect(x, y, 10, 10); }
    const wanted = context.getImageData(0, 0, 300, 500).data;
    const photo = await diffae.Photo.open(await canvas.convertToBlob());
    const shown = await photo.preview(1000);
    const { Worker: Plain } = globalThis;
    globalThis.Worker = class { constructor(url, options) { return new Plain(url + '?perturbed', options); } };
    const refused = await diffae.Photo.open(await canvas.convertToBlob()).then(() => 'opened', ({ code, message }) => [code, message]);
    return { differing: wanted.reduce((sum, byte, i) => sum + (byte !== shown.data[i]), 0), size: [shown.width, shown.height], refused };`);
  assert.deepEqual([result.differing, result.size], [0, [300, 500]]);
  assert.equal(result.refused[0], 'unsupported');
  assert.match(result.refused[1], /^This browser changes the pixels/);
});

test('a HEIC photo opens where the browser shows it, and is refused by its name elsewhere', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  const result = await withPackage(page, site.url, `
    const file = new File([Uint8Array.from('\\0\\0\\0\\x18ftypheic\\0\\0\\0\\0mif1heic', (letter) => letter.charCodeAt(0))], 'IMG_1.HEIC', { type: 'image/heic' });
    const refused = await diffae.Photo.open(file).then(() => 'opened', ({ code, message }) => [code, message]);
    // As Safari does it: an image shows what no other way opens.
    const { Image: Plain } = globalThis;
    globalThis.Image = function () {
      const image = new Plain();
      Object.defineProperty(image, 'src', { set: () => image.setAttribute('src', new URL('face-08.webp', location.href).href) });
      return image;
    };
    const photo = await diffae.Photo.open(file);
    const face = await photo.faces();
    return { refused, size: [photo.width, photo.height], damage: photo.damage, faces: face.length };`);
  assert.deepEqual(result.refused, ['picture-heic', 'IMG_1.HEIC is a HEIC photo, which this browser cannot open; save or share it as JPEG and try again.']);
  assert.deepEqual([result.size, result.damage, result.faces], [[256, 256], null, 1]);
});
