// Makes the page ready for use without a network: the service worker keeps its own files from the first visit, and what is
// left, the weights of the model, is fetched here once nothing else is going on. Whoever saves data is asked first, and
// whoever begins with a photo meanwhile is not kept waiting by it.

import { word } from './language.js';
import { DiffAe } from './pkg/index.js';
import { usualParts } from './pkg/lib/shared/defaults.js';
import { choose } from './pkg/lib/shared/device.js';
import { isOwn } from './pkg/lib/shared/own-store.js';
import { has } from './pkg/lib/shared/store.js';
import { obtain } from './pkg/lib/worker/download.js';

/** A visit has begun for good after this long. */
const SETTLED_MS = 8000;
/** Of the room that the browser gives this page, the weights may take this share. */
const ROOM = 0.1;
/** Remembers that somebody has stopped it. */
const STOPPED = 'diffae.offline.stopped';

/** What the button says while there is something to stop. */
const STOP = word('offlineStop', 'Stop');

const READY = word('offlineReady', 'Ready for use without a network.');

const megabytes = (/** @type {number} */ bytes) => (bytes / 1e6).toLocaleString(document.documentElement.lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** @param {import('./pkg/element.js').DiffAeEditor} editor @param {HTMLElement} place where to say how far it is */
export async function getReady(editor, place) {
  const { active } = await navigator.serviceWorker.ready;
  const text = place.querySelector('span');
  const button = place.querySelector('button');
  if (!active || !text || !button) return;
  /** @type {AbortController | null} */
  let fetching = null;

  const say = (/** @type {string} */ sentence, /** @type {string | null} */ action = null) => {
    // How far it is is for the eyes alone: read out, it would never end.
    text.setAttribute('aria-live', action === STOP ? 'off' : 'polite');
    text.textContent = sentence;
    button.hidden = action === null;
    button.textContent = action ?? '';
  };

  /** What of the model in use is not kept yet. */
  const missing = async () => {
    const manifest = editor.getAttribute('model') ?? editor.getAttribute('models')?.split(' ')[0] ?? '';
    // A model of somebody's own is on this device already.
    if (isOwn(manifest)) return [];
    const model = await DiffAe.describe(new URL(manifest, location.href).href);
    const parts = usualParts(model).flatMap((part) => model.parts[part] ?? []);
    const kept = await Promise.all(parts.map(({ sha256 }) => has(sha256)));
    return parts.filter((_, i) => !kept[i]);
  };

  const work = async () => {
    if (fetching) return;
    const controller = fetching = new AbortController();
    try {
      const parts = await missing();
      const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
      let done = 0;
      for (const part of parts) {
        const onBytes = (/** @type {number} */ loaded) => say(word('offlineFetching', 'Getting ready for use without a network: {loaded} of {total} MB.', { loaded: megabytes(done + loaded), total: megabytes(total) }), STOP);
        await obtain(part, { signal: controller.signal, onBytes, onVerify: () => {} });
        done += part.bytes;
      }
      if ((await choose('auto')).kind === 'gpu') active.postMessage('keep-gpu');
      if ((await missing()).length === 0) say(READY);
      else await offer();
    } catch {
      // No network after all, or no room: the page itself goes on as before.
      await offer();
    } finally {
      fetching = null;
    }
  };

  const offer = async () => {
    const parts = await missing().catch(() => null);
    if (!parts) say('');
    else if (parts.length === 0) say(READY);
    else say(word('offlineMissing', 'For use without a network, {size} MB are missing.', { size: megabytes(parts.reduce((sum, { bytes }) => sum + bytes, 0)) }), word('offlineFetch', 'Fetch them'));
  };

  button.addEventListener('click', () => {
    remember(fetching !== null);
    if (fetching) fetching.abort();
    else void work();
  });
  // The editor fetches for itself what a photo needs.
  new MutationObserver(() => {
    if (editor.getAttribute('stage') !== 'start') fetching?.abort();
  }).observe(editor, { attributeFilter: ['stage'] });
  editor.addEventListener('progress', () => fetching?.abort());
  editor.addEventListener('ready', () => void offer());

  await quiet(editor);
  const parts = await missing().catch(() => []);
  if (parts.length > 0 && !remembered() && !savesData() && await hasRoom(parts.reduce((sum, { bytes }) => sum + bytes, 0))) await work();
  else await offer();
}

/** Resolves when the page has been seen for a while, and nothing has been begun. @param {HTMLElement} editor */
async function quiet(editor) {
  let working = false;
  editor.addEventListener('progress', () => { working = true; });
  do {
    working = false;
    await new Promise((resolve) => { setTimeout(resolve, SETTLED_MS); });
    await new Promise((resolve) => { 'requestIdleCallback' in window ? requestIdleCallback(resolve) : setTimeout(resolve); });
  } while (working || document.hidden || editor.getAttribute('stage') !== 'start');
}

/** Whether the connection is slow, or whoever has it wants little of it to be used. Not every browser tells. */
function savesData() {
  const { saveData = false, effectiveType = '4g' } = /** @type {{ connection?: { saveData?: boolean, effectiveType?: string } }} */ (navigator).connection ?? {};
  return saveData || effectiveType !== '4g';
}

/** @param {number} bytes */
async function hasRoom(bytes) {
  /** @type {StorageEstimate} */
  const { quota = Infinity, usage = 0 } = await navigator.storage?.estimate().catch(() => ({})) ?? {};
  return bytes < ROOM * (quota - usage);
}

function remembered() {
  try {
    return localStorage.getItem(STOPPED) !== null;
  } catch {
    return false; // Storage is forbidden.
  }
}

/** @param {boolean} stopped */
function remember(stopped) {
  try {
    if (stopped) localStorage.setItem(STOPPED, '1');
    else localStorage.removeItem(STOPPED);
  } catch {
    // It is asked again on the next visit.
  }
}
