// A small grid of the model's pictures, each of which may be opened.

import { enlarged, SHOWN } from '../picture/upscale.js';
import { h } from './dom.js';

export class Gallery {
  #label;
  #onOpen;
  /** @type {ImageData[]} */
  #pictures = [];

  /** @param {(number: number) => string} label @param {((picture: ImageData, number: number) => void) | null} onOpen */
  constructor(label, onOpen) {
    this.#label = label;
    this.#onOpen = onOpen;
    this.element = h('div', { class: 'gallery' });
  }

  get pictures() {
    return this.#pictures;
  }

  /** @param {ImageData[]} pictures */
  show(pictures) {
    this.#pictures = pictures;
    this.element.replaceChildren(...pictures.map((picture, index) => {
      const canvas = h('canvas', { width: SHOWN, height: SHOWN, class: 'picture' });
      canvas.getContext('2d')?.putImageData(enlarged(picture), 0, 0);
      const open = this.#onOpen;
      if (open) return h('button', { type: 'button', class: 'tile', 'aria-label': this.#label(index + 1), on: { click: () => open(picture, index + 1) } }, canvas);
      canvas.setAttribute('role', 'img');
      canvas.setAttribute('aria-label', this.#label(index + 1));
      return h('div', { class: 'tile' }, canvas);
    }));
  }
}
