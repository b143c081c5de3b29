// The element's one style sheet, shared by all instances. Adopted sheets need no inline style, so `style-src 'self'` holds.

import { controls } from './controls.js';
import { screens } from './screens.js';
import { tokens } from './tokens.js';

export const sheet = new CSSStyleSheet();
sheet.replaceSync(tokens + controls + screens);
