// Choosing a second face and sliding from the first to it.

import { enlarged, SHOWN } from '../picture/upscale.js';
import { button, h } from '../widgets/dom.js';
import { icon } from '../widgets/icons.js';
import { Share } from '../widgets/share.js';

export class BlendPanel {
  /** @type {import('../state/subject.js').Subject | null} */
  #other = null;
  #face = h('canvas', { class: 'picture', width: SHOWN, height: SHOWN, 'aria-hidden': 'true' });
  #amount;
  #chosen;

  /** @param {import('../words/labels.js').Say} say @param {{ onChoose: () => void, onAmount: (alpha: number) => void }} actions */
  constructor(say, { onChoose, onAmount }) {
    this.#amount = new Share(say('blendAmount'), { value: 0.5 }, { onInput: onAmount });
    this.#chosen = h('div', { class: 'blend', hidden: true },
      h('div', { class: 'tile small' }, this.#face),
      this.#amount.element);
    this.element = h('div', {},
      h('p', { class: 'hint', text: say('blendText') }),
      this.#chosen,
      button('', icon('photo'), say('blendOther'), onChoose));
    this.#onAmount = onAmount;
  }

  /** @type {(alpha: number) => void} */
  #onAmount;

  get other() {
    return this.#other;
  }

  /** How much of it, from 0 to 1. */
  get amount() {
    return this.#amount.value;
  }

  /** @param {import('../state/subject.js').Subject} other @param {number} [alpha] how much of it, if not as much as before */
  show(other, alpha = this.#amount.value) {
    this.#other = other;
    this.#amount.value = alpha;
    this.#face.getContext('2d')?.putImageData(enlarged(other.code.picture), 0, 0);
    this.#chosen.hidden = false;
    this.#onAmount(alpha);
  }
}
