// The bench's site, served with the headers of the browser tests, and Chromium on its page.

import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serve } from '../tests/browser/serve.mjs';
import { launch, newPage, ROOT } from '../tests/browser/support.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/**
 * Opens the browser on the bench's page and hands it to `work`.
 * @template T
 * @param {{ folders?: Record<string, string>, headed?: boolean, flags?: string[], webgpu?: boolean }} options folders to serve, by the name of their path
 * @param {(page: import('../tests/browser/support.mjs').Page, browser: import('playwright-core').Browser) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withPage({ folders = {}, headed = false, flags = [], webgpu = true }, work) {
  const site = await mkdtemp(join(tmpdir(), 'diffae-bench-'));
  const links = { bench: HERE, www: join(ROOT, 'www'), ort: join(HERE, 'node_modules/onnxruntime-web/dist'), ...folders };
  for (const [name, folder] of Object.entries(links)) await symlink(folder, join(site, name));
  const server = await serve({ folder: site });
  const browser = await launch({ webgpu, args: flags, headless: !headed });
  try {
    const page = await newPage(browser);
    // A step of a large model on a software adapter takes minutes.
    page.setDefaultTimeout(0);
    await page.goto(new URL('bench/page.html', server.url).href);
    await page.waitForFunction('globalThis.bench');
    return await work(page, browser);
  } finally {
    await browser.close();
    server.close();
    await rm(site, { recursive: true });
  }
}

/** The browser, the processor and what was asked for, which every table names. @param {import('playwright-core').Browser} browser */
export function machine(browser) {
  return { browser: `Chromium ${browser.version()}`, cpu: `${cpus()[0]?.model.trim()}, ${cpus().length} cores` };
}
