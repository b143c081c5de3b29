// The soak itself, for less than a minute: the page is well after what it provokes, and what it leaves can be looked at.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FAULTS } from './soak/faults.mjs';
import { plot } from './soak/plot.mjs';
import { Random } from './soak/random.mjs';
import { ended } from './process.mjs';
import { PATIENCE, ROOT } from './support.mjs';

test('a short soak ends in a page that is well, with a plot and a log', { timeout: 4 * PATIENCE, skip: process.platform !== 'linux' && 'there is no /proc here' }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'diffae-soaked-'));
  const child = spawn(process.execPath, [join(ROOT, 'tests/browser/soak/soak.mjs'), '0.7', '3', folder], { stdio: 'pipe', detached: true });
  t.after(async () => {
    await ended(child);
    await rm(folder, { recursive: true });
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => { said += data; });
  const code = await new Promise((resolve) => { child.once('exit', resolve); });
  assert.equal(code, 0, said);
  assert.match(said, /The page is well\./);
  const provoked = said.match(/ fault: /g)?.length ?? 0;
  assert.ok(provoked >= 3, said);
  assert.match(await readFile(join(folder, 'memory.svg'), 'utf8'), /^<svg [\s\S]*<polyline [\s\S]*<\/svg>\n$/);
  assert.equal((await readFile(join(folder, 'faults.log'), 'utf8')).match(/ fault: /g)?.length, provoked);
});

test('a seed gives the same order again, and every fault its turn', () => {
  const orders = [1, 1, 2].map((seed) => new Random(seed).shuffled(Object.keys(FAULTS)));
  assert.deepEqual(orders[0], orders[1]);
  assert.notDeepEqual(orders[0], orders[2]);
  assert.deepEqual([...orders[2]].sort(), Object.keys(FAULTS).sort());
});

test('a plot shows what it is given, and no markup of a name', () => {
  const svg = plot('<a> & b', [{ name: 'x<y', points: [[0, 1], [60, 2]] }], [30]);
  assert.match(svg, /&lt;a&gt; &amp; b/);
  assert.match(svg, /x&lt;y/);
  assert.match(svg, /points="70,[\d.]+ 980,[\d.]+"/);
});
