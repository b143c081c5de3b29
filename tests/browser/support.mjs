// What the browser tests share: the served page, Chromium, and the few moves a person makes on the page.
// DIFFAE_SITE names a site that is served already and is used instead.

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
 * collected in `page.faults`; every test that does not provoke them expects none.
 * @param {import('playwright-core').Browser} browser
 * @param {import('playwright-core').BrowserContextOptions} [options]
 */
export async function newPage(browser, options = {}) {
  // Requests that a service worker answers cannot be intercepted.
  const context = await browser.newContext({ serviceWorkers: 'block', acceptDownloads: true, ...options });
  const page = await context.newPage();
  /** @type {string[]} */
  const faults = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content Security Policy|Uncaught|panicked/.test(message.text())) faults.push(message.text());
  });
  page.setDefaultTimeout(PATIENCE);
  return Object.assign(page, { faults });
}

/** @typedef {Awaited<ReturnType<typeof newPage>>} Page */

/** Lines up the first sample photo, whose eyes are known. @param {Page} page @param {string} url @param {string} [name] */
export async function openSample(page, url, name = 'Face of nobody 1') {
  await page.goto(url);
  await page.getByRole('button', { name }).click();
  await page.getByRole('button', { name: 'Bring it to life' }).waitFor();
}

/** From the frame to the sliders. @param {Page} page */
export async function begin(page) {
  await page.getByRole('button', { name: 'Bring it to life' }).click();
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

/** The pixels of a shown picture, row by row. @param {Page} page @param {'Original' | 'Edited'} name @returns {Promise<Buffer>} RGBA */
export async function pixels(page, name) {
  const base64 = await page.getByRole('img', { name, exact: true }).evaluate(async (canvas) => {
    const { width, height } = /** @type {HTMLCanvasElement} */ (canvas);
    const { data } = /** @type {any} */ (canvas).getContext('2d').getImageData(0, 0, width, height);
    const reader = new FileReader();
    reader.readAsDataURL(new Blob([data]));
    await new Promise((resolve) => { reader.onload = resolve; });
    return String(reader.result).split(',')[1];
  });
  return Buffer.from(base64, 'base64');
}

/** Mean absolute difference of two pictures in a box, given as fractions of the side. @param {Buffer} a @param {Buffer} b @param {readonly [number, number, number, number]} box */
export function difference(a, b, [x0, y0, x1, y1] = [0, 0, 1, 1]) {
  const side = Math.sqrt(a.length / 4);
  let sum = 0;
  let count = 0;
  for (let y = Math.floor(y0 * side); y < y1 * side; y++) {
    for (let x = Math.floor(x0 * side); x < x1 * side; x++) {
      for (let c = 0; c < 3; c++) sum += Math.abs(a[4 * (y * side + x) + c] - b[4 * (y * side + x) + c]);
      count += 3;
    }
  }
  return sum / count;
}

/**
 * Puts code around the engine: `patch` is JavaScript that sees `Engine`, the class of the module that was asked for.
 * @param {Page} page @param {'cpu' | 'gpu'} kind @param {string} patch
 */
export async function patchEngine(page, kind, patch) {
  await page.context().route(new RegExp(`/pkg/diffae_${kind}\\.js$`), (route) => route.fulfill({
    contentType: 'text/javascript',
    body: `
      import init, { Engine, set_panic_hook } from './diffae_${kind}.js?unpatched';
      ${patch}
      export { init as default, Engine, set_panic_hook };
    `,
  }));
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
