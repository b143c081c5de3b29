// The screen while a photo is searched for faces, and where several are found, the choice among them: outlines on the photo
// that are buttons.

import { button, h } from '../widgets/dom.js';
import { icon } from '../widgets/icons.js';
import { plainly } from '../words/labels.js';

/** @typedef {import('../../lib/page/photo.js').Face} Face */

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
  /** @type {Face[]} in the order of their outlines */
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

  /** No face is looked for, by a model that takes any square. */
  plain() {
    const title = plainly(this.#say)('findTitle');
    this.#title.textContent = title;
    this.#bar.setAttribute('aria-label', title);
  }

  /** The photo has been decoded. @param {import('../../lib/page/photo.js').Photo} photo @param {AbortSignal} signal */
  async show(photo, signal) {
    const picture = await photo.preview(SIDE, { signal });
    this.#canvas.width = picture.width;
    this.#canvas.height = picture.height;
    this.#canvas.getContext('2d')?.putImageData(picture, 0, 0);
    this.#photo.style.setProperty('--ratio', String(photo.width / photo.height));
  }

  /**
   * @param {import('../../lib/page/photo.js').Photo} photo @param {readonly Face[]} faces
   * @param {{ onPick: (face: Face) => void, onByHand: () => void }} actions
   * @returns {HTMLElement | null} what to go on from, or nothing where there was a choice before: focus stays where it is
   */
  pick({ width, height }, faces, { onPick, onByHand }) {
    const say = this.#say;
    const before = this.#offered;
    // Reading order, so that keys walk through the photo as eyes do; small ones lie above large ones.
    const offered = [...faces].sort((a, b) => a.bounds.x + a.bounds.width / 2 - b.bounds.x - b.bounds.width / 2);
    if (offered.length === before.length && offered.every(({ bounds }, i) => same(bounds, before[i].bounds))) return null;
    const root = /** @type {ShadowRoot | Document} */ (this.#outlines.getRootNode());
    const held = before[[...this.#outlines.children].indexOf(/** @type {Element} */ (root.activeElement))];
    this.#offered = offered;
    // Said again only where it is another number.
    if (offered.length !== before.length) this.#title.textContent = say('pickTitle', { count: offered.length });
    const buttons = offered.map((face, index) => {
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
    if (before.length === 0) {
      this.#photo.classList.remove('searching');
      this.#text.textContent = say('pickText');
      this.#bar.hidden = true;
      this.#actions.replaceChildren(button('', icon('eye'), say('byHand'), onByHand), button('quiet', icon('back'), say('otherPhoto'), this.#onBack));
      return buttons[0];
    }
    if (held) {
      // Whoever has gone to a face stays there when more are found, or that one more closely; never on a stranger's.
      const shared = offered.map(({ bounds }) => overlap(bounds, held.bounds));
      const most = Math.max(...shared);
      (most > 0 ? buttons[shared.indexOf(most)] : this.element).focus({ preventScroll: true });
    }
    return null;
  }
}

/** @param {Face['bounds']} a @param {Face['bounds']} b */
function same(a, b) {
  return a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;
}

/** The part of what two rectangles cover that both of them cover. @param {Face['bounds']} a @param {Face['bounds']} b */
function overlap(a, b) {
  const wide = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const high = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  const both = Math.max(wide, 0) * Math.max(high, 0);
  return both / (a.width * a.height + b.width * b.height - both);
}
