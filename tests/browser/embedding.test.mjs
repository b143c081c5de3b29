// The package in other people's pages: from another origin, with its files under addresses of the page's own, and under a
// strict content security policy with trusted types.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { serve } from './serve.mjs';
import { served } from './served.mjs';
import { begin, drawn, expectFaults, noFace, PATIENCE, ROOT, servePage, slide, withPackage } from './support.mjs';

const { newPage } = await served();

/** The page on a server of its own until a test has ended. @param {import('node:test').TestContext} t @param {Record<string, string>} [headers] sent with every file */
async function ownServer(t, headers) {
  const server = await serve({ headers });
  t.after(() => server.close());
  return server;
}

const TRUSTED = "require-trusted-types-for 'script'; trusted-types diffae";

/** From the photo that the element begins with to an edit of it. @param {import('./support.mjs').Page} tab */
async function edit(tab) {
  await begin(tab);
  await slide(tab, 'Smile', 0.3);
  await drawn(tab);
}

test('the element from another origin edits a photo', { timeout: PATIENCE }, async (t) => {
  const cdn = await ownServer(t, { 'access-control-allow-origin': '*' });
  const { origin } = new URL(cdn.url);
  const policy = `default-src 'none'; script-src ${origin} 'wasm-unsafe-eval'; worker-src blob: ${origin}; connect-src 'self' ${origin}; img-src blob: data:; ${TRUSTED}`;
  await servePage(`
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <script type="module" src="${cdn.url}pkg/element.js"></script>
    <diffae-editor model="${cdn.url}models/portrait64/manifest.json" src="samples/face-09.webp"></diffae-editor>`, async (url) => {
    const tab = await newPage();
    /** @type {string[]} */
    const asked = [];
    tab.context().on('request', (request) => asked.push(request.url()));
    await tab.goto(url);
    await tab.evaluate(() => {
      for (const type of ['ready', 'change', 'error']) document.body.addEventListener(type, () => { document.title += ` ${type}`; });
    });
    await edit(tab);
    assert.deepEqual(tab.faults, []);
    assert.match(await tab.title(), /^A page( change)+$/, 'a change bubbles, and nothing else does');
    for (const file of ['worker.js', 'photo-worker.js', 'diffae_cpu_fused_bg.wasm', 'face/blazeface.safetensors']) {
      assert.ok(asked.includes(`${cdn.url}pkg/${file}`), file);
    }
  });
});

test('a page whose policy allows no workers from blobs is told so', { timeout: PATIENCE }, async (t) => {
  const cdn = await ownServer(t, { 'access-control-allow-origin': '*' });
  const { origin } = new URL(cdn.url);
  await servePage(`<meta http-equiv="Content-Security-Policy" content="script-src 'self' ${origin} 'wasm-unsafe-eval'; worker-src 'self'">`, async (url) => {
    const tab = await newPage();
    await tab.goto(url);
    const error = await tab.evaluate(async (from) => {
      const { DiffAe } = await import(`${from}pkg/index.js`);
      return DiffAe.load(`${from}models/portrait64/manifest.json`).then(() => null, (/** @type {any} */ { code, message }) => ({ code, message }));
    }, cdn.url);
    assert.equal(error?.code, 'worker-unavailable');
    assert.match(error?.message ?? '', /content security policy/);
    expectFaults(tab, /violates the following Content Security Policy directive: "worker-src 'self'"/);
  });
});

test('a worker on an address where none can be is told of', { timeout: PATIENCE }, async (t) => {
  const site = await ownServer(t);
  const tab = await newPage();
  await tab.goto(new URL('samples/CREDITS.txt', site.url).href);
  const code = await tab.evaluate(async (from) => {
    const { Connection } = await import(`${from}pkg/lib/page/connection.js`);
    try {
      return new Connection(() => new Worker('https://example.org/worker.js'), () => {}) && null;
    } catch (error) {
      return /** @type {any} */ (error).code;
    }
  }, site.url);
  assert.equal(code, 'worker-cross-origin');
  const wrong = await withPackage(tab, site.url, `
    const code = (promise) => promise.then(() => null, (error) => error.code);
    const photo = { width: 2, height: 2, data: new Uint8Array(16) };
    return [await code(diffae.DiffAe.load(manifest, { workerUrl: 'http://[' })), await code(diffae.Photo.open(photo, { detectorUrl: 'http://[' }))];`);
  assert.deepEqual(wrong, ['option-invalid', 'option-invalid']);
});

test('files are taken from where the page says they are', { timeout: PATIENCE }, async (t) => {
  const site = await ownServer(t);
  const tab = await newPage();
  const files = { 'model.js': 'worker.js', 'photos.js': 'photo-worker.js', 'cpu.wasm': 'diffae_cpu_bg.wasm', 'gpu.wasm': 'diffae_gpu_bg.wasm', 'faces.bin': 'face/blazeface.safetensors' };
  /** @type {string[]} */
  const asked = [];
  tab.context().on('request', (request) => asked.push(new URL(request.url()).pathname));
  for (const [name, file] of Object.entries(files)) {
    await tab.context().route(`**/elsewhere/${name}`, async (route) => route.fulfill(file.endsWith('.js')
      ? { contentType: 'text/javascript', body: `import '/pkg/${file}';`, headers: { 'cross-origin-embedder-policy': 'require-corp' } }
      : { contentType: file.endsWith('.wasm') ? 'application/wasm' : 'application/octet-stream', body: await readFile(join(ROOT, 'pkg', file)) }));
  }
  const found = await withPackage(tab, site.url, `
    const addresses = { workerUrl: '/elsewhere/model.js', photoWorkerUrl: new URL('/elsewhere/photos.js', location.href), cpuWasmUrl: '/elsewhere/cpu.wasm', detectorUrl: '/elsewhere/faces.bin' };
    const model = await diffae.DiffAe.load(manifest, { ...addresses, device: 'cpu', threads: 1, parts: [] });
    const photo = await diffae.Photo.open(await (await fetch('astronaut.webp')).blob(), addresses);
    return (await photo.faces()).length;`);
  assert.equal(found, 1);
  for (const name of ['model.js', 'photos.js', 'cpu.wasm', 'faces.bin']) assert.ok(asked.includes(`/elsewhere/${name}`), name);
  assert.deepEqual(asked.filter((path) => /^\/pkg\/.*(_bg\.wasm|safetensors)$/.test(path)), []);

  // The file for browsers with relaxed SIMD has an address of its own.
  await tab.context().route('**/elsewhere/fused.wasm', async (route) => route.fulfill({ contentType: 'application/wasm', body: await readFile(join(ROOT, 'pkg/diffae_cpu_fused_bg.wasm')) }));
  asked.length = 0;
  await withPackage(tab, site.url, `
    (await diffae.DiffAe.load(manifest, { cpuWasmUrl: '/elsewhere/cpu.wasm', cpuFusedWasmUrl: '/elsewhere/fused.wasm', device: 'cpu', threads: 1, parts: [] })).free();`);
  assert.deepEqual(asked.filter((path) => path.endsWith('.wasm')), ['/elsewhere/fused.wasm']);
});

test('properties that were set before the element was defined are kept', { timeout: PATIENCE }, async (t) => {
  const site = await ownServer(t);
  const tab = await newPage();
  await tab.goto(new URL('samples/CREDITS.txt', site.url).href);
  const shown = await tab.evaluate(async (from) => {
    const editor = document.createElement('diffae-editor');
    Object.assign(editor, { labels: { choose: 'Foto wählen' }, sliders: ['Smiling'], addresses: { workerUrl: 'w.js' } });
    document.body.append(editor);
    await import(`${from}pkg/element.js`);
    return { text: editor.shadowRoot?.textContent?.includes('Foto wählen'), own: Object.keys(editor), workerUrl: editor.addresses.workerUrl };
  }, site.url);
  assert.deepEqual(shown, { text: true, own: [], workerUrl: 'w.js' });
});

test('what a framework sets again as it was changes nothing', { timeout: PATIENCE }, async (t) => {
  const site = await ownServer(t);
  const tab = await newPage();
  await tab.goto(new URL('embed.html', site.url).href);
  const found = tab.getByRole('button', { name: 'Bring it to life' });
  const set = () => tab.evaluate(() => {
    const editor = /** @type {import('../../pkg/element.js').DiffAeEditor} */ (document.querySelector('diffae-editor'));
    const before = editor.getAttribute('stage');
    Object.assign(editor, { sliders: 'Smiling, Young', labels: { choose: 'Foto wählen' }, addresses: { workerUrl: 'pkg/worker.js' } });
    return [before, editor.getAttribute('stage'), editor.sliders];
  });
  await found.waitFor();
  const [before, begun, sliders] = await set();
  assert.deepEqual(sliders, ['Smiling', 'Young']);
  assert.equal(begun, 'find', 'it begins anew, with its photo');
  await found.waitFor();
  assert.deepEqual(await set(), [before, before, sliders]);
  // Attributes come one after the other, and a photo has the eyes that come with it.
  const { buffer, mimeType } = await noFace(tab);
  await tab.route('**/sky.png', (route) => route.fulfill({ body: buffer, contentType: mimeType }));
  await tab.evaluate(() => {
    const editor = /** @type {HTMLElement} */ (document.querySelector('diffae-editor'));
    editor.setAttribute('src', 'sky.png');
    editor.setAttribute('eyes', '120,100 180,100');
  });
  await tab.getByText('No face').or(tab.getByText('Found the face')).first().waitFor();
  assert.ok(await tab.getByText('Found the face').isVisible());
});

test('the page works where every answer asks for trusted types', { timeout: PATIENCE }, async (t) => {
  const policy = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src 'self' blob: data:; style-src 'self'; ${TRUSTED}`;
  const site = await ownServer(t, { 'content-security-policy': policy });
  const tab = await newPage({ serviceWorkers: 'allow' });
  await tab.goto(site.url);
  await tab.evaluate(() => navigator.serviceWorker.ready);
  await tab.getByRole('button', { name: 'Face of nobody 1' }).click();
  await edit(tab);
  assert.deepEqual(tab.faults, []);
  const refused = await tab.evaluate(() => {
    try {
      return new Worker('pkg/worker.js') && null;
    } catch (error) {
      return /** @type {Error} */ (error).name;
    }
  });
  assert.equal(refused, 'TypeError');
  expectFaults(tab, /requires 'TrustedScriptURL' assignment/);
});

test('the policy lets nothing through that lies elsewhere', { timeout: PATIENCE }, async (t) => {
  const site = await ownServer(t);
  const tab = await newPage();
  await tab.goto(new URL('samples/CREDITS.txt', site.url).href);
  const let_through = await tab.evaluate(async (from) => {
    const { scriptUrl } = await import(`${from}pkg/lib/shared/trusted.js`);
    const passes = (/** @type {string} */ url) => {
      try {
        return String(scriptUrl(url)) === url;
      } catch {
        return false;
      }
    };
    return [`${from}a.js`, URL.createObjectURL(new Blob([''])), 'https://example.org/a.js', 'data:text/javascript,1', 'javascript:1'].map(passes);
  }, site.url);
  assert.deepEqual(let_through, [true, true, false, false, false]);
});

test('a browser without trusted types gets addresses as they are', { timeout: PATIENCE }, async (t) => {
  const site = await ownServer(t);
  const tab = await newPage();
  await tab.addInitScript(() => { delete (/** @type {any} */ (globalThis).trustedTypes); });
  const [kind, url] = await withPackage(tab, site.url, `
    const { scriptUrl } = await import(new URL('../pkg/lib/shared/trusted.js', location.href).href);
    const model = await diffae.DiffAe.load(manifest, { device: 'cpu', parts: [] });
    return [model.info.device.kind, scriptUrl('https://example.org/a.js')];`);
  assert.deepEqual([kind, url], ['cpu', 'https://example.org/a.js']);
});

test('a page that allows the policy nothing says so', { timeout: PATIENCE }, async (t) => {
  const site = await ownServer(t, { 'content-security-policy': "require-trusted-types-for 'script'; trusted-types 'none'" });
  const tab = await newPage();
  const [code, message] = await withPackage(tab, site.url, 'return diffae.DiffAe.load(manifest).then(() => [], (error) => [error.code, error.message]);');
  assert.equal(code, 'worker-unavailable');
  assert.match(message, /trusted types/);
  expectFaults(tab, /requires 'TrustedScriptURL' assignment/);
});

test('who may frame the editor is what its page says, and framed it works', { timeout: PATIENCE }, async (t) => {
  for (const [ancestors, framed] of /** @type {const} */ ([["'none'", false], ['http://localhost:*', true]])) {
    const site = await ownServer(t, { 'content-security-policy': `frame-ancestors ${ancestors}` });
    await servePage(`<iframe src="${site.url}embed.html" width="900" height="700" credentialless></iframe>`, async (url) => {
      const tab = await newPage();
      await tab.goto(url);
      const editor = tab.frameLocator('iframe').locator('diffae-editor');
      if (framed) {
        await tab.frameLocator('iframe').getByRole('button', { name: 'Bring it to life' }).waitFor();
      } else {
        await tab.waitForTimeout(1500);
        assert.equal(await editor.count(), 0);
        expectFaults(tab, /frame-ancestors 'none'/);
      }
    });
  }
});
