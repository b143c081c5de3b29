// What stays of a photo: its numbers and the colours they mean, and how it was taken, but not where unless asked; what a file
// says of a model's hand; and the line that proves it all.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { displayP3, phonesExif, phonesJpeg, saidBy } from './pictures.mjs';
import { served } from './served.mjs';
import { begin, drawn, patchEngine, PATIENCE, ready, ROOT, slide, withPackage } from './support.mjs';

const { site, newPage } = await served();
const EDITED = 'Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"';
const DREAMT = EDITED.replace('compositeWithT', 't');
/** Of the tags of phonesExif, those that go on. */
const KEPT = { '10f': 'Maker', 110: 'Phone 9', 112: '\u0000\u0001', 132: '2024:05:06 07:08:09', '829a': '\0\0\0\u0001\0\0\0}', 9003: '2024:05:06 07:08:09' };

/** Runs `script` in a page with the package and pictures.mjs. @param {string} script @param {import('./support.mjs').Page} [given] */
async function run(script, given) {
  const page = given ?? await newPage();
  const body = await readFile(join(ROOT, 'tests/browser/pictures.mjs'));
  await page.context().route('**/pictures.mjs', (route) => route.fulfill({ body, contentType: 'text/javascript' }));
  return withPackage(page, site.url, `
    const { Photo } = diffae;
    const { displayP3, iccp, phonesExif, phonesJpeg, phonesWebp, png, readPng, saidBy } = await import(${JSON.stringify(new URL('pictures.mjs', site.url).href)});
    const [width, height] = [96, 64];
    // Colours from all over, with no two alike beside each other.
    const data = new Uint8Array(4 * width * height).map((_, i) => (i % 4 === 3 ? 255 : (i * 37 + (i >> 8) * 11) & 255));
    // Softer, for what is lossy.
    const soft = data.map((_, i) => (i % 4 === 3 ? 255 : i % 4 === 0 ? (i >> 2) % width * 2.6 : i % 4 === 1 ? (i >> 2) / width * 3.9 : 60));
    const drawnBy = async (type, quality) => {
      const canvas = new OffscreenCanvas(width, height);
      canvas.getContext('2d').putImageData(new ImageData(Uint8ClampedArray.from(soft), width), 0, 0);
      return new Uint8Array(await (await canvas.convertToBlob({ type, quality })).arrayBuffer());
    };
    /** What the browser makes of a file that says nothing of its colours. */
    const numbersOf = async (file) => {
      const context = new OffscreenCanvas(width, height).getContext('2d');
      context.drawImage(await createImageBitmap(new Blob([file])), 0, 0);
      return context.getImageData(0, 0, width, height).data;
    };
    const worst = (a, b) => a.reduce((most, byte, i) => Math.max(most, Math.abs(byte - b[i])), a.length === b.length ? 0 : Infinity);
    const bytes = async (blob) => new Uint8Array(await blob.arrayBuffer());
    const change = (photo, by) => {
      const before = new ImageData(Uint8ClampedArray.from({ length: 4 * 64 * 64 }, (_, i) => (i % 4 === 3 ? 255 : 100)), 64);
      const after = new ImageData(before.data.map((byte, i) => (i % 4 === 3 ? 255 : byte + by)), 64);
      return { frame: { x: 48, y: 32, side: 40, angle: 0.2 }, before, after };
    };
    ${script}`);
}

test('a phone\'s photo keeps its numbers, its colours, camera and time, as JPEG, PNG and WebP, and leaves the place behind', { timeout: PATIENCE }, async () => {
  const result = await run(`
    const [exif, icc] = [phonesExif(), displayP3()];
    const [jpeg, webp] = [await drawnBy('image/jpeg', 0.95), await drawnBy('image/webp', 1)];
    const cases = {
      'a.png': [await png({ width, height, data, extra: [['iCCP', await iccp(icc)], ['eXIf', exif]] }), data],
      'cicp.png': [await png({ width, height, data, extra: [['cICP', Uint8Array.of(12, 13, 0, 1)], ['eXIf', exif]] }), data],
      'a.jpg': [phonesJpeg(jpeg, exif, icc), await numbersOf(jpeg)],
      'a.webp': [phonesWebp(webp, { width, height }, exif, icc), await numbersOf(webp)],
    };
    const result = {};
    for (const [name, [file, numbers]] of Object.entries(cases)) {
      const photo = await Photo.open(new File([file], name));
      const said = photo.metadata;
      for (const type of ['image/png', 'image/jpeg']) {
        const plain = await bytes(await photo.save(null, { type, quality: 1 }));
        const placed = await saidBy(await bytes(await photo.save(null, { type, place: true })));
        const edited = await bytes(await photo.save(change(photo, 60), { type }));
        const kept = await saidBy(plain);
        result[name + ' ' + type] = {
          said, off: type === 'image/png' ? worst(numbers, (await readPng(plain)).data) : null,
          icc: kept.icc && worst(icc, kept.icc), cicp: kept.cicp, tags: kept.tags, xmp: kept.xmp, editedXmp: (await saidBy(edited)).xmp,
          place: Object.keys(placed.tags).filter((tag) => tag.startsWith('gps')),
          leak: ['thumbnail', 'maker notes'].filter((secret) => new TextDecoder('latin1').decode(edited).includes(secret)),
          outside: type === 'image/png' ? (await readPng(edited)).data.reduce((count, byte, i) => {
            const [dx, dy] = [(i >> 2) % width + 0.5 - 48, Math.floor((i >> 2) / width) + 0.5 - 32];
            return count + (byte !== numbers[i] && Math.hypot(dx, dy) > 29);
          }, 0) : 0,
          inside: type === 'image/png' ? worst(numbers, (await readPng(edited)).data) > 10 : true,
        };
      }
      photo.free();
    }
    return result;`);
  assert.equal(Object.keys(result).length, 8);
  for (const [name, found] of Object.entries(result)) {
    assert.deepEqual(found.said, { camera: true, place: true }, name);
    assert.equal(found.off, name.endsWith('png') ? 0 : null, `${name}: every number stays`);
    if (name === 'cicp.png image/png') assert.deepEqual([found.cicp, found.icc], [[12, 13, 0, 1], null], name);
    else if (!name.startsWith('cicp')) assert.equal(found.icc, 0, `${name}: the profile is the same to a byte`);
    else assert.ok(found.icc !== null, `${name}: a profile says it`);
    assert.deepEqual(found.tags, KEPT, name);
    assert.deepEqual(found.place, ['gps1', 'gps2', 'gps3', 'gps4'], name);
    assert.equal(found.xmp, '', `${name}: nothing was edited`);
    assert.ok(found.editedXmp.includes(EDITED), name);
    assert.deepEqual([found.leak, found.outside, found.inside], [[], 0, true], name);
  }
});

test('a JPEG of a wide photo is close to it, in its own colours', { timeout: PATIENCE }, async () => {
  const off = await run(`
    const photo = await Photo.open(new File([phonesJpeg(await drawnBy('image/jpeg', 0.95), phonesExif(), displayP3())], 'a.jpg'));
    const again = await Photo.open(new File([await photo.save(null, { type: 'image/jpeg', quality: 1 })], 'b.jpg'));
    const [a, b] = [await readPng(await bytes(await photo.save(null))), await readPng(await bytes(await again.save(null)))];
    return worst(a.data, b.data);`);
  // What quality 100 costs, colours at full size.
  assert.ok(off <= 6, String(off));
});

test('the screen is given colours that it can show, and they are the right ones', { timeout: PATIENCE }, async () => {
  const result = await run(`
    const file = await png({ width, height, data, extra: [['iCCP', await iccp(displayP3())]] });
    const photo = await Photo.open(new File([file], 'a.png'));
    const plain = await photo.preview(1000);
    const wide = await photo.preview(1000, { colorSpace: 'display-p3' });
    const edited = await photo.composite(change(photo, 0), 1000, { colorSpace: 'display-p3' });
    const context = new OffscreenCanvas(width, height).getContext('2d');
    context.drawImage(await createImageBitmap(new Blob([file])), 0, 0);
    const seen = await photo.crop({ x: 32, y: 32, side: 64, angle: 0 }, 64);
    const srgb = await Photo.open(new File([await png({ width, height, data })], 'b.png'));
    return {
      spaces: [plain.colorSpace, wide.colorSpace, edited.colorSpace, (await srgb.preview(1000, { colorSpace: 'display-p3' })).colorSpace],
      wide: worst(data, wide.data), plain: worst(context.getImageData(0, 0, width, height).data, plain.data), same: worst(wide.data, edited.data),
      moved: worst(data, plain.data), seen: worst(context.getImageData(0, 0, 64, 64).data, seen.data),
    };`);
  assert.deepEqual(result.spaces, ['srgb', 'display-p3', 'display-p3', 'srgb']);
  // Two programs that convert colours may round to either side.
  assert.ok(result.wide <= 1 && result.plain <= 1 && result.seen <= 1, JSON.stringify(result));
  assert.equal(result.same, 0);
  assert.ok(result.moved > 20, 'sRGB has other numbers for them');
});

test('a bitmap that a browser keeps in Display P3 stays in it', { timeout: PATIENCE }, async () => {
  const result = await run(`
    const file = await png({ width, height, data, extra: [['iCCP', await iccp(displayP3())]] });
    const photo = await Photo.open(await createImageBitmap(new Blob([file])));
    const saved = await bytes(await photo.save(null));
    return { off: worst(data, (await readPng(saved)).data), cicp: (await saidBy(saved)).cicp, said: photo.metadata };`);
  assert.deepEqual(result, { off: 0, cicp: [12, 13, 0, 1], said: { camera: false, place: false } });
});

test('what a model drew says so, whoever writes the file', { timeout: PATIENCE }, async () => {
  const result = await run(`
    const { marked } = await import(new URL('../element/picture/marked.js', new URL('pkg/lib/', ${JSON.stringify(site.url)})).href);
    const dreamt = await Photo.open(new ImageData(Uint8ClampedArray.from(data), width), { dreamt: true });
    const photo = await Photo.open(new ImageData(Uint8ClampedArray.from(data), width));
    const canvas = new OffscreenCanvas(8, 8);
    canvas.getContext('2d').fillRect(0, 0, 8, 8);
    const result = [];
    for (const type of ['image/png', 'image/jpeg']) {
      const file = await canvas.convertToBlob({ type });
      const by = async (maker) => {
        const made = await marked(file, maker);
        await createImageBitmap(made);
        return (await saidBy(await bytes(made))).xmp;
      };
      const saved = async (photo, change) => (await saidBy(await bytes(await photo.save(change, { type })))).xmp;
      result.push({
        nothing: [await saved(photo, null), await saved(photo, change(photo, 0)), await by(null)],
        edited: [await saved(photo, change(photo, 60)), await by('edit')],
        dreamt: [await saved(dreamt, null), await saved(dreamt, change(dreamt, 60)), await by('model')],
      });
    }
    return result;`);
  for (const { nothing, edited, dreamt } of result) {
    assert.deepEqual(nothing, ['', '', '']);
    assert.ok(edited[0].includes(EDITED) && dreamt[0].includes(DREAMT));
    assert.ok(edited.every((/** @type {string} */ xmp) => xmp === edited[0]), 'the same words');
    assert.ok(dreamt.every((/** @type {string} */ xmp) => xmp === dreamt[0]), 'the same words');
  }
});

/** The astronaut as a phone would have taken her. @param {import('./support.mjs').Page} page */
async function phonesPhoto(page) {
  const base64 = await page.evaluate(async (address) => {
    const bitmap = await createImageBitmap(await (await fetch(address)).blob());
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: bitmap.width, height: bitmap.height });
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
    return canvas.toDataURL('image/jpeg', 0.95).split(',')[1];
  }, new URL('samples/astronaut.webp', site.url).href);
  return phonesJpeg(new Uint8Array(Buffer.from(base64, 'base64')), phonesExif(), displayP3());
}

/** @param {import('./support.mjs').Page} page @param {Uint8Array} file */
async function edit(page, file) {
  await page.getByLabel('Choose a photo').setInputFiles({ name: 'phone.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(file) });
  await begin(page);
}

/** @param {import('./support.mjs').Page} page */
async function downloaded(page) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download', exact: true }).click()]);
  return new Uint8Array(await readFile(await download.path()));
}

/** What the line says, in its parts. @param {import('./support.mjs').Page} page */
async function proof(page) {
  const text = await page.locator('details.proof summary').textContent();
  const [, changed, compared, sent, files] = /^Pixels changed(?: outside the face)?: ([\d,]+)(?: of ([\d,]+))? · bytes sent: ([\d,]+) · files fetched since: ([\d,]+)$/.exec(text ?? '') ?? assert.fail(String(text));
  return { changed, compared: Number(compared?.replaceAll(',', '')), sent: Number(sent.replaceAll(',', '')), files: Number(files.replaceAll(',', '')) };
}

test('the page says what a file will tell, and asks before it tells the place', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  await page.goto(site.url);
  await edit(page, await phonesPhoto(page));
  const place = page.getByRole('checkbox', { name: 'Keep place (GPS)' });
  assert.equal(await place.isChecked(), false);
  await page.getByText('The file keeps camera, exposure and time. Where the photo was taken is left out. Once edited, it is marked as edited with AI.').waitFor();
  const untouched = await saidBy(await downloaded(page));
  assert.deepEqual([untouched.tags, untouched.xmp], [KEPT, '']);
  assert.deepEqual(untouched.icc, displayP3());

  await slide(page, 'Smile', 0.35);
  await drawn(page);
  await place.check();
  await page.getByText('It tells where the photo was taken.').waitFor();
  await page.getByLabel('File format').selectOption('image/jpeg');
  const told = await saidBy(await downloaded(page));
  assert.ok(told.tags.gps2 && told.tags['10f'] === 'Maker');
  assert.ok(told.xmp.includes(EDITED));
  assert.deepEqual(told.icc, displayP3());
  // The whole photo was compared last.
  const { width, height } = await page.evaluate(async (address) => {
    const { width, height } = await createImageBitmap(await (await fetch(address)).blob());
    return { width, height };
  }, new URL('samples/astronaut.webp', site.url).href);
  const { changed, compared } = await proof(page);
  assert.equal(changed, '0');
  assert.ok(compared > 0.3 * width * height && compared < width * height);

  // A photo that tells no place has nothing to ask.
  await page.getByRole('button', { name: 'New photo' }).click();
  await page.getByRole('button', { name: 'Face of nobody 1' }).click();
  await ready(page);
  assert.equal(await place.count(), 0);
});

test('the line counts pixels, bytes and files, and rises when something is fetched or sent', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  await page.context().route('**/away', (route) => route.fulfill({ body: '' }));
  await page.context().route('**/more.txt*', (route) => route.fulfill({ body: 'more' }));
  await patchEngine(page, 'cpu', `
    new BroadcastChannel('leak').onmessage = ({ data }) => {
      if (data === 'fetch') void fetch(new URL('more.txt?worker', self.location.href));
      if (data === 'send') void fetch(new URL('away', self.location.href), { method: 'POST', body: new Uint8Array(1000) });
    };`);
  await page.goto(site.url);
  await page.getByRole('button', { name: 'Eileen Collins, astronaut' }).click();
  await begin(page);
  const before = await proof(page);
  assert.deepEqual([before.changed, before.sent], ['0', 0]);
  assert.ok(before.files > 0, 'the model was fetched since');
  await slide(page, 'Smile', 0.35);
  await drawn(page);
  const edited = await proof(page);
  assert.deepEqual([edited.changed, edited.sent, edited.files], ['0', 0, before.files], 'an edit fetches nothing');
  assert.ok(edited.compared > 10_000);

  const rises = async (/** @type {number} */ files, /** @type {number} */ sent) => {
    await page.waitForFunction(([files, sent]) => {
      const text = /** @type {any} */ (document.querySelector('diffae-editor')).shadowRoot.querySelector('details.proof summary').textContent;
      return text.endsWith(`bytes sent: ${sent.toLocaleString('en')} · files fetched since: ${files}`);
    }, /** @type {const} */ ([files, sent]), { timeout: 20_000 });
  };
  await page.evaluate(() => fetch('more.txt?page'));
  await rises(before.files + 1, 0);
  await page.locator('details.proof summary').click();
  await page.getByText('Requests of other scripts on this page: 1.').waitFor();
  await page.getByText(/Fetched since: .*more\.txt/).waitFor();
  const leak = (/** @type {string} */ what) => page.evaluate((what) => new BroadcastChannel('leak').postMessage(what), what);
  await leak('fetch');
  // Both workers hear it: the model's and the photo's.
  await rises(before.files + 3, 0);
  await leak('send');
  await rises(before.files + 5, 2000);
});
