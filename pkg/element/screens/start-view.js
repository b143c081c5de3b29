// The first screen: what this is, where to put a photo, what it will cost, and faces to borrow. Without the words and the
// costs it also asks for the second face of a blend.

import { button, h, uid } from '../widgets/dom.js';
import { icon } from '../widgets/icons.js';
import { isOwn } from '../../lib/shared/own-store.js';
import { megabytes, plainly } from '../words/labels.js';

/** @typedef {{ src: string, label: string, eyes: [import('../picture/geometry.js').Point, import('../picture/geometry.js').Point] | null }} Sample */

export class StartView {
  #say;
  #model = h('span', {});
  #licence = h('span', {});
  #dream;
  /** @type {[HTMLElement, string][]} what is said otherwise for a model that is not made for faces, with its keys */
  #words = [];

  /**
   * @param {import('../words/labels.js').Say} say @param {readonly Sample[]} samples
   * @param {{ onFile: (file: File) => void, onSample: (sample: Sample) => void, onDream: () => void, onBack: (() => void) | null }} actions
   *   `onBack` leads back to the first face of a blend
   */
  constructor(say, samples, { onFile, onSample, onDream, onBack }) {
    this.#say = say;
    this.#dream = button('quiet', icon('dice'), say('dream'), onDream);
    this.#dream.hidden = true;
    this.#model.textContent = say('modelUnknown');
    const id = uid('file');
    const input = h('input', {
      type: 'file', id, class: 'visually-hidden', accept: 'image/*,.heic,.heif',
      on: { change: () => { if (input.files?.[0]) onFile(input.files[0]); input.value = ''; } },
    });
    const said = (/** @type {HTMLElement} */ element, /** @type {string} */ key) => {
      element.textContent = say(key);
      this.#words.push([element, key]);
      return element;
    };
    this.#words.push([/** @type {HTMLElement} */ (this.#dream.querySelector('span')), 'dream']);
    const drop = h('div', { class: 'drop' },
      h('span', { class: 'drop-icon' }, icon('photo')),
      said(h('p', { class: 'drop-title' }), 'drop'),
      input, h('label', { for: id, class: 'button primary', text: say('choose') }),
      h('p', { class: 'hint', text: say('dropHint') }));
    const fact = (/** @type {Parameters<typeof icon>[0]} */ name, /** @type {Node | string} */ text) => h('li', {}, icon(name), text);
    this.element = h('section', { class: onBack ? 'start second' : 'start' },
      h('div', { class: 'start-words' },
        onBack
          ? said(h('h2'), 'secondTitle')
          : h('slot', { name: 'intro' }, said(h('h2'), 'introTitle'), h('p', { text: say('introText') })),
        drop,
        samples.length === 0 ? null : h('div', { class: 'samples' },
          said(h('p', { class: 'hint' }), 'samples'),
          h('div', { class: 'sample-row' }, ...samples.map((sample) => h('button', { type: 'button', class: 'sample', 'aria-label': sample.label, on: { click: () => onSample(sample) } }, h('img', { src: sample.src, alt: '', width: 72, height: 72 }))))),
        h('div', { class: 'actions' }, onBack && button('quiet', icon('back'), say('backToEditing'), onBack), this.#dream),
      ),
      onBack ? null : h('div', { class: 'start-show' },
        h('slot', { name: 'teaser' }),
        h('ul', { class: 'facts' },
          fact('lock', h('span', { text: say('private') })),
          fact('download', this.#model),
          fact('licence', this.#licence))),
    );
  }

  /** @param {import('../../index.js').ModelDescription} description */
  describe({ name, editingBytes, framing, licence, parts }) {
    const say = framing ? this.#say : plainly(this.#say);
    for (const [element, key] of this.#words) element.textContent = say(key);
    this.#dream.hidden = !parts.latent;
    this.#model.textContent = this.#say(isOwn(parts.decoder?.url ?? '') ? 'modelOwn' : 'model', { name, size: megabytes(editingBytes) });
    this.#licence.textContent = this.#say('licence', { licence });
  }
}
