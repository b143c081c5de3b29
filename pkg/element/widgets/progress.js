// A progress bar with what is being done, how far it is, how long it will take, and a way out. Screen readers hear the
// stage and every quarter, not every step.

import { duration, megabytes } from '../words/labels.js';
import { button, h } from './dom.js';
import { icon } from './icons.js';

export class Progress {
  #say;
  #title = h('p', { class: 'progress-title' });
  #bar = h('progress', { max: 1 });
  #detail = h('p', { class: 'progress-detail' });
  #heard = h('p', { class: 'visually-hidden', role: 'status', 'aria-live': 'polite' });
  #stage = '';
  #quarter = -1;
  #startedAt = 0;
  #startedFrom = 0;

  /** @param {import('../words/labels.js').Say} say @param {() => void} onCancel */
  constructor(say, onCancel) {
    this.#say = say;
    this.cancelButton = button('', icon('close'), say('cancel'), onCancel);
    this.#bar.setAttribute('aria-label', say('workTitle'));
    this.element = h('div', { class: 'progress' }, this.#title, this.#bar, this.#detail, this.#heard);
  }

  /** @param {import('../../lib/shared/protocol.js').LoadProgress} progress */
  loading({ stage, loaded, total }) {
    const key = { manifest: 'workEngine', engine: 'workEngine', download: 'workDownload', verify: 'workVerify', prepare: 'workPrepare' }[stage];
    const fraction = total > 0 ? loaded / total : 0;
    this.#set(key, stage === 'manifest' || stage === 'engine' ? null : fraction, total > 0 && loaded > 0 ? this.#say('bytes', { loaded: megabytes(loaded, this.#say), total: megabytes(total, this.#say) }) : '');
  }

  /** @param {string} key what is being done @param {number} index @param {number} of */
  step(key, index, of) {
    this.#set(key, (index + 1) / of, this.#say('step', { index: index + 1, of }));
  }

  /** A share of something, 0 to 1. @param {string} key @param {number} fraction */
  share(key, fraction) {
    this.#set(key, fraction, '');
  }

  /** Something without a measure. @param {string} key */
  waiting(key) {
    this.#set(key, null, '');
  }

  /** @param {string} key @param {number | null} fraction @param {string} detail */
  #set(key, fraction, detail) {
    const now = performance.now();
    if (key !== this.#stage) {
      this.#stage = key;
      this.#quarter = -1;
      this.#startedAt = now;
      this.#startedFrom = fraction ?? 0;
    }
    const title = this.#say(key);
    this.#title.textContent = title;
    if (fraction === null) {
      this.#bar.removeAttribute('value');
      this.#detail.textContent = detail || '\u00a0';
      return;
    }
    this.#bar.value = fraction;
    const spent = (now - this.#startedAt) / 1000;
    const done = fraction - this.#startedFrom;
    const left = done > 0.04 && spent > 0.5 ? ((1 - fraction) * spent) / done : null;
    const eta = left !== null && left >= 1 ? this.#say('eta', { time: duration(Math.ceil(left), this.#say) }) : '';
    this.#detail.textContent = [detail, eta].filter(Boolean).join(' · ') || '\u00a0';
    const quarter = Math.floor(fraction * 4);
    if (quarter !== this.#quarter) {
      this.#quarter = quarter;
      this.#heard.textContent = `${title}: ${Math.round(fraction * 100)} %`;
    }
  }
}
