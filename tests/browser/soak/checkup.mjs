// Whether the page is well: it can be brought to the sliders by what a person would click, draws what is asked of it, and draws the
// same for the same photo, model and slider as whenever that was drawn before.

import { createHash } from 'node:crypto';

/** @typedef {import('./world.mjs').World} World */

/** A page that does nothing for so long is not well. */
const PATIENCE_MS = 150_000;
const SAMPLES = ['Face of nobody 1', 'Face of nobody 2', 'Face of nobody 3', 'Face of nobody 4'];
const VALUES = [-0.4, -0.2, 0.2, 0.4];

/** Hashes by photo, model and slider. @typedef {Map<string, string>} Drawn */

/** @param {World} world @param {Drawn} drawn what was drawn so far @param {boolean} another whether another photo is wanted */
export async function checkup(world, drawn, another) {
  const end = Date.now() + PATIENCE_MS;
  if (another) await world.page.getByRole('button', { name: 'New photo' }).click({ timeout: 500 }).catch(() => {});
  await toSliders(world, end);
  const value = world.random.of(VALUES);
  const { page } = world;
  await page.getByRole('button', { name: 'Reset all' }).click({ timeout: 1000 }).catch(() => {});
  await page.evaluate(() => { /** @type {any} */ (globalThis).soak.amplitudes = null; });
  await page.getByRole('slider', { name: 'Smile', exact: true }).fill(String(value));
  await until(world, end, `no picture for a smile of ${value}`, () => page.evaluate((wanted) => {
    const { amplitudes } = /** @type {any} */ (globalThis).soak;
    return amplitudes !== null && Object.keys(amplitudes).length === 1 && amplitudes.Smiling === wanted;
  }, value));
  const [photo, picture] = await settled(world, end);
  const model = await page.locator('diffae-editor').evaluate((element) => /** @type {any} */ (element).loaded?.info.name);
  const key = `${photo} ${model} ${value}`;
  const before = drawn.get(key);
  if (before !== undefined && before !== picture) throw new Error(`${model} drew another picture than before of the same photo with a smile of ${value}.`);
  drawn.set(key, picture);
  return { model, value, known: before !== undefined };
}

/** @param {World} world @param {number} end */
async function toSliders(world, end) {
  const { random } = world;
  let reloaded = false;
  for (let i = 0; ; i++) {
    const { page } = world;
    if (Date.now() > end) throw new Error(`The page is stuck: ${await seen(page)}`);
    if (!page.url().startsWith(world.url)) {
      await page.goto(world.url, { waitUntil: 'commit' }).catch(() => {});
      continue;
    }
    // A page whose own files did not come through is loaded anew, as anybody would; no service worker keeps them here.
    if (i > 20 && !reloaded && await page.locator('diffae-editor:defined').count().catch(() => 1) === 0) {
      reloaded = true;
      await page.reload({ waitUntil: 'commit' }).catch(() => {});
    }
    if (await page.getByRole('slider', { name: 'Smile', exact: true }).isVisible().catch(() => false)) {
      // Another model may just have been chosen, whose screen comes next.
      const stage = await page.locator('diffae-editor').getAttribute('stage').catch(() => null);
      if (stage === 'edit') return;
    }
    const click = (/** @type {string} */ name) => page.getByRole('button', { name, exact: true }).click({ timeout: 300 }).then(() => true, () => false);
    const done = await click('Bring it to life')
      || (i > 8 && await click('Try again'))
      || (await page.getByRole('button', { name: 'Go on' }).isVisible().catch(() => false) && await click(random.next() < 0.7 ? 'Go on' : 'Forget'))
      || (i > 2 && await click(random.of(SAMPLES)));
    await world.pause(done ? 300 : 150);
  }
}

/** Hashes of photo and edited picture as they are shown, once they stay as they are. @param {World} world @param {number} end */
async function settled({ page, pause }, end) {
  let before = '';
  for (;;) {
    const bytes = await page.evaluate(() => {
      const root = document.querySelector('diffae-editor')?.shadowRoot;
      const canvases = ['Original', 'Edited'].map((name) => /** @type {HTMLCanvasElement | null} */ (root?.querySelector(`canvas[aria-label="${name}"]`)));
      return Promise.all(canvases.map(async (canvas) => {
        if (!canvas) return '';
        const { data } = /** @type {any} */ (canvas).getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', data));
        return `${canvas.width}x${canvas.height} ${Array.from(digest.subarray(0, 12), (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
      }));
    });
    const now = bytes.join(' ');
    if (now === before && bytes.every(Boolean)) return bytes.map((text) => createHash('sha256').update(text).digest('hex').slice(0, 16));
    before = now;
    if (Date.now() > end) throw new Error('The pictures never come to rest.');
    await pause(300);
  }
}

/** @param {World} world @param {number} end @param {string} otherwise @param {() => Promise<boolean>} condition */
async function until({ pause, page }, end, otherwise, condition) {
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`There is ${otherwise}: ${await seen(page)}`);
    await pause(100);
  }
}

/** What can be read on the page. @param {import('playwright-core').Page} page */
async function seen(page) {
  return page.locator('diffae-editor').evaluate((element) => `${element.getAttribute('stage')}, model ${element.getAttribute('model')}: ${element.shadowRoot?.textContent?.replace(/\s+/g, ' ').slice(0, 600)}`, undefined, { timeout: 5000 })
    .catch((error) => `nothing can be read (${error.message.split('\n')[0]})`);
}
