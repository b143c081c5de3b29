// The screen while a photo is searched for faces, and where several are found, the choice among them: outlines on the photo
// that are buttons.

import { button, h } from '../widgets/dom.js';
import { icon } from '../widgets/icons.js';

/** Side of the photo on this screen. */
const SIDE = 1200;

export class FindView {
  #say;
  #canvas = h('canvas', { class: 'photo-canvas', width: 4, height: 3, 'aria-hidden': 'true' });
  #outlines = h('div', { class: 'outlines' });
  #photo;
  #title = h('h2', {});
  #text = h('p', {});
  #bar = h('progress', { max: 1 });
  #actions = h('div', { class: 'actions' });
  /** @type {import('../../lib/page/photo.js').Face[]} in the order of their outlines */
  #offered = [];

  /** @param {import('../words/labels.js').Say} say @param {() => void} onBack */
  constructor(say, onBack) {
    this.#say = say;
    this.#photo = h('div', { class: 'photo searching' }, this.#canvas, this.#outlines);
    this.#title.textContent = say('findTitle');
    this.#bar.setAttribute('aria-label', say('findTitle'));
    this.#text.textContent = say('private');
    this.#actions.append(button('', icon('close'), say('cancel'), onBack));
    this.#onBack = onBack;
    this.element = h('section', { class: 'two find-view' },
      h('div', { class: 'left' }, this.#photo),
      h('div', { class: 'right' },
        h('div', { class: 'said', role: 'status', 'aria-live': 'polite' }, this.#title, this.#text),
        this.#bar, this.#actions));
  }

  #onBack;

  /** The photo has been decoded. @param {import('../../lib/page/photo.js').Photo} photo @param {AbortSignal} signal */
  async show(photo, signal) {
    const picture = await photo.preview(SIDE, { signal });
    this.#canvas.width = picture.width;
    this.#canvas.height = picture.height;
    this.#canvas.getContext('2d')?.putImageData(picture, 0, 0);
    this.#photo.style.setProperty('--ratio', String(photo.width / photo.height));
  }

  /**
   * @param {import('../../lib/page/photo.js').Photo} photo @param {readonly import('../../lib/page/photo.js').Face[]} faces
   * @param {{ onPick: (face: import('../../lib/page/photo.js').Face) => void, onByHand: () => void }} actions
   * @returns {HTMLElement | null} what to go on from, or nothing where the same faces were offered before
   */
  pick({ width, height }, faces, { onPick, onByHand }) {
    const say = this.#say;
    if (faces.length === this.#offered.length) return null;
    const root = /** @type {ShadowRoot} */ (this.#outlines.getRootNode());
    const held = this.#offered[[...this.#outlines.children].indexOf(/** @type {Element} */ (root.activeElement))]?.bounds;
    this.#photo.classList.remove('searching');
    this.#title.textContent = say('pickTitle', { count: faces.length });
    this.#text.textContent = say('pickText');
    this.#bar.hidden = true;
    // Reading order, so that keys walk through the photo as eyes do; small ones lie above large ones.
    this.#offered = [...faces].sort((a, b) => a.bounds.x + a.bounds.width / 2 - b.bounds.x - b.bounds.width / 2);
    const buttons = this.#offered.map((face, index) => {
      const { bounds } = face;
      const element = h('button', { type: 'button', class: 'outline', 'aria-label': say('pickFace', { number: index + 1 }), on: { click: () => onPick(face) } });
      element.style.setProperty('left', `${(100 * (bounds.x + bounds.width / 2)) / width}%`);
      element.style.setProperty('top', `${(100 * (bounds.y + bounds.height / 2)) / height}%`);
      element.style.setProperty('--wide', String((100 * bounds.width) / width));
      element.style.setProperty('--high', String((100 * bounds.height) / height));
      element.style.setProperty('z-index', String(1000 - Math.round((1000 * bounds.width) / width)));
      return element;
    });
    this.#outlines.replaceChildren(...buttons);
    this.#actions.replaceChildren(button('', icon('eye'), say('byHand'), onByHand), button('quiet', icon('back'), say('otherPhoto'), this.#onBack));
    // Whoever has gone to a face stays there when more are found.
    const chosen = this.#offered.findIndex(({ bounds: { x, y } }) => x === held?.x && y === held.y);
    return buttons[Math.max(0, chosen)];
  }
}
