// Promises between files: no page loosens its security policy.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
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
