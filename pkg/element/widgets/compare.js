// Original and edited picture, side by side or on top of each other with a divider, in whatever shape they have.

import { h } from './dom.js';
import { icon } from './icons.js';

export class Compare {
  #before = h('canvas', { class: 'picture' });
  #after = h('canvas', { class: 'picture' });
  #divider;
  #pictures;
  #start = 50;
  /** @type {Map<string, HTMLButtonElement>} */
  #modes = new Map();

  /** @param {import('../words/labels.js').Say} say */
  constructor(say) {
    this.#divider = h('input', {
      type: 'range', class: 'divider', min: 0, max: 100, step: 1, value: 50, 'aria-label': say('divider'),
      on: { input: () => this.#split(), dblclick: () => this.divide(this.#start) },
    });
    this.#before.setAttribute('role', 'img');
    this.#before.setAttribute('aria-label', say('original'));
    this.#after.setAttribute('role', 'img');
    this.#after.setAttribute('aria-label', say('edited'));
    this.#pictures = h('div', { class: 'pictures' },
      h('figure', { class: 'before' }, this.#before, h('figcaption', { text: say('original') })),
      h('figure', { class: 'after' }, this.#after, h('figcaption', { text: say('edited') })),
      h('div', { class: 'handle', 'aria-hidden': 'true' }, h('span', {}, icon('slide'))),
      this.#divider);
    const mode = (/** @type {'side' | 'slide'} */ name, /** @type {string} */ key) => {
      const element = h('button', { type: 'button', class: 'segment', on: { click: () => this.view(name) } }, icon(name), h('span', { text: say(key) }));
      this.#modes.set(name, element);
      return element;
    };
    this.controls = h('div', { class: 'segments', role: 'group', 'aria-label': say('view') }, mode('side', 'sideBySide'), mode('slide', 'slide'));
    this.element = h('div', { class: 'compare' }, this.#pictures);
    this.#split();
    this.view('side');
  }

  /** @param {'side' | 'slide'} mode */
  view(mode) {
    this.#pictures.dataset.view = mode;
    for (const [name, element] of this.#modes) element.setAttribute('aria-pressed', String(name === mode));
  }

  /** @param {number} percent where the divider goes, and comes back to when double-clicked */
  divide(percent) {
    this.#start = percent;
    this.#divider.value = String(percent);
    this.#split();
  }

  /** Both on top of each other, with so much of the original. @param {number} percent */
  jump(percent) {
    this.view('slide');
    this.#divider.value = String(percent);
    this.#split();
  }

  /** Both are of one size. @param {ImageData} before @param {ImageData} after */
  show(before, after) {
    this.#pictures.style.setProperty('--ratio', String(before.width / before.height));
    paint(this.#before, before);
    paint(this.#after, after);
  }

  /** @param {boolean} busy */
  busy(busy) {
    this.#pictures.classList.toggle('busy', busy);
  }

  /** The pictures as they stand, for saving. */
  get canvases() {
    return { before: this.#before, after: this.#after };
  }

  #split() {
    this.#pictures.style.setProperty('--split', `${this.#divider.value}%`);
  }
}

/** @param {HTMLCanvasElement} canvas @param {ImageData} picture */
function paint(canvas, picture) {
  if (canvas.width !== picture.width || canvas.height !== picture.height) Object.assign(canvas, { width: picture.width, height: picture.height });
  // The first picture decides; what is in another colour space is converted.
  const context = canvas.getContext('2d', { colorSpace: picture.colorSpace });
  context?.clearRect(0, 0, picture.width, picture.height);
  context?.putImageData(picture, 0, 0);
}
