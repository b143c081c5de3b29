// Looking closely: zoom and pan of both pictures alike by wheel, fingers, keys and buttons, sharpness, the original held, and
// the filmstrip of an attribute.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { closer, moved, seen, WHOLE } from '../../pkg/element/picture/look.js';
import { readPng } from './pictures.mjs';
import { inspect } from './inspect.mjs';
import { served } from './served.mjs';
import { begin, difference, drawn, openSample, patchEngine, PATIENCE, pixels, same, slide } from './support.mjs';

const { site, newPage } = await served();

/** @typedef {import('./support.mjs').Page} Page */

test('what lies under the pointer stays there, and nothing beyond the border is seen', () => {
  const near = closer(WHOLE, 2, { x: 0.25, y: 0.5 });
  assert.deepEqual(seen(near), { x: 0.125, y: 0.25, width: 0.5, height: 0.5 });
  assert.deepEqual(closer(WHOLE, 100).scale, 8);
  assert.deepEqual(closer(near, 0.1), WHOLE);
  assert.equal(seen(closer(WHOLE, 2, { x: 0, y: 0 })).x, 0);
  const far = moved(near, -10, 10);
  assert.deepEqual(seen(far), { x: 0.5, y: 0, width: 0.5, height: 0.5 });
  assert.deepEqual(moved(WHOLE, 0.3, 0.3), WHOLE);
});

/** A page at the sliders. @param {Parameters<typeof newPage>[0]} [settings] */
async function editing(settings) {
  const page = await newPage({ reducedMotion: 'reduce', ...settings });
  await openSample(page, site.url);
  await begin(page);
  return page;
}

/** How the pictures are seen: where each lies over its window, in shares of that. @param {Page} page */
function looks(page) {
  return page.evaluate(() => {
    const root = /** @type {ShadowRoot} */ (document.querySelector('diffae-editor')?.shadowRoot);
    const [before, after] = ['.before', '.after'].map((selector) => {
      const window = /** @type {Element} */ (root.querySelector(selector)).getBoundingClientRect();
      const picture = /** @type {Element} */ (root.querySelector(`${selector} canvas`)).getBoundingClientRect();
      const round = (/** @type {number} */ value) => Math.round(1000 * value) / 1000;
      return { scale: round(picture.width / window.width), x: round((window.left - picture.left) / picture.width), y: round((window.top - picture.top) / picture.height) };
    });
    return { before, after };
  });
}

/** The view that both pictures share, once it is the wanted one. @param {Page} page @param {(look: { scale: number, x: number, y: number }) => boolean} [wanted] @param {string} [what] */
async function look(page, wanted = () => true, what = String(wanted)) {
  for (let waited = 0; ; waited += 30) {
    const { before, after } = await looks(page);
    assert.deepEqual(before, after, 'both pictures are seen alike');
    if (wanted(before)) return before;
    assert.ok(waited < 5000, `${what}: ${JSON.stringify(before)}`);
    await page.waitForTimeout(30);
  }
}

/** Where a point of a picture is on the screen. @param {Page} page @param {'Original' | 'Edited'} name @param {number} x @param {number} y */
async function on(page, name, x, y) {
  await page.getByRole('img', { name, exact: true }).scrollIntoViewIfNeeded();
  const box = await page.locator(name === 'Original' ? '.before' : '.after').boundingBox();
  assert.ok(box);
  return /** @type {const} */ ([box.x + x * box.width, box.y + y * box.height]);
}

/** The picture that mouse, keys and buttons look at. @param {Page} page */
const stage = (page) => page.getByRole('group', { name: /^Original and edited picture/ });

test('the wheel zooms about the pointer, on either side for both; a plain one is the page’s until somebody looks', { timeout: PATIENCE }, async () => {
  const page = await editing({ viewport: { width: 900, height: 500 } });
  await page.mouse.move(...await on(page, 'Edited', 0.25, 0.5));
  const top = await page.evaluate(() => scrollY);
  await page.mouse.wheel(0, 120);
  await page.waitForFunction((before) => scrollY > before, top);
  await look(page, ({ scale }) => scale === 1, 'a plain wheel scrolls the page');
  await page.evaluate(() => scrollTo(0, 0));
  const [x, y] = await on(page, 'Edited', 0.25, 0.5);
  await page.mouse.move(x, y);
  await page.keyboard.down('Control');
  await page.mouse.wheel(0, -70);
  await page.keyboard.up('Control');
  const near = await look(page, ({ scale }) => scale > 1.9 && scale < 2.1);
  // The point at a quarter is still a quarter of the way across.
  assert.ok(Math.abs(near.x + 0.25 / near.scale - 0.25) < 0.005, `${near.x}`);
  const still = await page.evaluate(() => scrollY);
  await page.mouse.wheel(0, -400);
  const nearer = await look(page, ({ scale }) => scale > near.scale, 'zoomed, a plain wheel zooms on');
  assert.ok(Math.abs(nearer.x + 0.25 / nearer.scale - 0.25) < 0.005);
  await Promise.all([page.mouse.wheel(0, 5000), page.mouse.wheel(0, 50)]);
  await look(page, ({ scale }) => scale === 1);
  assert.equal(await page.evaluate(() => scrollY), still, 'the rest of the turn does not make the page jump');
  await page.waitForTimeout(400);
  await page.mouse.wheel(0, 50);
  await page.waitForFunction((before) => scrollY > before, still);
  // With the focus it is the picture's, inwards.
  await stage(page).focus();
  await page.mouse.move(...await on(page, 'Original', 0.5, 0.5));
  await page.mouse.wheel(0, -200);
  await look(page, ({ scale }) => scale > 1);
});

test('keys and buttons zoom, move and show all; digits still move the divider', { timeout: PATIENCE }, async () => {
  const page = await editing();
  const [out, into] = [page.getByRole('button', { name: 'Zoom out' }), page.getByRole('button', { name: 'Zoom in' })];
  assert.equal(await out.getAttribute('aria-disabled'), 'true');
  await into.click();
  await into.click();
  await look(page, ({ scale }) => scale === 2.25);
  await page.getByRole('button', { name: '2.3×: show the whole picture' }).click();
  await look(page, ({ scale }) => scale === 1);
  await stage(page).focus();
  for (const key of ['+', '+', '=']) await page.keyboard.press(key);
  const middle = await look(page, ({ scale }) => scale === 3.375);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowUp');
  await look(page, ({ x, y }) => x > middle.x && y < middle.y, 'arrows move what is seen');
  await page.keyboard.press('-');
  await look(page, ({ scale }) => scale === 2.25);
  const divider = page.getByRole('slider', { name: /^Divider/ });
  await page.keyboard.press('3');
  assert.equal(await divider.inputValue(), '30');
  await look(page, ({ scale }) => scale === 2.25, 'both modes have one view');
  await page.keyboard.press('0');
  await look(page, ({ scale }) => scale === 1);
  assert.equal(await divider.inputValue(), '30', 'zoomed, zero shows all');
  await page.keyboard.press('0');
  assert.equal(await divider.inputValue(), '0', 'and then it is a place of the divider');
  await page.keyboard.press('ArrowRight');
  assert.equal(await divider.inputValue(), '1');
  for (let i = 0; i < 8; i++) await into.press('Enter');
  await look(page, ({ scale }) => scale === 8);
  assert.equal(await into.getAttribute('aria-disabled'), 'true');
});

test('a drag pans where the picture is zoomed, and the divider moves there, too', { timeout: PATIENCE }, async () => {
  const page = await editing();
  const [x, y] = await on(page, 'Edited', 0.5, 0.5);
  await page.mouse.dblclick(x, y);
  const near = await look(page, ({ scale }) => scale === 2.5, 'a double click looks closely');
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 60, y + 30, { steps: 6 });
  await page.mouse.up();
  await look(page, (panned) => panned.x < near.x && panned.y < near.y && panned.scale === near.scale);
  await page.mouse.dblclick(x, y);
  await look(page, ({ scale }) => scale === 1, 'and shows all again');

  await page.getByRole('button', { name: 'Slide', exact: true }).click();
  const divider = page.getByRole('slider', { name: /^Divider/ });
  const at = (/** @type {number} */ share) => on(page, 'Original', share, 0.4);
  const drag = async (/** @type {number} */ from, /** @type {number} */ to) => {
    await page.mouse.move(...await at(from));
    await page.mouse.down();
    await page.mouse.move(...await at(to), { steps: 8 });
    await page.mouse.up();
  };
  // A press anywhere takes the divider along where nothing is zoomed.
  await drag(0.2, 0.7);
  assert.equal(await divider.inputValue(), '70');
  await page.mouse.dblclick(...await at(0.3));
  await look(page, ({ scale }) => scale === 2.5);
  assert.equal(await divider.inputValue(), '70', 'a double click on the picture is not for the divider');
  const before = await look(page);
  await drag(0.7, 0.4);
  assert.equal(await divider.inputValue(), '40');
  assert.deepEqual(await look(page), before, 'the divider moves alone');
  await drag(0.8, 0.7);
  await look(page, ({ x }) => x > before.x, 'and the picture beside it');
  assert.equal(await divider.inputValue(), '40');
  await page.mouse.dblclick(...await at(0.4));
  assert.equal(await divider.inputValue(), '50', 'double-clicked it goes back, zoomed or not');
  await look(page, ({ scale }) => scale === 2.5);
});

test('two fingers pinch, one pans, a double tap looks closely, and a finger on the whole picture is left to the page', { timeout: PATIENCE }, async () => {
  const page = await editing({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  const client = await page.context().newCDPSession(page);
  const touch = (/** @type {'touchStart' | 'touchMove' | 'touchEnd'} */ type, /** @type {(readonly [number, number])[]} */ points) =>
    client.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y], id) => ({ x: Math.round(x), y: Math.round(y), id })) });
  const [x, y] = await on(page, 'Edited', 0.5, 0.5);
  // What fingers on the pictures do is left to the browser so far.
  const left = () => page.locator('.pictures').evaluate((pictures) => getComputedStyle(pictures).touchAction);
  // Not one after the other: a slow machine would make two single taps of them.
  const doubleTap = () => Promise.all([touch('touchStart', [[x, y]]), touch('touchEnd', []), touch('touchStart', [[x, y]]), touch('touchEnd', [])]);
  await touch('touchStart', [[x - 15, y], [x + 15, y]]);
  for (let apart = 18; apart <= 45; apart += 3) await touch('touchMove', [[x - apart, y], [x + apart, y]]);
  await touch('touchEnd', []);
  const pinched = await look(page, ({ scale }) => scale > 2.5 && scale < 3.2);
  assert.equal(await page.evaluate(() => visualViewport?.scale), 1, 'and not the page');
  assert.equal(await left(), 'none');
  await touch('touchStart', [[x, y]]);
  for (let by = 4; by <= 40; by += 4) await touch('touchMove', [[x + by, y]]);
  await touch('touchEnd', []);
  await look(page, ({ x }) => x < pinched.x);
  await page.waitForTimeout(400);
  await doubleTap();
  await look(page, ({ scale }) => scale === 1);
  await page.waitForTimeout(400);
  await doubleTap();
  await look(page, ({ scale }) => scale === 2.5);
  await page.waitForTimeout(400);
  await doubleTap();
  await look(page, ({ scale }) => scale === 1);
  assert.equal(await left(), 'pan-x pan-y');
});

/** What is seen has rested for so long that nothing is drawn for an earlier view any more. */
const SETTLED_MS = 1500;

/** @param {Page} page */
async function asCloseAsPossible(page) {
  await page.keyboard.down('Control');
  // Turns that follow each other fast come as one, or not at all.
  while ((await look(page)).scale < 8) await page.mouse.wheel(0, -70);
  await page.keyboard.up('Control');
  await page.waitForTimeout(SETTLED_MS);
}

/** A photo of 3000 x 2400 pixels with the astronaut and lines as fine as its pixels. @param {Page} page */
async function finePhoto(page) {
  await page.goto(site.url);
  const base64 = await page.evaluate(async () => {
    const bitmap = await createImageBitmap(await (await fetch('samples/astronaut.webp')).blob());
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: 3000, height: 2400 });
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    context.drawImage(bitmap, 400, 0, 2400, 2400);
    for (let x = 0; x < 3000; x += 2) context.fillRect(x, 2000, 1, 400);
    return canvas.toDataURL('image/png').split(',')[1];
  });
  await page.getByLabel('Choose a photo').setInputFiles({ name: 'fine.png', mimeType: 'image/png', buffer: Buffer.from(base64, 'base64') });
  await begin(page);
}

/** The sharp part of a picture, once it is there: where it lies in the whole, and its pixels. @param {Page} page @param {'.before' | '.after'} side */
async function sharp(page, side) {
  for (let waited = 0; waited < 20_000; waited += 50) {
    const found = await part(page, side);
    if (found) return found;
    await page.waitForTimeout(50);
  }
  throw assert.fail('nothing is drawn sharply');
}

/** @param {Page} page @param {string} side */
function part(page, side) {
  return page.evaluate((selector) => {
    const root = /** @type {ShadowRoot} */ (document.querySelector('diffae-editor')?.shadowRoot);
    const canvas = /** @type {HTMLCanvasElement} */ (root.querySelector(`${selector} .part`));
    if (canvas.hidden) return null;
    const { width, height } = canvas;
    const data = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d')).getImageData(0, 0, width, height).data;
    const share = (/** @type {'left' | 'top' | 'width' | 'height'} */ name) => Number.parseFloat(canvas.style[name]) / 100;
    return { width, height, at: { x: share('left'), y: share('top'), width: share('width'), height: share('height') }, data: [...data] };
  }, side);
}

test('what is seen closely is drawn in the photo’s own pixels, with the edit as it is in the file', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage({ reducedMotion: 'reduce', viewport: { width: 1280, height: 860 }, deviceScaleFactor: 2 });
  await finePhoto(page);
  await slide(page, 'Smile', 0.4);
  await drawn(page);
  await page.getByRole('button', { name: 'Side by side' }).click();
  assert.equal(await part(page, '.after'), null, 'the whole picture is as sharp as the screen');
  // At the lower left, away from the face.
  const [x, y] = await on(page, 'Original', 0.02, 0.98);
  await page.mouse.move(x, y);
  await asCloseAsPossible(page);
  const fine = await sharp(page, '.before');
  assert.equal(fine.width, Math.round(fine.at.width * 3000), 'a pixel for a pixel');
  const row = 4 * fine.width * (fine.height - 5);
  const levels = Array.from({ length: 40 }, (_, i) => fine.data[row + 4 * i + 3]);
  assert.ok(levels.every((alpha, i) => alpha === (levels[0] === 255 ? [255, 0] : [0, 255])[i % 2]), `lines are apart: ${levels.join(' ')}`);
  // On the mouth: the sharp part of the edit is that of the file.
  await stage(page).press('0');
  await look(page, ({ scale }) => scale === 1);
  const [mx, my] = await on(page, 'Edited', (400 + 0.44 * 2400) / 3000, 0.28);
  await page.mouse.move(mx, my);
  await asCloseAsPossible(page);
  const edited = await sharp(page, '.after');
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download', exact: true }).click()]);
  const saved = await readPng(await readFile(await file.path()));
  const [left, top] = [Math.round(edited.at.x * 3000), Math.round(edited.at.y * 2400)];
  assert.equal(edited.width, Math.round(edited.at.width * 3000));
  let [off, count] = [0, 0];
  for (let v = 20; v < edited.height - 20; v += 3) {
    for (let u = 20; u < edited.width - 20; u += 3) {
      for (let c = 0; c < 3; c++) off += Math.abs(edited.data[4 * (v * edited.width + u) + c] - saved.data[4 * ((top + v) * 3000 + left + u) + c]);
      count += 3;
    }
  }
  // The photo's tone, by which it might be a grey one, is judged in the same square by the same pixels.
  assert.ok(off / count < 0.01, `${off / count} levels off the file`);
  // Another edit shows its smaller copy until it has been drawn sharply.
  await slide(page, 'Smile', 0.2);
  await drawn(page);
  const other = await sharp(page, '.after');
  assert.ok(difference({ ...edited, data: Buffer.from(edited.data) }, { ...other, data: Buffer.from(other.data) }) > 0.1);
  // Another part of the photo is shown whole first.
  await page.getByLabel('Zoom to the face').check();
  await look(page, ({ scale }) => scale === 1);
});

/** What the edited side shows on top. @param {Page} page */
function shown(page) {
  return page.evaluate(() => {
    const root = /** @type {ShadowRoot} */ (document.querySelector('diffae-editor')?.shadowRoot);
    const held = root.querySelector('.after .layers + .layers:not([hidden]) canvas');
    const said = [...root.querySelectorAll('.compare [role=status]')].map(({ textContent }) => textContent).join('');
    return { original: held !== null, width: held && /** @type {HTMLCanvasElement} */ (held).width, label: root.querySelector('.after figcaption')?.textContent, said };
  });
}

test('the original is shown as long as it is held, by press, button and key, and said', { timeout: PATIENCE }, async () => {
  const page = await editing();
  await slide(page, 'Smile', 0.3);
  await drawn(page);
  const { width } = await pixels(page, 'Original');
  const there = { original: true, width, label: 'Original', said: 'The original is shown.' };
  const gone = { original: false, width: null, label: 'Edited', said: 'The edited picture is shown again.' };
  assert.equal((await shown(page)).original, false);
  const [x, y] = await on(page, 'Edited', 0.5, 0.5);
  await page.mouse.move(x, y);
  await page.mouse.down();
  assert.equal((await shown(page)).original, false, 'a click does not flash');
  await page.locator('.pictures.held').waitFor();
  assert.deepEqual(await shown(page), there);
  await page.mouse.up();
  assert.deepEqual(await shown(page), gone);
  // A press that moves is none.
  await page.mouse.down();
  await page.mouse.move(x + 30, y);
  await page.waitForTimeout(300);
  assert.equal((await shown(page)).original, false);
  await page.mouse.up();

  const hold = page.getByRole('button', { name: 'Hold to compare' });
  await hold.hover();
  await page.mouse.down();
  assert.deepEqual(await shown(page), there);
  await page.mouse.up();
  assert.deepEqual(await shown(page), gone);
  await hold.focus();
  for (const key of ['Space', 'Enter']) {
    await page.keyboard.down(key);
    assert.deepEqual(await shown(page), there, key);
    await page.keyboard.up(key);
    assert.deepEqual(await shown(page), gone, key);
  }
  // A screen reader's click has nothing to hold.
  await hold.evaluate((button) => /** @type {HTMLElement} */ (button).click());
  assert.deepEqual(await shown(page), there);
  await hold.evaluate((button) => /** @type {HTMLElement} */ (button).click());
  assert.deepEqual(await shown(page), gone);
  await page.getByRole('slider', { name: 'Smile', exact: true }).focus();
  await page.keyboard.down('o');
  assert.deepEqual(await shown(page), there);
  // Let go elsewhere, or not at all, it ends.
  await page.evaluate(() => /** @type {HTMLElement | null | undefined} */ (document.querySelector('diffae-editor')?.shadowRoot?.activeElement)?.blur());
  assert.deepEqual(await shown(page), gone);
  await page.keyboard.up('o');
  await page.getByLabel('File format').focus();
  await page.keyboard.down('o');
  assert.deepEqual(await shown(page), gone, 'a letter in a list is the list’s');
  await page.keyboard.up('o');
});

test('a filmstrip sweeps the slider that moved last, and a frame of it is taken like a move', { timeout: 2 * PATIENCE }, async () => {
  const page = await editing();
  const smile = page.getByRole('slider', { name: 'Smile', exact: true });
  const film = page.getByRole('button', { name: 'Filmstrip' });
  const chosen = page.getByRole('combobox', { name: 'Attribute of the filmstrip' });
  for (const [label, value, name] of /** @type {const} */ ([['Blond hair', 0.3, 'Blond_Hair'], ['Smile', 0.25, 'Smiling']])) {
    await slide(page, label, value);
    assert.equal(await chosen.evaluate((select) => /** @type {HTMLSelectElement} */ (select).value), name);
  }
  // While the edit is under way: it is drawn first, and not lost.
  await film.click();
  const frame = (/** @type {string} */ value) => page.getByRole('button', { name: `Smile ${value}`, exact: true });
  await frame('+50').and(page.locator(':enabled')).waitFor();
  assert.ok(difference(await pixels(page, 'Original'), await pixels(page, 'Edited')) > 0.1, 'the edit is there');
  assert.equal(await frame('+25').getAttribute('aria-pressed'), 'true');
  /** @type {import('./support.mjs').Shown[]} */
  const frames = [];
  for (const value of ['−50', '−25', '0', '+25', '+50']) {
    const { base64, ...size } = await frame(value).locator('canvas').evaluate((canvas) => {
      const { width, height } = /** @type {HTMLCanvasElement} */ (canvas);
      const { data } = /** @type {any} */ (canvas).getContext('2d').getImageData(0, 0, width, height);
      return { width, height, base64: btoa(String.fromCharCode(...data.slice(0, 60_000))) };
    });
    frames.push({ ...size, data: Buffer.from(base64, 'base64') });
  }
  assert.ok(frames.every((one, i) => i === 0 || !same(one, frames[i - 1])), 'every frame is another');
  await frame('−25').click();
  assert.equal(await smile.inputValue(), '-0.25');
  assert.equal(await page.getByRole('slider', { name: 'Blond hair', exact: true }).inputValue(), '0.3', 'the others stay');
  await drawn(page);
  await page.getByRole('button', { name: 'Undo' }).click();
  assert.equal(await smile.inputValue(), '0.25');
  // Others have moved since: the strip is of before, and says so by its looks.
  await slide(page, 'Blond hair', 0);
  await page.locator('.film.stale').waitFor();
  await drawn(page);
  const proof = page.getByText(/^Pixels changed outside the face: 0 of/);
  const compared = await proof.textContent();
  await chosen.selectOption('Young');
  await film.click();
  await page.getByRole('button', { name: 'Youth +50', exact: true }).and(page.locator(':enabled')).waitFor();
  assert.equal(await proof.textContent(), compared, 'what was counted is of the edit, not of the strip');
});

test('a filmstrip ends when anything else is begun, and shows how far it is', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await patchEngine(page, 'cpu', `
    const { edit } = DiffAe.prototype;
    DiffAe.prototype.edit = async function (code, values, ...rest) {
      await new Promise((resolve) => setTimeout(resolve, 400));
      return edit.call(this, code, values, ...rest);
    };`);
  await openSample(page, site.url);
  await begin(page);
  await page.getByRole('button', { name: 'Filmstrip' }).click();
  await page.getByRole('button', { name: 'Smile −50', exact: true }).and(page.locator(':enabled')).waitFor();
  await page.getByText('Drawing…').waitFor();
  assert.ok(await page.locator('.edit-view progress.thin').evaluate((bar) => /** @type {HTMLProgressElement} */ (bar).value) > 0);
  await slide(page, 'Youth', 0.3);
  await drawn(page);
  assert.equal(await page.locator('.film .frame:visible').count(), 0, 'half a strip is not left');
  assert.ok(difference(await pixels(page, 'Original'), await pixels(page, 'Edited')) > 0.1);
});

for (const [width, height] of [[1280, 860], [360, 740], [320, 640]]) {
  test(`zoomed, held and with a filmstrip at ${width} pixels nothing overflows, and axe finds nothing`, { timeout: PATIENCE }, async () => {
    const page = await editing({ viewport: { width, height }, forcedColors: width === 320 ? 'active' : 'none' });
    await page.getByRole('button', { name: 'Filmstrip' }).click();
    await page.getByRole('button', { name: 'Smile +50', exact: true }).and(page.locator(':enabled')).waitFor();
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await page.keyboard.down('o');
    await page.locator('.pictures.held').waitFor();
    const strip = await page.locator('.filming').boundingBox();
    assert.ok(strip && strip.height < 220, 'the panel grows by one row of pictures');
    await inspect(page, `looking-${width}`);
  });
}
