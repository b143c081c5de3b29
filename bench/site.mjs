// The bench's site, served with the headers of the browser tests, and a browser on its page.

import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ENGINES } from '../tests/browser/engines/driver.mjs';
import { serve } from '../tests/browser/serve.mjs';
import { launch, newPage, ROOT } from '../tests/browser/support.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** @typedef {Record<string, string>} Folders by the name of their path */

/**
 * Opens Chromium on the bench's page and hands it to `work`.
 * @template T
 * @param {{ folders?: Folders, headed?: boolean, flags?: string[], webgpu?: boolean }} options
 * @param {(page: import('../tests/browser/support.mjs').Page, browser: string) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withPage({ folders = {}, headed = false, flags = [], webgpu = true }, work) {
  return withSite(folders, async (url) => {
    const browser = await launch({ webgpu, args: flags, headless: !headed });
    try {
      const page = await newPage(browser);
      // A step of a large model on a software adapter takes minutes.
      page.setDefaultTimeout(0);
      await page.goto(url);
      await page.waitForFunction('globalThis.bench');
      return await work(page, `Chromium ${browser.version()}`);
    } finally {
      await browser.close();
    }
  });
}

/**
 * The same in another browser, whose page can do no more than compute.
 * @template T
 * @param {string} name @param {Folders} folders
 * @param {(page: import('./measure.mjs').Evaluates, browser: string) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withPageOf(name, folders, work) {
  const engine = ENGINES.find((one) => one.name.toLowerCase() === name);
  if (!engine) throw new Error(`--engine takes ${ENGINES.map((one) => one.name.toLowerCase()).join(', ')}, not ${name}.`);
  const missing = engine.missing();
  if (missing) throw new Error(`${engine.name} cannot be measured: ${missing}.`);
  return withSite(folders, async (url) => {
    const browser = await engine.launch();
    try {
      await browser.goto(url);
      const page = /** @type {import('./measure.mjs').Evaluates} */ ({
        evaluate: (/** @type {unknown} */ work, /** @type {unknown} */ value) => browser.evaluate(`return (${work})(${JSON.stringify(value)});`),
      });
      const version = await browser.evaluate(`
        while (!globalThis.bench) await new Promise((resolve) => setTimeout(resolve, 50));
        return navigator.userAgent.match(/(Firefox|Version)\\/([\\d.]+)/)[2];`);
      return await work(page, `${engine.name} ${version}`);
    } finally {
      await browser.close();
    }
  });
}

/**
 * @template T
 * @param {Folders} folders @param {(url: string) => Promise<T>} work
 * @returns {Promise<T>}
 */
async function withSite(folders, work) {
  const site = await mkdtemp(join(tmpdir(), 'diffae-bench-'));
  const links = { bench: HERE, www: join(ROOT, 'www'), ort: join(HERE, 'node_modules/onnxruntime-web/dist'), ...folders };
  for (const [name, folder] of Object.entries(links)) await symlink(folder, join(site, name));
  const server = await serve({ folder: site });
  try {
    return await work(new URL('bench/page.html', server.url).href);
  } finally {
    server.close();
    await rm(site, { recursive: true });
  }
}

/** The browser and the processor, which every table names. @param {string} browser */
export function machine(browser) {
  return { browser, cpu: `${cpus()[0]?.model.trim()}, ${cpus().length} cores` };
}
