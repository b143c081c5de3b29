// A filmstrip of one attribute: a few pictures from its least to its most, each of which puts the slider where it is.

import { AMPLITUDES } from '../state/frames.js';
import { button, h, uid } from '../widgets/dom.js';
import { icon } from '../widgets/icons.js';
import { signed } from '../words/labels.js';

/** @typedef {Readonly<Record<string, number>>} Values */

export class Filmstrip {
  #say;
  #actions;
  #select;
  #button;
  #strip = h('div', { class: 'film', role: 'group' });
  #caption = h('p', { class: 'hint' });
  #shot = h('div', { hidden: true }, this.#strip, this.#caption);
  /** @type {HTMLButtonElement[]} */
  #frames = [];
  /** @type {{ name: string, values: Values } | null} what the strip shows, and where the sliders were */
  #shown = null;
  /** @type {Values} where the sliders are */
  #values = {};
  #asked = 0;
  /** @type {Map<string, string>} what each attribute is called */
  #called;

  /**
   * @param {import('../words/labels.js').Say} say @param {readonly string[]} names
   * @param {{ run: (name: string, onFrame: (picture: ImageData, index: number) => void, again: () => void) => Promise<boolean>, onPick: (name: string, amplitude: number) => void }} actions
   *   `run` tells whether all frames have been drawn
   */
  constructor(say, names, actions) {
    this.#say = say;
    this.#actions = actions;
    const id = uid('film');
    this.#called = new Map(names.map((name) => [name, say(name)]));
    this.#select = h('select', { id });
    this.#button = button('', icon('film'), say('filmRun'), () => void this.#draw());
    this.#button.title = say('filmHint');
    this.element = h('div', { class: 'filming' },
      h('div', { class: 'joined' }, this.#button, h('label', { for: id, class: 'visually-hidden', text: say('filmOf') }), this.#select),
      this.#shot);
    this.taught([]);
  }

  /** What can be drawn beside the model's own attributes. @param {readonly string[]} names */
  taught(names) {
    const { value } = this.#select;
    const all = new Map([...this.#called, ...names.map((name) => /** @type {const} */ ([name, name]))]);
    this.#select.replaceChildren(...[...all].map(([name, text]) => h('option', { value: name, text })));
    if (all.has(value)) this.#select.value = value;
    this.element.hidden = all.size === 0;
  }

  /** Sliders have moved; the last one is the one to draw. @param {Values} values */
  follow(values) {
    const before = this.#values;
    this.#values = values;
    const moved = Object.keys({ ...before, ...values }).filter((name) => (before[name] ?? 0) !== (values[name] ?? 0));
    if (moved.length === 1) this.#select.value = moved[0];
    this.#refresh();
  }

  async #draw() {
    const name = this.#select.value;
    const called = this.#called.get(name) ?? name;
    const asked = ++this.#asked;
    this.#shown = { name, values: this.#values };
    this.#shot.hidden = false;
    this.#caption.textContent = this.#say('filmShown', { name: called });
    this.#strip.setAttribute('aria-label', called);
    this.#frames = AMPLITUDES.map((amplitude) => {
      const value = signed(amplitude);
      return h('button', { type: 'button', class: 'frame', disabled: true, 'aria-label': this.#say('filmFrame', { name: called, value }), on: { click: () => this.#actions.onPick(name, amplitude) } },
        h('canvas', { class: 'tile', width: 1, height: 1 }), h('span', { text: value }));
    });
    this.#strip.replaceChildren(...this.#frames);
    this.#refresh();
    const whole = await this.#actions.run(name, (picture, index) => {
      if (asked === this.#asked) this.#show(picture, index);
    }, () => void this.#draw());
    // Half a strip would be taken for a whole one.
    if (whole || asked !== this.#asked) return;
    this.#shown = null;
    this.#shot.hidden = true;
  }

  /** @param {ImageData} picture @param {number} index */
  #show(picture, index) {
    const frame = this.#frames[index];
    const canvas = /** @type {HTMLCanvasElement} */ (frame.querySelector('canvas'));
    Object.assign(canvas, { width: picture.width, height: picture.height });
    canvas.getContext('2d')?.putImageData(picture, 0, 0);
    frame.disabled = false;
  }

  /** Marks where the slider is, and a strip that other sliders have made untrue. */
  #refresh() {
    if (!this.#shown) return;
    const { name, values } = this.#shown;
    const now = this.#values;
    const others = Object.keys({ ...now, ...values }).filter((other) => other !== name);
    this.#strip.classList.toggle('stale', others.some((other) => (now[other] ?? 0) !== (values[other] ?? 0)));
    for (const [at, frame] of this.#frames.entries()) frame.setAttribute('aria-pressed', String(AMPLITUDES[at] === (now[name] ?? 0)));
  }
}
