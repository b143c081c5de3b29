// The one screen of a model without an encoder, which draws pictures from noise and cannot read a photo.

import { button, h } from '../widgets/dom.js';
import { Gallery } from '../widgets/gallery.js';
import { icon } from '../widgets/icons.js';
import { Progress } from '../widgets/progress.js';
import { megabytes } from '../words/labels.js';

export class SampleView {
  #gallery;
  #draw;

  /**
   * @param {import('../words/labels.js').Say} say @param {{ name: string, editingBytes: number, licence: string }} model
   * @param {{ onDraw: () => void, onCancel: () => void, onSave: (picture: ImageData, name: string) => void }} actions
   */
  constructor(say, { name, editingBytes, licence }, { onDraw, onCancel, onSave }) {
    this.#gallery = new Gallery((number) => say('savePicture', { number }), (picture, number) => onSave(picture, say('picture', { number })));
    this.#draw = button('primary', icon('dice'), say('sampleRun'), onDraw);
    this.progress = new Progress(say, onCancel);
    this.element = h('section', { class: 'start second sample-view' },
      h('div', { class: 'said' }, h('h2', { text: say('sampleTitle') }), h('p', { text: say('sampleText') })),
      this.#gallery.element,
      this.progress.element,
      h('div', { class: 'actions' }, this.#draw, this.progress.cancelButton),
      h('ul', { class: 'facts' },
        h('li', {}, icon('download'), h('span', { text: say('model', { name, size: megabytes(editingBytes) }) })),
        h('li', {}, icon('licence'), h('span', { text: say('licence', { licence }) }))));
    this.working(false);
  }

  /** @param {boolean} working */
  working(working) {
    this.#gallery.element.classList.toggle('busy', working);
    this.progress.element.hidden = this.progress.cancelButton.hidden = !working;
    this.#draw.disabled = working;
  }

  /** @param {ImageData[]} pictures */
  show(pictures) {
    this.#gallery.show(pictures);
  }
}
