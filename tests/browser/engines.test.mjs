// The same journeys in Chromium, Firefox and WebKit, each in a browser of its own, and what they make compared between them.
// Without DIFFAE_JOURNEYS=all only those that every change must pass. DIFFAE_SHOTS names a folder that gets screenshots.

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ENGINES } from './engines/driver.mjs';
import { JOURNEYS } from './engines/journeys.mjs';
import { Person } from './engines/person.mjs';
import { difference, PATIENCE, same, serve } from './support.mjs';

/** @typedef {import('./engines/driver.mjs').Driver} Driver */
/** @typedef {import('./engines/journeys.mjs').Journey} Journey */
/** @typedef {import('./engines/journeys.mjs').Picture} Picture */

const everything = process.env.DIFFAE_JOURNEYS === 'all';
const shots = process.env.DIFFAE_SHOTS;

/** @type {Awaited<ReturnType<typeof serve>>} */ let site;
before(async () => {
  if (shots) await mkdir(shots, { recursive: true });
  site = await serve();
});
after(() => site?.close());

/** What each engine made, by name. @type {Map<string, Map<string, Picture>>} */
const made = new Map();

/** @param {Driver} driver @param {string} name @param {Picture} picture */
function keep(driver, name, picture) {
  made.set(name, (made.get(name) ?? new Map()).set(driver.name, picture));
}

/** @param {import('node:test').TestContext} t @param {import('./engines/driver.mjs').Engine} engine @param {string} name @param {Journey} journey */
async function travelled(t, engine, name, { options, go }) {
  const driver = await engine.launch(options);
  // A journey that has run out of time must not leave its browser behind.
  t.after(() => driver.close());
  if (t.signal.aborted) {
    await driver.close();
    throw new Error(`${engine.name} came up too late`);
  }
  const shot = async (/** @type {string} */ what) => {
    if (shots) await writeFile(join(shots, `${engine.name}-${what}.png`), await driver.screenshot());
  };
  try {
    await go({ person: new Person(driver), driver, url: site.url, shot, keep: (what, picture) => keep(driver, what, picture) });
  } catch (error) {
    await shot(`failed-${name.replace(/\W+/g, '-')}`).catch(() => {});
    throw error;
  } finally {
    await driver.close();
  }
}

for (const engine of ENGINES) {
  for (const [name, journey] of Object.entries(JOURNEYS)) {
    if ((!everything && !journey.always) || (journey.only && journey.only !== engine.name)) continue;
    const missing = engine.missing();
    test(`${engine.name}: ${name}`, { skip: missing ? `${missing} on this system` : false, timeout: 3 * PATIENCE }, async (t) => {
      try {
        await travelled(t, engine, name, journey);
      } catch (error) {
        if (t.signal.aborted) throw error;
        // Once more, and never silently: browsers without a screen have weather.
        t.diagnostic(`${engine.name}: ${name}: tried once more after this: ${/** @type {Error} */ (error).stack}`);
        await travelled(t, engine, name, journey);
      }
    });
  }
}

/** A file that an engine may show as if it were another, because of what it does not know. @param {string} engine @param {string} name */
function unknown(engine, name) {
  if (engine === 'WebKit' && /^png turned/.test(name)) return { as: 'png', reason: 'does not turn PNG files' };
  if (engine === 'WebKit' && name === 'webp with Display P3') return { as: 'webp', reason: 'does not know colour profiles in WebP files' };
  return null;
}

const present = ENGINES.filter((engine) => !engine.missing()).map(({ name }) => name);

test('the engines make the same pixels', { skip: present.length < 2 ? `there is no engine to compare ${present[0] ?? 'others'} with on this system` : false }, (t) => {
  assert.ok(made.size > 0);
  for (const [name, by] of made) {
    assert.deepEqual([...by.keys()], present, `${name} is made by every engine`);
    const [[first, a], ...others] = by;
    for (const [other, b] of others) {
      if (name === 'the framed photo') {
        // Each draws what is turned with a filter of its own; a photo that is sheared differs by more than ten.
        assert.ok(difference(a, b) < 2, `${name}: ${other} differs from ${first} by ${difference(a, b)}`);
        continue;
      }
      const lack = unknown(other, name);
      const plain = lack && made.get(lack.as)?.get(other);
      if (plain && same(b, plain)) {
        t.diagnostic(`${name}: ${other} ${lack.reason}`);
        continue;
      }
      const alike = a.width === b.width && a.height === b.height;
      const found = alike ? a.data.reduce((most, byte, i) => Math.max(most, Math.abs(byte - b.data[i])), 0) : Infinity;
      // Each rounds in its own way what it converts from another colour space, and WebKit, without relaxed SIMD, what it computes.
      const rounds = /Display P3/.test(name) || (name === 'the smile' && other === 'WebKit');
      assert.ok(found <= (rounds ? 1 : 0), `${name}: ${other} differs from ${first} by ${found}`);
      if (found > 0) t.diagnostic(`${name}: ${other} differs from ${first} by ${found}`);
    }
  }
});
