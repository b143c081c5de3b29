// What a video is to show, and its making: a slider's way there and back, or the blend of two faces.

import { AMPLITUDE } from '../../lib/shared/defaults.js';
import { DiffAeError } from '../../lib/shared/errors.js';
import { canFilm, filmOf } from '../picture/film.js';
import { download, fileName } from '../picture/save.js';
import { Latest } from '../state/latest.js';
import { PICTURES } from '../state/sweep.js';
import { button, h, uid } from '../widgets/dom.js';
import { icon } from '../widgets/icons.js';
import { duration, megabytes } from '../words/labels.js';

/** @typedef {import('../state/sweep.js').Sweep} Sweep */
/**
 * @typedef {object} FilmActions
 * @property {() => { values: Readonly<Record<string, number>>, name: string | null, other: import('../state/subject.js').Subject | null }} edit
 *   the sliders, the one that was moved last, and the second face of a blend, where there is one
 * @property {(sweep: Sweep, options: { face: boolean, signal: AbortSignal, onPicture: (index: number, picture: ImageData) => void }) => Promise<void>} draw
 * @property {(error: DiffAeError, retry: () => void) => void} onError
 */

/** Of the whole work, the share that drawing takes. */
const DRAWING = 0.85;

export class FilmPanel {
  #say;
  #name;
  #actions;
  #latest = new Latest();
  #what = h('select', { id: uid('film') });
  #where = h('select', { id: uid('film') });
  #make;
  #cancel;
  #bar = h('progress', { max: 1, value: 0 });
  #status = h('p', { class: 'hint', role: 'status', 'aria-live': 'polite' });
  #work;
  #form;
  /** @type {Sweep[]} in the order of the choices */
  #sweeps = [];

  /**
   * @param {import('../words/labels.js').Say} say @param {{ name: string, small: boolean }} photo whether the face is a small part of it
   * @param {FilmActions} actions
   */
  constructor(say, { name, small }, actions) {
    this.#say = say;
    this.#name = name;
    this.#actions = actions;
    this.#make = button('', icon('film'), say('filmMake'), () => void this.#run());
    this.#cancel = button('quiet', icon('close'), say('cancel'), () => this.rest());
    this.#bar.setAttribute('aria-label', say('filmWork'));
    this.#work = h('div', { class: 'film-work', hidden: true }, this.#bar, this.#cancel);
    for (const [value, key] of [['photo', 'filmPhoto'], ['face', 'filmFace']]) this.#where.append(h('option', { value, text: say(key) }));
    const field = (/** @type {string} */ key, /** @type {HTMLSelectElement} */ select) => h('div', { class: 'field' }, h('label', { for: select.id, text: say(key) }), select);
    this.#form = h('div', { class: 'film-form' }, field('filmWhat', this.#what), small ? field('filmWhere', this.#where) : null, this.#make);
    this.element = h('div', { class: 'film' }, this.#form, this.#work, this.#status);
  }

  /** Offers what there is to show by now. */
  open() {
    if (!this.#work.hidden) return;
    const { values, name, other } = this.#actions.edit();
    this.#sweeps = [
      ...(other ? [/** @type {Sweep} */ ({ kind: 'blend', other })] : []),
      ...(name && values[name] ? [/** @type {Sweep} */ ({ kind: 'attribute', name, from: 0, to: values[name], values })] : []),
      ...(name ? [/** @type {Sweep} */ ({ kind: 'attribute', name, from: AMPLITUDE.min, to: AMPLITUDE.max, values })] : []),
    ];
    this.#what.replaceChildren(...this.#sweeps.map((sweep, index) => h('option', { value: index, text: this.#called(sweep) })));
    this.#form.hidden = false;
    this.#status.textContent = this.#say('filmHint', { count: PICTURES });
    canFilm().then((can) => {
      if (can) return;
      this.#form.hidden = true;
      this.#status.textContent = this.#say('filmNone');
    }, () => {});
  }

  /** Ends work under way. */
  rest() {
    this.#latest.cancel();
  }

  /** @param {Sweep} sweep */
  #called(sweep) {
    if (sweep.kind === 'blend') return this.#say('filmBlend');
    const name = this.#say(sweep.name);
    return sweep.from === 0 ? this.#say('filmToValue', { name, to: signed(sweep.to) }) : this.#say('filmWholeRange', { name, from: signed(sweep.from), to: signed(sweep.to) });
  }

  async #run() {
    const sweep = this.#sweeps[Number(this.#what.value)];
    if (!sweep) return;
    this.#working(true);
    const start = performance.now();
    try {
      const film = await this.#latest.run(async (signal) => {
        /** @type {ImageData[]} */
        const pictures = [];
        await this.#actions.draw(sweep, { face: this.#where.value === 'face', signal, onPicture: (index, picture) => {
          pictures.push(picture);
          this.#bar.value = (DRAWING * (index + 1)) / PICTURES;
          const left = ((performance.now() - start) / (index + 1)) * (PICTURES - index - 1) / 1000;
          // For the eyes alone: read out, each would break off the one before.
          this.#status.setAttribute('aria-live', 'off');
          this.#status.textContent = this.#say('filmDrawn', { index: index + 1, of: PICTURES, time: duration(left) });
        } });
        this.#status.setAttribute('aria-live', 'polite');
        this.#status.textContent = this.#say('filmEncoding');
        return filmOf(pictures, { signal, refusal: this.#say('filmNone'), onFrame: (index, of) => {
          this.#bar.value = DRAWING + ((1 - DRAWING) * (index + 1)) / of;
        } });
      });
      await download(film.blob, fileName(this.#name, 'video', film.type));
      const { width, height, seconds } = film;
      this.#status.textContent = this.#say('filmDone', { width, height, time: duration(seconds), size: megabytes(film.blob.size), format: film.type === 'video/mp4' ? 'MP4' : 'WebM' });
    } catch (thrown) {
      const error = DiffAeError.from(thrown);
      this.#status.textContent = this.#say('filmHint', { count: PICTURES });
      if (error.code !== 'cancelled' && error.code !== 'freed') this.#actions.onError(error, () => void this.#run());
    } finally {
      this.#working(false);
    }
  }

  /** @param {boolean} working */
  #working(working) {
    const focused = this.element.contains(/** @type {ShadowRoot | Document} */ (this.element.getRootNode()).activeElement);
    this.#bar.value = 0;
    this.#status.setAttribute('aria-live', 'polite');
    this.#work.hidden = !working;
    this.#form.hidden = working;
    if (working) this.#status.textContent = this.#say('filmDrawing', { of: PICTURES });
    if (focused) (working ? this.#cancel : this.#make).focus({ preventScroll: true });
  }
}

/** As the sliders show it. @param {number} value */
function signed(value) {
  const hundredths = Math.round(100 * value);
  return hundredths > 0 ? `+${hundredths}` : `−${-hundredths}`;
}
