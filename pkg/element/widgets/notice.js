// Trouble, as a sentence in the page with a way on.

import { button, h } from './dom.js';
import { icon } from './icons.js';

export class Notice {
  #say;
  #alert = h('div', { class: 'notice-text', role: 'alert' });
  #actions = h('div', { class: 'notice-actions' });

  /** @param {import('../words/labels.js').Say} say */
  constructor(say) {
    this.#say = say;
    this.element = h('div', { class: 'notice', hidden: true }, icon('alert'), this.#alert, this.#actions);
    this.element.addEventListener('focusin', ({ relatedTarget }) => {
      if (relatedTarget instanceof HTMLElement && !this.element.contains(relatedTarget)) this.#before = relatedTarget;
    });
  }

  /** @type {object} stands for what is shown */
  #shown = {};
  /** @type {HTMLElement | null} what had the focus before one of its buttons */
  #before = null;

  /**
   * @param {string} sentence @param {string | null} exact the same more exactly, in English @param {(() => void) | null} retry
   * @returns {object} what `withdraw` takes
   */
  show(sentence, exact, retry) {
    this.#shown = {};
    this.#alert.replaceChildren(sentence, ...exactly(exact));
    const again = retry && button('', icon('reset'), this.#say('retry'), () => { this.clear(); retry(); });
    this.#actions.replaceChildren(...(again ? [again] : []), button('quiet', icon('close'), this.#say('dismiss'), () => this.clear()));
    this.element.hidden = false;
    this.element.scrollIntoView({ block: 'nearest' });
    return this.#shown;
  }

  /** Clears a notice that is over by itself, unless another one has taken its place. @param {object | null} shown @returns {boolean} whether it was still there */
  withdraw(shown) {
    const there = shown === this.#shown && !this.element.hidden;
    if (there) this.clear();
    return there;
  }

  clear() {
    const focused = this.element.matches(':focus-within');
    this.element.hidden = true;
    this.#alert.textContent = '';
    // A hidden button takes the focus with it.
    if (focused) this.#before?.focus();
  }
}

/** The exact English sentence below the one in a person's language, where there is one. @param {string | null} exact */
export function exactly(exact) {
  return exact === null ? [] : [h('p', { class: 'notice-exact', lang: 'en', dir: 'ltr', text: exact })];
}
