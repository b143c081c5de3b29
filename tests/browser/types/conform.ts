// What index.d.ts and element.d.ts promise is what the modules behind them do. It is compiled, never run.

import * as declared from '../../../pkg/index.js';
import type * as element from '../../../pkg/element.js';
import type { DiffAeEditor } from '../../../pkg/element/editor-element.js';
import type { LABELS } from '../../../pkg/element/words/labels.js';
import type { DiffAe } from '../../../pkg/lib/page/diffae.js';
import type { frameFromEyes } from '../../../pkg/lib/page/frame.js';
import type { Photo } from '../../../pkg/lib/page/photo.js';
import type * as defaults from '../../../pkg/lib/shared/defaults.js';
import type { DiffAeError } from '../../../pkg/lib/shared/errors.js';

/** Compiles only where what is there can stand for what was promised. */
function keeps<Promised, There extends Promised>(): void {}

export function check(): void {
  keeps<declared.DiffAe, DiffAe>();
  keeps<Pick<typeof declared.DiffAe, 'describe' | 'load'>, Pick<typeof DiffAe, 'describe' | 'load'>>();
  keeps<declared.Photo, Photo>();
  keeps<Pick<typeof declared.Photo, 'open'>, Pick<typeof Photo, 'open'>>();
  keeps<declared.DiffAeError, DiffAeError>();
  keeps<typeof declared.DiffAeError, typeof DiffAeError>();
  keeps<typeof declared.frameFromEyes, typeof frameFromEyes>();
  keeps<Pick<typeof declared, 'AMPLITUDE' | 'ITERATIONS' | 'LATENT_STEPS' | 'STEPS'>, typeof defaults>();
  keeps<Pick<element.DiffAeEditor, 'sliders' | 'labels' | 'addresses' | 'loaded' | 'open' | 'drop'>, DiffAeEditor>();
  keeps<typeof element.LABELS, typeof LABELS>();
}
