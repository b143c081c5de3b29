// The screen before the model is fetched, or where no face was found: the frame over the photo, what beginning will
// download, and the button that starts the work.

import { centred } from '../../lib/page/frame.js';
import { startFrame } from '../picture/geometry.js';
import { button, h, uid } from '../widgets/dom.js';
import { FramingStage } from '../widgets/framing-stage.js';
import { icon } from '../widgets/icons.js';
import { megabytes } from '../words/labels.js';

/** @typedef {import('../picture/geometry.js').Frame} Frame */

/** Zoom slider: powers of two around the start position. */
const ZOOM = { min: -1.5, max: 6, step: 0.01 };
const TILT = { min: -180, max: 180, step: 0.5 };

export class FrameView {
  #stage;
  #zoom;
  #tilt;
  #tap;
  #framing;
  #startSide = 1;

  /**
   * @param {import('../words/labels.js').Say} say
   * @param {import('../picture/geometry.js').Framing | null} framing null where any square of the photo will do
   * @param {{ second: boolean, again: boolean, found: boolean, sentence: string | null, download: { bytes: number, licence: string } | null }} about
   *   whether this is the second face of a blend, whether the photo is being edited already, whether the face was found, what to say where it was not, what the button will fetch
   * @param {{ onMove: (frame: Frame) => void, onBegin: () => void, onBack: () => void }} actions `onMove` is told of every frame, the first one included
   */
  constructor(say, framing, { second, again, found, sentence, download }, { onMove, onBegin, onBack }) {
    this.#framing = framing;
    this.#tap = button('', icon('eye'), say('tapEyes'), () => this.#stage.markEyes());
    this.#stage = new FramingStage(say, framing, { handles: found }, {
      onChange: (frame) => {
        this.#shown(frame);
        onMove(frame);
      },
      onMark: (marked) => {
        this.#tap.setAttribute('aria-pressed', String(marked !== null));
        const label = /** @type {HTMLElement} */ (this.#tap.querySelector('span'));
        label.textContent = say(marked === null ? 'tapEyes' : marked === 0 ? 'tapFirst' : 'tapSecond');
      },
    });
    const range = (/** @type {string} */ key, /** @type {{ min: number, max: number, step: number }} */ limits, /** @type {() => void} */ input) => {
      const id = uid('frame');
      const control = h('input', { type: 'range', id, ...limits, value: 0, on: { input } });
      return { control, row: h('div', { class: 'row plain' }, h('label', { for: id, text: say(key) }), control) };
    };
    const zoom = range('size', ZOOM, () => this.#stage.set({ ...this.#stage.frame, side: this.#startSide / 2 ** this.#zoom.valueAsNumber }));
    const tilt = range('tilt', TILT, () => this.#stage.set({ ...this.#stage.frame, angle: (-this.#tilt.valueAsNumber * Math.PI) / 180 }));
    this.#zoom = zoom.control;
    this.#tilt = tilt.control;
    this.#tilt.addEventListener('dblclick', () => this.#stage.set({ ...this.#stage.frame, angle: 0 }));
    this.beginButton = button('primary large', null, say(second ? 'beginSecond' : 'begin'), onBegin);
    const actions = h('div', { class: 'actions' }, this.beginButton, button('quiet', icon('back'), say(again ? 'backToEditing' : 'otherPhoto'), onBack));
    const fetched = download && h('p', { class: 'hint', text: say('downloadNote', { size: megabytes(download.bytes, say), licence: download.licence }) });
    const byHand = [framing && this.#tap, zoom.row, tilt.row];
    this.element = h('section', { class: 'two frame-view' },
      h('div', { class: 'left' }, this.#stage.element),
      h('div', { class: 'right' },
        h('h2', { text: say(found && framing ? 'foundTitle' : second ? 'frameSecond' : 'frameTitle') }),
        sentence && h('p', { class: 'said', role: 'status', text: sentence }),
        h('p', { text: say(found && framing ? 'foundText' : 'frameText') }),
        ...(found && framing
          ? [actions, fetched, h('details', { class: 'by-hand' }, h('summary', { text: say('byHand') }), ...byHand)]
          : [...byHand, actions, fetched])),
    );
  }

  /** @param {import('../../lib/page/photo.js').Photo} photo @param {Frame | null} frame a known place of the face */
  async show(photo, frame) {
    const start = this.#framing ? startFrame(photo.width, photo.height) : centred(photo);
    this.#startSide = start.side;
    await this.#stage.show(photo, frame ?? start);
  }

  /** @param {Frame} frame */
  #shown(frame) {
    this.#zoom.value = String(Math.log2(this.#startSide / frame.side));
    this.#tilt.value = String((-frame.angle * 180) / Math.PI);
  }
}
