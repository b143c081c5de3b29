// What the browser tests share: the served page, Chromium, and the few moves a person makes on the page.
// DIFFAE_SITE names a site that is served already and is used instead.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { serve as serveFolder } from './serve.mjs';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const SAMPLES = join(ROOT, 'www/samples');

/** Reading a face on one CPU thread takes seconds; a shared machine may take ten times as long. */
export const PATIENCE = 180_000;

/** The page on a port of its own, or the one that DIFFAE_SITE names. */
export async function serve() {
  const url = process.env.DIFFAE_SITE;
  return url ? { url, close: () => {} } : serveFolder();
}

/** A page of its own with sample photos and nothing else beside it. @param {string} html @param {(url: string) => Promise<void>} work */
export async function servePage(html, work) {
  const folder = await mkdtemp(join(tmpdir(), 'diffae-page-'));
  await writeFile(join(folder, 'index.html'), `<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title>${html}`);
  await symlink(join(ROOT, 'www/samples'), join(folder, 'samples'));
  const server = await serveFolder({ folder });
  try {
    await work(server.url);
  } finally {
    server.close();
    await rm(folder, { recursive: true });
  }
}

/** @param {{ webgpu?: boolean, headless?: boolean, args?: string[] }} [options] with `webgpu` Chromium offers its software adapter, without it none */
export function launch({ webgpu = false, headless = true, args = [] } = {}) {
  return chromium.launch({
    headless,
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run',
      ...(webgpu ? ['--enable-unsafe-webgpu'] : []),
      ...args,
    ],
  });
}

/**
 * A page with a profile of its own. Errors that nobody caught, and anything the content security policy refused, are
 * collected in `page.faults`; a test that does not provoke them expects none.
 * @param {import('playwright-core').Browser} browser
 * @param {import('playwright-core').BrowserContextOptions} [options]
 */
export async function newPage(browser, options = {}) {
  // Requests that a service worker answers cannot be intercepted.
  const context = await browser.newContext({ serviceWorkers: 'block', acceptDownloads: true, ...options });
  /** @type {string[]} */
  const faults = [];
  // Of every tab that the test opens beside the first one, too.
  context.on('page', (tab) => {
    tab.on('pageerror', (error) => faults.push(error.message));
    tab.on('console', (message) => {
      if (message.type() === 'error' && /Content Security Policy|TrustedScript|Uncaught|panicked/.test(message.text())) faults.push(message.text());
    });
    tab.setDefaultTimeout(PATIENCE);
  });
  const page = await context.newPage();
  return Object.assign(page, { faults });
}

/** @typedef {Awaited<ReturnType<typeof newPage>>} Page */

/** A test has provoked the faults of this page, each of this kind. @param {Page} page @param {RegExp} kind */
export function expectFaults({ faults }, kind) {
  const said = faults.splice(0);
  assert.ok(said.length > 0 && said.every((text) => kind.test(text)), `not what was provoked: ${said.join('\n')}`);
}

/** Opens the first sample photo and waits until its face has been found. @param {Page} page @param {string} url @param {string} [name] */
export async function openSample(page, url, name = 'Face of nobody 1') {
  await page.goto(url);
  await page.getByRole('button', { name }).click();
  await page.getByRole('button', { name: 'Bring it to life' }).waitFor();
}

/** A JPEG of the astronaut beside herself. @param {Page} page @param {string} url */
export async function twoFaces(page, url) {
  const base64 = await page.evaluate(async (address) => {
    const bitmap = await createImageBitmap(await (await fetch(address)).blob());
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: 2 * bitmap.width, height: bitmap.height });
    for (const x of [0, bitmap.width]) canvas.getContext('2d')?.drawImage(bitmap, x, 0);
    return canvas.toDataURL('image/jpeg', 0.95).split(',')[1];
  }, new URL('samples/astronaut.webp', url).href);
  return { name: 'twins.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(base64, 'base64') };
}

/** A picture without a face. @param {Page} page */
export async function noFace(page) {
  const base64 = await page.evaluate(() => {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: 320, height: 240 });
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    const sky = context.createLinearGradient(0, 0, 0, 240);
    sky.addColorStop(0, '#58a');
    sky.addColorStop(1, '#dec');
    context.fillStyle = sky;
    context.fillRect(0, 0, 320, 240);
    return canvas.toDataURL('image/png').split(',')[1];
  });
  return { name: 'sky.png', mimeType: 'image/png', buffer: Buffer.from(base64, 'base64') };
}

/** From the framed face to the sliders, with the download agreed to. @param {Page} page */
export async function begin(page) {
  await page.getByRole('button', { name: 'Bring it to life' }).click();
  await ready(page);
}

/** Waits for the sliders. @param {Page} page */
export async function ready(page) {
  await page.getByRole('slider', { name: 'Smile', exact: true }).waitFor();
}

/** Moves a slider as a person's input would. @param {Page} page @param {string} name @param {number} value */
export async function slide(page, name, value) {
  await page.getByRole('slider', { name, exact: true }).fill(String(value));
}

/** Waits until the edit under way is drawn. @param {Page} page */
export async function drawn(page) {
  await page.getByText(/^Drawn in/).waitFor();
}

/** @typedef {{ width: number, height: number, data: Buffer }} Shown  RGBA, row by row */

/** The pixels of a shown picture. @param {Page} page @param {'Original' | 'Edited'} name @returns {Promise<Shown>} */
export async function pixels(page, name) {
  const { base64, ...size } = await page.getByRole('img', { name, exact: true }).evaluate(async (canvas) => {
    const { width, height } = /** @type {HTMLCanvasElement} */ (canvas);
    const { data } = /** @type {any} */ (canvas).getContext('2d').getImageData(0, 0, width, height);
    const reader = new FileReader();
    reader.readAsDataURL(new Blob([data]));
    await new Promise((resolve) => { reader.onload = resolve; });
    return { width, height, base64: String(reader.result).split(',')[1] };
  });
  return { ...size, data: Buffer.from(base64, 'base64') };
}

/** Parts of the astronaut's photo: what a smile changes, and what no edit of the face does. */
export const MOUTH = /** @type {const} */ ([0.37, 0.23, 0.5, 0.335]);
export const SUIT = /** @type {const} */ ([0, 0.6, 1, 1]);

/** Whether two pictures have the same size and pixels. @param {Shown} a @param {Shown} b */
export function same(a, b) {
  return a.width === b.width && a.height === b.height && a.data.equals(b.data);
}

/** Mean absolute difference of two pictures of one size in a box, given as fractions. @param {Shown} a @param {Shown} b @param {readonly [number, number, number, number]} box */
export function difference(a, b, [x0, y0, x1, y1] = [0, 0, 1, 1]) {
  const { width, height } = a;
  if (b.width !== width || b.height !== height) return Infinity;
  let sum = 0;
  let count = 0;
  for (let y = Math.floor(y0 * height); y < y1 * height; y++) {
    for (let x = Math.floor(x0 * width); x < x1 * width; x++) {
      for (let c = 0; c < 3; c++) sum += Math.abs(a.data[4 * (y * width + x) + c] - b.data[4 * (y * width + x) + c]);
      count += 3;
    }
  }
  return sum / count;
}

/**
 * Puts code around the engine: `patch` is JavaScript that sees the classes of the module that was asked for.
 * @param {Page} page @param {'cpu' | 'gpu'} kind @param {string} patch
 */
export async function patchEngine(page, kind, patch) {
  // Photos are the CPU file's alone.
  const names = ['DiffAe', 'set_panic_hook', ...(kind === 'cpu' ? ['FaceFinder', 'FileDescription', 'Photo', 'Pixels'] : ['set_gpu_hook'])].join(', ');
  await page.context().route(new RegExp(`/pkg/diffae_${kind}\\.js$`), (route) => route.fulfill({
    contentType: 'text/javascript',
    body: `
      import init, { ${names} } from './diffae_${kind}.js?unpatched';
      ${patch}
      export { init as default, ${names} };
    `,
  }));
  // A model on the CPU would take the file with threads where there is one.
  if (kind === 'cpu') await noThreads(page);
}

/** The package as one without threads. @param {Page} page */
export async function noThreads(page) {
  await page.context().route('**/pkg/diffae_threads.js', (route) => route.fulfill({ contentType: 'text/javascript', body: 'export {};' }));
}

/**
 * The same with a gate in it: what the patch does after `await gate()` waits until the gate is open. It is closed at first.
 * @param {Page} page @param {'cpu' | 'gpu'} kind @param {string} patch
 */
export async function gatedEngine(page, kind, patch) {
  let open = () => {};
  /** @type {Promise<void>} */ let passage;
  const close = () => { passage = new Promise((resolve) => { open = resolve; }); };
  close();
  await page.context().route('**/gate', async (route) => {
    await passage;
    await route.fulfill({ body: '' });
  });
  await patchEngine(page, kind, `const gate = () => fetch(new URL('gate', self.location.href));\n${patch}`);
  return { open: () => open(), close };
}

/**
 * Puts the tiny golden model in the place of the model of this name; build.sh makes it, into generated/.
 * @param {Page} page @param {string} [name] @param {object} [changes] of its manifest
 */
export async function goldenModel(page, name = 'portrait64', changes = {}) {
  const folder = join(ROOT, 'tests/browser/generated/golden');
  const manifest = await readFile(join(folder, 'manifest.json'), 'utf8').catch(() => assert.fail(`${folder} is missing: ./build.sh test makes it`));
  await page.context().route(`**/models/${name}/*`, async (route) => {
    const file = route.request().url().split('/').pop() ?? '';
    const body = file === 'manifest.json' ? JSON.stringify({ ...JSON.parse(manifest), ...changes }) : await readFile(join(folder, file));
    await route.fulfill({ body });
  });
}

/** The same with some framing to line a photo up with, which the page needs: the golden model was trained on no faces. @param {Page} page */
export async function tinyModel(page) {
  await goldenModel(page, 'portrait64', { framing: { eye_midpoint: [0.5, 0.48], eye_distance: 0.25 } });
}

/** Changes a script of the page on its way, where every text to be replaced must be in it. @param {Page} page @param {string} file below pkg/ @param {[string, string][]} changes */
export async function patchScript(page, file, changes) {
  await page.context().route(`**/pkg/${file}`, async (route) => {
    const response = await route.fetch();
    let body = await response.text();
    for (const [from, to] of changes) {
      assert.ok(body.includes(from), `${file} holds ${from}`);
      body = body.replace(from, to);
    }
    await route.fulfill({ response, body });
  });
}

/** Puts a DDPM in the place of the page's model; its pictures are made up, and its weights anything at all. @param {Page} page */
export async function withoutEncoder(page) {
  const bundled = JSON.parse(await readFile(join(ROOT, 'models/portrait64/manifest.json'), 'utf8'));
  const { conds_mean: _, conds_std: __, cost: ___, ...rest } = bundled;
  const manifest = { ...rest, name: 'noise64', framing: null, config: { ...bundled.config, encoder: null, latent: null, attributes: [] }, parts: { decoder: bundled.parts.decoder } };
  await page.context().route(/portrait64\/manifest\.json$/, (route) => route.fulfill({ json: manifest }));
  await patchEngine(page, 'cpu', `
    DiffAe.prototype.load_part = async () => {};
    DiffAe.prototype.sample = async ({ count, seed, steps }, accept, onStep) => {
      for (let i = 0; i < steps; i++) await onStep(i, steps, new Uint8Array(4 * 64 * 64));
      return Array.from({ length: count }, (_, i) => ({ width: 64, height: 64, rgba: new Uint8Array(4 * 64 * 64).fill(40 * i + 20) }));
    };`);
}

/** Runs `script` in the page with the package at hand as `diffae`. @param {Page} page @param {string} url @param {string} script body of an async function @returns {Promise<any>} */
export async function withPackage(page, url, script) {
  await page.goto(new URL('samples/CREDITS.txt', url).href);
  return page.evaluate(`(async () => {
    const diffae = await import(${JSON.stringify(new URL('pkg/index.js', url).href)});
    const manifest = ${JSON.stringify(new URL('models/portrait64/manifest.json', url).href)};
    ${script}
  })()`);
}
