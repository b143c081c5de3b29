// The screen while a face is read: the framed photo with its eyes' handles, the model's view of it coming into being, and
// how long it will take. Without work under way it is where the eyes are corrected afterwards.

import { button, h } from '../widgets/dom.js';
import { FramingStage } from '../widgets/framing-stage.js';
import { icon } from '../widgets/icons.js';
import { Progress } from '../widgets/progress.js';

/** @typedef {import('../picture/geometry.js').Frame} Frame */

export class WorkView {
  #say;
  #stage;
  #title = h('h2', {});
  #text = h('p', { class: 'hint' });

  /**
   * @param {import('../words/labels.js').Say} say @param {import('../picture/geometry.js').Framing | null} framing null where any square will do
   * @param {{ onGrab: () => void, onFrame: (frame: Frame) => void, onCancel: () => void, onBack: (() => void) | null }} actions
   *   `onFrame` gets a frame that the handles made; `onBack` leads back to the face as it was read before
   */
  constructor(say, framing, { onGrab, onFrame, onCancel, onBack }) {
    this.#say = say;
    this.#stage = new FramingStage(say, framing, { handles: true, still: true }, {
      onGrab: () => {
        onGrab();
        this.#turn(false);
      },
      onRelease: onFrame,
    });
    this.progress = new Progress(say, onCancel);
    this.element = h('section', { class: 'two work-view' },
      h('div', { class: 'left' }, this.#stage.element),
      h('div', { class: 'right' },
        this.#title, this.progress.element, this.#text,
        h('div', { class: 'actions' }, onBack ? button('quiet', icon('back'), say('backToEditing'), onBack) : this.progress.cancelButton)),
    );
    this.#turn(false);
  }

  /** @param {import('../../lib/page/photo.js').Photo} photo @param {Frame} frame */
  show(photo, frame) {
    return this.#stage.show(photo, frame);
  }

  /** The face is being read from now on. */
  working() {
    this.#turn(true);
  }

  /** @param {ImageData | null} picture predicted x_0 at the model's size */
  preview(picture) {
    if (picture) this.#stage.draft(picture);
  }

  /** @param {boolean} working */
  #turn(working) {
    this.element.classList.toggle('busy', working);
    this.progress.element.hidden = !working;
    this.#title.textContent = this.#say(working ? 'workTitle' : 'adjustTitle');
    this.#text.textContent = this.#say(working ? 'workNote' : 'adjustText');
  }
}
