// Photos that are damaged, or of a kind that browsers do not open: what they are is said, and what can be read is opened.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cut, inCoding, withExif, withWrongSum } from './pictures.mjs';
import { served } from './served.mjs';
import { patchEngine, PATIENCE, twoFaces } from './support.mjs';

const { site, newPage } = await served();

/** The astronaut as a file of another kind. @param {import('./support.mjs').Page} page @param {string} type */
async function astronaut(page, type) {
  const base64 = await page.evaluate(async ([address, type]) => {
    const bitmap = await createImageBitmap(await (await fetch(address)).blob());
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: bitmap.width, height: bitmap.height });
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
    return canvas.toDataURL(type, 0.95).split(',')[1];
  }, /** @type {const} */ ([new URL('samples/astronaut.webp', site.url).href, type]));
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

test('what can be read of a damaged photo is opened, and that it is damaged is said', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  await page.goto(site.url);
  const [jpeg, png] = [await astronaut(page, 'image/jpeg'), await astronaut(page, 'image/png')];
  /** @type {[string, Uint8Array, string | null][]} */
  const cases = [
    ['half.jpg', cut(jpeg, 0.6), 'half.jpg is a JPEG, but it is damaged; what can be read of it is shown.'],
    ['half.png', cut(png, 0.6), 'half.png is a PNG, but it is damaged; what can be read of it is shown.'],
    ['sum.png', withWrongSum(png), 'sum.png is a PNG, but it is damaged; what can be read of it is shown.'],
    // Only its end is missing, and nobody needs it.
    ['end.jpg', jpeg.slice(0, -2), null],
  ];
  const alert = page.getByRole('alert').filter({ hasText: /./ });
  for (const [name, bytes, sentence] of cases) {
    await page.getByLabel('Choose a photo').setInputFiles({ name, mimeType: '', buffer: Buffer.from(bytes) });
    await page.getByText('Found the face').waitFor();
    if (sentence) assert.equal(await alert.innerText(), sentence);
    else assert.equal(await alert.count(), 0, name);
    await page.getByRole('button', { name: 'Other photo' }).click();
    await page.getByLabel('Choose a photo').waitFor({ state: 'attached' });
  }
});

test('a photo that lies on its side and breaks off is said to be damaged', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.goto(site.url);
  const buffer = Buffer.from(cut(withExif(await astronaut(page, 'image/jpeg'), 6), 0.6));
  await page.getByLabel('Choose a photo').setInputFiles({ name: 'side.jpg', mimeType: '', buffer });
  await page.getByRole('button', { name: 'Other photo' }).waitFor();
  assert.equal(await page.getByRole('alert').filter({ hasText: /./ }).innerText(), 'side.jpg is a JPEG, but it is damaged; what can be read of it is shown.');
});

test('whoever picks a face while more are looked for is told that the photo is damaged', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await patchEngine(page, 'cpu', 'Photo.prototype.moreFaces = () => new Promise((resolve) => setTimeout(resolve, 10_000));');
  await page.goto(site.url);
  const { buffer, ...file } = await twoFaces(page, site.url);
  await page.getByLabel('Choose a photo').setInputFiles({ ...file, buffer: Buffer.from(cut(buffer, 0.6)) });
  await page.getByRole('button', { name: 'Face 1' }).click();
  await page.getByRole('button', { name: 'Bring it to life' }).waitFor();
  const alert = page.getByRole('alert').filter({ hasText: /./ });
  assert.deepEqual(await alert.allInnerTexts(), ['twins.jpg is a JPEG, but it is damaged; what can be read of it is shown.']);
});

test('a file that gives no picture is called by its kind', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.goto(site.url);
  const [jpeg, png, webp] = [await astronaut(page, 'image/jpeg'), await astronaut(page, 'image/png'), await astronaut(page, 'image/webp')];
  const box = (/** @type {string} */ brands) => Buffer.from(`\0\0\0${String.fromCharCode(16 + brands.length - 4)}ftyp${brands.slice(0, 4)}\0\0\0\0${brands.slice(4)}\0\0\0\x08free`, 'latin1');
  const damaged = 'but it is damaged; try another copy of it.';
  const unknown = 'which this browser cannot open; save it as an ordinary JPEG or PNG and try again.';
  /** @type {[string, Uint8Array, string][]} */
  const cases = [
    ['head.jpg', jpeg.slice(0, 100), `is a JPEG, ${damaged}`],
    ['head.png', png.slice(0, 40), `is a PNG, ${damaged}`],
    ['head.webp', webp.slice(0, 60), `is a WebP picture, ${damaged}`],
    ['cut.avif', box('avifavifmif1miafMA1B'), 'is an AVIF picture that is damaged, or of a kind that this browser cannot open; save it as an ordinary JPEG or PNG and try again.'],
    ['phone.heic', box('heicmif1heic'), 'is a HEIC photo, which this browser cannot open; save or share it as JPEG and try again.'],
    ['arithmetic.jpg', inCoding(jpeg, 0xcb), `is a JPEG with arithmetic coding, ${unknown}`],
    ['lossless.jpg', inCoding(jpeg, 0xc3), `is a lossless JPEG, ${unknown}`],
    ['clip.mp4', box('isommp42'), `is a video, ${unknown}`],
    ['scan.tif', Buffer.from('II*\0\x08\0\0\0', 'latin1'), `is a TIFF or raw camera picture, ${unknown}`],
    ['drawing.svg', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), `is an SVG drawing, ${unknown}`],
    ['notes.png', Buffer.from('no picture'), 'is not a picture that this browser can open; JPEG, PNG and WebP always work.'],
  ];
  const alert = page.getByRole('alert').filter({ hasText: /./ });
  for (const [name, bytes, sentence] of cases) {
    await page.getByLabel('Choose a photo').setInputFiles({ name, mimeType: '', buffer: Buffer.from(bytes) });
    await alert.waitFor();
    assert.equal(await alert.innerText(), `${name} ${sentence}`);
    await page.getByRole('button', { name: 'Dismiss' }).click();
  }
});
