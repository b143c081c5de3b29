// The largest published geometry in the browser: does its decoder fit, in which buffers, and how much memory at most?
// Its weights are random numbers that the command-line tool makes on the spot.

import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../tests/browser/support.mjs';
import { ask, median } from './measure.mjs';
import { describe, megabytes, table } from './report.mjs';

const PRESET = 'ffhq256_autoenc';
const FILES = { wasm: '../www/pkg/diffae_gpu_bg.wasm', manifest: '../random/manifest.json', decoder: '../random/decoder.safetensors' };
/** Steps to take: a real GPU computes them, a software adapter only makes room for them. */
const STEPS = 3;

/** @typedef {import('../tests/browser/support.mjs').Page} Page */

/**
 * @param {(folders: Record<string, string>, work: (page: Page, browser: string) => Promise<string>) => Promise<string>} withPage
 * @param {(line: string) => void} tell
 */
export async function geometry(withPage, tell) {
  const random = await mkdtemp(join(tmpdir(), 'diffae-random-'));
  try {
    tell(`Making random weights of ${PRESET}`);
    const tool = ['run', '--locked', '--release', '--quiet', '--', 'bench', '--random', PRESET, '--save', random];
    execFileSync('cargo', tool, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
    return await withPage({ random }, (page, browser) => measure(page, browser, tell));
  } finally {
    await rm(random, { recursive: true });
  }
}

/** @param {Page} page @param {string} browser @param {(line: string) => void} tell */
async function measure(page, browser, tell) {
  const adapter = await ask(page, 'adapter');
  if (!adapter) throw new Error('Chromium offers no WebGPU adapter here.');
  tell('Loading the decoder');
  const load = await ask(page, 'load', 'ours on gpu', { device: 'gpu' }, FILES);
  const loaded = await ask(page, 'call', 'ours on gpu', 'reading');
  const rows = [
    ['loading the decoder', `${(load / 1000).toFixed(1)} s`],
    ['its file', megabytes(await page.evaluate((url) => fetch(url, { method: 'HEAD' }).then((response) => Number(response.headers.get('content-length'))), FILES.decoder))],
    ['GPU buffers at their peak while loading', megabytes(loaded.peakDeviceBytes)],
    ['GPU buffers once loaded', `${megabytes(loaded.deviceBytes)} in ${loaded.alive}`],
    ['the largest of them', megabytes(loaded.largestBuffer)],
    ['linear memory at its peak', megabytes(loaded.linearBytes)],
  ];
  if (adapter.software) await ask(page, 'call', 'ours on gpu', 'pretend');
  tell(adapter.software ? 'Going through a step without computing it' : `Computing ${STEPS} steps`);
  const dispatches = await ask(page, 'call', 'ours on gpu', 'dispatches');
  const steps = await ask(page, 'call', 'ours on gpu', 'steps', STEPS);
  const stepped = await ask(page, 'call', 'ours on gpu', 'reading');
  rows.push(['dispatches of a step', String(dispatches)], ['GPU buffers at their peak, steps included', megabytes(stepped.peakDeviceBytes)]);
  if (!adapter.software) rows.push(['a step', `${Math.round(median(steps))} ms`]);
  return `${PRESET}'s decoder with random int8 weights in ${browser}. ${describe(adapter)}\n\n${table(['', ''], rows)}`;
}
