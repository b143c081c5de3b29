// Every screen from 320 to 2560 pixels, light and dark, and in the few colours of a person's own: nothing overflows, axe-core
// finds nothing, keys are enough.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from './inspect.mjs';
import { served } from './served.mjs';
import { begin, drawn, gatedEngine, noFace, openSample, PATIENCE, ready, twoFaces, withoutEncoder } from './support.mjs';

const { site, newPage } = await served();

/** @type {[number, number, 'light' | 'dark' | 'forced'][]} */
const LOOKS = [
  [2560, 1440, 'light'], [1280, 800, 'light'], [1280, 800, 'dark'], [1280, 800, 'forced'],
  [360, 740, 'light'], [360, 740, 'dark'], [320, 640, 'light'], [320, 640, 'dark'],
];
for (const [width, height, colours] of LOOKS) {
  test(`${width} pixels, ${colours}`, { timeout: 2 * PATIENCE }, async () => {
    const page = await newPage({ viewport: { width, height }, reducedMotion: 'reduce', ...(colours === 'forced' ? { forcedColors: 'active' } : { colorScheme: colours }) });
    const gate = await gatedEngine(page, 'cpu', `
      const { encode } = DiffAe.prototype;
      DiffAe.prototype.encode = async function (...request) {
        await gate();
        return encode.apply(this, request);
      };`);
    const name = (/** @type {string} */ stage) => `${stage}-${width}-${colours}`;
    await page.goto(site.url);
    await page.getByText(/downloaded once when you begin/).waitFor();
    await page.waitForFunction(() => document.images.length > 0 && [...document.images].every((image) => image.complete));
    await inspect(page, name('1-start'));
    await page.getByLabel('Choose a photo').setInputFiles(await noFace(page));
    await page.getByText('No face was found').waitFor();
    await inspect(page, name('2-by-hand'));
    await page.getByRole('button', { name: 'Other photo' }).click();
    await page.getByLabel('Choose a photo').setInputFiles(await twoFaces(page, site.url));
    await page.getByText('2 faces').waitFor();
    await inspect(page, name('2-pick'));
    await page.getByRole('button', { name: 'Other photo' }).click();
    await page.getByRole('button', { name: 'Eileen Collins' }).click();
    await page.getByRole('button', { name: 'Bring it to life' }).waitFor();
    await inspect(page, name('2-frame'));
    await page.getByRole('button', { name: 'Bring it to life' }).click();
    await page.locator('diffae-editor[stage=work]').waitFor();
    await inspect(page, name('3-work'));
    assert.equal(await page.locator('diffae-editor').getAttribute('stage'), 'work');
    gate.open();
    await page.getByRole('slider', { name: 'Smile', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Smile', exact: true }).click();
    await drawn(page);
    await inspect(page, name('4-edit'));
    await page.getByRole('button', { name: 'Video', exact: true }).click();
    await page.getByText('The model draws 13 pictures').waitFor();
    await inspect(page, name('4-video'));
    await page.getByRole('button', { name: 'Video', exact: true }).click();
    await page.getByText('What happens inside').click();
    await page.getByRole('img', { name: /^z_sem/ }).waitFor();
    await inspect(page, name('4-inside'));
    await page.getByRole('button', { name: 'Slide', exact: true }).click();
    await page.getByText('All 40 attributes').click();
    await inspect(page, name('5-all'));
    for (const tab of ['Variations', 'Blend', 'Faces', 'Teach']) {
      await page.getByRole('tab', { name: tab }).click();
      await inspect(page, name(`6-${tab.toLowerCase()}`));
    }
    await page.getByRole('tab', { name: 'Blend' }).click();
    await page.getByRole('button', { name: 'Another face' }).click();
    await inspect(page, name('7-second'));
    await page.getByRole('button', { name: 'Back to editing' }).click();
    await page.getByRole('button', { name: 'Adjust the eyes' }).click();
    await inspect(page, name('8-adjust'));
  });
}

for (const [width, height] of [[1280, 800], [360, 740]]) {
  test(`a model without an encoder at ${width} pixels`, { timeout: PATIENCE }, async () => {
    const page = await newPage({ viewport: { width, height }, reducedMotion: 'reduce' });
    await withoutEncoder(page);
    await page.goto(site.url);
    await page.getByRole('button', { name: 'Draw pictures' }).waitFor();
    await inspect(page, `9-noise-${width}`);
    await page.getByRole('button', { name: 'Draw pictures' }).click();
    await page.getByRole('button', { name: 'Download picture 6' }).waitFor();
    await inspect(page, `9-drawn-${width}`);
  });
}

test('the whole way by keyboard', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.goto(site.url);
  await page.getByRole('button', { name: 'Face of nobody 1' }).press('Enter');
  const stage = page.getByRole('group', { name: /Photo under the frame/ });
  await stage.waitFor();
  await page.getByText('Line it up by hand').press('Enter');
  const tilt = page.getByRole('slider', { name: 'Tilt' });
  const start = Number(await tilt.inputValue());
  await stage.focus();
  for (const key of ['ArrowLeft', 'ArrowDown', '+', ']', ']']) await page.keyboard.press(key);
  assert.ok(Number(await tilt.inputValue()) > start);
  await page.getByRole('button', { name: 'Bring it to life' }).press('Enter');
  const smile = page.getByRole('slider', { name: 'Smile', exact: true });
  await smile.waitFor();
  await smile.focus();
  for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight');
  assert.equal(await smile.inputValue(), '0.2');
  await drawn(page);
  await page.getByRole('tab', { name: 'Edit', exact: true }).focus();
  await page.keyboard.press('ArrowRight');
  assert.equal(await page.getByRole('tab', { name: 'Blend' }).getAttribute('aria-selected'), 'true');
  // The eyes are corrected, the face is read anew, and the sliders stay.
  await page.getByRole('button', { name: 'Adjust the eyes' }).press('Enter');
  await page.getByRole('button', { name: /^Eye on the left/ }).focus();
  for (const key of ['ArrowRight', 'Shift+ArrowDown']) await page.keyboard.press(key);
  await page.keyboard.press('Enter');
  // Only the face that was read anew brings the sliders back.
  await ready(page);
  assert.equal(await smile.inputValue(), '0.2');
  await drawn(page);
});

test('buttons and sliders are 44 pixels high', { timeout: PATIENCE }, async () => {
  const page = await newPage({ viewport: { width: 360, height: 740 } });
  await openSample(page, site.url);
  await begin(page);
  const small = await page.locator('button:visible, select:visible, input[type=range]:visible').evaluateAll((all) =>
    all.map((element) => ({ name: element.getAttribute('aria-label') ?? element.textContent, height: element.getBoundingClientRect().height })).filter(({ height }) => height < 43.9));
  assert.deepEqual(small, []);
});
