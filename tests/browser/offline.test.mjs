// The service worker: the page without a network, with one that never answers, and while a new version comes out.

import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { after, before, test } from 'node:test';
import { pageFiles } from '../../scripts/page-files.mjs';
import { until } from './process.mjs';
import { serve as serveFolder } from './serve.mjs';
import { begin, launch, newPage, openSample, PATIENCE, ready, ROOT } from './support.mjs';

/** @typedef {import('./support.mjs').Page} Page */

/** @type {import('playwright-core').Browser} */ let browser;
/** @type {string} a copy of the page that may be changed */ let folder;
before(async () => {
  browser = await launch();
  folder = await mkdtemp(join(tmpdir(), 'diffae-offline-'));
});
after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true });
});

/**
 * The page on a server that can be told to accept and never answer, or to refuse everybody.
 * @param {(address: string, server: { answers: boolean, refuses: boolean }) => Promise<void>} work
 */
async function site(work) {
  await rm(folder, { recursive: true });
  await cp(join(ROOT, 'www'), folder, { recursive: true, dereference: true, filter: (path) => !/diffae_gpu_bg|\.stamp$|\.d\.ts$/.test(path) });
  const server = await serveFolder({ folder });
  const state = { answers: true, refuses: false };
  const proxy = createServer((browserEnd) => {
    const serverEnd = connect(Number(new URL(server.url).port), '127.0.0.1');
    browserEnd.on('data', (data) => {
      if (state.refuses) browserEnd.end('HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
      else if (state.answers) serverEnd.write(data);
    });
    serverEnd.on('data', (data) => { if (state.answers) browserEnd.write(data); });
    for (const [end, other] of [[browserEnd, serverEnd], [serverEnd, browserEnd]]) end.on('error', () => other.destroy()).on('close', () => other.destroy());
  });
  await new Promise((listening) => { proxy.listen(0, '127.0.0.1', () => listening(undefined)); });
  const { port } = /** @type {import('node:net').AddressInfo} */ (proxy.address());
  try {
    await work(`http://localhost:${port}/`, state);
  } finally {
    proxy.close();
    server.close();
  }
}

/** Visits the page until everything is kept. @param {string} url */
async function visited(url) {
  const page = await newPage(browser, { serviceWorkers: 'allow' });
  await page.goto(url);
  await page.evaluate(() => navigator.serviceWorker.ready);
  return page;
}

/** The paths that are kept, of every version. @param {import('playwright-core').Page} page */
function keptPaths(page) {
  return page.evaluate(async () => {
    const names = (await caches.keys()).filter((name) => name.startsWith('diffae-page-'));
    const paths = [];
    for (const name of names) for (const { url } of await (await caches.open(name)).keys()) paths.push(url.slice(location.origin.length + 1));
    return { versions: names.length, paths: paths.sort() };
  });
}

/** Whether a newer version is kept, too, and waits for its turn. @param {Page} page */
function hasNewer(page) {
  return page.evaluate(async () => Boolean((await navigator.serviceWorker.getRegistration())?.waiting));
}

/** @param {string} source */
function listed(source) {
  const self = /** @type {any} */ ({});
  runInNewContext(source, { self });
  return /** @type {{ version: string, first: Record<string, string>, later: Record<string, string> }} */ (self.pageFiles);
}

test('every file that the page asks for is on the list of those that are kept', { timeout: PATIENCE }, async () => {
  await site(async (url) => {
    const page = await newPage(browser);
    /** @type {Set<string>} */
    const asked = new Set();
    page.context().on('request', (request) => { if (request.url().startsWith(url)) asked.add(new URL(request.url()).pathname.slice(1)); });
    await openSample(page, url);
    await begin(page);
    const { first, later } = listed(await pageFiles(folder));
    const files = { ...first, ...later };
    const others = [...asked].filter((path) => !Object.hasOwn(files, path || 'index.html') && !/^models\/.*\.safetensors$/.test(path));
    assert.deepEqual(others, []);
    assert.ok(asked.has('pkg/lib/worker/parts.js') && asked.has('pkg/diffae_cpu_fused_bg.wasm'));
    await page.context().close();
  });
});

test('the page opens and edits without a network after the first visit', { timeout: 3 * PATIENCE }, async () => {
  await site(async (url) => {
    const page = await visited(url);
    await page.getByRole('button', { name: 'Face of nobody 1' }).click();
    await begin(page);
    await page.context().setOffline(true);
    await page.reload();
    // What is kept already needs no further consent.
    await page.getByRole('button', { name: 'Face of nobody 2' }).click();
    await ready(page);
    await page.getByRole('button', { name: 'Smile', exact: true }).click();
    await page.getByText(/^Drawn in/).waitFor();
    await page.context().close();
  });
});

test('a server that accepts and never answers is waited for a moment only', { timeout: 2 * PATIENCE }, async () => {
  await site(async (url, server) => {
    const page = await visited(url);
    await page.getByRole('button', { name: 'Face of nobody 1' }).click();
    await begin(page);
    const reloaded = async () => {
      const start = performance.now();
      await page.reload();
      await page.getByText(/downloaded once when you begin/).waitFor();
      return performance.now() - start;
    };
    const usual = await reloaded();
    server.answers = false;
    const took = await reloaded();
    // A busy machine takes its time for either.
    assert.ok(took < 5 * usual + 10_000, `${Math.round(took)} ms, and ${Math.round(usual)} ms with a server that answers`);
    await page.getByRole('button', { name: 'Face of nobody 2' }).click();
    await ready(page);
    await page.context().close();
  });
});

test('the files of a version are kept together or not at all, and nothing beside them', { timeout: PATIENCE }, async () => {
  await site(async (url) => {
    const page = await visited(url);
    for (let i = 0; i < 5; i++) await page.goto(`${url}?utm=${i}`);
    await page.evaluate(() => Promise.all(['models/portrait64/attributes.safetensors', 'nothing.js', 'page.css?a', 'page.css?b'].map((path) => fetch(path))));
    // Of the CPU's two files the one that this browser takes.
    const first = Object.keys(listed(await pageFiles(folder)).first).map((path) => path.replace('cpu_bg', 'cpu_fused_bg'));
    assert.deepEqual(await keptPaths(page), { versions: 1, paths: first.sort() });
    await page.context().close();
  });
  await site(async (url) => {
    // A file that is on the list and that the server has not, or has in another version.
    const list = await pageFiles(folder);
    await writeFile(join(folder, 'page-files.js'), list.replace(/("page\.css": )"[0-9a-f]+"/, `$1"${'0'.repeat(64)}"`));
    const page = await newPage(browser, { serviceWorkers: 'allow' });
    await page.goto(url);
    const ended = await page.evaluate(async () => {
      const { scriptUrl } = await import(new URL('pkg/lib/shared/trusted.js', location.href).href);
      const { installing } = await navigator.serviceWorker.register(scriptUrl(new URL('sw.js', location.href).href));
      return new Promise((resolve) => { installing?.addEventListener('statechange', () => resolve(installing.state)); });
    });
    assert.equal(ended, 'redundant');
    assert.deepEqual(await keptPaths(page), { versions: 0, paths: [] });
    await page.context().close();
  });
});

test('a new version is seen at once, whole, and is kept once the old one is closed', { timeout: 2 * PATIENCE }, async () => {
  await site(async (url) => {
    const page = await visited(url);
    await page.reload();
    const changed = ['page.js', 'pkg/lib/shared/errors.js', 'pkg/photo-worker.js'];
    for (const path of changed) await writeFile(join(folder, path), `${await readFile(join(folder, path), 'utf8')}\nconsole.info('new', self.constructor.name, '${path}');\n`);
    /** @type {Set<string>} */
    const said = new Set();
    page.on('console', (message) => said.add(message.text()));
    // The old page goes on with the old files.
    await page.getByRole('button', { name: 'Face of nobody 1' }).click();
    await page.getByRole('button', { name: 'Bring it to life' }).waitFor();
    assert.deepEqual([...said].filter((text) => text.startsWith('new')), []);
    await page.reload();
    await page.getByRole('button', { name: 'Face of nobody 1' }).click();
    await page.getByRole('button', { name: 'Bring it to life' }).waitFor();
    assert.deepEqual([...said].filter((text) => text.startsWith('new')).sort(), [
      'new DedicatedWorkerGlobalScope pkg/lib/shared/errors.js', 'new DedicatedWorkerGlobalScope pkg/photo-worker.js', 'new Window page.js', 'new Window pkg/lib/shared/errors.js',
    ]);
    // What was kept before is there until no page needs it.
    await until(() => hasNewer(page), 'no newer version is kept', 30_000);
    const context = page.context();
    await page.close();
    const next = await context.newPage();
    // The browser takes a moment to see that the last page of the old version is gone.
    await until(async () => {
      await next.goto('about:blank');
      await next.goto(url);
      return (await keptPaths(next)).versions === 1;
    }, 'more than the new version is kept', 30_000);
    await context.setOffline(true);
    const told = next.waitForEvent('console', (message) => message.text() === 'new Window page.js');
    await next.reload();
    await told;
    await context.close();
  });
});

test('whether a model was changed on its server is asked of the server', { timeout: PATIENCE }, () => site(async (url) => {
  const page = await visited(url);
  await page.reload();
  const file = join(folder, 'models/portrait64/manifest.json');
  const before = await readFile(file, 'utf8');
  await writeFile(file, `${before}\n`);
  const found = await page.evaluate(() => Promise.all(/** @type {const} */ (['no-cache', 'reload']).map(async (cache) => (await fetch('models/portrait64/manifest.json', { cache })).text())));
  assert.deepEqual(found, [before, `${before}\n`]);
  await page.context().close();
}));

test('a server that does not hand out the page takes it away from nobody', { timeout: PATIENCE }, async () => {
  await site(async (url, server) => {
    const page = await visited(url);
    const opens = async () => {
      await page.reload();
      await page.getByText(/downloaded once when you begin/).waitFor();
    };
    server.refuses = true;
    await opens();
    server.refuses = false;
    // It has another version, of which the page itself is not there yet.
    await rm(join(folder, 'index.html'));
    await opens();
    await until(() => hasNewer(page), 'no newer version is kept', 30_000);
    await page.context().close();
  });
});

test('a page that was loaded past the service worker starts its workers past it, too', { timeout: PATIENCE }, async () => {
  await site(async (url) => {
    const page = await visited(url);
    await page.reload();
    const path = join(folder, 'pkg/photo-worker.js');
    await writeFile(path, `${await readFile(path, 'utf8')}\nconsole.info('new worker');\n`);
    const session = await page.context().newCDPSession(page);
    await session.send('Page.enable');
    const loaded = page.waitForEvent('load');
    await session.send('Page.reload', { ignoreCache: true });
    await loaded;
    await page.getByText(/downloaded once when you begin/).waitFor();
    assert.equal(await page.evaluate(() => navigator.serviceWorker.controller), null);
    const told = page.waitForEvent('console', (message) => message.text() === 'new worker');
    await page.getByRole('button', { name: 'Face of nobody 1' }).click();
    await told;
    await page.context().close();
  });
});

test('copies of the page on one origin keep their files apart', { timeout: PATIENCE }, async () => {
  await site(async (url) => {
    for (const name of ['a', 'b']) {
      await cp(join(ROOT, 'www'), join(folder, name), { recursive: true, dereference: true, filter: (path) => !/diffae_gpu_bg|\.stamp$|\.d\.ts$/.test(path) });
      await writeFile(join(folder, name, 'page.css'), `/* ${name} */`);
      await writeFile(join(folder, name, 'page-files.js'), await pageFiles(join(folder, name)));
    }
    const page = await visited(`${url}a/`);
    await page.goto(`${url}b/`);
    await page.evaluate(() => navigator.serviceWorker.ready);
    await until(() => page.evaluate(async () => (await navigator.serviceWorker.ready).active?.state === 'activated'), 'the service worker is not active', 30_000);
    assert.equal((await keptPaths(page)).versions, 2);
    await page.context().close();
  });
});

test('storage that breaks does not break the page', { timeout: PATIENCE }, async () => {
  await site(async (url) => {
    const broken = `
      const open = caches.open.bind(caches);
      let breaks = false;
      caches.open = (name) => breaks ? Promise.reject(new Error('the disk is gone')) : open(name);
      self.addEventListener('message', ({ data }) => { if (data === 'break') breaks = true; });
    `;
    await writeFile(join(folder, 'sw.js'), `${broken}\n${await readFile(join(folder, 'sw.js'), 'utf8')}`);
    const page = await visited(url);
    await page.evaluate(async () => (await navigator.serviceWorker.ready).active?.postMessage('break'));
    await page.reload();
    await page.getByText(/downloaded once when you begin/).waitFor();
    await page.getByRole('button', { name: 'Face of nobody 1' }).click();
    await page.getByRole('button', { name: 'Bring it to life' }).waitFor();
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
});
