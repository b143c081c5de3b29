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

  /** @param {number} alpha */
  set amount(alpha) {
    this.#amount.value = alpha;
    this.#onAmount(alpha);
  }

  get amount() {
    return this.#amount.value;
  }

  /** @param {import('../state/subject.js').Subject} other */
  show(other) {
    this.#other = other;
    this.#face.getContext('2d')?.putImageData(enlarged(other.code.picture), 0, 0);
    this.#chosen.hidden = false;
    this.#onAmount(this.#amount.value);
  }
}
