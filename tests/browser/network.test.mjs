// Weights over a network that misbehaves, and servers that do: what is dropped is taken up again, what lies is found out, and what
// cannot be had is told. The server is one of our own, which does to each request what a test says.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { served } from './served.mjs';
import { patchScript, PATIENCE, ROOT, withPackage } from './support.mjs';

const { site, newPage } = await served();

/** @typedef {import('node:http').IncomingMessage} Asked */
/** @typedef {import('node:http').ServerResponse} Answer */
/** @typedef {{ range: [number, number] | null, time: number }} Request  what was asked of the part, and when */
/** @typedef {(answer: Answer, from: number, request: number) => void} Manner what the server does */

const PART = await readFile(join(ROOT, 'models/portrait64/encoder.safetensors'));
const bundled = JSON.parse(await readFile(join(ROOT, 'models/portrait64/manifest.json'), 'utf8'));

/** @type {import('node:http').Server} */ let server;
/** @type {Manner} */ let manner;
/** @type {Request[]} */ let requests = [];
/** @type {Record<string, string>} */ let allows = {};
/** @type {string} */ let manifestUrl;

const ALLOWED = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'content-range' };

before(async () => {
  server = createServer((asked, answer) => {
    for (const [name, value] of Object.entries(allows)) answer.setHeader(name, value);
    if (asked.method === 'OPTIONS') {
      answer.writeHead(403).end();
      return;
    }
    if (asked.url === '/cut.json' || asked.url === '/silent.json') {
      answer.writeHead(200, { 'content-length': 1000 }).write('{', () => { if (asked.url === '/cut.json') answer.destroy(); });
      return;
    }
    if (asked.url === '/manifest.json') {
      answer.end(JSON.stringify({ ...bundled, parts: { encoder: bundled.parts.encoder } }));
      return;
    }
    const range = /^bytes=(\d+)-(\d*)$/.exec(asked.headers.range ?? '');
    requests.push({ range: range && [Number(range[1]), Number(range[2] || PART.length - 1)], time: Date.now() });
    manner(answer, range ? Number(range[1]) : 0, requests.length);
  });
  await new Promise((listening) => { server.listen(0, '127.0.0.1', () => listening(undefined)); });
  manifestUrl = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/manifest.json`;
});
after(() => {
  server?.closeAllConnections();
  server?.close();
});

/** The part from an offset on, as a server with ranges sends it. @param {Answer} answer @param {number} from @param {Record<string, string | number>} [headers] */
function begin(answer, from, headers = {}) {
  answer.writeHead(from > 0 ? 206 : 200, { 'content-length': PART.length - from, ...(from > 0 ? { 'content-range': `bytes ${from}-${PART.length - 1}/${PART.length}` } : {}), ...headers });
}

/** Sends so much and drops the connection. @param {Answer} answer @param {number} from @param {number} count */
function dropped(answer, from, count) {
  begin(answer, from);
  answer.write(PART.subarray(from, from + count));
  setTimeout(() => answer.destroy(), 100);
}

/** @param {Answer} answer @param {number} from */
function whole(answer, from) {
  begin(answer, from);
  answer.end(PART.subarray(from));
}

/**
 * Obtains the part as a worker does, and tells how that ended.
 * @param {Manner} how @param {{ headers?: Record<string, string>, page?: import('./support.mjs').Page, load?: string }} [options]
 * @returns {Promise<{ sha256: string | null, code: string | null, message: string | null, progress: number[] }>}
 */
async function obtained(how, { headers = ALLOWED, page } = {}) {
  [manner, requests, allows] = [how, [], headers];
  const tab = page ?? await newPage();
  return withPackage(tab, site.url, `
    const { obtain } = await import(new URL('../pkg/lib/worker/download.js', location.href).href);
    const { fetchManifest } = await import(new URL('../pkg/lib/shared/manifest.js', location.href).href);
    const { parts: { encoder } } = await fetchManifest(${JSON.stringify(manifestUrl)});
    const progress = [];
    return obtain(encoder, { onBytes: (loaded) => progress.push(loaded), onVerify: () => {} }).then(async ({ bytes }) => {
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
      return { sha256: Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join(''), code: null, message: null, progress };
    }, ({ code, message }) => ({ sha256: null, code, message, progress }));`);
}

const HASH = createHash('sha256').update(PART).digest('hex');
const HALF = PART.length >> 1;

test('a dropped connection is taken up where it broke off', { timeout: PATIENCE }, async () => {
  const { sha256, progress } = await obtained((answer, from, request) => (request < 4 ? dropped(answer, from, 500_000) : whole(answer, from)));
  assert.equal(sha256, HASH);
  assert.deepEqual(requests.map(({ range }) => range?.[0] ?? 0), [0, 500_000, 1_000_000, 1_500_000]);
  assert.equal(progress.at(-1), PART.length);
  assert.ok(progress.every((loaded, i) => i === 0 || loaded >= progress[i - 1]), 'nothing is loaded twice');
});

test('a connection that drops again and again gets there as long as it brings something', { timeout: PATIENCE }, async () => {
  const { sha256 } = await obtained((answer, from) => (from + 250_000 < PART.length ? dropped(answer, from, 250_000) : whole(answer, from)));
  assert.equal(sha256, HASH);
  assert.equal(requests.length, Math.ceil(PART.length / 250_000));
});

test('a server that ignores ranges is read from the start', { timeout: PATIENCE }, async () => {
  const { sha256 } = await obtained((answer, _, request) => (request === 1 ? dropped(answer, 0, HALF) : whole(answer, 0)));
  assert.equal(sha256, HASH);
  assert.deepEqual(requests.map(({ range }) => range?.[0] ?? 0), [0, HALF]);
});

test('a server that sends another range than the one asked for is read from the start', { timeout: PATIENCE }, async () => {
  const { sha256 } = await obtained((answer, from, request) => {
    if (request === 1) dropped(answer, 0, HALF);
    else if (from > 0) {
      begin(answer, from, { 'content-range': `bytes 0-${PART.length - 1}/${PART.length}`, 'content-length': PART.length });
      answer.end(PART);
    } else whole(answer, 0);
  });
  assert.equal(sha256, HASH);
  assert.deepEqual(requests.map(({ range }) => range?.[0] ?? 0), [0, HALF, 0]);
});

test('a server that says 206 and sends all of it is found out, even where its headers cannot be read', { timeout: PATIENCE }, async () => {
  const { sha256 } = await obtained((answer, from, request) => {
    if (request === 1) dropped(answer, 0, HALF);
    else if (from > 0) {
      answer.writeHead(206, { 'content-length': PART.length });
      answer.end(PART);
    } else whole(answer, 0);
  }, { headers: { 'access-control-allow-origin': '*' } });
  assert.equal(sha256, HASH);
});

test('a server that refuses ranges is read from the start', { timeout: PATIENCE }, async () => {
  const { sha256 } = await obtained((answer, from, request) => {
    if (request === 1) dropped(answer, 0, HALF);
    else if (from > 0) answer.writeHead(416).end();
    else whole(answer, 0);
  });
  assert.equal(sha256, HASH);
});

test('a file whose second half comes from another version is fetched whole once more', { timeout: PATIENCE }, async () => {
  const { sha256 } = await obtained((answer, from, request) => {
    if (request === 1) dropped(answer, 0, HALF);
    else if (from > 0) {
      begin(answer, from);
      answer.end(Buffer.alloc(PART.length - from, 7));
    } else whole(answer, 0);
  });
  assert.equal(sha256, HASH);
  assert.deepEqual(requests.map(({ range }) => range?.[0] ?? 0), [0, HALF, 0]);
});

test('a length that is too short is made up for by what comes after it', { timeout: PATIENCE }, async () => {
  const { sha256 } = await obtained((answer, from, request) => {
    if (request > 1) whole(answer, from);
    else answer.writeHead(200, { 'content-length': HALF }).end(PART.subarray(0, HALF));
  });
  assert.equal(sha256, HASH);
});

test('a length that is too long is no reason to give up', { timeout: PATIENCE }, async () => {
  const { sha256 } = await obtained((answer, from, request) => {
    if (request > 1) {
      whole(answer, from);
      return;
    }
    begin(answer, 0, { 'content-length': PART.length + 1000 });
    answer.write(PART);
    setTimeout(() => answer.destroy(), 100);
  });
  assert.equal(sha256, HASH);
});

test('a file that grows without an end is left at once', { timeout: PATIENCE }, async () => {
  let sent = 0;
  const { code, message } = await obtained((answer) => {
    answer.writeHead(200, { 'transfer-encoding': 'chunked' });
    const more = () => { for (sent += 2 ** 20; answer.write(Buffer.alloc(2 ** 20)) && !answer.destroyed && sent < 2 ** 28; sent += 2 ** 20); };
    answer.on('drain', more);
    more();
  });
  assert.equal(code, 'wrong-size');
  assert.match(message ?? '', /^encoder\.safetensors has more than the 1963272 bytes/);
  assert.ok(sent < 2 ** 27, `${sent} bytes`);
});

test('a busy server is asked again, later each time, and as late as it says', { timeout: PATIENCE }, async () => {
  const { sha256 } = await obtained((answer, from, request) => {
    if (request === 1) answer.writeHead(503).end();
    else if (request === 2) answer.writeHead(429, { 'retry-after': '2', 'access-control-expose-headers': 'retry-after' }).end();
    else whole(answer, from);
  });
  assert.equal(sha256, HASH);
  const pauses = requests.map(({ time }, i) => time - (requests[i - 1]?.time ?? time));
  assert.ok(pauses[1] >= 290 && pauses[2] >= 1450, `${pauses}`);
});

test('a server that stays down is told of after four attempts', { timeout: PATIENCE }, async () => {
  const { code, message } = await obtained((answer) => answer.writeHead(503).end());
  assert.deepEqual([code, message, requests.length], ['http-status', 'The server answered status 503 for encoder.safetensors.', 4]);
});

test('a file that is not there is asked for once', { timeout: PATIENCE }, async () => {
  const { code } = await obtained((answer) => answer.writeHead(404).end());
  assert.deepEqual([code, requests.length], ['not-found', 1]);
});

test('a connection on which nothing comes any more is given up and taken up again', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await patchScript(page, 'lib/shared/fetch.js', [['SILENCE_MS = 30_000', 'SILENCE_MS = 700']]);
  const { sha256 } = await obtained((answer, from, request) => {
    if (request > 1) whole(answer, from);
    else {
      begin(answer, 0);
      answer.write(PART.subarray(0, HALF));
    }
  }, { page });
  assert.equal(sha256, HASH);
  assert.deepEqual(requests.map(({ range }) => range?.[0] ?? 0), [0, HALF]);
});

test('waiting for the next attempt ends at once when nobody wants it any more', { timeout: PATIENCE }, async () => {
  [manner, requests, allows] = [(answer) => answer.writeHead(503, { 'retry-after': '60', 'access-control-expose-headers': 'retry-after' }).end(), [], ALLOWED];
  const [code, took] = await withPackage(await newPage(), site.url, `
    const { obtain } = await import(new URL('../pkg/lib/worker/download.js', location.href).href);
    const { fetchManifest } = await import(new URL('../pkg/lib/shared/manifest.js', location.href).href);
    const { parts: { encoder } } = await fetchManifest(${JSON.stringify(manifestUrl)});
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 500);
    const start = performance.now();
    return obtain(encoder, { signal: controller.signal, onBytes: () => {}, onVerify: () => {} }).then(() => [], ({ code }) => [code, performance.now() - start]);`);
  assert.equal(code, 'cancelled');
  assert.ok(took < 3000, `${took} ms`);
});

test('a manifest that breaks off, or never ends, is told as one that cannot be reached', { timeout: PATIENCE }, async () => {
  allows = ALLOWED;
  const page = await newPage();
  await patchScript(page, 'lib/shared/fetch.js', [['SILENCE_MS = 30_000', 'SILENCE_MS = 700']]);
  for (const name of ['cut.json', 'silent.json']) {
    const url = JSON.stringify(new URL(name, manifestUrl).href);
    const told = await withPackage(page, site.url, `
      const told = (promise) => promise.then(() => null, (error) => error instanceof diffae.DiffAeError && error.code);
      return [await told(diffae.DiffAe.describe(${url})), await told(diffae.DiffAe.load(${url}, { device: 'cpu' }))];`);
    assert.deepEqual(told, ['cross-origin', 'cross-origin'], name);
  }
});

test('what is not wanted any more is not asked for', { timeout: PATIENCE }, async () => {
  [manner, requests, allows] = [(answer, from) => dropped(answer, from, HALF), [], ALLOWED];
  const code = await withPackage(await newPage(), site.url, `
    const { obtain } = await import(new URL('../pkg/lib/worker/download.js', location.href).href);
    const { fetchManifest } = await import(new URL('../pkg/lib/shared/manifest.js', location.href).href);
    const { parts: { encoder } } = await fetchManifest(${JSON.stringify(manifestUrl)});
    return obtain(encoder, { signal: AbortSignal.abort(), onBytes: () => {}, onVerify: () => {} }).then(() => null, ({ code }) => code);`);
  assert.deepEqual([code, requests.length], ['cancelled', 0]);
});
