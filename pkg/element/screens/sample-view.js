// The screen for pictures from noise: the one of a model without an encoder, and the one of faces that a link tells of.

import { isOwn } from '../../lib/shared/own-store.js';
import { atWork, button, h } from '../widgets/dom.js';
import { Gallery } from '../widgets/gallery.js';
import { icon } from '../widgets/icons.js';
import { Progress } from '../widgets/progress.js';
import { megabytes } from '../words/labels.js';

export class SampleView {
  #gallery;
  #draw;

  /**
   * @param {import('../words/labels.js').Say} say @param {import('../../index.js').ModelDescription} model
   * @param {import('../state/dream.js').Dream | null} dream the faces that it draws first, which can be edited; null for pictures that cannot
   * @param {{ onDraw: () => void, onCancel: () => void, onPicture: (picture: ImageData, number: number) => void, onBack: (() => void) | null }} actions
   */
  constructor(say, { name, editingBytes, licence, parts }, dream, { onDraw, onCancel, onPicture, onBack }) {
    const words = dream ? { title: 'facesTitle', text: 'facesText', run: 'facesRun', open: 'openFace' } : { title: 'sampleTitle', text: 'sampleText', run: 'sampleRun', open: 'savePicture' };
    this.#gallery = new Gallery((number) => say(words.open, { number }), onPicture);
    this.#draw = button('primary', icon('dice'), say(words.run), onDraw);
    this.progress = new Progress(say, onCancel);
    this.element = h('section', { class: 'start second sample-view' },
      h('div', { class: 'said' }, h('h2', { text: say(words.title) }), h('p', { text: say(words.text) }), dream?.face ? h('p', { text: say('faceOfLink', { number: dream.face }) }) : null),
      this.#gallery.element,
      this.progress.element,
      h('div', { class: 'actions' }, this.#draw, onBack && button('', icon('photo'), say('choose'), onBack), this.progress.cancelButton),
      h('ul', { class: 'facts' },
        h('li', {}, icon('download'), h('span', { text: say(isOwn(parts.decoder?.url ?? '') ? 'modelOwn' : 'model', { name, size: megabytes(editingBytes, say) }) })),
        h('li', {}, icon('licence'), h('span', { text: say('licence', { licence }) }))));
    this.working(false);
  }

  /** @param {boolean} working */
  working(working) {
    this.#gallery.element.classList.toggle('busy', working);
    this.progress.element.hidden = this.progress.cancelButton.hidden = !working;
    atWork(this.#draw, working);
  }

  /** @param {ImageData[]} pictures */
  show(pictures) {
    this.#gallery.show(pictures);
  }
}
