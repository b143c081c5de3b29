// Which of several models draws, with the size of its pictures, its download and the time of an edit, and the way to others.

import { isOwn } from '../../lib/shared/own-store.js';
import { duration, megabytes } from '../words/labels.js';
import { button, h, uid } from './dom.js';

/** @typedef {import('../../index.js').ModelDescription} ModelDescription */

export class ModelChoice {
  #say;
  #select;
  #choice;
  #own;
  /** @type {Map<string, ModelDescription>} by address, those that could be looked up */
  #models = new Map();

  /**
   * @param {import('../words/labels.js').Say} say @param {(address: string) => void} onChoose
   * @param {(() => void) | null} onOwn a model that is not among them is wanted; null where there is no other
   */
  constructor(say, onChoose, onOwn) {
    this.#say = say;
    const id = uid('model');
    this.#select = h('select', { id, on: { change: () => onChoose(this.#select.value) } });
    this.#choice = h('div', { class: 'model' }, h('label', { for: id, class: 'visually-hidden', text: say('modelChoice') }), this.#select);
    this.#own = onOwn && button('quiet own-button', null, say('ownOpen'), onOwn);
    this.element = h('div', { class: 'models' }, this.#choice, this.#own);
  }

  /** @param {readonly string[]} addresses @param {string} chosen */
  offer(addresses, chosen) {
    // Until a manifest is there, its folder's name is all that is known.
    const name = (/** @type {string} */ address) => new URL(address).pathname.split('/').at(-2) ?? address;
    this.#select.replaceChildren(...addresses.map((value) => h('option', { value, text: name(value), selected: value === chosen })));
    this.#choice.hidden = addresses.length < 2;
    this.element.hidden = this.#choice.hidden && !this.#own;
  }

  /** @param {string} address */
  choose(address) {
    this.#select.value = address;
  }

  /** A choice is open where nothing is under way. @param {boolean} open */
  open(open) {
    this.#select.disabled = !open;
    if (this.#own) this.#own.disabled = !open;
  }

  /** Whether a model has been looked up. @param {string} address */
  knows(address) {
    return this.#models.has(address);
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
      const bytes = isOwn(option.value) ? this.#say('ownOnDeviceShort') : megabytes(model.editingBytes, this.#say);
      const values = { name: model.name, size: model.imageSize, bytes };
      option.textContent = time === null ? this.#say('modelOption', values) : this.#say('modelOptionTimed', { ...values, time: duration(time, this.#say) });
    }
  }
}
