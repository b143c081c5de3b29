// Keeps the page's own files, so that it opens without a network, or with one that never answers, after the first visit.
//
// The files of one version are kept together or not at all, each checked against the hash in the generated list
// (page-files.js), and nothing else is kept. A page gets all its files from one version: from here where the server has no
// newer one or does not say so in time, from the server otherwise. A newer version is fetched in the background and takes
// over when no page of the old one is open any more. A model's weights are not kept here; the package keeps them under
// their hash. All paths are relative to this file, so any sub-path works.
//
// What a page gets from here is isolated from others (COOP and COEP), whatever its host sends: only then do browsers let several
// threads share memory.
//
// A photo that is shared with the installed page is a request, too, which ends here: it is laid aside for the page to take.

/**
 * @typedef {object} PageFiles
 * @property {string} version
 * @property {Record<string, string>} first SHA-256 of what is kept from the start, by path
 * @property {Record<string, string>} later and of what is kept once somebody has asked for it
 * @property {number[]} relaxed a wasm module that only some browsers know
 */
/** @typedef {{ createScriptURL(url: string): string }} Policy */
/** @typedef {{ createPolicy(name: string, rules: Policy): Policy }} PolicyFactory */

const worker = /** @type {ServiceWorkerGlobalScope & { pageFiles: PageFiles, trustedTypes?: PolicyFactory }} */ (/** @type {unknown} */ (self));
const LIST = 'page-files.js';
// Where a host sends a policy for trusted types with this file, too: one address, and no other.
const policy = worker.trustedTypes?.createPolicy('diffae', { createScriptURL: () => LIST });
importScripts(policy?.createScriptURL(LIST) ?? LIST);

const { version, first, later, relaxed } = worker.pageFiles;
/** Whether this browser takes the wasm files with relaxed SIMD. */
const fused = WebAssembly.validate(new Uint8Array(relaxed));
/** Other copies of the page on this origin have caches of their own. */
const PREFIX = `diffae-page-${encodeURIComponent(new URL(worker.registration.scope).pathname)}:`;
const CACHE = PREFIX + version;
/** A photo on its way from the system to the page, which launched.js takes from here. */
const SHARED = `diffae-shared-${encodeURIComponent(new URL(worker.registration.scope).pathname)}`;
/** How long the server may take to say which version it has. */
const PATIENCE_MS = 2000;

/** The file of the page that an address names, or null. @param {string} url */
function pathOf(url) {
  const { scope } = worker.registration;
  const [address] = url.split(/[?#]/, 1);
  if (!address.startsWith(scope)) return null;
  const path = address.slice(scope.length);
  const file = path === '' || path.endsWith('/') ? `${path}index.html` : path;
  return Object.hasOwn(first, file) || Object.hasOwn(later, file) ? file : null;
}

worker.addEventListener('install', (event) => event.waitUntil(keepAll()));
worker.addEventListener('activate', (event) => event.waitUntil(forgetOthers()));
worker.addEventListener('message', (event) => {
  if (event.data === 'keep-gpu') event.waitUntil(Promise.all(Object.keys(later).filter((path) => path.includes('gpu')).map((path) => keep(path, later[path]))));
  if (event.data === 'pass-by' && event.source instanceof Client) event.waitUntil(passBy(event.source.id).catch(() => {}));
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method === 'POST' && request.mode === 'navigate' && request.url === new URL('share', worker.registration.scope).href) {
    event.respondWith(taken(request));
    return;
  }
  const path = request.method === 'GET' ? pathOf(request.url) : null;
  if (path === null) return;
  const answer = request.mode === 'navigate' ? opened(event, path) : file(event, path);
  event.respondWith(answer.then(isolated));
});

/** The same answer with what isolates a page, its scripts and its workers. @param {Response} answer */
function isolated(answer) {
  // Nothing can be added to what only the browser may follow, and what has it already is fine.
  if (answer.type === 'opaqueredirect' || answer.type === 'error' || answer.headers.has('cross-origin-embedder-policy')) return answer;
  const headers = new Headers(answer.headers);
  headers.set('cross-origin-opener-policy', 'same-origin');
  // Not credentialless, which WebKit does not know; all that the page shows is its own.
  headers.set('cross-origin-embedder-policy', 'require-corp');
  headers.set('cross-origin-resource-policy', 'same-origin');
  const { status, statusText } = answer;
  return new Response([101, 204, 205, 304].includes(status) ? null : answer.body, { status, statusText, headers });
}

/** Lays a shared photo aside and sends the page after it. Where there is none, the page finds nothing and says so. @param {Request} request */
async function taken(request) {
  try {
    const file = (await request.formData()).getAll('photo').find((value) => value instanceof File && value.size > 0);
    if (file instanceof File) {
      const headers = { 'content-type': file.type, 'x-name': encodeURIComponent(file.name) };
      await (await caches.open(SHARED)).put('shared-photo', new Response(file, { headers }));
    }
  } catch {
    // A form that cannot be read, or no room for the photo.
  }
  return Response.redirect('./?shared', 303);
}

/** All of them, or none and no service worker. */
async function keepAll() {
  try {
    await Promise.all(Object.keys(first).map(fitting).map((path) => keep(path, first[path] ?? later[path])));
  } catch (error) {
    await caches.delete(CACHE);
    throw error;
  }
}

/** Of two wasm files with the same functions the one that this browser takes. @param {string} path */
function fitting(path) {
  const other = path.replace('_bg.wasm', '_fused_bg.wasm');
  return fused && Object.hasOwn(later, other) ? other : path;
}

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)));
}

/** A file as the server has it, which is no answer unless it is the one of this version. @param {string} path @param {string} hash */
async function checked(path, hash) {
  // Some hosts send whoever asks for index.html on to its folder.
  const response = await fetch(path.replace(/(^|\/)index\.html$/, '$1') || './', { cache: 'no-cache' });
  const bytes = await response.arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (!response.ok || found !== hash) throw new Error(`The server has another ${path} than that of this version.`);
  return new Response(bytes, { headers: response.headers });
}

/** @param {string} path @param {string} hash */
async function keep(path, hash) {
  const cache = await caches.open(CACHE);
  if (!(await cache.match(path))) await cache.put(path, await checked(path, hash));
}

/** @param {string} path @returns {Promise<Response | null>} */
async function kept(path) {
  try {
    return (await (await caches.open(CACHE)).match(path, { ignoreVary: true })) ?? null;
  } catch {
    return null; // Broken storage must not break the page.
  }
}

/** A page is opened: this decides which version it gets. @param {FetchEvent} event @param {string} path */
async function opened(event, path) {
  const page = await kept(path);
  if (!page) {
    await passBy(event.resultingClientId).catch(() => {});
    return fromServer(event.request);
  }
  if (!(await serverHasAnother())) return page;
  try {
    const answer = await inTime((signal) => fromServer(event.request, signal));
    if (!answer.ok && answer.type !== 'opaqueredirect') return page;
    await passBy(event.resultingClientId);
    return answer;
  } catch {
    return page; // No answer, or no way to have the other files come from where the page does.
  }
}

/** Whether the server answers, in time, and has other files than those that are kept. */
async function serverHasAnother() {
  try {
    const response = await fetch(LIST, { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS) });
    if (response.status === 404 || response.status === 410) return true;
    return response.ok && !(await response.text()).includes(version);
  } catch {
    return false; // No network, or one that does not answer.
  }
}

/** What the server has now, whatever the browser's own cache has. @param {Request} request @param {AbortSignal} [signal] */
function fromServer(request, signal) {
  return fetch(request, signal ? { cache: 'no-cache', signal } : { cache: 'no-cache' });
}

/** Waits for the head of an answer only so long; its body may take its time. @param {(signal: AbortSignal) => Promise<Response>} ask */
async function inTime(ask) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), PATIENCE_MS);
  try {
    return await ask(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** @param {FetchEvent} event @param {string} path */
async function file(event, path) {
  if (await passesBy(event.clientId)) {
    // Before the new worker can ask for its other files.
    if (event.resultingClientId) await passBy(event.resultingClientId).catch(() => {});
    return fromServer(event.request);
  }
  // Whether a model was changed on its server is asked of the server.
  if (path.endsWith('/manifest.json') && event.request.cache === 'reload') return fromServer(event.request);
  const found = await kept(path);
  if (found) return found;
  // One that is kept later, or storage has lost it.
  try {
    const answer = await checked(path, first[path] ?? later[path]);
    // Whoever asked reads the answer while storage is still being opened.
    const copy = answer.clone();
    event.waitUntil(caches.open(CACHE).then((cache) => cache.put(path, copy)).catch(() => {}));
    return answer;
  } catch (error) {
    // Another version's file must not get among those of a page that came from here.
    return (await kept('index.html')) ? Response.error() : fromServer(event.request);
  }
}

/** A page that the server gave gets its other files from there, and so do its workers, even after this one was stopped and started. @param {string} client */
async function passBy(client) {
  await (await caches.open(CACHE)).put(mark(client), new Response());
}

/** @param {string} client */
async function passesBy(client) {
  return (await kept(mark(client))) !== null;
}

/** An address that no file has. @param {string} client */
function mark(client) {
  return `page-files.js?client=${client}`;
}
