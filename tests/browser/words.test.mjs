// Languages: each is complete, keeps the places of values, and is what a person whose browser asks for it sees on the page.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { LABELS } from '../../pkg/element/words/labels.js';
import { SPOKEN, wordsOf } from '../../pkg/element/words/languages.js';
import { REASONS } from '../../pkg/lib/shared/device.js';
import { served } from './served.mjs';
import { PATIENCE, ROOT } from './support.mjs';

const { site, newPage } = await served();
const languages = SPOKEN.filter((language) => language !== 'en');

/** What a person can read in any language but English: labels, and a sentence for each device reason and each error. */
async function keys() {
  const types = await readFile(join(ROOT, 'pkg/index.d.ts'), 'utf8');
  const union = /export type ErrorCode =([^;]+);/.exec(types)?.[1] ?? '';
  const codes = [...union.matchAll(/'([a-z0-9-]+)'/g)].map(([, code]) => code);
  assert.ok(codes.length > 20 && codes.includes('out-of-memory'), 'the error codes are found');
  return [...Object.keys(LABELS), ...Object.keys(REASONS).map((reason) => `device-${reason}`), ...codes.map((code) => `error-${code}`)].sort();
}

/** @param {string} text */
function places(text) {
  return [...text.matchAll(/\{\w+\}/g)].map(String).sort();
}

test('every file of words is a language of the element and the page, and has every word', async () => {
  const files = await readdir(join(ROOT, 'pkg/element/words'));
  const named = languages.map((language) => `${language}.js`);
  assert.deepEqual(files.filter((file) => /^[a-z]{2,3}\.js$/.test(file)).sort(), named.sort());
  for (const language of languages) {
    const words = await wordsOf(language);
    assert.deepEqual(Object.keys(words).sort(), await keys(), language);
    for (const [key, english] of Object.entries(LABELS)) assert.deepEqual(places(words[key]), places(english), `${language} ${key}`);
    const page = await readFile(join(ROOT, 'www/index.html'), 'utf8');
    const scripts = await Promise.all(['page.js', 'offline.js'].map((name) => readFile(join(ROOT, 'www', name), 'utf8')));
    const said = [...page.matchAll(/data-say(?:-alt|-label)?="(\w+)"/g), ...scripts.join().matchAll(/\bword\('(\w+)'/g)];
    const wanted = new Set(said.map(([, key]) => key)).add('title');
    const { WORDS } = await import(`../../www/words/${language}.js`);
    assert.deepEqual(Object.keys(WORDS).sort(), [...wanted].sort(), `the page in ${language}`);
  }
});

test('a browser that asks for German gets it, page and editor and numbers', { timeout: PATIENCE }, async () => {
  const page = await newPage({ locale: 'de-AT' });
  await page.goto(site.url);
  await page.getByRole('heading', { name: 'Sieh dein eigenes Gesicht lächeln' }).waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), 'de');
  await page.getByText('portrait64: 9,4 MB, einmal geladen, wenn du beginnst.').waitFor();
  await page.getByRole('button', { name: 'Eileen Collins, Astronautin' }).click();
  await page.getByRole('button', { name: 'Zum Leben erwecken' }).click();
  await page.getByRole('slider', { name: 'Lächeln', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Lächeln', exact: true }).click();
  await page.getByText(/^In \d+(,\d)? s gezeichnet\.$/).waitFor();
});

test('the address has the last word on the language, and the page links to the other one', { timeout: PATIENCE }, async () => {
  const page = await newPage({ locale: 'de-DE' });
  await page.goto(`${site.url}?lang=en&device=cpu#how`);
  await page.getByRole('button', { name: 'Eileen Collins, astronaut' }).waitFor();
  await page.getByRole('link', { name: 'Deutsch' }).click();
  await page.getByRole('button', { name: 'Eileen Collins, Astronautin' }).waitFor();
  assert.equal(page.url(), `${site.url}?lang=de&device=cpu#how`, 'what else the address says stays');
  await page.getByRole('link', { name: 'English' }).click();
  await page.getByRole('button', { name: 'Eileen Collins, astronaut' }).waitFor();
});

test('sample photos are named as the page names them now, however late its words come', { timeout: PATIENCE }, async () => {
  const page = await newPage({ locale: 'de-DE' });
  /** @type {() => void} */ let hand = () => {};
  const awaited = new Promise((resolve) => { hand = () => resolve(undefined); });
  await page.route('**/words/de.js', async (route) => {
    if (!route.request().url().includes('/pkg/')) await awaited;
    await route.continue();
  });
  await page.goto(site.url, { waitUntil: 'commit' });
  await page.getByText('Leg hier ein Foto mit einem Gesicht ab').waitFor();
  await page.getByRole('button', { name: 'Eileen Collins, astronaut' }).waitFor();
  hand();
  await page.getByRole('button', { name: 'Eileen Collins, Astronautin' }).waitFor();
  await page.locator('diffae-editor').evaluate((editor) => {
    for (const sample of editor.querySelectorAll('img[slot=sample]')) sample.remove();
  });
  await page.getByText('Kein Foto zur Hand?').waitFor({ state: 'hidden' });
});

test('trouble is told in the language, with the exact English sentence after it', { timeout: PATIENCE }, async () => {
  const page = await newPage({ locale: 'de-DE' });
  await page.goto(site.url);
  await page.getByLabel('Foto auswählen').setInputFiles({ name: 'x.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
  const alert = page.getByRole('alert');
  await alert.getByText('Das Bild lässt sich nicht öffnen.').waitFor();
  const exact = alert.locator('[lang=en]');
  assert.match(String(await exact.textContent()), /x\.png|picture/);
});

test('an editor follows a change of its own language, and opens what it was given before its words were there', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  let asked = 0;
  await page.route('**/words/de.js', async (route) => {
    asked += 1;
    await new Promise((resolve) => { setTimeout(resolve, 300); });
    await route.continue();
  });
  await page.goto(`${site.url}embed.html`);
  const editor = page.locator('diffae-editor');
  await page.getByRole('button', { name: 'Bring it to life' }).waitFor();
  await editor.evaluate((element) => {
    element.removeAttribute('src');
    element.setAttribute('lang', 'de');
    void /** @type {any} */ (element).open('samples/face-08.webp');
  });
  await page.getByRole('button', { name: 'Zum Leben erwecken' }).waitFor();
  assert.equal(asked, 1);
  // A region is no other language.
  await editor.evaluate((element) => element.setAttribute('lang', 'de-CH'));
  assert.equal(await editor.getAttribute('stage'), 'frame');
  await editor.evaluate((element) => element.setAttribute('lang', 'xx'));
  await page.getByText('Drop a photo of a face').waitFor();
});

test('without the words of its language the editor speaks English', { timeout: PATIENCE }, async () => {
  const page = await newPage({ locale: 'de-DE' });
  await page.route('**/pkg/element/words/de.js', (route) => route.abort());
  await page.goto(site.url);
  await page.getByText('Drop a photo of a face').waitFor();
});
