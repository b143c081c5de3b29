// A made-up language that is read from right to left: every word that a person meets on the way from photo to file comes from
// the labels, and every screen turns round without running over its edges.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LABELS } from '../../pkg/element/words/labels.js';
import { REASONS } from '../../pkg/lib/shared/device.js';
import { inspect } from './inspect.mjs';
import { served } from './served.mjs';
import { noFace, PATIENCE, twoFaces, withoutEncoder } from './support.mjs';

const { site, newPage } = await served();

/** Letters of a script from right to left, one for each Latin letter, a third longer as translations are. */
const LETTERS = 'ابتثجحخدذرزسشصضطظعغفقكلمنه';
/** @param {string} text */
function mirrored(text) {
  const turned = text.replace(/\{\w+\}|[a-z]/gi, (part) => (part.length > 1 ? part : LETTERS[part.toLowerCase().charCodeAt(0) - 97]));
  return `${turned}${'ـ'.repeat(Math.ceil(text.length / 3))}`;
}
const reasons = Object.fromEntries(Object.entries(REASONS).map(([reason, sentence]) => [`device-${reason}`, sentence]));
const labels = Object.fromEntries(Object.entries({ ...LABELS, ...reasons }).map(([key, text]) => [key, mirrored(text)]));

/** What no language translates: units, formats, names of models, what a model says of its licence. */
const OF_NO_LANGUAGE = [/\b(MB|GPU|CPU|PNG|JPEG|WebP|WebGPU|s|min|psi|eta)\b/g, /(portrait|noise)\d+/g, /For non-commercial research only[^.]*\./g];

/** The visible words and labels of the editor that did not come from the labels. @param {import('./support.mjs').Page} page */
async function foreign(page) {
  const texts = await page.locator('diffae-editor').evaluate((editor) => {
    const root = /** @type {ShadowRoot} */ (editor.shadowRoot);
    /** @type {string[]} */
    const found = [];
    for (const element of root.querySelectorAll('*')) {
      if (!(element instanceof HTMLElement) || element.matches('style') || !element.checkVisibility()) continue;
      for (const node of element.childNodes) if (node instanceof Text && node.data.trim()) found.push(node.data);
      for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'aria-valuetext']) {
        const value = element.getAttribute(name);
        if (value) found.push(value);
      }
    }
    return found;
  });
  return texts.filter((text) => /[a-z]/i.test(OF_NO_LANGUAGE.reduce((rest, words) => rest.replace(words, ''), text)));
}

/** @param {import('./support.mjs').Page} page @param {string} name */
async function look(page, name) {
  await inspect(page, `rtl-${name}`);
  assert.deepEqual(await foreign(page), [], `${name}: words that are in no label`);
}

/** @param {string} key @param {Record<string, string | number>} [values] */
function word(key, values = {}) {
  return labels[key].replace(/\{(\w+)\}/g, (_, name) => `\u2068${values[name]}\u2069`);
}

/** The page, turned round, its editor in the made-up language. @param {import('./support.mjs').Page} page */
async function open(page) {
  await page.goto(site.url);
  await page.locator('diffae-editor').evaluate((editor, words) => {
    document.documentElement.dir = 'rtl';
    for (const [i, sample] of editor.querySelectorAll('img[slot=sample]').entries()) sample.setAttribute('alt', String(i + 1));
    Object.assign(editor, { labels: words });
  }, labels);
}

for (const [width, height] of [[1280, 800], [360, 740]]) {
  test(`from right to left at ${width} pixels`, { timeout: 2 * PATIENCE }, async () => {
    const page = await newPage({ viewport: { width, height }, reducedMotion: 'reduce' });
    const press = (/** @type {string} */ key) => page.getByRole('button', { name: word(key), exact: true }).click();
    await open(page);
    await page.getByText(word('licence', { licence: '' }).slice(0, 8)).waitFor();
    await look(page, `1-start-${width}`);
    const file = page.getByLabel(word('choose'));
    await file.setInputFiles(await noFace(page));
    await page.getByText(word('noFace')).waitFor();
    await look(page, `2-by-hand-${width}`);
    await press('otherPhoto');
    await file.setInputFiles(await twoFaces(page, site.url));
    await page.getByText(word('pickText')).waitFor();
    await look(page, `3-pick-${width}`);
    await press('otherPhoto');
    await page.getByRole('button', { name: '1', exact: true }).click();
    await page.getByRole('button', { name: word('begin') }).waitFor();
    await look(page, `4-frame-${width}`);
    await press('begin');
    const smile = page.getByRole('slider', { name: word('Smiling'), exact: true });
    await smile.waitFor();
    await smile.focus();
    // What is more lies to the left.
    await page.keyboard.press('ArrowLeft');
    assert.equal(await smile.inputValue(), '0.05');
    await page.getByText(word('drawn', { time: '' }).slice(0, 4)).first().waitFor();
    await look(page, `5-edit-${width}`);
    await page.getByText(word('all', { count: 40 })).click();
    await look(page, `6-all-${width}`);
    // The tab after the first lies to its left.
    await page.getByRole('tab', { name: word('tabEdit'), exact: true }).focus();
    await page.keyboard.press('ArrowLeft');
    assert.equal(await page.getByRole('tab', { name: word('tabBlend'), exact: true }).getAttribute('aria-selected'), 'true');
    for (const tab of await page.getByRole('tab').all()) {
      await tab.click();
      await look(page, `7-${await tab.textContent().then((text) => Object.keys(labels).find((key) => labels[key] === text))}-${width}`);
    }
    await press('adjust');
    await look(page, `8-adjust-${width}`);
  });
}

test('a model without an encoder, from right to left', { timeout: PATIENCE }, async () => {
  const page = await newPage({ reducedMotion: 'reduce' });
  await withoutEncoder(page);
  await open(page);
  await page.getByRole('button', { name: word('sampleRun') }).waitFor();
  await look(page, '9-noise');
});
