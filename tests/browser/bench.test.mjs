// The bench still runs: this package alone, one short round on the CPU. Its figures are nobody's business here.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { levels } from '../../bench/levels.mjs';
import { measure } from '../../bench/measure.mjs';
import { report } from '../../bench/report.mjs';
import { machine, withPage } from '../../bench/site.mjs';
import { PATIENCE } from './support.mjs';

test('the bench fills every row of the CPU', { timeout: PATIENCE }, async () => {
  const table = await withPage({ webgpu: false }, async (page, browser) => {
    const measured = await measure(page, { devices: ['cpu'], rounds: 1, seconds: 0.1, onnx: null });
    assert.deepEqual(page.faults, []);
    return report(machine(browser), measured);
  });
  const rows = table.split('\n').filter((line) => line.startsWith('|')).slice(2);
  const names = ['U-Net step', 'encoder', 'edit of', 'cold start', 'code to download', 'weights to download', 'linear memory'];
  assert.deepEqual(rows.map((row, i) => row.includes(names[i])), names.map(() => true), table);
  for (const row of rows) assert.match(row, /^\|[^|]+\| [\d.]+ (ms|s|MB) \| not measured \| {2}\|$/);
  assert.match(table, /no folder with the ONNX files/);
});

test('the other engine samples at the levels of ours', () => {
  const config = { schedule: 'linear', timesteps: 1000, prediction: 'v' };
  const ten = levels(config, 10);
  assert.deepEqual(ten.map(({ t }) => t), [900, 800, 700, 600, 500, 400, 300, 200, 100, 0]);
  assert.ok(Math.abs(ten[9].alphaBar - 0.9999) < 1e-12);
  assert.throws(() => levels({ ...config, prediction: 'epsilon' }, 10), /epsilon/);
});
