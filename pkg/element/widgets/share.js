// A labelled range from nothing to all, shown in percent.

import { h, uid } from './dom.js';

const STEP = 0.05;

export class Share {
  #input;
  #tell;

  /**
   * @param {string} label @param {{ min?: number, value: number, hint?: string }} range
   * @param {{ onInput?: (value: number) => void, onChange?: (value: number) => void }} actions `onInput` while it moves, `onChange` when it rests
   */
  constructor(label, { min = 0, value, hint }, { onInput, onChange }) {
    const id = uid('share');
    const output = h('output', { for: id });
    this.#input = h('input', { type: 'range', id, min, max: 1, step: STEP, value, title: hint, on: {
      input: () => { tell(); onInput?.(this.value); },
      change: () => onChange?.(this.value),
    } });
    const tell = this.#tell = () => {
      const shown = `${Math.round(100 * this.value)} %`;
      output.textContent = shown;
      this.#input.setAttribute('aria-valuetext', shown);
      this.#input.style.setProperty('--to', `${(100 * (this.value - min)) / (1 - min)}%`);
    };
    tell();
    this.element = h('div', { class: 'row active fill' }, h('label', { for: id, text: label }), output, this.#input);
  }

  /** @param {number} value */
  set value(value) {
    this.#input.value = String(value);
    this.#tell();
  }

  get value() {
    return this.#input.valueAsNumber;
  }
}
