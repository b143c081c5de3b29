// What somebody has gone on from is over: its worker ends at once, whatever it was doing, and nothing of it is shown any more.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { nanoModel } from './nano-model.mjs';
import { served } from './served.mjs';
import { drawn, PATIENCE, SAMPLES, slide, withPackage } from './support.mjs';

const { site, newPage } = await served();

/** Counts the workers that live, in the page. */
const COUNT = () => {
  const Native = Worker;
  const count = /** @type {any} */ (globalThis).count = { live: 0, most: 0 };
  globalThis.Worker = class extends Native {
    #ended = false;

    /** @param {ConstructorParameters<typeof Worker>} args */
    constructor(...args) {
      super(...args);
      count.live += 1;
      count.most = Math.max(count.most, count.live);
    }

    terminate() {
      super.terminate();
      if (!this.#ended) count.live -= 1;
      this.#ended = true;
    }
  };
};

/** @param {import('./support.mjs').Page} page @returns {Promise<{ live: number, most: number }>} */
const counted = (page) => page.evaluate('count');

test('of photos that are dropped one after another only the last is decoded', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.addInitScript(COUNT);
  await page.goto(site.url);
  await page.getByText(/downloaded once when you begin/).waitFor();
  await page.evaluate(async () => {
    const file = await (await fetch('samples/astronaut.webp')).blob();
    const editor = /** @type {any} */ (document.getElementById('editor'));
    for (let i = 0; i < 6; i++) {
      void editor.open(new File([file], `${i}.webp`));
      // Long enough for its worker to be there.
      await new Promise((resolve) => { setTimeout(resolve, 30); });
    }
  });
  await page.getByRole('button', { name: 'Bring it to life' }).waitFor();
  assert.deepEqual(await counted(page), { live: 1, most: 1 });
  assert.equal(await page.getByRole('alert').filter({ hasText: /./ }).count(), 0);
});

test('a decode that is cancelled ends at once, and says that it was cancelled', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.addInitScript(COUNT);
  const ended = await withPackage(page, site.url, `
    const controller = new AbortController();
    const before = diffae.Photo.open({ width: 2000, height: 2000, data: new Uint8Array(16e6) }, { signal: controller.signal }).then(() => null, (error) => error.code);
    while (count.live === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    controller.abort();
    const live = count.live;
    const already = await diffae.Photo.open({ width: 1, height: 1, data: new Uint8Array(4) }, { signal: controller.signal }).then(() => null, (error) => error.code);
    return { live, codes: [await before, already], most: count.most };`);
  assert.deepEqual(ended, { live: 0, codes: ['cancelled', 'cancelled'], most: 1 });
});

test('an editor that is built anew or taken away at any moment leaves no worker behind', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  await page.addInitScript(COUNT);
  await page.goto(site.url);
  await page.evaluate(async () => {
    const file = await (await fetch('samples/astronaut.webp')).blob();
    const editor = /** @type {any} */ (document.getElementById('editor'));
    for (let i = 0; i < 12; i++) {
      void editor.open(new File([file], `${i}.webp`));
      await new Promise((resolve) => { setTimeout(resolve, 25 * i); });
      editor.labels = { begin: `Go ${i}` };
    }
    void editor.open(file);
    editor.remove();
    // What was still under way when it was taken out.
    await new Promise((resolve) => { setTimeout(resolve, 1500); });
  });
  assert.equal((await counted(page)).live, 0);
});

test('a message that cannot be read ends the wait, on either side', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.addInitScript(COUNT);
  const states = await withPackage(page, site.url, `
    const Counted = Worker;
    let last;
    globalThis.Worker = class extends Counted { constructor(...args) { super(...args); last = this; } };
    const states = [];
    const model = await diffae.DiffAe.load(manifest, { device: 'cpu', threads: 1, parts: [], onState: ({ state }) => states.push(state) });
    const answer = model.sample({ count: 1 }).then(() => null, (error) => states.push(error.code));
    await new Promise((resolve) => setTimeout(resolve));
    last.dispatchEvent(new MessageEvent('messageerror'));
    await answer;
    while (states.at(-1) !== 'ready') await new Promise((resolve) => setTimeout(resolve, 20));
    model.free();
    return states;`);
  assert.deepEqual(states, ['restarting', 'engine-crashed', 'ready']);
});

test('attributes can be called as the parts of an object are', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  const files = nanoModel(['constructor', '__proto__', 'toString']);
  await page.context().route('**/models/portrait64/*', (route) => route.fulfill({ body: files[route.request().url().split('/').pop() ?? ''] }));
  await page.goto(new URL('?device=cpu', site.url).href);
  await page.getByLabel('Choose a photo').setInputFiles(join(SAMPLES, 'astronaut.webp'));
  await page.getByRole('button', { name: 'Bring it to life' }).click();
  await page.getByText('All 3 attributes').click();
  for (const name of ['constructor', '  proto  ', 'toString']) await slide(page, name, 0.3);
  await drawn(page);
  assert.equal(await page.getByRole('alert').filter({ hasText: /./ }).count(), 0);
});
