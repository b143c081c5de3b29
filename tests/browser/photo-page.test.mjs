// A photo's way through the page: whose face it is, who lines it up where none is found, and how the eyes are corrected.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { served } from './served.mjs';
import { begin, difference, drawn, gatedEngine, noFace, openSample, patchEngine, PATIENCE, pixels, ready, ROOT, slide, twoFaces, withPackage } from './support.mjs';

const { site, newPage } = await served();

test('the eyes of the sample photos are found where people see them', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  const placed = JSON.parse(await readFile(join(ROOT, 'tests/faces/eyes.json'), 'utf8'));
  const names = ['astronaut', 'face-03', 'face-04', 'face-08', 'face-09'];
  const found = await withPackage(page, site.url, `
    const found = {};
    for (const name of ${JSON.stringify(names)}) {
      const photo = await diffae.Photo.open(await (await fetch(new URL('../samples/' + name + '.webp', location.href))).blob());
      const start = performance.now();
      const first = await photo.faces();
      const middle = performance.now();
      await photo.faces();
      found[name] = { faces: first, first: middle - start, again: performance.now() - middle };
      photo.free();
    }
    // The same photo at the size that cameras make.
    const canvas = new OffscreenCanvas(4000, 3000);
    const context = canvas.getContext('2d');
    context.fillStyle = '#89a';
    context.fillRect(0, 0, 4000, 3000);
    const small = await createImageBitmap(await (await fetch(new URL('../samples/astronaut.webp', location.href))).blob());
    context.drawImage(small, 500, 0, 3000, 3000);
    const photo = await diffae.Photo.open(await canvas.convertToBlob({ type: 'image/jpeg' }));
    await photo.faces();
    const times = [];
    for (let n = 0; n < 5; n++) {
      const start = performance.now();
      const [{ eyes: [a, b] }] = await photo.faces();
      await photo.crop(diffae.frameFromEyes(a, b, { eyeMidpoint: [0.5, 0.49], eyeDistance: 0.256 }), 64);
      times.push(performance.now() - start);
    }
    found.large = times.sort((a, b) => a - b)[2];
    photo.free();
    return found;`);
  console.log(`found and aligned on 12 megapixels in ${found.large.toFixed(0)} ms`);
  for (const name of names) {
    const { faces, first, again } = found[name];
    assert.equal(faces.length, 1, name);
    const [a, b] = faces[0].eyes;
    const [[ax, ay], [bx, by]] = placed[name];
    const off = Math.hypot((a.x + b.x - ax - bx) / 2, (a.y + b.y - ay - by) / 2) / Math.hypot(bx - ax, by - ay);
    console.log(`${name}: eye midpoint off by ${(100 * off).toFixed(1)} % of the eye distance; ${first.toFixed(0)} ms with start-up, ${again.toFixed(0)} ms without`);
    assert.ok(off < 0.08, name);
  }
});

test('of several faces one is picked by keyboard; a face that is found again needs no further click', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  await page.goto(site.url);
  await page.getByLabel('Choose a photo').setInputFiles(await twoFaces(page, site.url));
  await page.getByRole('status').filter({ hasText: '2 faces' }).waitFor();
  const stage = () => page.evaluate(() => document.querySelector('diffae-editor')?.getAttribute('stage'));
  assert.equal(await stage(), 'find');
  await page.getByRole('button', { name: 'Face 1' }).focus();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await begin(page);
  // The right one changes, the left one stays.
  const original = await pixels(page, 'Original');
  await slide(page, 'Blond hair', 0.4);
  await drawn(page);
  const edited = await pixels(page, 'Edited');
  let [left, right] = [0, 0];
  for (let i = 0; i < original.data.length; i++) {
    if (original.data[i] === edited.data[i]) continue;
    if ((i >> 2) % original.width < original.width / 2) left += 1;
    else right += 1;
  }
  assert.equal(left, 0);
  assert.ok(right > 1000);
  await page.getByRole('button', { name: 'New photo' }).click();
  await page.getByRole('button', { name: 'Face of nobody 1' }).click();
  await ready(page);
});

test('faces that come while one chooses are offered, and focus stays where it is', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.goto(site.url);
  const said = await page.evaluate(async (address) => {
    const { FindView } = await import(address);
    const view = new FindView((/** @type {string} */ key, /** @type {Record<string, unknown>} */ values = {}) => [key, ...Object.values(values)].join(' '), () => {});
    view.element.tabIndex = -1;
    document.body.append(view.element);
    const face = (/** @type {number} */ x, width = 40) => ({ bounds: { x, y: 50, width, height: width } });
    const picked = /** @type {unknown[]} */ ([]);
    const offer = (/** @type {unknown[]} */ ...faces) => view.pick({ width: 400, height: 200 }, faces, { onPick: (/** @type {unknown} */ one) => picked.push(one), onByHand: () => {} });
    const focused = () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent;
    const buttons = () => /** @type {HTMLElement[]} */ ([...view.element.querySelectorAll('button')]);
    const [middle, right] = [face(150), face(300)];
    const said = /** @type {Record<string, unknown>} */ ({});
    said.first = offer(middle, right)?.getAttribute('aria-label');
    said.same = offer(right, middle);
    for (const name of ['byHand', 'otherPhoto']) {
      const button = buttons().find(({ textContent }) => textContent === name);
      button?.focus();
      said[`${name} before`] = offer(face(name === 'byHand' ? 10 : 12), middle, right);
      said[name] = focused();
    }
    // The one in the middle is found more closely, while as many are there as before.
    buttons()[1].focus();
    const closer = face(155, 36);
    offer(face(12), closer, right);
    said.held = focused();
    buttons()[1].click();
    said.closer = picked[0] === closer;
    // It turns out to be none, and nobody else is chosen instead.
    offer(face(12), right);
    said.lost = document.activeElement === view.element;
    view.element.remove();
    return said;
  }, new URL('pkg/element/screens/find-view.js', site.url).href);
  assert.deepEqual(said, {
    first: 'pickFace 1', same: null, 'byHand before': null, byHand: 'byHand', 'otherPhoto before': null, otherPhoto: 'otherPhoto',
    held: 'pickFace 2', closer: true, lost: true,
  });
});

test('where no face is found the eyes are tapped', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.goto(site.url);
  await page.getByLabel('Choose a photo').setInputFiles(await noFace(page));
  await page.getByRole('status').filter({ hasText: 'No face was found in this photo.' }).waitFor();
  const stage = page.getByRole('group', { name: /Photo under the frame/ });
  const tilt = page.getByRole('slider', { name: 'Tilt' });
  await page.getByRole('button', { name: 'Tap the eyes' }).click();
  const box = await stage.boundingBox();
  assert.ok(box);
  for (const [x, y] of [[0.6, 0.55], [0.4, 0.45]]) await page.mouse.click(box.x + box.width * x, box.y + box.height * y);
  await page.getByText('Tap the eyes instead').waitFor();
  // The photo is turned so that the two are level.
  const turned = (-Math.atan2(0.1, 0.2) * 180) / Math.PI;
  await page.waitForFunction(([degrees]) => {
    const all = /** @type {any} */ (document.querySelector('diffae-editor')).shadowRoot.querySelectorAll('input[type=range]');
    return Math.abs(all[1].valueAsNumber - degrees) < 1;
  }, [turned]);
  assert.ok(Number(await tilt.inputValue()) < 0);
});

test('without the detector the frame is placed by hand, and that is said', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.context().route('**/blazeface.safetensors', (route) => route.fulfill({ status: 404 }));
  await page.goto(site.url);
  await page.getByRole('button', { name: 'Face of nobody 1' }).click();
  await page.getByText('Faces cannot be found right now. blazeface.safetensors does not exist on the server').waitFor();
  await page.getByRole('button', { name: 'Bring it to life' }).waitFor();
});

test('an eye that is dragged has the face read anew when it is let go', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  await openSample(page, site.url);
  await begin(page);
  await slide(page, 'Smile', 0.3);
  await drawn(page);
  const before = await pixels(page, 'Edited');
  await page.getByRole('button', { name: 'Adjust the eyes' }).click();
  const eye = page.getByRole('button', { name: /^Eye on the right/ });
  const box = await eye.boundingBox();
  assert.ok(box && box.width >= 44 && box.height >= 44);
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 20, y + 40, { steps: 4 });
  await page.getByText('The face is read anew when you let go').waitFor();
  await page.mouse.up();
  // Only the face that was read anew brings the sliders back.
  await ready(page);
  assert.equal(await page.getByRole('slider', { name: 'Smile', exact: true }).inputValue(), '0.3');
  await drawn(page);
  assert.ok(!before.data.equals((await pixels(page, 'Edited')).data));
});

test('whoever goes on before the photo lies under the frame goes on with its face', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage({ reducedMotion: 'reduce' });
  const gate = await gatedEngine(page, 'cpu', `
    const { preview } = Photo.prototype;
    Photo.prototype.preview = async function (view) {
      if (view.maxSide === 1600) await gate();
      return preview.call(this, view);
    };`);
  await openSample(page, site.url);
  await page.getByRole('button', { name: 'Bring it to life' }).click();
  gate.open();
  await ready(page);
  const original = await pixels(page, 'Original');
  await slide(page, 'Smile', 0.35);
  await drawn(page);
  assert.ok(difference(original, await pixels(page, 'Edited'), [0.3, 0.5, 0.7, 0.8]) > 1, 'it is the face that was read');
  // A correction made that early counts, too, and what was there before does not come back.
  gate.close();
  await page.getByRole('button', { name: 'Adjust the eyes' }).click();
  await page.getByRole('button', { name: /^Eye on the left/ }).press('Shift+ArrowDown');
  await page.keyboard.press('Enter');
  gate.open();
  await ready(page);
  assert.equal(await page.getByRole('slider', { name: 'Smile', exact: true }).inputValue(), '0.35');
});

test('a photo that cannot be opened leaves the one in the editor alone', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await openSample(page, site.url);
  await begin(page);
  await slide(page, 'Smile', 0.3);
  await drawn(page);
  await page.evaluate(() => /** @type {any} */ (document.querySelector('diffae-editor')).open(new File(['no picture'], 'notes.txt')));
  await page.getByRole('alert').filter({ hasText: 'notes.txt is not a picture' }).waitFor();
  assert.equal(await page.getByRole('slider', { name: 'Smile', exact: true }).inputValue(), '0.3');
  await slide(page, 'Smile', 0.1);
  await drawn(page);
});

/** Counts the workers of photos that are alive. @param {import('./support.mjs').Page} page */
async function countPhotos(page) {
  await page.addInitScript(() => {
    const Native = Worker;
    const alive = /** @type {any} */ (globalThis).alive = new Set();
    globalThis.Worker = class extends Native {
      constructor(/** @type {ConstructorParameters<typeof Worker>} */ ...args) {
        super(...args);
        if (String(args[0]).endsWith('photo-worker.js')) alive.add(this);
      }

      terminate() {
        alive.delete(this);
        super.terminate();
      }
    };
  });
  return () => page.evaluate(() => /** @type {any} */ (globalThis).alive.size);
}

test('a face that is opened twice at once, or while the element goes, leaves no photo behind', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  const alive = await countPhotos(page);
  await patchEngine(page, 'cpu', `
    DiffAe.prototype.sample = async ({ count }) => Array.from({ length: count }, () => ({ width: 64, height: 64, rgba: new Uint8Array(4 * 64 * 64).fill(200) }));`);
  await openSample(page, site.url);
  await begin(page);
  const opened = async () => {
    await page.getByRole('tab', { name: 'Faces' }).click();
    await page.getByRole('button', { name: 'Dream up faces' }).click();
    return page.getByRole('button', { name: 'Edit face 1' });
  };
  await (await opened()).evaluate((button) => {
    /** @type {HTMLElement} */ (button).click();
    /** @type {HTMLElement} */ (button).click();
  });
  await page.getByRole('tab', { name: 'Faces' }).waitFor({ state: 'detached' });
  await ready(page);
  assert.equal(await alive(), 1);
  await (await opened()).evaluate((button) => {
    /** @type {HTMLElement} */ (button).click();
    document.querySelector('diffae-editor')?.remove();
  });
  await page.waitForTimeout(1500);
  assert.equal(await alive(), 0);
});
