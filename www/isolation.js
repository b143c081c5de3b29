// The page isolated from others, so that its CPU may use several threads: the service worker sends what it takes, from the second
// time that the page is loaded. A first visit is loaded once more by itself, as long as nobody has touched it.

import { choose } from './pkg/lib/shared/device.js';

const TRIED = 'diffae-isolated';

/** @param {import('./pkg/element.js').DiffAeEditor} editor */
export async function isolateOnce(editor) {
  const { serviceWorker, hardwareConcurrency = 1 } = navigator;
  if (globalThis.crossOriginIsolated || hardwareConcurrency < 2 || tried()) return;
  // A file that is being chosen, a slider that was moved: all that stays as it is.
  let touched = false;
  for (const type of ['pointerdown', 'keydown', 'dragenter', 'paste']) addEventListener(type, () => { touched = true; }, { once: true, capture: true });
  const asked = /** @type {import('./pkg/index.js').DeviceChoice | null} */ (editor.getAttribute('device'));
  if ((await choose(asked ?? 'auto')).kind === 'gpu') return;
  await serviceWorker.ready;
  if (touched || editor.getAttribute('stage') !== 'start' || location.hash !== '' || tried(true)) return;
  location.reload();
}

/** Whether this tab was loaded anew already; where that cannot be known, it must not be. @param {boolean} [now] notes it */
function tried(now = false) {
  try {
    const before = sessionStorage.getItem(TRIED) !== null;
    if (now) sessionStorage.setItem(TRIED, '1');
    return before;
  } catch {
    return true;
  }
}
