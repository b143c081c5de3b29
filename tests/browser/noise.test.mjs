// What starts from noise on the page: variations at a strength, dreamt faces, and the link that dreams them again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { served } from './served.mjs';
import { begin, openSample, PATIENCE } from './support.mjs';

/** @typedef {import('./support.mjs').Page} Page */

const { site, newPage } = await served();

/** The pictures of a gallery, when all buttons of this name are there and none is being drawn. @param {Page} page @param {string} name */
async function pictures(page, name) {
  await page.getByRole('button', { name: `${name} 6` }).waitFor();
  await page.locator('.gallery.busy').waitFor({ state: 'detached' });
  return page.getByRole('button', { name: new RegExp(`^${name} \\d$`) }).locator('canvas').evaluateAll((all) => all.map((canvas) => {
    const { width, height } = /** @type {HTMLCanvasElement} */ (canvas);
    const { data } = /** @type {any} */ (canvas).getContext('2d').getImageData(0, 0, width, height);
    return { width, height, data: [...data.filter((/** @type {number} */ _, /** @type {number} */ at) => at % 97 === 0)] };
  }));
}

/** @param {{ data: number[] }[]} a @param {{ data: number[] }[]} b */
function apart(a, b) {
  const values = a.flatMap(({ data }, index) => data.map((value, at) => Math.abs(value - b[index].data[at])));
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

test('a link draws the same faces again, and one of them can be edited', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.goto(site.url);
  await page.getByRole('button', { name: 'Dream up a face of nobody' }).click();
  await page.getByRole('button', { name: 'Dream up faces' }).click();
  const first = await pictures(page, 'Edit face');
  const link = page.url();
  assert.match(link, /#model=portrait64&dream=\d+,0\.7,1$/);
  await page.context().close();

  const other = await newPage();
  await other.goto(link);
  // Begun and given up, it is still the link's faces that come next.
  await other.getByRole('button', { name: 'Dream up faces' }).click();
  await other.getByRole('button', { name: 'Cancel' }).click();
  await other.getByRole('button', { name: 'Dream up faces' }).click();
  assert.deepEqual(await pictures(other, 'Edit face'), first);
  // Once more are others.
  await other.getByRole('button', { name: 'Dream up faces' }).click();
  await other.waitForURL((url) => url.href !== link);
  assert.ok(apart(await pictures(other, 'Edit face'), first) > 5);
  await other.getByRole('button', { name: 'Edit face 2' }).click();
  await other.getByRole('slider', { name: 'Smile', exact: true }).waitFor();
  await other.waitForURL(/&dream=\d+,0\.7,1,2$/);
  // A photo is no dream.
  await other.getByRole('button', { name: 'New photo' }).click();
  await other.getByRole('button', { name: 'Face of nobody 1' }).click();
  await other.getByRole('slider', { name: 'Smile', exact: true }).waitFor();
  assert.equal(new URL(other.url()).hash, '', 'the address is of no dream any more');
});

test('a link with numbers out of range is told and leaves the page as it was', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.goto(`${site.url}#dream=4294967296,0.5,1`);
  await page.getByText(/seed from 0 to 4294967295/).waitFor();
  await page.getByText('Choose a photo').waitFor();
});

test('variety and fresh noise draw the same faces otherwise', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await openSample(page, site.url);
  await begin(page);
  await page.getByRole('tab', { name: 'Faces' }).click();
  const variety = page.getByRole('slider', { name: 'Variety' });
  // Before the first faces there is nothing to draw again.
  await variety.fill('1');
  await page.getByRole('button', { name: 'Dream up faces' }).click();
  const wide = await pictures(page, 'Edit face');
  const seed = /&dream=(\d+),1,1$/.exec(page.url())?.[1];
  await variety.fill('0.3');
  await page.waitForURL(new RegExp(`&dream=${seed},0\\.3,1$`));
  const narrow = await pictures(page, 'Edit face');
  const spread = (/** @type {typeof wide} */ all) => apart(all.slice(1), all.slice(0, -1));
  assert.ok(spread(narrow) < 0.9 * spread(wide), `${spread(narrow)} and ${spread(wide)}`);
  const noise = page.getByRole('slider', { name: 'Fresh noise' });
  await noise.fill('0');
  await page.waitForURL(new RegExp(`&dream=${seed},0\\.3,0$`));
  assert.ok(apart(await pictures(page, 'Edit face'), narrow) > 2);
});

test('variations go as far from the photo as they are told to', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await openSample(page, site.url);
  await begin(page);
  await page.getByRole('tab', { name: 'Variations' }).click();
  await page.getByRole('button', { name: 'Draw variations' }).click();
  const usual = await pictures(page, 'Variation');
  const strength = page.getByRole('slider', { name: 'How far from the photo' });
  const spread = (/** @type {typeof usual} */ all) => apart(all.slice(1), all.slice(0, -1));
  /** @type {number[]} */
  const spreads = [];
  for (const value of ['0.1', '1']) {
    await strength.fill(value);
    spreads.push(spread(await pictures(page, 'Variation')));
  }
  assert.ok(spreads[0] < spread(usual) && spread(usual) < spreads[1], `${spreads} around ${spread(usual)}`);
});

test('a model that cannot dream says so and goes on with the photo', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.context().route('**/portrait64/manifest.json', async (route) => {
    const manifest = await (await route.fetch()).json();
    delete manifest.parts.latent;
    manifest.config.latent = null;
    await route.fulfill({ json: manifest });
  });
  await openSample(page, site.url);
  await page.getByRole('button', { name: 'Bring it to life' }).click();
  // While the face is being read.
  await page.evaluate(() => /** @type {any} */ (document.querySelector('diffae-editor')).dream({ seed: 1 }));
  await page.getByText(/dreams up no faces/).waitFor();
  await page.getByRole('slider', { name: 'Smile', exact: true }).waitFor();
});
