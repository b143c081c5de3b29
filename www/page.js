// The demo page around <diffae-editor>: the device from the address, what a link tells, drops anywhere on the page, photos that
// the system brings, the teaser, offline use.

// First, so that the element finds the page in its language.
import { word } from './language.js';
import './pkg/element.js';
import { scriptUrl } from './pkg/lib/shared/trusted.js';
import { linkOf, shownBy } from './link.js';
import { takeLaunched } from './launched.js';
import { isolateOnce } from './isolation.js';
import { getReady } from './offline.js';
import { startTeaser } from './teaser.js';

// A reload begins on the first screen, whatever was scrolled to on another one.
history.scrollRestoration = 'manual';

const editor = /** @type {import('./pkg/element.js').DiffAeEditor} */ (document.getElementById('editor'));
const device = new URL(location.href).searchParams.get('device');
if (device === 'cpu' || device === 'gpu') editor.setAttribute('device', device);
const offered = (editor.getAttribute('models') ?? '').split(' ');

/** The name that a link has for a model. @param {string} address */
function nameOf(address) {
  return address.split('/').at(-2) ?? '';
}

/** The address tells what somebody else needs to see the same. @param {Pick<import('./link.js').Shown, 'dream' | 'amplitudes'>} shown */
function tell({ dream, amplitudes }) {
  const url = new URL(location.href);
  const chosen = nameOf(editor.getAttribute('model') ?? offered[0]);
  // A model of somebody's own is on no other device, and neither is what was taught to one.
  const shared = offered.some((address) => nameOf(address) === chosen);
  const known = Object.entries(amplitudes).filter(([name]) => editor.loaded?.info.attributes.includes(name));
  url.hash = shared ? linkOf({ model: chosen === nameOf(offered[0]) && !dream && known.length === 0 ? null : chosen, dream, amplitudes: Object.fromEntries(known) }) : '';
  // Which the page finds again when it is loaded anew.
  history.replaceState({ told: true }, '', url);
}

// Dreamt faces are those of one model.
const watch = new MutationObserver(() => tell({ dream: null, amplitudes: {} }));
watch.observe(editor, { attributeFilter: ['model'] });

/** Shows what the address tells of. */
function follow() {
  const { model, dream, amplitudes } = shownBy(location.hash);
  // Of the models on offer only: an address from a link would let it load anything.
  const known = offered.find((address) => nameOf(address) === model);
  if (known) editor.setAttribute('model', known);
  // The address says already what it changes.
  watch.takeRecords();
  if (dream) void editor.dream(dream, amplitudes);
  // What the address tells of an edit of one's own is not for the next photo.
  else if (!history.state?.told && Object.keys(amplitudes).length > 0) editor.amplitudes = amplitudes;
}
follow();
addEventListener('hashchange', follow);
editor.addEventListener('dream', ({ detail }) => tell({ dream: detail, amplitudes: {} }));
editor.addEventListener('opened', ({ detail }) => tell({ ...detail, amplitudes: {} }));
editor.addEventListener('change', ({ detail, target }) => {
  // The teaser's slider lies in the editor, too.
  if (target === editor) tell(detail);
});

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
  void isolateOnce(editor);
  serviceWorker.register(scriptUrl(new URL('sw.js', location.href).href), { updateViaCache: 'none' }).then((registration) => registration.update()).catch(() => {});
  void getReady(editor, offline).catch(() => {});
}
