// Pastes and drops: which of them an editor takes on a page that it shares with others, and what a dragged picture becomes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { served } from './served.mjs';
import { expectFaults, PATIENCE } from './support.mjs';

/** @typedef {import('./support.mjs').Page} Page */

const { site, newPage } = await served();

const SHARED = `<!doctype html><meta charset="utf-8">
  <script type="module" src="pkg/element.js"></script>
  <app-root>
    <p id="text">A paragraph</p> <a id="link" href="#text">link</a> <button id="button">button</button> <input id="check" type="checkbox">
    <textarea id="area"></textarea> <textarea id="locked" readonly></textarea> <input id="line"> <input id="search" type="search">
    <div id="rich" contenteditable><b id="bold">rich</b></div> <div id="plain" contenteditable="plaintext-only">plain</div>
    <div id="board" tabindex="0"><span id="inboard">a drawing board</span></div>
    <foreign-field id="field"></foreign-field>
    <diffae-editor id="one" model="models/portrait64/manifest.json"></diffae-editor>
    <diffae-editor id="two" model="models/portrait64/manifest.json"></diffae-editor>
  </app-root>`;

/** A page with two editors among other things; what each is given is counted. @returns {Promise<Page>} */
async function shared() {
  const page = await newPage();
  await page.context().route('**/shared.html', (route) => route.fulfill({ body: SHARED, contentType: 'text/html' }));
  await page.goto(new URL('shared.html', site.url).href);
  await page.evaluate(async () => {
    await customElements.whenDefined('diffae-editor');
    customElements.define('app-root', class extends HTMLElement {});
    customElements.define('foreign-field', class extends HTMLElement {
      constructor() {
        super();
        this.attachShadow({ mode: 'closed' }).append(document.createElement('textarea'));
      }
    });
    const taken = /** @type {any} */ (globalThis).taken = /** @type {string[]} */ ([]);
    for (const editor of /** @type {NodeListOf<any>} */ (document.querySelectorAll('diffae-editor'))) editor.open = async () => { taken.push(editor.id); };
  });
  return page;
}

/**
 * Pastes text and a picture into what a selector finds, within an editor's shadow if there is one.
 * @param {Page} page @param {string} selector @param {{ type?: string, within?: string }} [about]
 * @returns {Promise<{ taken: string[], prevented: boolean }>}
 */
function paste(page, selector, { type = 'image/png', within } = {}) {
  return page.evaluate(([selector, type, within]) => {
    const { taken } = /** @type {any} */ (globalThis);
    taken.length = 0;
    const data = new DataTransfer();
    data.setData('text/plain', 'some words');
    data.items.add(new File(['x'], 'pasted', { type }));
    const root = within ? /** @type {ShadowRoot} */ (document.querySelector(within)?.shadowRoot) : document;
    const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, composed: true, cancelable: true });
    /** @type {Element} */ (root.querySelector(selector)).dispatchEvent(event);
    return { taken: [...taken], prevented: event.defaultPrevented };
  }, /** @type {const} */ ([selector, type, within]));
}

test('a paste into what takes text is left to it', { timeout: PATIENCE }, async () => {
  const page = await shared();
  for (const selector of ['#area', '#locked', '#line', '#search', '#rich', '#bold', '#plain']) {
    assert.deepEqual(await paste(page, selector), { taken: [], prevented: false }, selector);
  }
  await page.evaluate(() => { document.designMode = 'on'; });
  assert.deepEqual(await paste(page, '#text'), { taken: [], prevented: false }, 'a document that is edited');
});

test('a paste into another application of the page is left to it', { timeout: PATIENCE }, async () => {
  const page = await shared();
  for (const selector of ['#board', '#inboard', '#field']) assert.deepEqual(await paste(page, selector), { taken: [], prevented: false }, selector);
  // Whoever has taken it has taken it, even where it bubbles last.
  await page.evaluate(() => document.addEventListener('paste', (event) => event.preventDefault(), { once: true }));
  assert.deepEqual(await paste(page, '#text'), { taken: [], prevented: true });
});

test('a paste where nobody else is at home goes to one editor', { timeout: PATIENCE }, async () => {
  const page = await shared();
  for (const selector of ['body', '#text', '#link', '#button', '#check']) assert.deepEqual(await paste(page, selector), { taken: ['one'], prevented: true }, selector);
  for (const id of ['one', 'two']) {
    assert.deepEqual(await paste(page, `#${id}`), { taken: [id], prevented: true }, `into editor ${id}`);
    assert.deepEqual(await paste(page, 'select', { within: `#${id}` }), { taken: [id], prevented: true }, `within editor ${id}`);
  }
  assert.deepEqual(await paste(page, 'body', { type: 'text/csv' }), { taken: [], prevented: false }, 'what is no picture');
  await page.evaluate(() => document.querySelector('#one')?.remove());
  assert.deepEqual(await paste(page, 'body'), { taken: ['two'], prevented: true });
});

test('a drag that somebody else takes is left to them, and one that ends leaves no trace', { timeout: PATIENCE }, async () => {
  const page = await shared();
  const said = await page.evaluate(() => {
    const editor = /** @type {any} */ (document.querySelector('#one'));
    editor.drop = async () => { editor.setAttribute('dropped', ''); };
    const shell = /** @type {Element} */ (editor.shadowRoot.querySelector('.shell'));
    const drag = (/** @type {string} */ type, /** @type {Element} */ target) => {
      const event = new DragEvent(type, { dataTransfer: new DataTransfer(), bubbles: true, composed: true, cancelable: type !== 'dragleave' });
      target.dispatchEvent(event);
      return [event.defaultPrevented, editor.hasAttribute('dragging'), editor.hasAttribute('dropped')].map(Number).join('');
    };
    const said = [drag('dragover', shell), drag('dragleave', shell), drag('dragover', shell), drag('drop', shell)];
    editor.removeAttribute('dropped');
    const text = shell.appendChild(document.createElement('textarea'));
    said.push(drag('dragover', text), drag('drop', text));
    shell.addEventListener('drop', (event) => event.preventDefault(), { once: true });
    said.push(drag('drop', shell));
    return said;
  });
  assert.deepEqual(said, ['110', '000', '110', '101', '000', '000', '100']);
});

test('a drop that gives no picture leaves the screen as it is', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.goto(site.url);
  await page.getByRole('button', { name: 'Face of nobody 1' }).click();
  await page.getByRole('button', { name: 'Bring it to life' }).waitFor();
  /** @type {Record<string, string>[]} */
  const drops = [{ 'text/plain': 'some words' }, { 'text/uri-list': new URL('missing.webp', site.url).href }];
  for (const types of drops) {
    await drop(page, types);
    await page.getByRole('alert').filter({ hasText: /./ }).waitFor();
    assert.ok(await page.getByRole('button', { name: 'Bring it to life' }).isVisible());
    await page.getByRole('button', { name: 'Dismiss' }).click();
  }
});

test('a paste goes to no editor that is out of reach', { timeout: PATIENCE }, async () => {
  const page = await shared();
  const one = page.locator('#one');
  await page.evaluate(() => document.querySelector('#two')?.remove());
  assert.deepEqual(await paste(page, 'body'), { taken: ['one'], prevented: true });
  await one.evaluate((editor) => { editor.setAttribute('hidden', ''); });
  assert.deepEqual(await paste(page, 'body'), { taken: [], prevented: false }, 'hidden');
  await one.evaluate((editor) => {
    editor.removeAttribute('hidden');
    /** @type {HTMLElement} */ (editor.parentElement).inert = true;
  });
  assert.deepEqual(await paste(page, 'body'), { taken: [], prevented: false }, 'inert');
  await one.evaluate((editor) => {
    /** @type {HTMLElement} */ (editor.parentElement).inert = false;
    document.body.appendChild(document.createElement('dialog')).showModal();
  });
  assert.deepEqual(await paste(page, 'body'), { taken: [], prevented: false }, 'behind a dialog');
  await one.evaluate((editor) => document.querySelector('dialog')?.append(editor));
  assert.deepEqual(await paste(page, 'body'), { taken: ['one'], prevented: true }, 'in the dialog');
});

/**
 * Drops what a dragged picture brings along: on the page, or within the element.
 * @param {Page} page @param {Record<string, string>} types @param {'body' | 'element'} [where]
 */
function drop(page, types, where = 'element') {
  return page.evaluate(([types, where]) => {
    const data = new DataTransfer();
    for (const [type, value] of Object.entries(types)) data.setData(type, value);
    const root = /** @type {ShadowRoot} */ (document.querySelector('diffae-editor')?.shadowRoot);
    const target = where === 'body' ? document.body : root.querySelector('.shell');
    target?.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, composed: true, cancelable: true }));
  }, /** @type {const} */ ([types, where]));
}

test('a picture that is dragged out of a web page is fetched', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  const face = new URL('samples/face-08.webp', site.url).href;
  await page.goto(site.url);
  await page.getByText(/downloaded once when you begin/).waitFor();
  const data = await page.evaluate(async (address) => {
    const reader = new FileReader();
    reader.readAsDataURL(await (await fetch(address)).blob());
    await new Promise((resolve) => { reader.onload = resolve; });
    return String(reader.result);
  }, face);
  /** @type {Record<string, string>[]} */
  const drags = [
    { 'text/uri-list': face },
    { 'text/uri-list': `# a comment\r\n${face}\r\n`, 'text/plain': face },
    { 'text/html': `<a href="https://example.org/"><img alt="" src="${face}"></a>`, 'text/uri-list': 'https://example.org/' },
    { 'text/html': '<img src="/samples/unknown.png">', 'text/uri-list': face },
    { 'text/plain': face },
    { 'text/html': `<img src="${data}">` },
  ];
  for (const [i, types] of drags.entries()) {
    await drop(page, types, i % 2 ? 'body' : 'element');
    await page.getByRole('button', { name: 'Bring it to life' }).waitFor();
    await page.getByRole('button', { name: 'Other photo' }).click();
    await page.getByLabel('Choose a photo').waitFor({ state: 'attached' });
  }
});

test('what cannot be fetched or is no picture is said', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.goto(site.url);
  await page.getByText(/downloaded once when you begin/).waitFor();
  const alert = page.getByRole('alert').filter({ hasText: /./ });
  const elsewhere = new URL('samples/face-08.webp', site.url.replace('localhost', '127.0.0.1'));
  /** @type {[Record<string, string>, string][]} */
  const cases = [
    [{ 'text/uri-list': elsewhere.href }, `The picture is on ${elsewhere.host}, which does not let this page read it. Save it on your device first, then drop the file.`],
    [{ 'text/uri-list': new URL('missing.webp', site.url).href }, 'missing.webp does not exist on the server (status 404).'],
    [{ 'text/html': '<img src="blob:https://example.org/0b0d">' }, 'The picture is on example.org, which does not let this page read it. Save it on your device first, then drop the file.'],
    [{ 'text/plain': 'some words' }, 'There is no picture in what was dropped; drop a picture file.'],
    [{ 'text/html': '<img src="data:image/png;base64,%%%">' }, 'There is no picture in what was dropped; drop a picture file.'],
    [{}, 'There is no picture in what was dropped; drop a picture file.'],
  ];
  for (const [types, sentence] of cases) {
    for (const where of /** @type {const} */ (['element', 'body'])) {
      await drop(page, types, where);
      await alert.waitFor();
      assert.equal(await alert.innerText(), sentence);
      await page.getByRole('button', { name: 'Dismiss' }).click();
    }
  }
  expectFaults(page, /violates the (following|document's) Content Security Policy/);
});
