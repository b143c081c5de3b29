// The bench still runs: this package alone, one short round on the CPU. Its figures are nobody's business here.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { levels } from '../../bench/levels.mjs';
import { measure } from '../../bench/measure.mjs';
import { report } from '../../bench/report.mjs';
import { search } from '../../bench/search.mjs';
import { machine, withPage } from '../../bench/site.mjs';
import { PATIENCE } from './support.mjs';

/** The rows of each table. @param {string} text */
function tables(text) {
  const found = text.match(/(?:^\|.*\n)+/gm) ?? [];
  return found.map((table) => table.trimEnd().split('\n').slice(2));
}

test('the bench fills every row of the CPU', { timeout: PATIENCE }, async () => {
  const text = await withPage({ webgpu: false }, async (page, browser) => {
    const measured = await measure(page, { model: 'portrait64', devices: ['cpu'], rounds: 1, seconds: 0.1, onnx: null });
    const searches = await search(page, { rounds: 1 });
    assert.deepEqual(page.faults, []);
    return report(machine(browser), [measured], searches);
  });
  const [all, searched] = tables(text);
  assert.equal(all.filter((row) => row.includes('without relaxed SIMD')).length, 3);
  // Threads are there where this build has them.
  const rows = all.filter((row) => !/without relaxed SIMD|\d threads/.test(row));
  const names = ['U-Net step', 'encoder', 'edit of', 'cold start', 'code to download', 'weights to download', 'linear memory'];
  assert.deepEqual(rows.map((row, i) => row.includes(names[i])), names.map(() => true), text);
  for (const row of all) assert.match(row, /^\|[^|]+\| [\d.]+ (ms|s|MB) \| not measured \| {2}\|$/);
  assert.match(text, /no folder with the ONNX files/);

  const [large, group, empty, ...rest] = searched;
  const time = String.raw`[\d.]+ m?s \| [\d.]+x`;
  assert.match(large, new RegExp(String.raw`^\| one large face \| 1 \| [123] \| [\d.]+ m?s \| 1\.00x \| [\d.]+ m?s \| 1\.00x \|$`));
  assert.match(group, new RegExp(String.raw`^\| group of 12 faces \| 12 \| \d{2,3} \| ${time} \| ${time} \|$`));
  assert.match(empty, new RegExp(String.raw`^\| no face \| 0 \| \d{2,3} \| none \|  \| ${time} \|$`));
  assert.deepEqual(rest, []);
});

test('the other engine samples at the levels of ours', () => {
  const config = { schedule: 'linear', timesteps: 1000, prediction: 'v' };
  const ten = levels(config, 10);
  assert.deepEqual(ten.map(({ t }) => t), [900, 800, 700, 600, 500, 400, 300, 200, 100, 0]);
  assert.ok(Math.abs(ten[9].alphaBar - 0.9999) < 1e-12);
  assert.throws(() => levels({ ...config, prediction: 'epsilon' }, 10), /epsilon/);
});
