// Which of several models draws, with the size of its pictures, its download and the time of an edit.

import { duration, megabytes } from '../words/labels.js';
import { h, uid } from './dom.js';

/** @typedef {import('../../index.js').ModelDescription} ModelDescription */

export class ModelChoice {
  #say;
  #select;
  /** @type {Map<string, ModelDescription>} by address, those that could be looked up */
  #models = new Map();

  /** @param {import('../words/labels.js').Say} say @param {readonly string[]} addresses @param {string} chosen @param {(address: string) => void} onChoose */
  constructor(say, addresses, chosen, onChoose) {
    this.#say = say;
    const id = uid('model');
    // Until a manifest is there, its folder's name is all that is known.
    const name = (/** @type {string} */ address) => new URL(address).pathname.split('/').at(-2) ?? address;
    this.#select = h('select', { id, on: { change: () => onChoose(this.#select.value) } },
      ...addresses.map((value) => h('option', { value, text: name(value), selected: value === chosen })));
    this.element = h('div', { class: 'model' }, h('label', { for: id, class: 'visually-hidden', text: say('modelChoice') }), this.#select);
    this.element.hidden = addresses.length < 2;
  }

  /** @param {string} address */
  choose(address) {
    this.#select.value = address;
  }

  /** A choice is open where nothing is under way. @param {boolean} open */
  open(open) {
    this.#select.disabled = !open;
  }

  /** @param {string} address @param {ModelDescription} model */
  describe(address, model) {
    this.#models.set(address, model);
  }

  /** @param {(model: ModelDescription) => number | null} seconds what an edit takes, where it can be told */
  estimate(seconds) {
    for (const option of this.#select.options) {
      const model = this.#models.get(option.value);
      if (!model) continue;
      const time = seconds(model);
      const values = { name: model.name, size: model.imageSize, bytes: megabytes(model.editingBytes, this.#say) };
      option.textContent = time === null ? this.#say('modelOption', values) : this.#say('modelOptionTimed', { ...values, time: duration(time, this.#say) });
    }
  }
}
