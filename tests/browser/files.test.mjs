// Promises between files: no page loosens its security policy. And the server of the tests keeps no file open.

import assert from 'node:assert/strict';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { serve } from './serve.mjs';
import { ROOT } from './support.mjs';

const www = join(ROOT, 'www');

test('no inline script or style, no other origin', async () => {
  for (const name of ['index.html', 'embed.html']) {
    const html = await readFile(join(www, name), 'utf8');
    assert.doesNotMatch(html, /<style|\sstyle=|\son\w+=/i, name);
    for (const [, attributes, body] of html.matchAll(/<script([^>]*)>([^<]*)/g)) {
      assert.match(attributes, /src=/, name);
      assert.equal(body.trim(), '', name);
    }
    assert.doesNotMatch(html, /(?:src|href)="https?:(?!\/\/arxiv\.org)/, name);
    assert.match(html, /default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'/, name);
    assert.match(html, /; require-trusted-types-for 'script'; trusted-types diffae"/, name);
  }
});

test('a download that is broken off leaves no file open in the server', { skip: process.platform !== 'linux' && 'there is no /proc here' }, async () => {
  const server = await serve();
  const open = async () => (await Promise.all((await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')))).filter((path) => path.endsWith('decoder.safetensors')).length;
  try {
    for (let i = 0; i < 20; i++) {
      const controller = new AbortController();
      const response = await fetch(new URL('models/portrait64/decoder.safetensors', server.url), { signal: controller.signal });
      await response.body?.getReader().read();
      controller.abort();
    }
    for (let waited = 0; await open() > 0 && waited < 5000; waited += 100) await new Promise((resolve) => { setTimeout(resolve, 100); });
    assert.equal(await open(), 0);
  } finally {
    server.close();
  }
});
