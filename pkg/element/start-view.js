// The first screen: what this is, where to put a photo, what it will cost, and faces to borrow.

import { h, uid } from './dom.js';
import { icon } from './icons.js';
import { megabytes } from './labels.js';

/** @typedef {{ src: string, label: string, eyes: [import('./geometry.js').Point, import('./geometry.js').Point] | null }} Sample */

export class StartView {
  #say;
  #model = h('span', {});
  #licence = h('span', {});

  /**
   * @param {import('./labels.js').Say} say @param {readonly Sample[]} samples
   * @param {{ onFile: (file: File) => void, onSample: (sample: Sample) => void, onDream: () => void }} actions
   */
  constructor(say, samples, { onFile, onSample, onDream }) {
    this.#say = say;
    this.#model.textContent = say('modelUnknown');
    const id = uid('file');
    const input = h('input', {
      type: 'file', id, class: 'visually-hidden', accept: 'image/*,.heic,.heif',
      on: { change: () => { if (input.files?.[0]) onFile(input.files[0]); input.value = ''; } },
    });
    const drop = h('div', { class: 'drop' },
      h('span', { class: 'drop-icon' }, icon('photo')),
      h('p', { class: 'drop-title', text: say('drop') }),
      input, h('label', { for: id, class: 'button primary', text: say('choose') }),
      h('p', { class: 'hint', text: say('dropHint') }));
    const fact = (/** @type {Parameters<typeof icon>[0]} */ name, /** @type {Node | string} */ text) => h('li', {}, icon(name), text);
    this.element = h('section', { class: 'start' },
      h('div', { class: 'start-words' },
        h('slot', { name: 'intro' }, h('h2', { text: say('introTitle') }), h('p', { text: say('introText') })),
        drop,
        h('div', { class: 'samples' },
          h('p', { class: 'hint', text: say('samples') }),
          h('div', { class: 'sample-row' }, ...samples.map((sample) => h('button', { type: 'button', class: 'sample', 'aria-label': sample.label, on: { click: () => onSample(sample) } }, h('img', { src: sample.src, alt: '', width: 72, height: 72 }))),
            h('button', { type: 'button', class: 'sample dream', 'aria-label': say('facesLink'), title: say('facesLink'), on: { click: onDream } }, icon('dice')))),
      ),
      h('div', { class: 'start-show' },
        h('slot', { name: 'teaser' }),
        h('ul', { class: 'facts' },
          fact('lock', h('span', { text: say('private') })),
          fact('download', this.#model),
          fact('licence', this.#licence))),
    );
  }

  /** @param {{ name: string, editingBytes: number, licence: string, origin: string }} description */
  describe({ name, editingBytes, licence }) {
    this.#model.textContent = this.#say('model', { name, size: megabytes(editingBytes) });
    this.#licence.textContent = this.#say('licence', { licence });
  }
}
