// Promises between files: the service worker keeps every file of the page, and no page loosens its security policy.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { ROOT } from './support.mjs';

const www = join(ROOT, 'www');

test('the service worker keeps every script of the page', async () => {
  const source = await readFile(join(www, 'sw.js'), 'utf8');
  /** @type {Set<string>} */
  const shell = new Set(runInNewContext(`${source}; SHELL`, { self: { addEventListener() {} } }));
  const scripts = [];
  for (const name of await readdir(www)) if (name.endsWith('.js')) scripts.push(name);
  for (const name of await readdir(join(www, 'pkg'), { recursive: true })) if (name.endsWith('.js')) scripts.push(join('pkg', name));
  // Not part of the page: types without code, the package's other entry, the worker itself, and the engines.
  const others = new Set(['sw.js', 'pkg/index.js', 'pkg/lib/shared/protocol.js', 'pkg/element/state/subject.js', 'pkg/diffae_cpu.js', 'pkg/diffae_gpu.js']);
  assert.deepEqual(scripts.filter((path) => !shell.has(path) && !others.has(path)), []);
  const generated = /diffae_|^models\//;
  for (const path of shell) if (path !== './' && !generated.test(path)) await readFile(join(www, path));
});

test('no inline script or style, no other origin', async () => {
  for (const name of ['index.html', 'embed.html']) {
    const html = await readFile(join(www, name), 'utf8');
    assert.doesNotMatch(html, /<style|\sstyle=|\son\w+=/i, name);
    for (const [, attributes, body] of html.matchAll(/<script([^>]*)>([^<]*)/g)) {
      assert.match(attributes, /src=/, name);
      assert.equal(body.trim(), '', name);
    }
    assert.doesNotMatch(html, /(?:src|href)="https?:(?!\/\/arxiv\.org)/, name);
  }
  const index = await readFile(join(www, 'index.html'), 'utf8');
  assert.match(index, /default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'/);
});
