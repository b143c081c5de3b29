// Choosing a second face and sliding from the first to it.

import { enlarged, SHOWN } from '../picture/upscale.js';
import { button, h, uid } from '../widgets/dom.js';
import { icon } from '../widgets/icons.js';

export class BlendPanel {
  /** @type {import('../state/subject.js').Subject | null} */
  #other = null;
  #face = h('canvas', { class: 'picture', width: SHOWN, height: SHOWN, 'aria-hidden': 'true' });
  #amount;
  #chosen;

  /** @param {import('../words/labels.js').Say} say @param {{ onChoose: () => void, onAmount: (alpha: number) => void }} actions */
  constructor(say, { onChoose, onAmount }) {
    const id = uid('blend');
    const output = h('output', { for: id });
    this.#amount = h('input', { type: 'range', id, min: 0, max: 1, step: 0.05, value: 0.5, on: { input: () => { tell(); onAmount(this.#amount.valueAsNumber); } } });
    const tell = () => {
      const shown = `${Math.round(this.#amount.valueAsNumber * 100)} %`;
      output.textContent = shown;
      this.#amount.setAttribute('aria-valuetext', shown);
      this.#amount.style.setProperty('--to', `${this.#amount.valueAsNumber * 100}%`);
    };
    tell();
    this.#chosen = h('div', { class: 'blend', hidden: true },
      h('div', { class: 'tile small' }, this.#face),
      h('div', { class: 'row active fill' }, h('label', { for: id, text: say('blendAmount') }), output, this.#amount));
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

  /** @param {import('../state/subject.js').Subject} other */
  show(other) {
    this.#other = other;
    this.#face.getContext('2d')?.putImageData(enlarged(other.code.picture), 0, 0);
    this.#chosen.hidden = false;
    this.#onAmount(this.#amount.valueAsNumber);
  }
}
