// The npm package as somebody installs it: what `npm pack` makes, its entries in Node, and that nothing it promises is missing.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { pack, unpack } from './packed.mjs';
import { ROOT } from './support.mjs';

const run = promisify(execFile);

/** @type {string} a folder whose node_modules has the package */ let folder;
/** @type {string} the package in it */ let pkg;
/** @type {string} */ let archive;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diffae-packed-'));
  archive = await pack(folder);
  pkg = await unpack(archive, folder);
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
  for (const name of ['.', './element', './worker.js', './photo-worker.js', './convert-worker.js', './thread-worker.js', './diffae_threads_bg.wasm', './diffae_threads_fused_bg.wasm', './diffae_cpu_bg.wasm', './diffae_cpu_fused_bg.wasm', './diffae_gpu_bg.wasm', './diffae_import_bg.wasm', './face/blazeface.safetensors', './custom-elements.json', './package.json']) {
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

test('publint finds nothing', async () => {
  const { publint } = await import('publint');
  const { formatMessage } = await import('publint/utils');
  const { messages } = await publint({ pkgDir: pkg, strict: true, pack: false });
  const manifest = JSON.parse(await readFile(join(pkg, 'package.json'), 'utf8'));
  assert.deepEqual(messages.map((message) => formatMessage(message, manifest)), []);
});

test('types are found wherever modules are', async () => {
  const attw = createRequire(import.meta.url).resolve('@arethetypeswrong/cli/package.json').replace(/package\.json$/, 'dist/index.js');
  // The other entries are files for tools and browsers, without anything to import from them.
  const { stdout } = await run(process.execPath, [attw, archive, '--profile', 'esm-only', '--entrypoints', '.', 'element'])
    .catch((error) => assert.fail(error.stdout));
  assert.match(stdout, /"diffae\/element"/);
});

test('the custom-elements manifest says what the element is', async () => {
  /** @type {any} */
  const manifest = JSON.parse(await readFile(join(pkg, 'custom-elements.json'), 'utf8'));
  const [element] = manifest.modules[0].declarations;
  const names = (/** @type {{ name: string }[]} */ list) => list.map(({ name }) => name).sort();
  const found = (/** @type {string} */ source, /** @type {RegExp} */ pattern) => [...new Set([...source.matchAll(pattern)].map(([, name]) => name))].sort();
  const code = await readFile(join(pkg, 'element/editor-element.js'), 'utf8');
  assert.deepEqual(names(element.events), found(await readFile(join(pkg, 'element.d.ts'), 'utf8'), /^  (\w+): CustomEvent</gm));
  const slots = await readFile(join(pkg, 'element/screens/start-view.js'), 'utf8');
  assert.deepEqual(names(element.slots), [...found(slots, /h\('slot', \{ name: '([a-z]+)' \}/g), ...found(code, /img\[slot=([a-z]+)\]/g)].sort());
  assert.deepEqual(names(element.cssProperties), found(await readFile(join(pkg, 'element/style/tokens.js'), 'utf8'), /var\((--diffae-[a-z-]+)/g));
  const { DiffAeEditor, LABELS } = await import(join(pkg, 'element.js'));
  const attributes = new Set([...found(code, /this\.getAttribute\('([a-z]+)'\)/g), ...DiffAeEditor.observedAttributes]);
  assert.deepEqual(names(element.attributes), [...attributes].sort());
  const own = Object.getOwnPropertyNames(DiffAeEditor.prototype).filter((name) => !/Callback$|^constructor$/.test(name));
  assert.deepEqual(names(element.members), own.sort());
  assert.deepEqual(names(manifest.modules[0].exports).filter((name) => !name.includes('-')), Object.keys({ DiffAeEditor, LABELS }).sort());
});

test('what is published is one version, under one licence', async () => {
  const cargo = await readFile(join(ROOT, 'Cargo.toml'), 'utf8');
  const manifest = JSON.parse(await readFile(join(pkg, 'package.json'), 'utf8'));
  const named = (/** @type {string} */ key) => new RegExp(`^${key} = "(.*)"`, 'm').exec(cargo)?.[1];
  assert.equal(manifest.version, named('version'));
  assert.equal(manifest.license, named('license'));
  assert.match(await readFile(join(ROOT, 'CHANGELOG.md'), 'utf8'), new RegExp(`^## ${manifest.version.replaceAll('.', '\\.')} - `, 'm'));
  for (const name of ['LICENSE-MIT', 'LICENSE-APACHE']) assert.equal(await readFile(join(pkg, name), 'utf8'), await readFile(join(ROOT, name), 'utf8'), name);
});

test('npm would publish it without a warning', async () => {
  const { stderr } = await run('npm', ['publish', '--dry-run', '--offline'], { cwd: join(ROOT, 'pkg') });
  // Nobody is logged in where tests run.
  const warnings = stderr.split('\n').filter((line) => /npm (warn|error)/i.test(line) && !/logged in/.test(line));
  assert.deepEqual(warnings, []);
});
