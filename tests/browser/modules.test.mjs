// The package's modules: none needs itself by a detour, types included, and none reaches over to where it does not run.

import assert from 'node:assert/strict';
import { access, readdir, readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { ROOT } from './support.mjs';

const pkg = join(ROOT, 'pkg');

/** What each module of the package names, by its path in the package; names of built files are left out. @returns {Promise<Map<string, string[]>>} */
async function modules() {
  const paths = (await readdir(pkg, { recursive: true })).filter((path) => path.endsWith('.js') && !path.startsWith('diffae_'));
  return new Map(await Promise.all(paths.map(async (path) => {
    const source = await readFile(join(pkg, path), 'utf8');
    const named = [...source.matchAll(/(?:from |import |import\()'(\.[^']+)'/g)].map(([, name]) => normalize(join(dirname(path), name)));
    // A module with types of its own is known to others by those, which need nothing.
    const known = await Promise.all(named.map(async (name) => !(await exists(join(pkg, name.replace(/\.js$/, '.d.ts'))))));
    return /** @type {[string, string[]]} */ ([path, named.filter((name, i) => known[i] && !name.startsWith('diffae_'))]);
  })));
}

/** @param {string} path */
function exists(path) {
  return access(path).then(() => true, () => false);
}

test('no module of the package needs itself by a detour', async () => {
  const named = await modules();
  assert.ok(named.size > 40);
  /** @type {Set<string>} */
  const done = new Set();
  /** @param {string} path @param {string[]} way */
  const walk = (path, way) => {
    assert.ok(!way.includes(path), `a circle: ${[...way, path].join(' -> ')}`);
    if (done.has(path)) return;
    assert.ok(named.has(path), `${way.at(-1)} names ${path}, which is not there`);
    for (const next of named.get(path) ?? []) walk(next, [...way, path]);
    done.add(path);
  };
  for (const path of named.keys()) walk(path, []);
});

/** Folders in the order in which their modules may name each other: only what stands further down, or beside them. */
const ORDERS = [
  ['element', 'element/screens', 'element/panels', 'element/state', 'element/widgets', 'element/picture', 'element/words', 'element/style', 'lib/page', 'lib/shared', 'vendor'],
  ['lib/worker', 'lib/shared'],
];

test('modules name only those of their own folder or of one that stands below it', async () => {
  const rank = (/** @type {string[]} */ order, /** @type {string} */ path) => order.indexOf(dirname(path));
  for (const [path, names] of await modules()) {
    const folder = dirname(path);
    if (folder === '.') continue;
    for (const name of names) {
      const allowed = dirname(name) === folder || ORDERS.some((order) => order.includes(folder) && rank(order, name) > rank(order, path));
      assert.ok(allowed, `${path} names ${name}`);
    }
  }
});
