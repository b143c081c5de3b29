// What holds for every state of the page: nothing runs over its sides, and axe-core finds nothing. DIFFAE_SHOTS names a folder
// that gets a screenshot of each.

import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots = process.env.DIFFAE_SHOTS;

/** @param {import('playwright-core').Page} page @param {string} name of the state */
export async function inspect(page, name) {
  if (shots) {
    await mkdir(shots, { recursive: true });
    await page.screenshot({ path: join(shots, `${name}.png`) });
  }
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} does not scroll sideways`);
  await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    const result = await /** @type {any} */ (globalThis).axe.run(document, { resultTypes: ['violations'] });
    return result.violations.map((/** @type {any} */ { id, nodes }) => `${id}: ${nodes.map((/** @type {any} */ { target }) => target.flat().join(' ')).join(', ')}`);
  });
  assert.deepEqual(violations, [], name);
}
