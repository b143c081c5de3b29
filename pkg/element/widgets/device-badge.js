// Which device is at work and why, with a choice for those who know better.

import { h, uid } from './dom.js';
import { icon } from './icons.js';

/** @typedef {import('../../lib/shared/protocol.js').DeviceChoice} DeviceChoice */

export class DeviceBadge {
  #sentence;
  #select;

  /** @param {import('../words/labels.js').Say} say @param {DeviceChoice} choice @param {(choice: DeviceChoice) => void} onChoose */
  constructor(say, choice, onChoose) {
    const id = uid('device');
    const option = (/** @type {DeviceChoice} */ value, /** @type {string} */ key) => h('option', { value, text: say(key), selected: value === choice });
    this.#sentence = h('span', { class: 'device-sentence', role: 'status', text: say('deviceUnknown') });
    this.#select = h('select', { id, on: { change: () => onChoose(/** @type {DeviceChoice} */ (this.#select.value)) } },
      option('auto', 'deviceAuto'), option('gpu', 'deviceGpu'), option('cpu', 'deviceCpu'));
    this.element = h('div', { class: 'device' }, icon('chip'), this.#sentence, h('label', { for: id, class: 'visually-hidden', text: say('device') }), this.#select);
  }

  /** @param {DeviceChoice} choice */
  choose(choice) {
    this.#select.value = choice;
  }

  /** @param {import('../../lib/shared/protocol.js').DeviceReport} report @param {import('../words/labels.js').Say} say */
  show(report, say) {
    const translated = say(`device-${report.reason}`);
    this.#sentence.textContent = translated.startsWith('device-') ? report.sentence : translated;
    this.element.dataset.kind = report.kind;
    this.element.dataset.reason = report.reason;
    this.element.title = report.adapter ?? '';
  }
}
