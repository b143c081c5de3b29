// The page as an installed app: its manifest and icons, photos that the system brings, and use without a network after one visit.

import assert from 'node:assert/strict';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { served } from './served.mjs';
import { PATIENCE, ready, ROOT } from './support.mjs';

const { site, newPage } = await served();
const www = join(ROOT, 'www');

/** A page that a service worker looks after. */
async function visited() {
  const page = await newPage({ serviceWorkers: 'allow' });
  await page.goto(site.url);
  await page.evaluate(() => navigator.serviceWorker.ready);
  return page;
}

test('the manifest and its icons are what they say, and a browser takes them', { timeout: PATIENCE }, async () => {
  const manifest = JSON.parse(await readFile(join(www, 'manifest.webmanifest'), 'utf8'));
  for (const { src, sizes, type } of manifest.icons) {
    if (type !== 'image/png') {
      await access(join(www, src));
      continue;
    }
    const bytes = await readFile(join(www, src));
    assert.equal(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`, sizes, src);
  }
  assert.ok(manifest.icons.some((/** @type {any} */ { purpose }) => purpose === 'maskable'));
  const page = await visited();
  const own = await page.locator('link[rel=icon]').getAttribute('href') ?? '';
  assert.equal(decodeURIComponent(own.slice(own.indexOf(',') + 1)), (await readFile(join(www, 'icon.svg'), 'utf8')).trim(), 'the page has its icon within itself');
  const session = await page.context().newCDPSession(page);
  const { errors, data } = await session.send('Page.getAppManifest');
  assert.deepEqual(errors, []);
  assert.deepEqual(JSON.parse(data ?? ''), manifest);
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  // Nobody installs anything in a window of a test's own.
  assert.deepEqual(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito'), []);
});

test('a photo that is shared with the page opens in it, and stays nowhere', { timeout: PATIENCE }, async () => {
  const page = await visited();
  /** @param {string[]} names */
  const share = async (...names) => {
    // As the system does it: a form from no page that has a policy for forms.
    await page.goto(new URL('samples/CREDITS.txt', site.url).href);
    await page.evaluate(async ([action, names]) => {
      const form = document.createElement('form');
      Object.assign(form, { method: 'POST', enctype: 'multipart/form-data', action });
      const input = document.createElement('input');
      Object.assign(input, { type: 'file', name: 'photo' });
      const data = new DataTransfer();
      for (const name of names) data.items.add(new File([await (await fetch(name)).blob()], 'Ünï 1.webp', { type: 'image/webp' }));
      input.files = data.files;
      form.append(input);
      document.body.append(form);
      form.submit();
    }, /** @type {const} */ ([new URL('share', site.url).href, names]));
  };
  /** @type {string[]} */
  const sent = [];
  page.context().on('request', (request) => { if (request.method() !== 'GET' && !request.serviceWorker()) sent.push(request.url()); });
  await share('face-09.webp');
  await page.getByRole('button', { name: 'Bring it to life' }).waitFor();
  assert.equal(page.url(), site.url, 'the address can be opened again');
  assert.deepEqual(await page.evaluate(async () => (await caches.keys()).filter((name) => name.startsWith('diffae-shared'))), []);
  assert.ok(sent.length > 0 && sent.every((url) => url.endsWith('/share')), 'nothing but what was shared is sent, and that to the page itself');
  await share();
  await page.getByRole('status').filter({ hasText: 'There was no photo in what was shared' }).waitFor();
});

test('a photo that the system opens with the page opens in it', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.addInitScript(() => {
    const getFile = async () => new File([await (await fetch('samples/face-08.webp')).blob()], 'opened.webp', { type: 'image/webp' });
    const setConsumer = (/** @type {(launch: any) => void} */ consumer) => consumer({ files: [{ getFile }] });
    Object.defineProperty(globalThis, 'launchQueue', { value: { setConsumer } });
  });
  await page.goto(site.url);
  await page.getByRole('button', { name: 'Bring it to life' }).waitFor();
});

test('after one visit everything is there without a network', { timeout: 2 * PATIENCE }, async () => {
  const page = await visited();
  await page.getByText('Ready for use without a network.').waitFor();
  await page.context().setOffline(true);
  await page.reload();
  // Straight to the sliders: nothing is left to download.
  await page.getByRole('button', { name: 'Face of nobody 2' }).click();
  await ready(page);
});

test('whoever saves data is asked first, and whoever stops it is asked from then on', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage({ serviceWorkers: 'allow' });
  await page.addInitScript(() => { Object.defineProperty(navigator, 'connection', { value: { saveData: true } }); });
  /** @type {string[]} */
  const weights = [];
  page.context().on('request', (request) => { if (/safetensors$/.test(request.url()) && !/blazeface/.test(request.url())) weights.push(request.url()); });
  await page.goto(site.url);
  const fetchThem = page.getByRole('button', { name: 'Fetch them' });
  await fetchThem.waitFor();
  await page.getByText(/^For use without a network, \d+\.\d MB are missing\.$/).waitFor();
  assert.deepEqual(weights, []);
  // Slow enough to be stopped.
  let release = () => {};
  /** @type {Promise<void>} */
  const held = new Promise((resolve) => { release = resolve; });
  await page.route(/decoder\.safetensors$/, async (route) => { await held; await route.continue().catch(() => {}); });
  await fetchThem.click();
  await page.getByRole('button', { name: 'Stop' }).click();
  release();
  await fetchThem.waitFor();
  await page.unroute(/decoder\.safetensors$/);
  await fetchThem.click();
  await page.getByText('Ready for use without a network.').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Fetch them' }).count(), 0);
});
