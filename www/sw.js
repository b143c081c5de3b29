// Keeps the page's own files, so that it opens without a network after the first visit. The network comes first: a new
// version is seen at once, and the copy serves only when the network does not answer. A model's weights are not kept here;
// the package keeps them under their hash. All paths are relative to this file, so any sub-path works.

const CACHE = 'diffae-shell';

/** What a page needs to open and to run on the CPU. Files of the GPU engine are kept when they are first fetched. */
const SHELL = [
  './', 'page.css', 'page.js', 'teaser.js', 'icon.svg', 'smile.svg', 'embed.html',
  'models/portrait64/manifest.json',
  'samples/teaser.webp', 'samples/astronaut.webp', 'samples/face-03.webp', 'samples/face-04.webp', 'samples/face-08.webp', 'samples/face-09.webp',
  'pkg/element.js', 'pkg/worker.js', 'pkg/photo-worker.js', 'pkg/diffae_cpu.js', 'pkg/diffae_cpu_bg.wasm', 'pkg/face/blazeface.safetensors',
  ...['editor-element', 'flow'].map((name) => `pkg/element/${name}.js`),
  ...['blend-panel', 'gallery-panels', 'save-panel', 'sliders'].map((name) => `pkg/element/panels/${name}.js`),
  ...['geometry', 'save', 'upscale'].map((name) => `pkg/element/picture/${name}.js`),
  ...['edit-view', 'find-view', 'frame-view', 'start-view', 'work-view'].map((name) => `pkg/element/screens/${name}.js`),
  ...['latest', 'painter', 'session'].map((name) => `pkg/element/state/${name}.js`),
  ...['controls', 'screens', 'sheet', 'tokens'].map((name) => `pkg/element/style/${name}.js`),
  ...['compare', 'device-badge', 'dom', 'eye-handles', 'framing-stage', 'gallery', 'icons', 'notice', 'progress', 'tabs'].map((name) => `pkg/element/widgets/${name}.js`),
  ...['attributes', 'labels'].map((name) => `pkg/element/words/${name}.js`),
  ...['connection', 'diffae', 'frame', 'photo'].map((name) => `pkg/lib/page/${name}.js`),
  ...['defaults', 'device', 'errors', 'fetch', 'manifest', 'picture-size', 'picture', 'store'].map((name) => `pkg/lib/shared/${name}.js`),
  ...['download', 'engine-host', 'parts', 'photo-host', 'photo-pixels', 'worker-end'].map((name) => `pkg/lib/worker/${name}.js`),
];

self.addEventListener('install', (event) => {
  event.waitUntil(keepShell().then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(self.clients.claim());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { href, pathname } = new URL(request.url);
  if (request.method !== 'GET' || !href.startsWith(self.registration.scope) || /\/models\/.*\.safetensors$/.test(pathname)) return;
  event.respondWith(networkFirst(request));
});

/** One missing file must not keep the others from being kept. */
async function keepShell() {
  const cache = await caches.open(CACHE);
  await Promise.allSettled(SHELL.map((path) => cache.add(new Request(path, { cache: 'no-cache' }))));
}

/** @param {Request} request */
async function networkFirst(request) {
  const cache = await caches.open(CACHE);
  try {
    const response = await fetch(request);
    if (response.ok && response.type === 'basic') await cache.put(request, response.clone()).catch(() => {});
    return response;
  } catch (error) {
    const kept = await cache.match(request, { ignoreSearch: true });
    if (kept) return kept;
    throw error;
  }
}
