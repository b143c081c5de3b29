// What a video is to show, and its making: a slider's way there and back, or the blend of two faces.

import { AMPLITUDE } from '../../lib/shared/defaults.js';
import { DiffAeError } from '../../lib/shared/errors.js';
import { canMakeVideo, videoOf } from '../picture/video.js';
import { download, fileName } from '../picture/save.js';
import { Latest } from '../state/latest.js';
import { PICTURES } from '../state/sweep.js';
import { button, h, uid } from '../widgets/dom.js';
import { icon } from '../widgets/icons.js';
import { duration, megabytes, signed } from '../words/labels.js';

/** @typedef {import('../state/sweep.js').Sweep} Sweep */
/**
 * @typedef {object} VideoActions
 * @property {() => { values: Readonly<Record<string, number>>, name: string | null, other: import('../state/subject.js').Subject | null }} edit
 *   the sliders, the one that was moved last, and the second face of a blend, where there is one
 * @property {(name: string) => string} called what an attribute is called
 * @property {(sweep: Sweep, options: { face: boolean, signal: AbortSignal, onPicture: (index: number, picture: ImageData) => void }) => Promise<void>} draw
 * @property {(error: DiffAeError, retry: () => void) => void} onError
 */

/** Of the whole work, the share that drawing takes. */
const DRAWING = 0.85;

export class VideoPanel {
  #say;
  #name;
  #actions;
  #latest = new Latest();
  #what = h('select', { id: uid('video') });
  #where = h('select', { id: uid('video') });
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
   * @param {VideoActions} actions
   */
  constructor(say, { name, small }, actions) {
    this.#say = say;
    this.#name = name;
    this.#actions = actions;
    this.#make = button('', icon('video'), say('videoMake'), () => void this.#run());
    this.#cancel = button('quiet', icon('close'), say('cancel'), () => this.rest());
    this.#bar.setAttribute('aria-label', say('videoWork'));
    this.#work = h('div', { class: 'video-work', hidden: true }, this.#bar, this.#cancel);
    for (const [value, key] of [['photo', 'videoPhoto'], ['face', 'videoFace']]) this.#where.append(h('option', { value, text: say(key) }));
    const field = (/** @type {string} */ key, /** @type {HTMLSelectElement} */ select) => h('div', { class: 'field' }, h('label', { for: select.id, text: say(key) }), select);
    this.#form = h('div', { class: 'video-form' }, field('videoWhat', this.#what), small ? field('videoWhere', this.#where) : null, this.#make);
    this.element = h('div', { class: 'video' }, this.#form, this.#work, this.#status);
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
    const chosen = this.#what.value;
    this.#what.replaceChildren(...this.#sweeps.map((sweep, index) => h('option', { value: index, text: this.#called(sweep) })));
    if (Number(chosen) < this.#sweeps.length) this.#what.value = chosen;
    this.#form.hidden = this.#sweeps.length === 0;
    this.#status.textContent = this.#sweeps.length === 0 ? this.#say('videoNothing') : this.#say('videoHint', { count: PICTURES });
    canMakeVideo().then((can) => {
      if (can) return;
      this.#form.hidden = true;
      this.#status.textContent = this.#say('videoNone');
    }, () => {});
  }

  /** Ends work under way. */
  rest() {
    this.#latest.cancel();
  }

  /** @param {Sweep} sweep */
  #called(sweep) {
    if (sweep.kind === 'blend') return this.#say('videoBlend');
    const name = this.#actions.called(sweep.name);
    return sweep.from === 0 ? this.#say('videoToValue', { name, to: signed(sweep.to) }) : this.#say('videoWholeRange', { name, from: signed(sweep.from), to: signed(sweep.to) });
  }

  async #run() {
    const sweep = this.#sweeps[Number(this.#what.value)];
    if (!sweep) return;
    this.#working(true);
    const start = performance.now();
    try {
      const video = await this.#latest.run(async (signal) => {
        /** @type {ImageData[]} */
        const pictures = [];
        await this.#actions.draw(sweep, { face: this.#where.value === 'face', signal, onPicture: (index, picture) => {
          pictures.push(picture);
          this.#bar.value = (DRAWING * (index + 1)) / PICTURES;
          const left = ((performance.now() - start) / (index + 1)) * (PICTURES - index - 1) / 1000;
          // For the eyes alone: read out, each would break off the one before.
          this.#status.setAttribute('aria-live', 'off');
          this.#status.textContent = this.#say('videoDrawn', { index: index + 1, of: PICTURES, time: duration(left, this.#say) });
        } });
        this.#status.setAttribute('aria-live', 'polite');
        this.#status.textContent = this.#say('videoEncoding');
        return videoOf(pictures, { signal, refusal: this.#say('videoNone'), onFrame: (index, of) => {
          this.#bar.value = DRAWING + ((1 - DRAWING) * (index + 1)) / of;
        } });
      });
      await download(video.blob, fileName(this.#name, 'video', video.type));
      const { width, height, seconds } = video;
      this.#status.textContent = this.#say('videoDone', { width, height, time: duration(seconds, this.#say), size: megabytes(video.blob.size, this.#say), format: video.type === 'video/mp4' ? 'MP4' : 'WebM' });
    } catch (thrown) {
      const error = DiffAeError.from(thrown);
      this.#status.textContent = this.#say('videoHint', { count: PICTURES });
      this.#actions.onError(error, () => void this.#run());
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
    if (working) this.#status.textContent = this.#say('videoDrawing', { of: PICTURES });
    if (focused) (working ? this.#cancel : this.#make).focus({ preventScroll: true });
  }
}
