// A photo taken here and now, and one out of the clipboard: the ways in that need to be allowed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from './inspect.mjs';
import { served } from './served.mjs';
import { PATIENCE } from './support.mjs';

/** @typedef {import('./support.mjs').Page} Page */

const { site, newPage } = await served({ args: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'] });

/** A page whose cameras' tracks are counted while they are on. @param {Parameters<typeof newPage>[0]} [settings] */
async function cameraPage(settings) {
  const page = await newPage(settings);
  await page.addInitScript(() => {
    const asked = /** @type {any[]} */ ([]);
    const tracks = /** @type {MediaStreamTrack[]} */ ([]);
    const { mediaDevices } = navigator;
    const native = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = async (constraints) => {
      asked.push(constraints?.video);
      await /** @type {any} */ (globalThis).waitFirst;
      const stream = await native(constraints);
      tracks.push(...stream.getTracks());
      return stream;
    };
    Object.assign(globalThis, { asked, tracks });
  });
  return page;
}

/** Cameras that are on. @param {Page} page @returns {Promise<number>} */
const on = (page) => page.evaluate(() => /** @type {any} */ (globalThis).tracks.filter((/** @type {MediaStreamTrack} */ { readyState }) => readyState === 'live').length);

/** Opens the camera and waits for its picture. @param {Page} page */
async function opened(page) {
  await page.getByRole('button', { name: 'Take a photo' }).click();
  await page.getByText('Bring your face into the oval').waitFor();
}

test('a photo is taken by key, and the camera is off after it', { timeout: PATIENCE }, async () => {
  const page = await cameraPage();
  await page.goto(site.url);
  await opened(page);
  assert.equal(await on(page), 1);
  assert.equal(await page.locator('diffae-editor').getAttribute('stage'), 'camera');
  assert.equal(await page.locator('.camera.mirrored').count(), 1, 'as in a mirror');
  await page.keyboard.press('Space');
  // The device of the test shows no face.
  await page.getByText('No face was found').waitFor();
  assert.equal(await on(page), 0);
});

test('what is taken is not mirrored, and as large as the camera gives it', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.goto(new URL('samples/CREDITS.txt', site.url).href);
  const taken = await page.evaluate(async (address) => {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: 640, height: 360 });
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    const paint = () => {
      context.fillStyle = '#f00';
      context.fillRect(0, 0, 320, 360);
      context.fillStyle = '#00f';
      context.fillRect(320, 0, 320, 360);
      requestAnimationFrame(paint);
    };
    paint();
    navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(30);
    const { Camera } = await import(address);
    const camera = new Camera((/** @type {string} */ key) => key, () => {});
    await camera.start();
    const file = await camera.take();
    const bitmap = await createImageBitmap(file);
    const read = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d'));
    read.drawImage(bitmap, 0, 0);
    const at = (/** @type {number} */ x) => [...read.getImageData(x, 180, 1, 1).data.slice(0, 3)].map((value) => Math.round(value / 255));
    return { size: [bitmap.width, bitmap.height], type: file.type, left: at(20), right: at(620) };
  }, new URL('pkg/element/picture/camera.js', site.url).href);
  assert.deepEqual(taken, { size: [640, 360], type: 'image/jpeg', left: [1, 0, 0], right: [0, 0, 1] });
});

test('whatever happens, the camera goes off', { timeout: PATIENCE }, async () => {
  const page = await cameraPage();
  await page.goto(site.url);
  await opened(page);
  await page.getByRole('button', { name: 'Other photo' }).click();
  assert.equal(await on(page), 0, 'back');
  await opened(page);
  await page.evaluate(() => /** @type {any} */ (document.querySelector('diffae-editor')).open(new File(['no picture'], 'notes.txt')));
  await page.getByRole('alert').filter({ hasText: 'notes.txt' }).waitFor();
  assert.equal(await on(page), 0, 'another photo');
  await opened(page);
  // A page that is hidden, and is seen again.
  const hide = (/** @type {boolean} */ hidden) => page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
  await hide(true);
  assert.equal(await on(page), 0, 'hidden');
  await page.getByRole('button', { name: 'Take the photo', disabled: true }).waitFor();
  await hide(false);
  await page.getByRole('button', { name: 'Take the photo', disabled: false }).waitFor();
  assert.equal(await on(page), 1);
  // It is unplugged.
  await page.evaluate(() => /** @type {any} */ (globalThis).tracks.at(-1).dispatchEvent(new Event('ended')));
  await page.getByRole('alert').filter({ hasText: 'The camera has stopped' }).waitFor();
  assert.equal(await on(page), 0, 'lost');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('Bring your face into the oval').waitFor();
  assert.equal(await on(page), 1);
  await page.evaluate(() => document.querySelector('diffae-editor')?.remove());
  assert.equal(await on(page), 0, 'removed');
});

test('a camera that comes up after everybody has left goes off at once', { timeout: PATIENCE }, async () => {
  const page = await cameraPage();
  await page.goto(site.url);
  await page.evaluate(() => {
    const { promise, resolve } = Promise.withResolvers();
    Object.assign(globalThis, { waitFirst: promise, goOn: resolve });
  });
  await page.getByRole('button', { name: 'Take a photo' }).click();
  await page.getByText('Waiting for the camera…').waitFor();
  await page.getByRole('button', { name: 'Other photo' }).click();
  await page.evaluate(() => /** @type {any} */ (globalThis).goOn());
  await page.waitForFunction(() => /** @type {any} */ (globalThis).tracks.length === 1);
  await page.waitForFunction(() => /** @type {any} */ (globalThis).tracks[0].readyState === 'ended');
  assert.equal(await page.getByRole('alert').filter({ hasText: /./ }).count(), 0);
});

test('of several cameras each is had in turn', { timeout: PATIENCE }, async () => {
  const page = await cameraPage();
  await page.goto(site.url);
  await opened(page);
  const other = page.getByRole('button', { name: 'Other camera' });
  assert.equal(await other.isVisible(), false, 'there is one alone');
  await page.getByRole('button', { name: 'Other photo' }).click();
  await page.evaluate(() => {
    const { mediaDevices } = navigator;
    const native = mediaDevices.enumerateDevices.bind(mediaDevices);
    mediaDevices.enumerateDevices = async () => {
      const [one] = (await native()).filter(({ kind }) => kind === 'videoinput');
      return [one, /** @type {any} */ ({ kind: 'videoinput', deviceId: 'second' }), /** @type {any} */ ({ kind: 'audioinput', deviceId: 'sound' })];
    };
  });
  await opened(page);
  await other.click();
  // The device of the test is the only one that is really there.
  await page.getByRole('alert').filter({ hasText: 'No camera was found' }).waitFor();
  assert.deepEqual(await page.evaluate(() => /** @type {any} */ (globalThis).asked.at(-1).deviceId), { exact: 'second' });
  assert.equal(await on(page), 0);
});

test('a camera that cannot be had is said in a sentence of its own', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.goto(site.url);
  for (const [name, sentence] of [['NotAllowedError', /^The camera may not be used/], ['SecurityError', /^The camera may not be used/], ['NotFoundError', /^No camera was found/], ['OverconstrainedError', /^No camera was found/], ['NotReadableError', /^The camera cannot be used right now/], ['AbortError', /^The camera cannot be used right now/]]) {
    await page.evaluate((name) => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', name)); }, /** @type {string} */ (name));
    await page.getByRole('button', { name: 'Take a photo' }).click();
    const alert = page.getByRole('alert').filter({ hasText: sentence });
    await alert.waitFor();
    await page.getByLabel('Choose a photo').waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'Dismiss' }).click();
  }
  const without = await newPage();
  await without.addInitScript(() => {
    Object.defineProperty(navigator, 'mediaDevices', { value: undefined });
    Object.defineProperty(navigator, 'clipboard', { value: undefined });
  });
  await without.goto(site.url);
  await without.getByText('or paste one from the clipboard').waitFor();
  for (const button of ['Take a photo', 'Paste']) assert.equal(await without.getByRole('button', { name: button }).count(), 0, button);
});

test('the camera fits narrow screens and assistive technology', { timeout: PATIENCE }, async () => {
  for (const [width, height] of [[1280, 800], [320, 640]]) {
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      const page = await newPage({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' });
      await page.goto(site.url);
      await opened(page);
      await inspect(page, `camera-${width}-${colorScheme}`);
    }
  }
});

test('a button pastes the picture in the clipboard, and says what is in the way', { timeout: PATIENCE }, async () => {
  const page = await newPage({ permissions: ['clipboard-read', 'clipboard-write'] });
  await page.goto(site.url);
  const paste = page.getByRole('button', { name: 'Paste' });
  await page.evaluate(() => navigator.clipboard.writeText('some words'));
  await paste.click();
  await page.getByRole('alert').filter({ hasText: 'There is no picture in the clipboard' }).waitFor();
  await page.evaluate(async () => {
    const bitmap = await createImageBitmap(await (await fetch('samples/face-08.webp')).blob());
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': canvas.convertToBlob() })]);
  });
  await paste.click();
  await page.getByRole('button', { name: 'Bring it to life' }).waitFor();
  assert.equal(await page.getByRole('alert').filter({ hasText: /./ }).count(), 0);
  await page.getByRole('button', { name: 'Other photo' }).click();
  await page.evaluate(() => { navigator.clipboard.read = () => Promise.reject(new DOMException('', 'NotAllowedError')); });
  await paste.click();
  await page.getByRole('alert').filter({ hasText: 'does not allow the clipboard to be read' }).waitFor();
});
