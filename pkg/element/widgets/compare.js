// Original and edited picture, side by side or on top of each other with a divider, in whatever shape they have. Both are
// always seen alike: as closely, and at the same point.

import { closer, moved, seen, WHOLE } from '../picture/look.js';
import { h } from './dom.js';
import { Gestures } from './gestures.js';
import { icon } from './icons.js';
import { Layers } from './layers.js';
import { Peek } from './peek.js';

/** @typedef {import('../picture/look.js').Look} Look */

/** How much closer a button or a key looks. */
const CLOSER = 1.5;
/** How far an arrow key moves, as a share of what is seen. */
const STEP = 0.1;

export class Compare {
  #say;
  #before;
  #after;
  /** What the edited side shows while the original is held. */
  #original = new Layers(null);
  #caption = h('figcaption', { dir: 'auto' });
  #figures;
  #divider;
  #pictures;
  #gestures;
  #peek;
  /** Where the divider is. */
  #percent = 50;
  #start = 50;
  /** @type {Look} */
  #look = WHOLE;
  #onLook;
  #buttons;
  /** @type {Map<string, HTMLButtonElement>} */
  #modes = new Map();

  /** @param {import('../words/labels.js').Say} say @param {{ onLook?: () => void }} [actions] told when another part is seen, or the same more closely */
  constructor(say, { onLook = () => {} } = {}) {
    this.#say = say;
    this.#onLook = onLook;
    this.#before = new Layers(say('original'));
    this.#after = new Layers(say('edited'));
    this.#original.element.hidden = true;
    this.#divider = h('input', {
      type: 'range', class: 'divider', min: 0, max: 100, step: 1, value: 50, 'aria-label': say('divider'),
      on: {
        // Pointers may want something else of the picture that it lies on, so that what they do is told by the gestures alone.
        input: () => (this.#gestures.active ? this.#place(this.#percent) : this.#split()),
        mousedown: (/** @type {MouseEvent} */ event) => {
          event.preventDefault();
          (this.#look.scale > 1 ? this.#pictures : this.#divider).focus({ preventScroll: true });
        },
      },
    });
    this.#figures = {
      before: h('figure', { class: 'before' }, this.#before.element, h('figcaption', { dir: 'auto', text: say('original') })),
      after: h('figure', { class: 'after' }, this.#after.element, this.#original.element, this.#caption),
    };
    // Before is left of after in every language.
    this.#pictures = h('div', { class: 'pictures', dir: 'ltr', role: 'group', tabindex: 0, 'aria-label': say('lookStage'), on: { keydown: (/** @type {KeyboardEvent} */ event) => this.#key(event) } },
      this.#figures.before,
      this.#figures.after,
      h('div', { class: 'handle', 'aria-hidden': 'true' }, h('span', {}, icon('slide'))),
      this.#divider);
    this.#gestures = new Gestures(this.#pictures, {
      look: () => this.#look,
      window: ({ clientX }) => this.#window(clientX),
      split: () => (this.#slides ? this.#percent / 100 : null),
      holds: (event) => !this.#slides && event.composedPath().includes(this.#figures.after),
      onLook: (look, glide) => this.#see(look, glide),
      onDivide: (split) => this.#place(100 * split),
      onHome: () => this.#place(this.#start),
      onHold: (held) => this.#peek.turn(held),
    });
    const mode = (/** @type {'side' | 'slide'} */ name, /** @type {string} */ key) => {
      const element = h('button', { type: 'button', class: 'segment', on: { click: () => this.view(name) } }, icon(name), h('span', { text: say(key) }));
      this.#modes.set(name, element);
      return element;
    };
    const zoom = (/** @type {() => void} */ click, /** @type {Node | null} */ content) => h('button', { type: 'button', class: 'segment', on: { click } }, content);
    this.#buttons = { out: zoom(() => this.#closer(1 / CLOSER), icon('minus')), fit: zoom(() => this.#see(WHOLE, true), null), in: zoom(() => this.#closer(CLOSER), icon('plus')) };
    for (const [element, key] of /** @type {const} */ ([[this.#buttons.out, 'zoomOut'], [this.#buttons.in, 'zoomIn']])) {
      element.setAttribute('aria-label', say(key));
      element.title = say(key);
    }
    this.#peek = new Peek(say, (held) => this.#hold(held));
    this.controls = h('div', { class: 'looking' },
      h('div', { class: 'segments', role: 'group', 'aria-label': say('view') }, mode('side', 'sideBySide'), mode('slide', 'slide')),
      h('div', { class: 'segments zoom', role: 'group', 'aria-label': say('zoom') }, this.#buttons.out, this.#buttons.fit, this.#buttons.in),
      this.#peek.button);
    this.element = h('div', { class: 'compare' }, this.#pictures, this.#peek.heard);
    this.#split();
    this.#hold(false);
    this.#see(WHOLE, false);
    this.view('side');
  }

  /** The key that holds the original works in all of an element. @param {HTMLElement} element */
  listen(element) {
    this.#peek.listen(element);
  }

  /** @param {'side' | 'slide'} mode */
  view(mode) {
    this.#pictures.dataset.view = mode;
    for (const [name, element] of this.#modes) element.setAttribute('aria-pressed', String(name === mode));
    // The pictures have another size now.
    this.#onLook();
  }

  /** @param {number} percent where the divider goes, and comes back to when double-clicked */
  divide(percent) {
    this.#start = percent;
    this.#place(percent);
  }

  /** Both on top of each other, with so much of the original. @param {number} percent */
  jump(percent) {
    this.view('slide');
    this.#place(percent);
  }

  /** Both are of one size. @param {ImageData} before @param {ImageData} after */
  show(before, after) {
    this.#pictures.style.setProperty('--ratio', String(before.width / before.height));
    this.#before.show(before);
    this.#after.show(after);
    this.#refreshOriginal();
  }

  /** The part that is seen, sharper than in the pictures; null where there is no such. @param {{ before: ImageData, after: ImageData, at: import('../picture/geometry.js').Rectangle } | null} part */
  sharpen(part) {
    this.#before.sharpen(part && { picture: part.before, at: part.at });
    this.#after.sharpen(part && { picture: part.after, at: part.at });
    this.#refreshOriginal();
  }

  /** The part of the pictures that is seen, in shares of them, and how much larger it is than they are. */
  get look() {
    return { scale: this.#look.scale, seen: seen(this.#look) };
  }

  /** The longer side of a picture on the screen, in the screen's pixels. */
  get side() {
    const { clientWidth, clientHeight } = this.#figures.before;
    return Math.max(clientWidth, clientHeight) * (globalThis.devicePixelRatio || 1);
  }

  /** Another picture, or another part of it, is seen whole first. */
  fit() {
    if (this.#look.scale > 1) this.#see(WHOLE, false);
  }

  /** @param {boolean} busy */
  busy(busy) {
    this.#pictures.classList.toggle('busy', busy);
  }

  /** The pictures as they stand, for saving. */
  get canvases() {
    return { before: this.#before.canvas, after: this.#after.canvas };
  }

  get #slides() {
    return this.#pictures.dataset.view === 'slide';
  }

  /** @param {number} clientX */
  #window(clientX) {
    const before = this.#figures.before.getBoundingClientRect();
    const after = this.#figures.after.getBoundingClientRect();
    const off = (/** @type {DOMRect} */ { left, right }) => Math.max(left - clientX, clientX - right);
    return off(before) < off(after) ? before : after;
  }

  /** @param {number} factor */
  #closer(factor) {
    this.#see(closer(this.#look, factor), true);
  }

  /** @param {Look} look @param {boolean} glide whether it takes a moment, as after a button */
  #see(look, glide) {
    const { scale } = look;
    const { x, y } = seen(look);
    this.#look = look;
    const { dataset, style } = this.#pictures;
    dataset.glide = String(glide);
    dataset.zoomed = String(scale > 1);
    for (const [name, value] of Object.entries({ scale, left: x, top: y })) style.setProperty(`--look-${name}`, String(value));
    const shown = String(Math.round(10 * scale) / 10);
    this.#buttons.fit.textContent = `${shown}×`;
    this.#buttons.fit.setAttribute('aria-label', this.#say('zoomFit', { scale: shown }));
    // Still buttons, so that the keys that brought somebody here are not lost.
    for (const name of /** @type {const} */ (['out', 'fit'])) this.#buttons[name].setAttribute('aria-disabled', String(scale === 1));
    this.#buttons.in.setAttribute('aria-disabled', String(closer(look, CLOSER).scale === scale));
    this.#onLook();
  }

  /** @param {boolean} held whether the original is shown in the place of the edit */
  #hold(held) {
    this.#original.element.hidden = !held;
    this.#pictures.classList.toggle('held', held);
    this.#caption.textContent = this.#say(held ? 'original' : 'edited');
    this.#refreshOriginal();
  }

  #refreshOriginal() {
    if (!this.#original.element.hidden) this.#original.copy(this.#before);
  }

  /** Plus and minus zoom, zero shows all, arrows move. @param {KeyboardEvent} event */
  #key(event) {
    const { key, ctrlKey, metaKey, altKey, target } = event;
    if (ctrlKey || metaKey || altKey) return;
    const zoomed = this.#look.scale > 1;
    /** @type {Record<string, [number, number]>} */
    const moves = { ArrowLeft: [STEP, 0], ArrowRight: [-STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] };
    if (key === '+' || key === '=') this.#closer(CLOSER);
    else if (key === '-') this.#closer(1 / CLOSER);
    // The divider has arrows of its own, and with nothing to show zero is a place for it.
    else if (target !== this.#pictures) return;
    else if (zoomed && key === '0') this.#see(WHOLE, true);
    else if (zoomed && moves[key]) this.#see(moved(this.#look, ...moves[key]), true);
    else if (this.#slides && moves[key]?.[0]) this.#place(this.#divider.valueAsNumber + (key === 'ArrowRight' ? 1 : -1));
    else return;
    event.preventDefault();
  }

  /** @param {number} percent */
  #place(percent) {
    this.#divider.value = String(percent);
    this.#split();
  }

  #split() {
    this.#percent = this.#divider.valueAsNumber;
    this.#pictures.style.setProperty('--split', `${this.#divider.value}%`);
  }
}
