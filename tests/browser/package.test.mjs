// The npm package as somebody installs it: what `npm pack` makes, its entries in Node, and that nothing it promises is missing.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { access, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { installed } from './packed.mjs';

const run = promisify(execFile);

/** @type {string} a folder whose node_modules has the package */ let folder;
/** @type {string} the package in it */ let pkg;
before(async () => {
  folder = await installed();
  pkg = join(folder, 'node_modules/diffae');
});
after(() => rm(folder, { recursive: true }));

/** What `exports` names, with the files that each entry stands for. */
async function entries() {
  /** @type {Record<string, string | Record<string, string>>} */
  const exports = JSON.parse(await readFile(join(pkg, 'package.json'), 'utf8')).exports;
  return Object.entries(exports).map(([name, files]) => ({ name, files: typeof files === 'string' ? [files] : Object.values(files) }));
}

test('every file that the package exports is in it', async () => {
  const all = await entries();
  for (const name of ['.', './element', './worker.js', './photo-worker.js', './diffae_cpu_bg.wasm', './diffae_gpu_bg.wasm', './face/blazeface.safetensors', './custom-elements.json', './package.json']) {
    assert.ok(all.some((entry) => entry.name === name), `${name} is not exported`);
  }
  for (const { name, files } of all) {
    for (const file of files) await assert.doesNotReject(access(join(pkg, file)), `${name} names ${file}`);
  }
});

test('every entry can be imported where there is no browser, and leaves nothing running', async () => {
  for (const { name, files } of await entries()) {
    const specifier = name.replace(/^\./, 'diffae');
    const script = files.some((file) => file.endsWith('.js'))
      ? `await import('${specifier}');`
      : `import { access } from 'node:fs/promises'; await access(new URL(import.meta.resolve('${specifier}')));`;
    await run(process.execPath, ['--input-type=module', '--eval', script], { cwd: folder, timeout: 30_000 })
      .catch((error) => assert.fail(`${specifier}: ${error.killed ? 'it keeps Node waiting' : error.stderr}`));
  }
});
