// The demo page around <diffae-editor>: the device from the address, drops anywhere on the page, photos that the system brings,
// the teaser, offline use.

// First, so that the element finds the page in its language.
import { word } from './language.js';
import './pkg/element.js';
import { scriptUrl } from './pkg/lib/page/trusted.js';
import { takeLaunched } from './launched.js';
import { getReady } from './offline.js';
import { startTeaser } from './teaser.js';

// A reload begins on the first screen, whatever was scrolled to on another one.
history.scrollRestoration = 'manual';

const editor = /** @type {import('./pkg/element.js').DiffAeEditor} */ (document.getElementById('editor'));
const wanted = new URL(location.href).searchParams;
const device = wanted.get('device');
if (device === 'cpu' || device === 'gpu') editor.setAttribute('device', device);
// Of the models on offer only: an address from a link would let it load anything.
const offered = (editor.getAttribute('models') ?? '').split(' ');
const model = offered.find((address) => wanted.get('model') === nameOf(address));
if (model) editor.setAttribute('model', model);

/** The name that a link has for a model. @param {string} address */
function nameOf(address) {
  return address.split('/').at(-2);
}

/** The address tells what somebody else needs to see the same. @param {string} hash */
function tell(hash) {
  const url = new URL(location.href);
  const chosen = nameOf(editor.getAttribute('model') ?? offered[0]);
  // A model of somebody's own is on no other device.
  const shared = chosen && offered.some((address) => nameOf(address) === chosen);
  if (shared) url.searchParams.set('model', chosen);
  else url.searchParams.delete('model');
  url.hash = shared ? hash : '';
  history.replaceState(null, '', url);
}

// Dreamt faces are those of one model, and are over when a photo is read.
new MutationObserver((changes) => {
  if (changes.some(({ attributeName }) => attributeName === 'model') || editor.getAttribute('stage') === 'work') tell('');
}).observe(editor, { attributeFilter: ['model', 'stage'] });

// A link to dreamt faces: #dream=SEED,PSI,ETA.
function follow() {
  const [seed, psi, eta] = /^#dream=([\d.]+),([\d.]+),([\d.]+)$/.exec(location.hash)?.slice(1).map(Number) ?? [];
  if (seed !== undefined) void editor.dream({ seed, psi, eta });
}
follow();
addEventListener('hashchange', follow);
editor.addEventListener('dream', ({ detail: { seed, psi, eta } }) => tell(`dream=${seed},${psi},${eta}`));

for (const type of ['dragover', 'dragleave', 'drop']) {
  document.addEventListener(type, (event) => {
    const { dataTransfer } = /** @type {DragEvent} */ (event);
    // What the element does itself, and what is dropped into a text.
    if (event.defaultPrevented || event.composedPath().some((node) => node instanceof HTMLElement && (node.isContentEditable || node.matches('input, textarea')))) return;
    event.preventDefault();
    editor.toggleAttribute('dragging', type === 'dragover');
    if (type === 'drop' && dataTransfer) void editor.drop(dataTransfer);
  });
}

const offline = /** @type {HTMLElement} */ (document.getElementById('offline'));
const launched = /** @type {HTMLElement} */ (document.getElementById('launched'));
takeLaunched((file) => void editor.open(file), () => { launched.textContent = word('launchedNothing', 'There was no photo in what was shared with this page; choose one here.'); });

void startTeaser(/** @type {HTMLElement} */ (document.getElementById('teaser')), 'samples/teaser.webp');

editor.addEventListener('ready', (event) => {
  // The engine of a first visit was fetched before the service worker was there to keep it.
  if (event.detail.device.kind === 'gpu') void navigator.serviceWorker?.ready.then(({ active }) => active?.postMessage('keep-gpu'));
});

// The page works without a network after the first visit.
if ('serviceWorker' in navigator && isSecureContext) {
  const { serviceWorker } = navigator;
  const before = await serviceWorker.getRegistration().catch(() => undefined);
  // A forced reload came from the server, past a service worker that may have another version; so must what it starts.
  if (!serviceWorker.controller) before?.active?.postMessage('pass-by');
  serviceWorker.register(scriptUrl(new URL('sw.js', location.href).href), { updateViaCache: 'none' }).then((registration) => registration.update()).catch(() => {});
  void getReady(editor, offline).catch(() => {});
}
