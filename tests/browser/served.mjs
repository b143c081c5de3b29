// What most test files begin with: the page served and Chromium running, until the file's tests have ended. Pages that a test
// leaves open are closed after it, and what went wrong in any of its pages is a failure of the test.

import assert from 'node:assert/strict';
import { after, afterEach } from 'node:test';
import { launch, newPage, serve } from './support.mjs';

/** @typedef {import('./support.mjs').Page} Page */

/** To be awaited before the first test of a file. @param {Parameters<typeof launch>[0]} [options] of the browser */
export async function served(options) {
  /** @type {Awaited<ReturnType<typeof serve>> | undefined} */ let site;
  /** @type {import('playwright-core').Browser | undefined} */ let browser;
  after(async () => {
    await browser?.close();
    site?.close();
  });
  site = await serve();
  browser = await launch(options);

  const running = browser;
  /** @type {Page[]} */
  let pages = [];
  afterEach(async () => {
    const left = pages;
    pages = [];
    await Promise.all(running.contexts().map((context) => context.close()));
    assert.deepEqual(left.flatMap(({ faults }) => faults), [], 'nothing goes wrong that the test did not expect');
  });
  return {
    site,
    browser: running,
    /** Opens a page in the browser. @param {Parameters<typeof newPage>[1]} [settings] */
    newPage: async (settings) => {
      const page = await newPage(running, settings);
      pages.push(page);
      return page;
    },
  };
}
