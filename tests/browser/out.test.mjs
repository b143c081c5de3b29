// The ways out beside the download: clipboard, share sheet, drag, before-and-after picture, video.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { course } from '../../pkg/element/picture/video.js';
import { fitted } from '../../pkg/element/picture/pair.js';
import { readPng } from './pictures.mjs';
import { served } from './served.mjs';
import { begin, difference, drawn, gatedEngine, openSample, patchEngine, PATIENCE, pixels, ready, slide } from './support.mjs';

/** @typedef {import('./support.mjs').Page} Page */

const { site, newPage } = await served();

/** A face with a smile. @param {Page} page */
async function smiling(page) {
  await openSample(page, site.url);
  await begin(page);
  await slide(page, 'Smile', 0.3);
  await drawn(page);
}

/** @param {import('playwright-core').Download} download */
async function saved(download) {
  return { name: download.suggestedFilename(), bytes: new Uint8Array(await readFile(await download.path())) };
}

/** What a click on a button downloads. @param {Page} page @param {string} name */
async function downloaded(page, name) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name, exact: true }).click()]);
  return saved(download);
}

/** The size and pixels of a picture file, as the browser decodes it. @param {Page} page @param {Uint8Array} bytes @param {string} type */
async function decoded(page, bytes, type) {
  const { width, height, base64 } = await page.evaluate(async ([text, type]) => {
    const file = new Blob([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))], { type });
    const bitmap = await createImageBitmap(file);
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d'));
    context.drawImage(bitmap, 0, 0);
    const reader = new FileReader();
    reader.readAsDataURL(new Blob([context.getImageData(0, 0, bitmap.width, bitmap.height).data]));
    await new Promise((resolve) => { reader.onload = resolve; });
    return { width: bitmap.width, height: bitmap.height, base64: String(reader.result).split(',')[1] };
  }, [Buffer.from(bytes).toString('base64'), type]);
  return { width, height, data: Buffer.from(base64, 'base64') };
}

/** A part of a picture. @param {{ width: number, height: number, data: Uint8Array }} picture @param {number} x @param {number} width */
function columns({ width: all, height, data }, x, width) {
  const part = Buffer.alloc(4 * width * height);
  for (let y = 0; y < height; y++) part.set(data.subarray(4 * (y * all + x), 4 * (y * all + x + width)), 4 * y * width);
  return { width, height, data: part };
}

test('the edited photo goes to the clipboard at its own size', { timeout: PATIENCE }, async () => {
  const page = await newPage({ permissions: ['clipboard-read', 'clipboard-write'] });
  await smiling(page);
  await page.getByRole('button', { name: 'Copy' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  const base64 = await page.evaluate(async () => {
    const [item] = await navigator.clipboard.read();
    const reader = new FileReader();
    reader.readAsDataURL(await item.getType('image/png'));
    await new Promise((resolve) => { reader.onload = resolve; });
    return String(reader.result).split(',')[1];
  });
  const copied = await decoded(page, Buffer.from(base64, 'base64'), 'image/png');
  const file = await readPng((await downloaded(page, 'Download')).bytes);
  assert.deepEqual([copied.width, copied.height], [file.width, file.height]);
  assert.ok(copied.data.equals(Buffer.from(file.data)), 'what is copied is what is downloaded');
  await page.getByRole('button', { name: 'Copy', exact: true }).waitFor();
});

test('a clipboard that is forbidden is said, and one that is missing has no button', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.addInitScript(() => {
    navigator.clipboard.write = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
  });
  await smiling(page);
  await page.getByRole('button', { name: 'Copy' }).click();
  await page.getByRole('alert').filter({ hasText: 'could not be copied: the browser or this page does not allow it' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Copy' }).getAttribute('aria-disabled'), null);
  const older = await newPage();
  await older.addInitScript(() => { Reflect.deleteProperty(globalThis, 'ClipboardItem'); });
  await openSample(older, site.url);
  await begin(older);
  await older.getByRole('button', { name: 'Before & after' }).waitFor();
  assert.equal(await older.getByRole('button', { name: 'Copy' }).count(), 0);
  assert.equal(await older.getByRole('button', { name: 'Share' }).count(), 0, 'nor has a share sheet that is missing');
});

/** How long a click counts here. Browsers let it count longer, and whatever a test asks a page is one, too. */
const CLICK_COUNTS = 1000;

/** A share sheet that opens only as long as a click counts, as browsers' own. @param {Page} page */
async function withShareSheet(page) {
  await page.addInitScript((counts) => {
    const shared = /** @type {any[]} */ ([]);
    let clicking = false;
    let clicked = -Infinity;
    addEventListener('click', () => {
      clicking = true;
      clicked = performance.now();
      setTimeout(() => { clicking = false; });
    }, true);
    const share = async (/** @type {ShareData} */ { files }) => {
      if (performance.now() - clicked > counts) throw new DOMException('no click', 'NotAllowedError');
      for (const file of files ?? []) shared.push({ name: file.name, type: file.type, size: file.size, atOnce: clicking });
    };
    Object.assign(navigator, { canShare: () => true, share });
    Object.assign(globalThis, { shared });
  }, CLICK_COUNTS);
  return () => page.evaluate(() => /** @type {any} */ (globalThis).shared);
}

test('the share sheet opens within the click, with the edited photo that was made ahead of it', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  const shared = await withShareSheet(page);
  await patchEngine(page, 'cpu', `
    const { file } = Photo.prototype;
    Photo.prototype.file = function (...request) { console.info('file made'); return file.apply(this, request); };`);
  const made = () => page.waitForEvent('console', (message) => message.text() === 'file made');
  await openSample(page, site.url);
  const first = made();
  await begin(page);
  await first;
  const second = made();
  await slide(page, 'Blond hair', 0.4);
  await drawn(page);
  await second;
  await page.waitForTimeout(500);
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  await page.waitForFunction(() => /** @type {any} */ (globalThis).shared.length === 1);
  const [{ name, type, size, atOnce }] = await shared();
  assert.deepEqual([name, type, atOnce], ['Face-of-nobody-1-edited.jpg', 'image/jpeg', true]);
  await page.getByLabel('File format').selectOption('JPEG');
  assert.equal(size, (await downloaded(page, 'Download')).bytes.length, 'it is the file that is downloaded');
});

test('where the photo takes longer than the click counts, a second one shares it', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  const shared = await withShareSheet(page);
  const gate = await gatedEngine(page, 'cpu', `
    const { file } = Photo.prototype;
    Photo.prototype.file = async function (...request) { await gate(); return file.apply(this, request); };`);
  await smiling(page);
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  const busy = page.getByRole('button', { name: 'Getting it ready…' });
  await busy.waitFor();
  // A second click while it is busy is none.
  await busy.dispatchEvent('click');
  await page.waitForTimeout(2 * CLICK_COUNTS);
  gate.open();
  const again = page.getByRole('button', { name: 'Share now' });
  await again.waitFor();
  await page.getByRole('status').filter({ hasText: 'ready to be shared' }).waitFor();
  assert.deepEqual(await shared(), []);
  await again.click();
  await page.getByRole('button', { name: 'Share', exact: true }).waitFor();
  assert.deepEqual((await shared()).map((/** @type {any} */ { name, atOnce }) => [name, atOnce]), [['Face-of-nobody-1-edited.jpg', true]]);
});

test('before and after lie beside each other at full size, in the chosen format', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.goto(site.url);
  // Larger than any picture on the screen.
  const large = await page.evaluate(async () => {
    const bitmap = await createImageBitmap(await (await fetch('samples/face-09.webp')).blob());
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: 2000, height: 1500 });
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    context.fillStyle = '#89a';
    context.fillRect(0, 0, 2000, 1500);
    context.drawImage(bitmap, 250, 0, 1500, 1500);
    return canvas.toDataURL('image/png').split(',')[1];
  });
  await page.getByLabel('Choose a photo').setInputFiles({ name: 'large.png', mimeType: 'image/png', buffer: Buffer.from(large, 'base64') });
  await begin(page);
  await slide(page, 'Smile', 0.3);
  await drawn(page);
  const { name, bytes } = await downloaded(page, 'Before & after');
  assert.equal(name, 'large-before-after.png');
  const both = await decoded(page, bytes, 'image/png');
  assert.deepEqual([both.width, both.height], [2 * 2000 + 13, 1500]);
  await page.getByRole('status').filter({ hasText: 'Both are saved beside each other, 4013 × 1500.' }).waitFor();
  const edited = await decoded(page, (await downloaded(page, 'Download')).bytes, 'image/png');
  assert.ok(columns(both, 0, 2000).data.equals((await decoded(page, Buffer.from(large, 'base64'), 'image/png')).data), 'the photo as it is');
  assert.ok(columns(both, 2013, 2000).data.equals(edited.data), 'and as it is downloaded');
  assert.ok(!columns(both, 0, 2000).data.equals(edited.data));
  await page.getByLabel('File format').selectOption('JPEG');
  const jpeg = await downloaded(page, 'Before & after');
  assert.equal(jpeg.name, 'large-before-after.jpg');
  assert.deepEqual([...jpeg.bytes.subarray(0, 3)], [0xff, 0xd8, 0xff]);
  // A browser with small canvases, which draws nothing on larger ones.
  await page.evaluate(() => {
    const { getContext } = OffscreenCanvas.prototype;
    OffscreenCanvas.prototype.getContext = /** @this {OffscreenCanvas} @param {any[]} request @returns {any} */ function (...request) {
      return this.width * this.height > 4096 * 1024 ? null : getContext.apply(this, /** @type {any} */ (request));
    };
  });
  await page.getByRole('button', { name: 'Before & after' }).click();
  await page.getByRole('alert').filter({ hasText: 'no room for both pictures' }).waitFor();
});

test('two pictures beside each other are as large as a canvas can be', () => {
  const limit = { side: 16384, pixels: 100e6 };
  assert.deepEqual(fitted({ width: 4000, height: 3000 }, limit), { width: 4000, height: 3000, gap: 26 });
  for (const [width, height] of [[8000, 6000], [20000, 1000], [100, 40000], [6000, 8000], [1, 50000]]) {
    for (const { side, pixels } of [limit, { side: 4096, pixels: 16.7e6 }]) {
      const both = fitted({ width, height }, { side, pixels });
      const across = 2 * both.width + both.gap;
      assert.ok(across <= side && both.height <= side && across * both.height <= pixels, `${width} x ${height}`);
      // As large as it can be, but for less than a row or column.
      const most = Math.max(across / side, both.height / side, Math.sqrt((across * both.height) / pixels));
      assert.ok(both.width === width || most > 0.99 || both.width < 100, `${width} x ${height}: ${most}`);
    }
  }
});

/** Begins a drag of the handle. @param {Page} page */
function dragged(page) {
  return page.locator('.drag-out').evaluate(async (handle) => {
    const data = new DataTransfer();
    const event = new DragEvent('dragstart', { dataTransfer: data, bubbles: true, cancelable: true });
    handle.dispatchEvent(event);
    const [file] = data.files;
    const [type, name, address] = /^([^:]*):([^:]*):(.*)$/.exec(data.getData('DownloadURL'))?.slice(1) ?? [];
    const bitmap = file && await createImageBitmap(file);
    const editor = /** @type {any} */ (document.querySelector('diffae-editor'));
    // Where it opened anything, it would begin at once.
    if (file) void editor.drop(data);
    return {
      prevented: event.defaultPrevented, type, name, own: address?.startsWith(`blob:${location.origin}/`), file: file?.name,
      size: bitmap && [bitmap.width, bitmap.height], stage: editor.getAttribute('stage'),
    };
  });
}

test('the picture is dragged out as a file, and one that is let go on its own page opens nothing', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  const gate = await gatedEngine(page, 'cpu', `
    const { file } = Photo.prototype;
    Photo.prototype.file = async function (...request) { await gate(); return file.apply(this, request); };`);
  await smiling(page);
  await page.locator('.drag-out').hover();
  assert.equal((await dragged(page)).prevented, true, 'there is nothing to carry yet');
  await page.getByRole('status').filter({ hasText: 'drag it again in a moment' }).waitFor();
  gate.open();
  await page.getByRole('status').filter({ hasText: 'can be dragged now' }).waitFor();
  const name = 'Face-of-nobody-1-edited.jpg';
  assert.deepEqual(await dragged(page), { prevented: false, type: 'image/jpeg', name, own: true, file: name, size: [256, 256], stage: 'edit' });
});

/**
 * What a video shows at some of its moments, by a browser's own player, on a page that may play one.
 * @param {Page} page @param {Uint8Array} bytes @param {string} type @param {readonly number[]} moments
 */
async function played(page, bytes, type, moments) {
  await page.goto(new URL('samples/CREDITS.txt', site.url).href);
  const result = await page.evaluate(async ([text, type, moments]) => {
    const file = new Blob([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))], { type });
    const video = document.createElement('video');
    // A seek may end before its frame is there to be drawn, so what is waited for is the frame.
    let presented = NaN;
    const onFrame = (/** @type {number} */ _, /** @type {{ mediaTime: number }} */ { mediaTime }) => {
      presented = mediaTime;
      video.requestVideoFrameCallback(onFrame);
    };
    video.requestVideoFrameCallback(onFrame);
    Object.assign(video, { muted: true, src: URL.createObjectURL(file) });
    await new Promise((resolve, reject) => {
      video.onloadeddata = resolve;
      video.onerror = () => reject(new Error(video.error?.message));
    });
    const { videoWidth: width, videoHeight: height, duration } = video;
    const context = /** @type {CanvasRenderingContext2D} */ (Object.assign(document.createElement('canvas'), { width, height }).getContext('2d'));
    const shown = [];
    for (const moment of moments) {
      video.currentTime = moment;
      await new Promise((resolve) => { video.onseeked = resolve; });
      while (!(Math.abs(presented - moment) < 0.05)) await new Promise(requestAnimationFrame);
      context.drawImage(video, 0, 0);
      shown.push([...context.getImageData(0, 0, width, height).data]);
    }
    return { width, height, duration, shown };
  }, /** @type {const} */ ([Buffer.from(bytes).toString('base64'), type, moments]));
  return { ...result, shown: result.shown.map((data) => ({ width: result.width, height: result.height, data: Buffer.from(data) })) };
}

test('a slider there and back becomes a video', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  await smiling(page);
  const before = await pixels(page, 'Original');
  const after = await pixels(page, 'Edited');
  await page.getByRole('button', { name: 'Video' }).click();
  assert.deepEqual(await page.getByLabel('What it shows').locator('option').allInnerTexts(), ['Smile, from 0 to +30 and back', 'Smile, from −50 to +50 and back']);
  const { name, bytes } = await downloaded(page, 'Make the video');
  assert.match(name, /^Face-of-nobody-1-video\.(mp4|webm)$/);
  await page.getByText(/^Saved: (MP4|WebM), 256 × 256, 4\.6 s/).waitFor();
  const { shown, ...video } = await played(page, bytes, name.endsWith('mp4') ? 'video/mp4' : 'video/webm', [0, 2, 4.55]);
  assert.deepEqual([video.width, video.height, Math.round(10 * video.duration)], [256, 256, 46]);
  const [first, middle, last] = shown;
  // A smile changes the mouth by much more than a codec does.
  const mouth = /** @type {const} */ ([0.35, 0.55, 0.65, 0.8]);
  const change = difference(before, after, mouth);
  const [off, farther, back] = [difference(first, before, mouth), difference(middle, after, mouth), difference(last, before, mouth)];
  assert.ok(change > 4 && off < change / 2 && farther < change / 2 && back < change / 2, `${[change, off, farther, back]}`);
});

test('a video is made by whatever encoder there is, of any size, and ends when it is cancelled', { timeout: PATIENCE }, async () => {
  for (const refused of ['', 'avc1', 'avc1 vp09']) {
    const page = await newPage();
    await page.goto(new URL('samples/CREDITS.txt', site.url).href);
    const made = await page.evaluate(async ([address, refused]) => {
      const { isConfigSupported } = VideoEncoder;
      VideoEncoder.isConfigSupported = async (config) => refused && refused.split(' ').some((codec) => config.codec.startsWith(codec)) ? { supported: false, config } : isConfigSupported.call(VideoEncoder, config);
      const { videoOf } = await import(address);
      const pictures = [[200, 40, 40], [40, 200, 40], [40, 40, 200]].map((colour) => {
        const picture = new ImageData(321, 243);
        for (let i = 0; i < picture.data.length; i++) picture.data[i] = i % 4 === 3 ? 255 : colour[i % 4];
        return picture;
      });
      const frames = /** @type {number[]} */ ([]);
      const { blob, ...video } = await videoOf(pictures, { signal: new AbortController().signal, onFrame: (/** @type {number} */ index) => frames.push(index), refusal: 'none' });
      const aborted = new AbortController();
      const cancelled = await videoOf(pictures, { signal: aborted.signal, onFrame: (/** @type {number} */ index) => { if (index === 20) aborted.abort(); }, refusal: 'none' }).catch((/** @type {any} */ error) => error.code);
      const reader = new FileReader();
      reader.readAsDataURL(blob);
      await new Promise((resolve) => { reader.onload = resolve; });
      return { video, frames: frames.length, cancelled, base64: String(reader.result).split(',')[1] };
    }, [new URL('pkg/element/picture/video.js', site.url).href, refused]);
    assert.deepEqual([made.video.width, made.video.height, made.frames, made.cancelled], [320, 242, 138, 'cancelled']);
    if (refused) assert.equal(made.video.type, 'video/webm');
    const { shown, width, height } = await played(page, Buffer.from(made.base64, 'base64'), made.video.type, [0, 2, 4.55]);
    assert.deepEqual([width, height], [320, 242]);
    for (const [i, [r, g, b]] of [[200, 40, 40], [40, 40, 200], [200, 40, 40]].entries()) {
      const wanted = { width, height, data: Buffer.from(Array.from({ length: width * height }, () => [r, g, b, 255]).flat()) };
      // Colours are rounded twice on their way through the codec's own colour space.
      assert.ok(difference(shown[i], wanted) < 6, `${made.video.type} ${i}: ${difference(shown[i], wanted)}`);
    }
  }
});

test('a video goes smoothly from one end to the other and back', () => {
  const places = course(13);
  assert.deepEqual([places[0], Math.max(...places), places.at(-1)], [0, 12, 0]);
  for (let i = 1; i < places.length; i++) assert.ok(Math.abs(places[i] - places[i - 1]) < 0.5, `no jump at ${i}`);
});

test('a browser without an encoder says so, and one whose encoders all fail does, too', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.addInitScript(() => { Reflect.deleteProperty(globalThis, 'VideoEncoder'); });
  await smiling(page);
  await page.getByRole('button', { name: 'Video' }).click();
  await page.getByText('This browser cannot make videos').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Make the video' }).isVisible(), false);
  await page.getByRole('button', { name: 'Video' }).click();
  assert.equal(await page.getByText('This browser cannot make videos').isVisible(), false);
  const failing = await newPage();
  await failing.goto(new URL('samples/CREDITS.txt', site.url).href);
  const said = await failing.evaluate(async (address) => {
    VideoEncoder.prototype.encode = () => { throw new DOMException('broken', 'EncodingError'); };
    const { videoOf } = await import(address);
    return videoOf([new ImageData(64, 64), new ImageData(64, 64)], { signal: new AbortController().signal, onFrame: () => {}, refusal: 'no way' }).catch((/** @type {any} */ { code, message }) => [code, message]);
  }, new URL('pkg/element/picture/video.js', site.url).href);
  assert.deepEqual(said, ['unsupported', 'no way']);
});

test('a video that is cancelled leaves the editor as it was', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await smiling(page);
  const edited = await pixels(page, 'Edited');
  await page.getByRole('button', { name: 'Video' }).click();
  await page.getByRole('button', { name: 'Make the video' }).click();
  await page.getByText(/^Picture ([2-9]|1[0-2]) of 13/).waitFor();
  await page.getByRole('button', { name: 'Cancel' }).press('Enter');
  const make = page.getByRole('button', { name: 'Make the video' });
  await make.waitFor();
  assert.ok(await make.evaluate((button) => /** @type {ShadowRoot} */ (button.getRootNode()).activeElement === button), 'the keyboard is where it was');
  assert.ok((await pixels(page, 'Edited')).data.equals(edited.data));
  assert.equal(await page.getByRole('alert').filter({ hasText: /./ }).count(), 0);
  await page.getByRole('button', { name: 'New photo' }).click();
  await page.getByRole('button', { name: 'Face of nobody 2' }).click();
  await ready(page);
});
