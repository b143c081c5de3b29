// The second screen: the frame over the face, and the button that starts the work.

import { button, h, uid } from './dom.js';
import { FramingStage } from './framing-stage.js';
import { startFrame, USUAL_FRAMING } from './geometry.js';
import { icon } from './icons.js';
import { megabytes } from './labels.js';

/** @typedef {import('./geometry.js').Frame} Frame */

/** Zoom slider: powers of two around the start position. */
const ZOOM = { min: -1.5, max: 3, step: 0.01 };
const TILT = { min: -60, max: 60, step: 0.5 };

export class FrameView {
  #stage;
  #zoom;
  #tilt;
  #tap;
  #startSide = 1;

  /**
   * @param {import('./labels.js').Say} say
   * @param {import('./geometry.js').Framing | null} framing
   * @param {{ second: boolean, download: { bytes: number, licence: string } | null }} about what the button will do
   * @param {{ onBegin: (frame: Frame) => void, onBack: () => void }} actions
   */
  constructor(say, framing, { second, download }, { onBegin, onBack }) {
    this.#tap = button('', icon('eye'), say('tapEyes'), () => this.#stage.markEyes());
    this.#stage = new FramingStage(say('frameStage'), framing ?? USUAL_FRAMING, (frame) => this.#shown(frame), (marked) => {
      this.#tap.setAttribute('aria-pressed', String(marked !== null));
      const label = /** @type {HTMLElement} */ (this.#tap.querySelector('span'));
      label.textContent = say(marked === null ? 'tapEyes' : marked === 0 ? 'tapFirst' : 'tapSecond');
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
    this.beginButton = button('primary large', null, say(second ? 'beginSecond' : 'begin'), () => onBegin(this.#stage.frame));
    this.element = h('section', { class: 'two frame-view' },
      h('div', { class: 'left' }, this.#stage.element),
      h('div', { class: 'right' },
        h('h2', { text: say(second ? 'frameSecond' : 'frameTitle') }),
        h('p', { text: say('frameText') }),
        this.#tap, zoom.row, tilt.row,
        h('div', { class: 'actions' }, this.beginButton, button('quiet', icon('back'), say('otherPhoto'), onBack)),
        download && h('p', { class: 'hint', text: say('downloadNote', { size: megabytes(download.bytes), licence: download.licence }) })),
    );
  }

  /** @param {ImageBitmap} photo @param {Frame | null} frame a known place of the face */
  async show(photo, frame) {
    const start = startFrame(photo.width, photo.height);
    this.#startSide = start.side;
    await this.#stage.show(photo, frame ?? start);
  }

  /** @param {Frame} frame */
  #shown(frame) {
    this.#zoom.value = String(Math.log2(this.#startSide / frame.side));
    this.#tilt.value = String((-frame.angle * 180) / Math.PI);
  }
}
