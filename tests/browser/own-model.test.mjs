// Models of a person's own: a checkpoint, a folder, a zip, an address; what is wrong with others; what stays and what does not.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { serve } from './serve.mjs';
import { inspect } from './inspect.mjs';
import { served } from './served.mjs';
import { expectFaults, PATIENCE, ROOT } from './support.mjs';

const run = promisify(execFile);
const { site, newPage } = await served();
const GOLDEN = join(ROOT, 'tests/golden');
const CHECKPOINTS = ['tiny_autoenc_latent', 'tiny_autoenc_cls'].map((name) => join(GOLDEN, 'checkpoints', name, 'last.ckpt'));
const TINY = join(ROOT, 'examples/model');

const folder = await mkdtemp(join(tmpdir(), 'diffae-own-'));
after(() => rm(folder, { recursive: true }));

/** @typedef {import('./support.mjs').Page} Page */

/** A file for an input. @param {string} path @param {string} [name] */
async function file(path, name = path.split('/').at(-1)) {
  return { name: name ?? '', mimeType: 'application/octet-stream', buffer: await readFile(path) };
}

/** The page with the dialog open. @param {Page} page */
async function open(page) {
  await page.goto(site.url);
  await page.getByText(/downloaded once when you begin/).waitFor();
  await page.getByRole('button', { name: 'Your own model…' }).click();
  return page.getByRole('dialog');
}

/** The golden checkpoints with their configuration. */
async function golden() {
  const files = await Promise.all(CHECKPOINTS.map((path, i) => file(path, `${i}-last.ckpt`)));
  return [...files, await file(join(GOLDEN, 'config.json'))];
}

/** Waits for what the dialog says went wrong. @param {import('playwright-core').Locator} dialog */
async function trouble(dialog) {
  const alert = dialog.getByRole('alert').filter({ hasText: /./ });
  await alert.waitFor();
  return alert.innerText();
}

/** All files that the page keeps, by path. @param {Page} page @returns {Promise<Record<string, { bytes: number, sha256: string }>>} */
function keptFiles(page) {
  return page.evaluate(async () => {
    /** @type {Record<string, { bytes: number, sha256: string }>} */
    const found = {};
    const walk = async (/** @type {any} */ directory, /** @type {string} */ path) => {
      for await (const [name, handle] of directory.entries()) {
        if (handle.kind === 'directory') await walk(handle, `${path}${name}/`);
        else {
          const bytes = await (await handle.getFile()).arrayBuffer();
          const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
          found[path + name] = { bytes: bytes.byteLength, sha256: [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('') };
        }
      }
    };
    await walk(await navigator.storage.getDirectory(), '');
    return found;
  });
}

/** The menu's models. @param {Page} page */
function offered(page) {
  return page.getByRole('combobox', { name: 'Model' }).locator('option').allTextContents();
}

/** Uses what the dialog tells of and waits until the page does. @param {Page} page @param {string} name */
async function use(page, name) {
  await page.getByRole('button', { name: 'Use this model' }).click();
  await page.getByText(new RegExp(`^${name}: [\\d.]+ MB, on this device`)).waitFor();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
}

/** A copy of the tiny model with another manifest and other files. @param {string} name @param {(manifest: any) => void} change */
async function variant(name, change) {
  const to = join(folder, name);
  await mkdir(to, { recursive: true });
  await cp(TINY, to, { recursive: true });
  const manifest = JSON.parse(await readFile(join(TINY, 'manifest.json'), 'utf8'));
  change(manifest);
  await writeFile(join(to, 'manifest.json'), JSON.stringify(manifest));
  return to;
}

test('golden checkpoints become the files that the tool writes, stay after a reload, and can be removed', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  const dialog = await open(page);
  await dialog.getByLabel('Choose files').setInputFiles(await golden());
  await dialog.getByText('golden', { exact: true }).waitFor();
  await dialog.getByText('32 × 32').first().waitFor();
  await dialog.getByText('Edit along 40 attributes, blend, vary').waitFor();
  assert.deepEqual(await keptFiles(page), {}, 'nothing is written before it is agreed to');
  await dialog.getByLabel('Terms of use').fill('synthetic pictures');
  await dialog.getByLabel('Where it comes from').fill('the golden checkpoints');
  await use(page, 'golden');

  const tool = join(folder, 'golden');
  const diffae = process.env.DIFFAE_TOOL ? [process.env.DIFFAE_TOOL] : ['cargo', 'run', '--locked', '--release', '--quiet', '-p', 'diffae-cli', '--features', 'gpu', '--'];
  await run(diffae[0], [...diffae.slice(1), 'convert', '--config', join(GOLDEN, 'config.json'), '--precision', 'int8', '--licence', 'synthetic pictures', '--origin', 'the golden checkpoints', '-o', tool, ...CHECKPOINTS], { cwd: ROOT });
  const kept = await keptFiles(page);
  const names = ['attributes.safetensors', 'decoder.safetensors', 'encoder.safetensors', 'latent.safetensors', 'manifest.json'];
  assert.deepEqual(Object.keys(kept).map((path) => path.split('/').at(-1)).sort(), names);
  for (const [path, { sha256 }] of Object.entries(kept)) {
    const expected = createHash('sha256').update(await readFile(join(tool, path.split('/').at(-1) ?? ''))).digest('hex');
    assert.equal(sha256, expected, path);
  }

  await page.reload();
  await page.getByRole('combobox', { name: 'Model' }).locator('option').filter({ hasText: 'golden: 32 × 32, on this device' }).waitFor({ state: 'attached' });
  await page.getByRole('button', { name: 'Your own model…' }).click();
  await page.getByRole('button', { name: 'Remove golden' }).click();
  await page.getByRole('button', { name: 'Remove golden' }).waitFor({ state: 'detached' });
  assert.deepEqual(await keptFiles(page), {});
  assert.ok(!(await offered(page)).some((text) => text.includes('golden')));
});

test('a folder and its zip are one model, which is checked before it is kept', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  const dialog = await open(page);
  await dialog.getByLabel('Choose a folder').setInputFiles(TINY);
  await dialog.getByText('16 × 16').first().waitFor();
  await use(page, 'tiny with random weights');
  const first = await keptFiles(page);
  assert.equal(Object.keys(first).length, 5);
  const zip = join(folder, 'model.zip');
  await run('python3', ['-c', `import shutil,sys; shutil.make_archive(sys.argv[1], 'zip', sys.argv[2], 'model')`, zip.slice(0, -4), join(ROOT, 'examples')]);
  await page.getByRole('button', { name: 'Your own model…' }).click();
  await dialog.getByLabel('Choose files').setInputFiles(zip);
  await use(page, 'tiny with random weights');
  const hashes = (/** @type {typeof first} */ files) => Object.values(files).map(({ sha256 }) => sha256).sort();
  assert.deepEqual(hashes(await keptFiles(page)), hashes(first), 'once, not twice');
  assert.equal((await offered(page)).filter((text) => text.startsWith('tiny')).length, 1);
});

test('what is no model is told apart, and leaves nothing', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  const dialog = await open(page);
  const [checkpoint] = CHECKPOINTS;
  const bytes = await readFile(checkpoint);
  const named = (/** @type {string} */ name, /** @type {string | Buffer} */ content) => ({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(content) });
  const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n';
  for (const [what, files, said] of /** @type {[string, any[], RegExp][]} */ ([
    ['cut off', [named('last.ckpt', bytes.subarray(0, 1_000_000))], /the checkpoint's container .* incomplete or damaged/i],
    ['a pointer', [named('last.ckpt', pointer)], /Git LFS pointer/],
    ['a web page', [named('last.ckpt', '<!doctype html><title>Sign in</title>')], /a web page, probably the download service's answer/],
    ['empty', [named('last.ckpt', '')], /the file is empty/],
    ['of no known model', [named('last.ckpt', bytes)], /of no model that is known here; the nearest is \w+/],
    ['with a wrong configuration', [named('last.ckpt', bytes), named('config.json', '{}')], /no configuration of a model/],
    ['a picture', [named('face.png', 'PNG')], /of an unknown kind/],
    ['no manifest', [named('manifest.json', '{"format":2}')], /format 2/],
  ])) {
    await dialog.getByLabel('Choose files').setInputFiles(files);
    assert.match(await trouble(dialog), said, what);
  }
  const damaged = await variant('damaged', () => {});
  const decoder = await readFile(join(damaged, 'decoder.safetensors'));
  decoder[decoder.length - 1] ^= 1;
  await writeFile(join(damaged, 'decoder.safetensors'), decoder);
  await dialog.getByLabel('Choose a folder').setInputFiles(damaged);
  await dialog.getByRole('button', { name: 'Use this model' }).click();
  assert.match(await trouble(dialog), /decoder\.safetensors has SHA-256/);
  const huge = await variant('huge', ({ parts }) => { parts.decoder.bytes = 1e12; });
  await dialog.getByLabel('Choose a folder').setInputFiles(huge);
  assert.match(await trouble(dialog), /the decoder part has 1000000000000 bytes, but its numbers take at most/);
  const lacking = await variant('lacking', () => {});
  await rm(join(lacking, 'encoder.safetensors'));
  await dialog.getByLabel('Choose a folder').setInputFiles(lacking);
  assert.match(await trouble(dialog), /names the file encoder\.safetensors, which is not there/);
  assert.deepEqual(await keptFiles(page), {});
});

test('cancelled half-way, nothing is left', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  const dialog = await open(page);
  await page.context().route(/\/pkg\/lib\/worker\/own-writer\.js$/, async (route) => {
    const source = await readFile(join(ROOT, 'pkg/lib/worker/own-writer.js'), 'utf8');
    await route.fulfill({ contentType: 'text/javascript', body: source.replace('await file.flush();', 'await file.flush(); await new Promise(() => {});') });
  });
  await dialog.getByLabel('Choose a folder').setInputFiles(TINY);
  await dialog.getByRole('button', { name: 'Use this model' }).click();
  await dialog.getByText('Getting the model ready').first().waitFor();
  for (;;) if (Object.keys(await keptFiles(page)).length > 0) break;
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.getByLabel('Choose files').waitFor({ state: 'attached' });
  await page.waitForFunction(async () => {
    const root = await navigator.storage.getDirectory();
    let count = 0;
    for await (const _ of /** @type {any} */ (await root.getDirectoryHandle('diffae-models')).keys()) count++;
    return count === 0;
  });
});

test('where nothing can be kept, a model stays until the page is closed', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.context().route(/\/pkg\/lib\/shared\/own-store\.js$/, async (route) => {
    const source = await readFile(join(ROOT, 'pkg/lib/shared/own-store.js'), 'utf8');
    await route.fulfill({ contentType: 'text/javascript', body: source.replace('navigator.storage.getDirectory()', "Promise.reject(new DOMException('', 'SecurityError'))") });
  });
  const dialog = await open(page);
  await dialog.getByLabel('Choose a folder').setInputFiles(TINY);
  await use(page, 'tiny with random weights');
  await page.getByText('it stays until the page is closed').waitFor();
  await page.reload();
  await page.getByText(/downloaded once when you begin/).waitFor();
  assert.equal((await offered(page)).length, 2);
});

test('an address is looked up, remembered, and forgotten; what is wrong with one is said', { timeout: PATIENCE }, async () => {
  const server = await serve({ folder: join(ROOT, 'examples') });
  try {
    const page = await newPage();
    const dialog = await open(page);
    const address = dialog.getByLabel('Or name the address of its manifest');
    for (const [text, said] of /** @type {[string, RegExp][]} */ ([
      ['', /no address of a manifest/],
      ['ftp://there/manifest.json', /no address of a manifest/],
      [new URL('models/nowhere/manifest.json', site.url).href, /does not exist on the server/],
      [new URL('index.html', site.url).href, /it is a web page/],
      [new URL('model/manifest.json', server.url).href, /This page does not let models come from http:\/\/localhost:\d+.*connect-src/],
    ])) {
      await address.fill(text);
      await dialog.getByRole('button', { name: 'Look it up' }).click();
      assert.match(await trouble(dialog), said, text);
    }
    expectFaults(page, /Content Security Policy/);
    await page.context().route('**/elsewhere/tiny/*', (route) => route.fulfill({ path: join(TINY, new URL(route.request().url()).pathname.split('/').at(-1) ?? '') }));
    await address.fill(new URL('elsewhere/tiny/', site.url).href);
    await dialog.getByRole('button', { name: 'Look it up' }).click();
    await dialog.getByText('16 × 16').first().waitFor();
    await dialog.getByText(/downloaded once when you begin/).waitFor();
    await dialog.getByRole('button', { name: 'Use this model' }).click();
    await page.getByText(/^tiny with random weights: .* downloaded once when you begin/).waitFor();
    await page.reload();
    await page.getByRole('combobox', { name: 'Model' }).locator('option').filter({ hasText: 'tiny' }).waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'Your own model…' }).click();
    await dialog.getByRole('button', { name: /^Forget http/ }).click();
    await dialog.getByRole('button', { name: /^Forget http/ }).waitFor({ state: 'detached' });
    assert.equal((await offered(page)).length, 2);
  } finally {
    server.close();
  }
});

test('a model without attributes or framing takes a square, and reconstructs, blends, varies and draws', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  const dialog = await open(page);
  const plain = await variant('plain', (manifest) => {
    manifest.name = 'plain';
    manifest.config.attributes = [];
    delete manifest.parts.attributes;
    delete manifest.framing;
  });
  await dialog.getByLabel('Choose a folder').setInputFiles(plain);
  await dialog.getByText('Blend and vary; it knows no attributes').waitFor();
  await use(page, 'plain');
  await page.getByRole('button', { name: 'Face of nobody 1' }).click();
  await page.getByRole('heading', { name: 'Choose the square' }).waitFor();
  assert.equal(await page.getByText(/eyes?\b/i).filter({ visible: true }).count(), 0);
  await page.getByRole('slider', { name: 'Zoom' }).fill('0.5');
  await page.getByRole('button', { name: 'Bring it to life' }).click();
  await page.getByRole('tab', { name: 'Blend' }).waitFor();
  assert.deepEqual(await page.getByRole('tab').allTextContents(), ['Blend', 'Variations', 'Samples', 'Teach']);
  await page.getByRole('img', { name: 'Edited', exact: true }).waitFor();
  await page.getByRole('tab', { name: 'Variations' }).click();
  await page.getByRole('button', { name: 'Draw variations' }).click();
  await page.getByRole('button', { name: 'Variation 6' }).click();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('tab', { name: 'Samples' }).click();
  await page.getByRole('button', { name: 'Dream up pictures' }).click();
  await page.getByRole('button', { name: 'Open picture 6' }).waitFor();
  await page.getByRole('tab', { name: 'Blend' }).click();
  await page.getByRole('button', { name: 'Another picture' }).click();
  await page.getByRole('button', { name: 'Face of nobody 2' }).click();
  await page.getByRole('button', { name: 'Blend with this picture' }).click();
  await page.getByText(/^Drawn in/).waitFor();
  // The square is moved, and the picture read again.
  await page.getByRole('button', { name: 'Move the square' }).click();
  await page.getByRole('button', { name: 'Back to editing' }).click();
  await page.getByRole('button', { name: 'Move the square' }).click();
  await page.getByRole('slider', { name: 'Zoom' }).fill('0.2');
  await page.getByRole('button', { name: 'Bring it to life' }).click();
  await page.getByRole('tab', { name: 'Blend' }).waitFor();
  // From a square to a face, which is looked for.
  await page.getByRole('combobox', { name: 'Model' }).selectOption({ index: 0 });
  await page.getByRole('heading', { name: 'Found the face' }).waitFor();
});

test('a page that names its models can keep others out', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await page.goto(site.url);
  await page.getByText(/downloaded once when you begin/).waitFor();
  await page.getByRole('button', { name: 'Your own model…' }).waitFor();
  await page.evaluate(() => document.querySelector('diffae-editor')?.setAttribute('fixed', ''));
  await page.getByRole('button', { name: 'Your own model…' }).waitFor({ state: 'detached' });
});

for (const [width, height, colorScheme] of /** @type {[number, number, 'light' | 'dark'][]} */ ([[1280, 800, 'light'], [360, 740, 'dark'], [320, 640, 'light']])) {
  test(`the dialog and a square's screens at ${width} pixels, ${colorScheme}`, { timeout: PATIENCE }, async () => {
    const page = await newPage({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' });
    const look = async (/** @type {string} */ name) => {
      const wide = await page.getByRole('dialog').evaluateAll((all) => all.every((one) => one.scrollWidth <= one.clientWidth));
      assert.ok(wide, `the dialog of ${name} does not scroll sideways`);
      await inspect(page, `own-${name}-${width}`);
    };
    await page.addInitScript((address) => localStorage.setItem('diffae.models', JSON.stringify([address])), new URL('models/horses/manifest.json', site.url).href);
    const dialog = await open(page);
    await dialog.getByText('Your models').waitFor();
    await look('choose');
    const low = await dialog.locator('button:visible, label.button:visible, input[type=url]').evaluateAll((all) => all.filter((one) => one.getBoundingClientRect().height < 43.9).map((one) => one.textContent));
    assert.deepEqual(low, []);
    await dialog.getByLabel('Choose files').setInputFiles({ name: 'last.ckpt', mimeType: 'application/octet-stream', buffer: Buffer.from('nothing') });
    await trouble(dialog);
    await look('trouble');
    await dialog.getByLabel('Choose files').setInputFiles(await golden());
    await dialog.getByRole('button', { name: 'Use this model' }).waitFor();
    await look('about');
    await dialog.getByRole('button', { name: 'Another model' }).click();
    const plain = await variant(`plain-${width}`, (manifest) => {
      manifest.name = 'plain';
      manifest.config.attributes = [];
      delete manifest.parts.attributes;
    });
    await dialog.getByLabel('Choose a folder').setInputFiles(plain);
    await use(page, 'plain');
    await look('start');
    await page.getByRole('button', { name: 'Face of nobody 1' }).click();
    await page.getByRole('heading', { name: 'Choose the square' }).waitFor();
    await look('square');
    await page.getByRole('button', { name: 'Bring it to life' }).click();
    await page.getByRole('tab', { name: 'Blend' }).waitFor();
    await look('edit');
  });
}
