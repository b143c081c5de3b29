// Promises of the documentation: what it names is there, the README stays short, and the bench finds its place.

import assert from 'node:assert/strict';
import { access, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from './support.mjs';

/** Folders whose files are named with their whole path, so that a name that begins so is one. */
const PATH = /^(?:src|cli|tests|bench|pkg|www|models|docs|examples|scripts|\.ci|\.github)\/[\w./-]*$/;

async function documents() {
  const names = (await readdir(ROOT)).filter((name) => name.endsWith('.md'));
  const docs = (await readdir(join(ROOT, 'docs'))).map((name) => `docs/${name}`);
  return [...names, ...docs, 'pkg/README.md', 'models/portrait64/README.md', 'models/portrait128/README.md'];
}

test('links and paths in the documentation lead to files', async () => {
  for (const name of await documents()) {
    const text = await readFile(join(ROOT, name), 'utf8');
    const links = [...text.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, link]) => link).filter((link) => !/^https?:/.test(link));
    const paths = [...text.matchAll(/`([^`\s]+)`/g)].map(([, path]) => path).filter((path) => PATH.test(path));
    for (const link of links) await assert.doesNotReject(access(join(ROOT, dirname(name), link)), `${name} links to ${link}`);
    for (const path of paths) await assert.doesNotReject(access(join(ROOT, path)), `${name} names ${path}`);
  }
});

test('the README is read in one go', async () => {
  const lines = (await readFile(join(ROOT, 'README.md'), 'utf8')).trimEnd().split('\n');
  assert.ok(lines.length <= 90, `${lines.length} lines`);
});

test('the link to the licences of others is where dist shows it', async () => {
  const [, hidden] = /sed 's\|(<p [^|]+)\|/.exec(await readFile(join(ROOT, 'build.sh'), 'utf8')) ?? [];
  assert.ok(hidden?.includes('hidden') && (await readFile(join(ROOT, 'www/index.html'), 'utf8')).includes(hidden), hidden);
});

test('the bench finds where its table goes', async () => {
  assert.match(await readFile(join(ROOT, 'docs/performance.md'), 'utf8'), /<!-- bench -->\n[\s\S]*<!-- \/bench -->/);
});
