// The element's one style sheet, shared by all instances. Adopted sheets need no inline style, so `style-src 'self'` holds.

import { controls } from './controls.js';
import { own } from './own.js';
import { screens } from './screens.js';
import { tokens } from './tokens.js';

/** @type {CSSStyleSheet | null} */
let sheet = null;

/** Made for the first element: where a page is rendered on a server, there are no style sheets. */
export function styles() {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(tokens + controls + screens + own);
  }
  return sheet;
}
