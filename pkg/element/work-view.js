// The screen while a face is read: the photo turning into what the model sees, and how long it will take.

import { h } from './dom.js';
import { Progress } from './progress.js';
import { enlarged, SHOWN } from './upscale.js';

export class WorkView {
  #canvas = h('canvas', { class: 'picture', width: SHOWN, height: SHOWN, 'aria-hidden': 'true' });

  /** @param {import('./labels.js').Say} say @param {ImageData | null} photo @param {() => void} onCancel */
  constructor(say, photo, onCancel) {
    this.progress = new Progress(say, onCancel);
    if (photo) this.#canvas.getContext('2d')?.putImageData(photo, 0, 0);
    this.element = h('section', { class: 'two work-view' },
      h('div', { class: 'left' }, h('div', { class: 'stage working' }, this.#canvas)),
      h('div', { class: 'right' },
        h('h2', { text: say('workTitle') }),
        this.progress.element,
        h('p', { class: 'hint', text: say('workNote') }),
        h('div', { class: 'actions' }, this.progress.cancelButton)),
    );
  }

  /** @param {ImageData | null} preview predicted x_0 at the model's size */
  preview(preview) {
    if (preview) this.#canvas.getContext('2d')?.putImageData(enlarged(preview), 0, 0);
  }
}
