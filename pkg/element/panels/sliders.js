// The attribute sliders: the best ones first, the rest in groups behind one button, each with its own way back to zero.

import { AMPLITUDE } from '../../lib/shared/defaults.js';
import { button, h, uid } from '../widgets/dom.js';
import { icon } from '../widgets/icons.js';
import { arranged, presets } from '../words/attributes.js';
import { signed } from '../words/labels.js';

/** @typedef {Record<string, number>} Values  non-zero amplitudes by attribute */
/** @typedef {{ text: string, input: HTMLInputElement, element: HTMLElement, refresh: () => void }} Row */

export class Sliders {
  /** @type {Map<string, Row>} */
  #rows = new Map();
  #onInput;
  #say;
  #reset;
  /** Sliders that a person taught. */
  #taught;
  /** @type {{ element: HTMLElement, values: Readonly<Values> }[]} */
  #presetButtons = [];

  /**
   * @param {import('../words/labels.js').Say} say
   * @param {readonly string[]} names all attributes of the model
   * @param {readonly string[] | null} chosen the page's own list; null shows the best and offers all
   * @param {(values: Values, moving: boolean) => void} onInput told whether a slider is still being moved
   * @param {Node | null} [between] what stands between the first sliders and the others
   */
  constructor(say, names, chosen, onInput, between = null) {
    this.#say = say;
    this.#onInput = onInput;
    const { first, rest } = arranged(names, chosen);
    this.#reset = button('quiet', icon('reset'), say('resetAll'), () => this.reset());
    this.#taught = h('fieldset', { hidden: true }, h('legend', { text: say('groupTaught') }));
    this.element = h('div', { class: 'sliders' },
      this.#presets(first),
      h('div', { class: 'rows' }, ...first.map((name) => this.#row(name, say(name)))),
      this.#taught,
      between,
      rest.length === 0 ? null : h('details', { class: 'all' },
        h('summary', { text: say('all', { count: names.length }) }),
        ...rest.map(([key, members]) => h('fieldset', {}, h('legend', { text: say(key) }), ...members.map((name) => this.#row(name, say(name)))))),
    );
    this.#refresh();
  }

  /** Puts every slider back to zero; disabled where they are. */
  get resetButton() {
    return this.#reset;
  }

  /** The attributes in the order in which they stand. */
  get names() {
    return [...this.#rows.keys()];
  }

  /** @returns {Values} */
  get values() {
    // Made of entries, so that a name like __proto__ is one among others.
    return Object.fromEntries([...this.#rows].map(([name, { input }]) => /** @type {const} */ ([name, input.valueAsNumber])).filter(([, value]) => value !== 0));
  }

  /** @param {Values} values attributes not named go to zero */
  set(values) {
    for (const [name, { input }] of this.#rows) input.value = String(Object.hasOwn(values, name) ? values[name] : 0);
    this.#changed();
  }

  /** A slider for what was taught; its name is a person's own and no word of ours. @param {string} name */
  addTaught(name) {
    this.removeTaught(name);
    this.#taught.append(this.#row(name, name));
    this.#taught.hidden = false;
  }

  /** @param {string} name */
  removeTaught(name) {
    const row = this.#rows.get(name);
    if (!row) return;
    const moved = row.input.valueAsNumber !== 0;
    row.element.remove();
    this.#rows.delete(name);
    this.#taught.hidden = this.#taught.querySelector('input') === null;
    if (moved) this.#changed();
  }

  /** What an attribute is called here. @param {string} name */
  called(name) {
    return this.#rows.get(name)?.text ?? name;
  }

  /** @param {string} name */
  focus(name) {
    this.#rows.get(name)?.input.focus();
  }

  reset() {
    this.set({});
  }

  /** @param {readonly string[]} names */
  #presets(names) {
    this.#presetButtons = presets(names).map(([key, values]) => ({
      values,
      element: h('button', { type: 'button', class: 'preset', text: this.#say(key), on: { click: () => this.#apply(values) } }),
    }));
    return h('div', { class: 'presets', role: 'group', 'aria-label': this.#say('try') }, ...this.#presetButtons.map(({ element }) => element));
  }

  /** A preset moves its own sliders and leaves the others; a second tap takes it back. @param {Readonly<Values>} values */
  #apply(values) {
    const active = this.#isActive(values);
    for (const [name, amount] of Object.entries(values)) {
      const row = this.#rows.get(name);
      if (row) row.input.value = String(active ? 0 : amount);
    }
    this.#changed();
  }

  /** @param {Readonly<Values>} values */
  #isActive(values) {
    return Object.entries(values).every(([name, amount]) => this.#rows.get(name)?.input.valueAsNumber === amount);
  }

  /** @param {string} name @param {string} text */
  #row(name, text) {
    const id = uid('attribute');
    const output = h('output', { for: id });
    const input = h('input', {
      type: 'range', id, min: AMPLITUDE.min, max: AMPLITUDE.max, step: AMPLITUDE.step, value: 0, 'data-attribute': name,
      on: {
        input: () => this.#changed(true), change: () => this.#changed(), dblclick: () => zero(),
        keydown: (/** @type {KeyboardEvent} */ event) => { if (event.key === 'Delete' || event.key === 'Backspace') zero(); },
      },
    });
    const clear = h('button', { type: 'button', class: 'clear', 'aria-label': this.#say('resetOne', { name: text }), on: { click: () => { zero(); input.focus(); } } }, icon('close'));
    const zero = () => {
      input.value = '0';
      this.#changed();
    };
    const refresh = () => {
      const value = input.valueAsNumber;
      const at = ((value - AMPLITUDE.min) / (AMPLITUDE.max - AMPLITUDE.min)) * 100;
      const shown = signed(value);
      output.textContent = shown;
      input.setAttribute('aria-valuetext', shown);
      input.style.setProperty('--from', `${Math.min(50, at)}%`);
      input.style.setProperty('--to', `${Math.max(50, at)}%`);
      clear.hidden = value === 0;
      element.classList.toggle('active', value !== 0);
    };
    const element = h('div', { class: 'row' }, h('label', { for: id, text }), output, clear, input);
    this.#rows.set(name, { text, input, element, refresh });
    refresh();
    return element;
  }

  #changed(moving = false) {
    this.#refresh();
    this.#onInput(this.values, moving);
  }

  #refresh() {
    for (const { refresh } of this.#rows.values()) refresh();
    for (const { element, values } of this.#presetButtons) element.setAttribute('aria-pressed', String(this.#isActive(values)));
    this.#reset.disabled = Object.keys(this.values).length === 0;
  }
}
