// Chromium, through Playwright.

import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch } from '../support.mjs';

const BINARY = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** @type {import('./driver.mjs').Engine} */
export const chromium = {
  name: 'Chromium',
  missing: () => (existsSync(BINARY) ? null : `${BINARY} is not there`),
  launch: async ({ dark = false } = {}) => {
    const folder = await mkdtemp(join(tmpdir(), 'diffae-chromium-'));
    const browser = await launch();
    const context = await browser.newContext({ acceptDownloads: true, colorScheme: dark ? 'dark' : 'light', viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    page.on('download', (download) => void download.saveAs(join(folder, download.suggestedFilename())));
    return {
      name: 'Chromium',
      folder,
      goto: async (url) => void await page.goto(url),
      evaluate: (script) => page.evaluate(`(async () => { ${script} })()`),
      click: ({ x, y }) => page.mouse.click(x, y),
      drag: async (from, to) => {
        await page.mouse.move(from.x, from.y);
        await page.mouse.down();
        await page.mouse.move(to.x, to.y, { steps: 5 });
        await page.mouse.up();
      },
      press: (keys) => page.keyboard.press(keys),
      screenshot: () => page.screenshot(),
      close: async () => {
        await browser.close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
};
