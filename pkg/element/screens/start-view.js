// The first screen: what this is, where to put a photo, what it will cost, and faces to borrow. Without the words and the
// costs it also asks for the second face of a blend.

import { hasCamera } from '../picture/camera.js';
import { canPaste } from '../picture/incoming.js';
import { button, h, uid } from '../widgets/dom.js';
import { icon } from '../widgets/icons.js';
import { isOwn } from '../../lib/shared/own-store.js';
import { megabytes, plainly, signed } from '../words/labels.js';

/** @typedef {{ src: string, label: string, eyes: [import('../picture/geometry.js').Point, import('../picture/geometry.js').Point] | null }} Sample */

export class StartView {
  #say;
  #model = h('span', {});
  #licence = h('span', {});
  #dream;
  /** What a photo begins with. */
  #begins = h('p', { class: 'hint begins', role: 'status', hidden: true });
  /** @type {readonly string[]} attributes of the model, once it is known */
  #attributes = [];
  /** @type {Record<string, number>} */
  #amplitudes = {};
  #offer = h('div', { class: 'offer', role: 'group', hidden: true });
  #samples = h('div', { class: 'sample-row' });
  #lending = h('div', { class: 'samples', hidden: true });
  #onSample;
  #lent = '';
  #kept;
  /** @type {[HTMLElement, string][]} what is said otherwise for a model that is not made for faces, with its keys */
  #words = [];

  /**
   * @param {import('../words/labels.js').Say} say
   * @param {{ onFile: (file: File) => void, onSample: (sample: Sample) => void, onCamera: () => void, onPaste: () => void, onDream: () => void, onBack: (() => void) | null }} actions
   *   `onBack` leads back to the first face of a blend
   */
  constructor(say, { onFile, onSample, onCamera, onPaste, onDream, onBack }) {
    this.#say = say;
    this.#onSample = onSample;
    this.#dream = button('quiet', icon('dice'), say('dream'), onDream);
    this.#dream.hidden = true;
    this.#model.textContent = say('modelUnknown');
    this.#kept = h('span', { text: say('keptHint'), hidden: true });
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
      hasCamera() || canPaste() ? h('div', { class: 'actions' },
        hasCamera() ? button('quiet', icon('camera'), say('takePhoto'), onCamera) : null,
        canPaste() ? button('quiet', icon('paste'), say('paste'), onPaste) : null) : null,
      canPaste() ? null : h('p', { class: 'hint', text: say('dropHint') }));
    this.#lending.append(said(h('p', { class: 'hint' }), 'samples'), this.#samples);
    const fact = (/** @type {Parameters<typeof icon>[0]} */ name, /** @type {Node | string} */ text) => h('li', {}, icon(name), text);
    this.element = h('section', { class: onBack ? 'start second' : 'start' },
      h('div', { class: 'start-words' },
        onBack
          ? said(h('h2'), 'secondTitle')
          : h('slot', { name: 'intro' }, said(h('h2'), 'introTitle'), h('p', { text: say('introText') })),
        this.#offer,
        this.#begins,
        drop,
        this.#lending,
        h('div', { class: 'actions' }, onBack && button('quiet', icon('back'), say('backToEditing'), onBack), this.#dream),
      ),
      onBack ? null : h('div', { class: 'start-show' },
        h('slot', { name: 'teaser' }),
        h('ul', { class: 'facts' },
          fact('lock', h('span', {}, say('private'), ' ', this.#kept)),
          fact('download', this.#model),
          fact('licence', this.#licence))),
    );
  }

  /** Faces to borrow, in place of those before. @param {readonly Sample[]} samples */
  lend(samples) {
    const lent = JSON.stringify(samples);
    // Of anything else that changes within the page's own words, a focused face is not to lose its focus.
    if (lent === this.#lent) return;
    this.#lent = lent;
    this.#samples.replaceChildren(...samples.map((sample) => h('button', { type: 'button', class: 'sample', 'aria-label': sample.label, on: { click: () => this.#onSample(sample) } }, h('img', { src: sample.src, alt: '', width: 72, height: 72 }))));
    this.#lending.hidden = samples.length === 0;
  }

  /** Says that what is edited is kept here, and for how long. */
  keeps() {
    this.#kept.hidden = false;
  }

  /**
   * What was being edited here can be gone on with.
   * @param {import('../state/kept.js').Edit} edit @param {boolean} other whether it has to be by another model
   * @param {{ onGoOn: () => void, onForget: () => void }} actions
   */
  offer({ name, thumb }, other, { onGoOn, onForget }) {
    const say = this.#say;
    const title = say('goOnTitle', { name });
    const act = (/** @type {() => void} */ action) => () => {
      goOn.disabled = forget.disabled = true;
      action();
    };
    const goOn = button('primary', null, say('goOn'), act(onGoOn));
    const forget = button('quiet', null, say('forget'), act(onForget));
    const canvas = h('canvas', { class: 'offer-thumb', 'aria-hidden': 'true', width: thumb?.width ?? 1, height: thumb?.height ?? 1 });
    if (thumb) canvas.getContext('2d')?.putImageData(new ImageData(new Uint8ClampedArray(thumb.data), thumb.width, thumb.height), 0, 0);
    this.#offer.setAttribute('aria-label', title);
    this.#offer.replaceChildren(
      canvas,
      h('div', { class: 'offer-words' }, h('p', { class: 'offer-title', text: title }), h('p', { class: 'hint', text: say(other ? 'goOnOther' : 'goOnText') })),
      h('div', { class: 'actions' }, goOn, forget));
    this.#offer.hidden = false;
  }

  /** Sliders that a photo begins with, by attribute. @param {Record<string, number>} amplitudes */
  begins(amplitudes) {
    this.#amplitudes = amplitudes;
    const say = this.#say;
    // Of what came with an address, only what the model knows is said.
    const said = Object.entries(amplitudes).filter(([name, value]) => value !== 0 && this.#attributes.includes(name)).map(([name, value]) => `${say(name)} ${signed(value)}`);
    this.#begins.textContent = said.length > 0 ? say('begins', { sliders: new Intl.ListFormat(say.language).format(said) }) : '';
    this.#begins.hidden = said.length === 0;
  }

  /** @param {import('../../index.js').ModelDescription} description */
  describe({ name, attributes, editingBytes, framing, licence, parts }) {
    this.#attributes = attributes;
    this.begins(this.#amplitudes);
    const say = framing ? this.#say : plainly(this.#say);
    for (const [element, key] of this.#words) element.textContent = say(key);
    this.#dream.hidden = !parts.latent;
    this.#model.textContent = this.#say(isOwn(parts.decoder?.url ?? '') ? 'modelOwn' : 'model', { name, size: megabytes(editingBytes, this.#say) });
    this.#licence.textContent = this.#say('licence', { licence });
  }
}
