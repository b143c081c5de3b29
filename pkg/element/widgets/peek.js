// Holding to see the original, by a button or a key. Whoever cannot hold anything down presses the button once to begin, and
// once more to end.

import { button, h } from './dom.js';
import { icon } from './icons.js';

const KEY = 'o';

export class Peek {
  #onPeek;
  #held = false;
  #byKey = false;

  /** @param {import('../words/labels.js').Say} say @param {(held: boolean) => void} onPeek */
  constructor(say, onPeek) {
    this.#onPeek = onPeek;
    const element = this.button = button('quiet hold', icon('peek'), say('holdOriginal'), () => {});
    element.title = say('holdHint');
    element.setAttribute('aria-pressed', 'false');
    element.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      element.setPointerCapture(event.pointerId);
      this.turn(true);
    });
    for (const type of ['pointerup', 'pointercancel', 'blur']) element.addEventListener(type, () => this.turn(false));
    element.addEventListener('keydown', (event) => {
      if (event.key !== ' ' && event.key !== 'Enter') return;
      event.preventDefault();
      this.turn(true);
    });
    element.addEventListener('keyup', (event) => {
      if (event.key !== ' ' && event.key !== 'Enter') return;
      event.preventDefault();
      this.turn(false);
    });
    // A screen reader's or a switch's click comes without a press, and with nothing that could be held.
    element.addEventListener('click', ({ detail }) => { if (detail === 0) this.turn(!this.#held); });
    element.addEventListener('contextmenu', (event) => { if (this.#held) event.preventDefault(); });
    this.heard = h('p', { class: 'visually-hidden', role: 'status', 'aria-live': 'polite' });
    this.#say = say;
  }

  #say;

  /** The key works wherever the keys of an element go, unless they write something there. @param {HTMLElement} element */
  listen(element) {
    element.addEventListener('keydown', (event) => {
      const { key, ctrlKey, metaKey, altKey, target } = event;
      if (key.toLowerCase() !== KEY || ctrlKey || metaKey || altKey || event.defaultPrevented || writes(target)) return;
      event.preventDefault();
      this.#byKey = true;
      this.turn(true);
    });
    const end = () => {
      if (this.#byKey) this.turn(false);
      this.#byKey = false;
    };
    element.addEventListener('keyup', ({ key }) => { if (key.toLowerCase() === KEY) end(); });
    // The key may be let go where nobody hears it.
    element.addEventListener('focusout', end);
  }

  /** @param {boolean} held */
  turn(held) {
    if (held === this.#held) return;
    this.#held = held;
    this.button.setAttribute('aria-pressed', String(held));
    this.heard.textContent = this.#say(held ? 'originalShown' : 'editShown');
    this.#onPeek(held);
  }
}

/** Whether keys write or choose there. @param {EventTarget | null} target */
export function writes(target) {
  if (target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement) return true;
  return target instanceof HTMLInputElement && !['range', 'checkbox', 'radio', 'button'].includes(target.type);
}
