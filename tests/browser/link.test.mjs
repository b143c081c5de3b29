// Links: what is shown is in the address after the #, without the photo, and whoever opens it sees the same, on another device, too.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { COUNT, DREAM, DREAM_STEPS } from '../../pkg/element/state/dream.js';
import { linkOf, shownBy } from '../../www/link.js';
import { served } from './served.mjs';
import { begin, drawn, goldenModel, openSample, PATIENCE, pixels, ready, same, slide, withPackage } from './support.mjs';

const { site, newPage } = await served({ webgpu: true });

const PAGE = `${site.url}?device=cpu`;

describe('the address', () => {
  test('what is put into a link comes out of it', () => {
    const dream = { seed: 4294967295, psi: 0.7, eta: 1, face: 2 };
    /** @type {import('../../www/link.js').Shown[]} */
    const all = [
      { model: 'portrait64', dream, amplitudes: { Smiling: 0.3, Young: -0.25 } },
      { model: null, dream: null, amplitudes: { 'a:b,c=d&e#f %': 0.05 } },
      { model: 'portrait64', dream: { seed: 0, psi: 0, eta: 0, face: undefined }, amplitudes: {} },
      { model: null, dream: null, amplitudes: {} },
    ];
    for (const shown of all) assert.deepEqual(shownBy(`#${linkOf(shown)}`), shown);
    assert.equal(linkOf({ model: 'portrait64', dream, amplitudes: { Smiling: 0.3 } }), 'model=portrait64&dream=4294967295,0.7,1,2&set=Smiling:0.3');
  });

  test('what is no link tells nothing', () => {
    const nothing = { model: null, dream: null, amplitudes: {} };
    for (const hash of ['', '#', '#set=', '#set=Smiling', '#set=:1', '#set=Smiling:', '#set=Smiling:NaN,Young:Infinity', '#set=%E0%A4:1', '#a=b&&=&', '#set=,,:,']) {
      assert.deepEqual(shownBy(hash).amplitudes, hash === '#set=Smiling:' ? { Smiling: 0 } : {}, hash);
    }
    assert.deepEqual(shownBy('#=&x'), nothing);
    const { amplitudes } = shownBy('#set=__proto__:0.5,constructor:0.5');
    assert.deepEqual(Object.keys(amplitudes), ['__proto__', 'constructor']);
    assert.equal(Object.getPrototypeOf(amplitudes), Object.prototype);
  });
});

test('the teaser’s slider, which lies in the editor, is none of the editor’s', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.goto(PAGE);
  await ready(page);
  await page.locator('#teaser-smile').fill('-0.5');
  assert.equal(page.url(), PAGE);
});

test('sliders are in the link, the photo is not, and the next photo begins with them', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  await openSample(page, PAGE);
  await begin(page);
  await slide(page, 'Smile', 0.3);
  await drawn(page);
  await page.waitForURL(/#model=portrait64&set=Smiling:0\.3$/);
  const [link, smiling] = [page.url(), await pixels(page, 'Edited')];
  await page.context().close();

  const other = await newPage();
  await other.goto(`${link},No_Such:0.5`);
  await other.getByText('The next photo begins with Smile +30, as the link says.').waitFor();
  await other.getByRole('button', { name: 'Face of nobody 1' }).click();
  await begin(other);
  await drawn(other);
  assert.ok(same(await pixels(other, 'Edited'), smiling), 'the same sliders on the same photo');
  // Another link in the same tab moves the sliders of the photo that is open.
  await other.evaluate(() => { location.hash = '#set=Smiling:-0.2'; });
  await drawn(other);
  await other.waitForURL(/#model=portrait64&set=Smiling:-0\.2$/);
  assert.equal(await other.getByRole('slider', { name: 'Smile', exact: true }).inputValue(), '-0.2');
  // Loaded anew, it is one's own edit that is told of, which is gone on with and is not for other photos.
  await other.waitForTimeout(500);
  await other.reload();
  await other.getByRole('button', { name: 'Go on' }).waitFor();
  assert.equal(await other.getByText(/The next photo begins/).count(), 0);
  await other.getByRole('button', { name: 'Go on' }).click();
  await ready(other);
  await drawn(other);
  // At zero there is nothing to tell.
  await other.getByRole('button', { name: 'Reset all' }).click();
  await other.waitForURL((url) => !url.href.includes('set='));
  // The next photo begins with nothing moved.
  await other.getByRole('button', { name: 'New photo' }).click();
  assert.equal(await other.getByText(/The next photo begins/).count(), 0);
});

test('a dreamt face that was edited is in the link, and one click shows it', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  await page.goto(`${PAGE}#dream=7,0.7,1`);
  await page.getByRole('button', { name: 'Dream up faces' }).click();
  await page.getByRole('button', { name: 'Edit face 3' }).click();
  await ready(page);
  await page.waitForURL(/#model=portrait64&dream=7,0\.7,1,3$/);
  await slide(page, 'Smile', 0.4);
  await drawn(page);
  await page.waitForURL(/&dream=7,0\.7,1,3&set=Smiling:0\.4$/);
  const [link, smiling] = [page.url(), await pixels(page, 'Edited')];
  await page.context().close();

  const other = await newPage();
  await other.goto(link);
  await other.getByText('The link is of face 3').waitFor();
  await other.getByRole('button', { name: 'Dream up faces' }).click();
  await ready(other);
  await drawn(other);
  assert.ok(same(await pixels(other, 'Edited'), smiling));
  assert.equal(other.url(), link);
  // Loaded anew, it is gone on with rather than dreamt again.
  await other.waitForTimeout(500);
  await other.reload();
  await other.getByRole('button', { name: 'Go on' }).click();
  await ready(other);
  await drawn(other);
  assert.ok(same(await pixels(other, 'Edited'), smiling));
  await other.waitForURL(link);
});

test('a link to a dreamt face leaves the photo that is open as it is', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  await openSample(page, PAGE);
  await begin(page);
  await slide(page, 'Smile', 0.3);
  await drawn(page);
  await page.waitForURL(/set=Smiling:0\.3$/);
  const own = page.url();
  // A second face leaves the address, too.
  await page.getByRole('tab', { name: 'Blend' }).click();
  await page.getByRole('button', { name: 'Another face' }).click();
  await page.getByRole('button', { name: 'Face of nobody 2' }).click();
  await page.getByRole('slider', { name: 'From this face to the other' }).waitFor();
  assert.equal(page.url(), own);
  await page.getByRole('tab', { name: 'Edit' }).click();
  await drawn(page);

  await page.evaluate(() => { location.hash = '#dream=7,0.7,1,3&set=Smiling:0.4'; });
  await page.getByText('The link is of face 3').waitFor();
  await page.getByRole('button', { name: 'Choose a photo' }).click();
  const smile = page.getByRole('slider', { name: 'Smile', exact: true });
  await smile.waitFor();
  assert.equal(await smile.inputValue(), '0.3');
  await page.evaluate(() => { location.hash = '#dream=7,0.7,1,2&set=Smiling:0.4'; });
  await page.getByText('The link is of face 2').waitFor();
  await page.getByRole('button', { name: 'Dream up faces' }).click();
  await page.waitForURL(/&dream=7,0\.7,1,2&set=Smiling:0\.4$/);
  assert.equal(await smile.inputValue(), '0.4');
  await page.getByRole('button', { name: 'New photo' }).click();
  assert.equal(await page.getByText(/The next photo begins/).count(), 0);
});

test('a link to a face that there is not says so', { timeout: PATIENCE }, async () => {
  for (const numbers of ['7,0.7,1,7', '7,0.7,1,0', '7,0.7,1,x', '', '1.5']) {
    const page = await newPage();
    await page.goto(`${PAGE}#dream=${numbers}`);
    await page.getByText(/one of them by its number from 1 to 6/).waitFor();
    await page.context().close();
  }
});

describe('the numbers of a link on CPU and GPU', () => {
  /**
   * The largest difference between the model's own pixels, in levels.
   * @param {number} count of faces @param {(page: import('./support.mjs').Page) => Promise<void>} [prepared]
   */
  async function compared(count, prepared) {
    /** @type {number[][]} */
    const drawnBy = [];
    for (const device of ['cpu', 'gpu']) {
      const page = await newPage();
      await prepared?.(page);
      drawnBy.push(/** @type {number[]} */ (await withPackage(page, site.url, `
        const model = await diffae.DiffAe.load(manifest, { device: '${device}', parts: ['decoder', 'latent'] });
        const kind = model.info.device.kind;
        const faces = await model.sample({ count: ${count}, seed: 7, psi: ${DREAM.psi}, eta: ${DREAM.eta}, steps: ${DREAM_STEPS} });
        model.free();
        return kind === '${device}' ? faces.flatMap(({ data }) => [...data]) : [];`)));
      await page.context().close();
    }
    const [a, b] = drawnBy;
    assert.ok(a.length > 0 && a.length === b.length, 'each device has drawn');
    assert.ok(new Set(a).size > 50, 'there is something on the pictures');
    const apart = a.map((value, at) => Math.abs(value - b[at]));
    const most = apart.reduce((most, one) => Math.max(most, one), 0);
    console.log(`CPU and GPU: ${apart.filter(Boolean).length} of ${apart.length} numbers differ, by at most ${most}`);
    return most;
  }

  test('the tiny model draws the same six faces within a level', { timeout: 4 * PATIENCE }, async () => {
    assert.ok(await compared(COUNT, goldenModel) <= 1);
  });

  // Minutes on a software adapter.
  test('the bundled model draws the same face within a level', { timeout: 8 * PATIENCE, skip: process.env.DIFFAE_JOURNEYS !== 'all' }, async () => {
    assert.ok(await compared(1) <= 1);
  });
});
