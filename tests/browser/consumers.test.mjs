// The package in apps that bundlers build, each with its own defaults, from the packed archive: tests/consumers has them.
// One, whose bundler takes the least, is built unless DIFFAE_CONSUMERS is `all`. What npm installs for them is kept in the cache of build.sh.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { pack, unpack } from './packed.mjs';
import { ended, freePort, until } from './process.mjs';
import { serve as serveFolder } from './serve.mjs';
import { begin, drawn, launch, newPage, PATIENCE, ROOT, slide } from './support.mjs';

const run = promisify(execFile);

/**
 * @typedef {object} App
 * @property {string} sources their folder in tests/consumers
 * @property {string} [tools] that of what it is built with, where it is not called as the app is
 * @property {string} output where the built app lies
 * @property {boolean} [serves] whether it has a server of its own
 * @property {string} [node] the oldest Node that builds it
 */
/** @type {Record<string, App>} */
const ALL = {
  vite6: { sources: 'vite', output: 'dist' },
  vite7: { sources: 'vite', output: 'dist', node: '20.19' },
  vite8: { sources: 'vite', output: 'dist', node: '20.19' },
  'vite8 for trusted types': { sources: 'vite-trusted', tools: 'vite8', output: 'dist', node: '20.19' },
  webpack5: { sources: 'webpack5', output: 'dist' },
  next: { sources: 'next', output: 'public', serves: true },
};
const APPS = process.env.DIFFAE_CONSUMERS === 'all' ? Object.keys(ALL) : ['vite6'];

/** Why an app cannot be built here, if so. @param {string} [wanted] */
function tooOld(wanted = '0.0') {
  const [major, minor] = wanted.split('.').map(Number);
  const [there, minorThere] = process.versions.node.split('.').map(Number);
  return there < major || (there === major && minorThere < minor) ? `Node ${wanted} or later builds it, this is ${process.versions.node}` : false;
}

const CACHE = join(process.env.DIFFAE_CACHE ?? join(homedir(), '.cache/diffae'), 'consumers');

/** @type {import('playwright-core').Browser} */ let browser;
/** @type {string} */ let folder;
/** @type {string} */ let archive;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diffae-consumers-'));
  archive = await pack(folder);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true });
});

/** What an app is built with, as its lock file says. @param {string} name @returns {Promise<string>} */
async function modules(name) {
  const from = join(ROOT, 'tests/consumers', name);
  const lock = await readFile(join(from, 'package-lock.json'));
  const kept = join(CACHE, `${name}-${createHash('sha256').update(lock).digest('hex').slice(0, 16)}`);
  const there = await access(kept).then(() => true, () => false);
  if (!there) {
    await mkdir(CACHE, { recursive: true });
    // Whole or not at all, whatever ends this.
    const made = await mkdtemp(join(CACHE, 'new-'));
    await cp(from, made, { recursive: true });
    await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: made });
    for (const old of await readdir(CACHE)) if (old.startsWith(`${name}-`)) await rm(join(CACHE, old), { recursive: true });
    await rename(made, kept);
  }
  return join(kept, 'node_modules');
}

/** Makes an app and gives its folder. @param {string} name */
async function build(name) {
  const app = join(folder, name);
  const { sources, tools = name, output } = ALL[name];
  await cp(join(ROOT, 'tests/consumers', sources), app, { recursive: true });
  await cp(join(ROOT, 'tests/consumers', tools), app, { recursive: true });
  await cp(await modules(tools), join(app, 'node_modules'), { recursive: true, verbatimSymlinks: true });
  await unpack(archive, app);
  await run('npm', ['run', 'build'], { cwd: app, env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1' } })
    .catch((error) => assert.fail(`${name} was not built: ${error.stdout}${error.stderr}`));
  await mkdir(join(app, output), { recursive: true });
  for (const [files, at] of [['models', 'models'], ['www/samples', 'samples']]) await symlink(join(ROOT, files), join(app, output, at));
  return app;
}

/** The built app at an address. @param {string} name @param {string} app @returns {Promise<{ url: string, close: () => void | Promise<void> }>} */
async function served(name, app) {
  const { output, serves } = ALL[name];
  if (!serves) return serveFolder({ folder: join(app, output) });
  const port = await freePort();
  const server = spawn(process.execPath, ['node_modules/next/dist/bin/next', 'start', '--port', String(port)], { cwd: app, env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1' }, stdio: 'ignore' });
  const url = `http://localhost:${port}/`;
  const close = () => ended(server);
  try {
    await until(() => {
      assert.ok(server.exitCode === null && server.signalCode === null, `the server of ${name} ended by ${server.signalCode ?? `status ${server.exitCode}`}`);
      return fetch(url, { signal: AbortSignal.timeout(10_000) }).then(({ ok }) => ok, () => false);
    }, `the server of ${name} does not answer`);
  } catch (error) {
    await close();
    throw error;
  }
  return { url, close };
}

for (const name of APPS) {
  test(`an app built by ${name} with its defaults edits a photo`, { timeout: 2 * PATIENCE, skip: tooOld(ALL[name].node) }, async (t) => {
    const site = await served(name, await build(name));
    t.after(() => site.close());
    const page = await newPage(browser);
    t.after(() => page.context().close());
    /** @type {string[]} */
    const asked = [];
    page.context().on('request', (request) => asked.push(request.url()));
    /** @type {string[]} */
    const missing = [];
    page.context().on('response', (response) => { if (response.status() >= 400 && !response.url().endsWith('/favicon.ico')) missing.push(response.url()); });
    await page.goto(site.url);
    await begin(page);
    await slide(page, 'Smile', 0.3);
    await drawn(page);
    assert.equal(await page.locator('html').getAttribute('data-model'), 'portrait64');
    assert.deepEqual(page.faults, []);
    assert.deepEqual(missing, []);
    // The GPU's is fetched only where it is used, and the one with threads where this build has one.
    assert.equal(new Set(asked.filter((url) => url.endsWith('.wasm') && !url.includes('threads'))).size, 1, 'one wasm file is fetched');
  });
}
