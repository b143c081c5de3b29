// What a soak happens in: a browser with the page, the wire to its server, and whatever a fault needs to get at.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newPage, ROOT } from '../support.mjs';

/** Of the page's own constants, how long it is hidden before its model rests. */
const REST = { usual: 'REST_MS = 5 * 60_000', short: 'REST_MS = 1500' };

export class World {
  /** @readonly */ random;
  /** @readonly */ wire;
  /** @readonly */ url;
  /** @type {import('playwright-core').Page} */ page;
  /** @type {import('playwright-core').CDPSession} of the page */ client;
  /** @type {import('playwright-core').CDPSession} of the browser */ root;
  /** @type {import('playwright-core').BrowserContext} */ context;
  /** Errors that nobody caught. @type {string[]} */ errors;
  #kills = 0;

  /**
   * @param {import('./random.mjs').Random} random @param {import('./wire.mjs').Wire} wire @param {string} url
   * @param {{ page: import('../support.mjs').Page, client: import('playwright-core').CDPSession, root: import('playwright-core').CDPSession }} browser
   */
  constructor(random, wire, url, { page, client, root }) {
    this.random = random;
    this.wire = wire;
    this.url = url;
    this.page = page;
    this.client = client;
    this.root = root;
    this.context = page.context();
    this.errors = page.faults;
  }

  /** @param {import('playwright-core').Browser} browser @param {import('./random.mjs').Random} random @param {import('./wire.mjs').Wire} wire @param {string} url */
  static async open(browser, random, wire, url) {
    const page = await newPage(browser, { viewport: { width: 1280, height: 800 }, locale: 'en-US' });
    await page.context().addInitScript(() => {
      const seen = /** @type {any} */ (globalThis).soak = { amplitudes: null };
      addEventListener('change', (event) => {
        const { detail, target } = /** @type {any} */ (event);
        if (target?.localName === 'diffae-editor' && detail) seen.amplitudes = detail.amplitudes;
      });
    });
    const defaults = await readFile(join(ROOT, 'pkg/lib/shared/defaults.js'), 'utf8');
    assert.ok(defaults.includes(REST.usual), 'the soak shortens a constant of defaults.js that is not there');
    await page.context().route('**/pkg/lib/shared/defaults.js', (route) => route.fulfill({ contentType: 'text/javascript', body: defaults.replace(REST.usual, REST.short) }));
    const world = new World(random, wire, url, { page, client: await page.context().newCDPSession(page), root: await browser.newBrowserCDPSession() });
    await world.#prepare();
    await page.goto(url);
    return world;
  }

  /** @param {number} ms */
  pause(ms) {
    return new Promise((resolve) => { setTimeout(resolve, ms); });
  }

  /** @param {'hidden' | 'visible'} state */
  async sight(state) {
    await this.page.evaluate((value) => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => value });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state);
  }

  /** @param {number | undefined} quotaSize */
  async quota(quotaSize) {
    await this.client.send('Storage.overrideQuotaForOrigin', { origin: new URL(this.url).origin, quotaSize });
  }

  async clear() {
    await this.client.send('Storage.clearDataForOrigin', { origin: new URL(this.url).origin, storageTypes: 'all' });
  }

  /** Chromium ends itself when its GPU process has died too often. */
  async killGpuProcess() {
    if (this.#kills >= 3) throw new Error('it has died as often as Chromium allows');
    this.#kills += 1;
    await this.root.send('Browser.crashGpuProcess').catch(() => {});
  }

  async crash() {
    const crashed = this.page.waitForEvent('crash', { timeout: 30_000 });
    this.client.send('Page.crash').catch(() => {});
    await crashed;
    await this.reopen();
  }

  /** Another tab in the place of this one. */
  async reopen() {
    const before = this.page;
    this.page = await this.context.newPage();
    this.client = await this.context.newCDPSession(this.page);
    await this.#prepare();
    // A tab that has crashed is not always closed for good.
    await Promise.race([before.close(), this.pause(10_000)]);
    await this.page.goto(this.url, { waitUntil: 'commit' }).catch(() => {}); // Where the network is gone, too.
  }

  async #prepare() {
    this.page.setDefaultTimeout(60_000);
    await this.client.send('Performance.enable');
  }

  /** Megabytes now: what all of the browser's processes hold, each shared page once, and the page's JavaScript. */
  async memory() {
    const { processInfo } = await this.root.send('SystemInfo.getProcessInfo');
    /** @type {Record<string, number>} */
    const held = { all: 0, renderer: 0 };
    for (const { id, type } of processInfo) {
      const rollup = await readFile(`/proc/${id}/smaps_rollup`, 'utf8').catch(() => '');
      const mb = Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) / 1000;
      held.all += mb;
      if (type === 'renderer') held.renderer += mb;
    }
    const { metrics } = await Promise.race([this.client.send('Performance.getMetrics'), this.pause(2000).then(() => ({ metrics: [] }))]).catch(() => ({ metrics: [] }));
    const heap = metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? NaN;
    return { all: held.all, renderer: held.renderer, heap: heap / 1e6, workers: this.page.workers().length };
  }
}
