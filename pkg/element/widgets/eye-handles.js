// Two handles on the eyes of a framed photo, moved by mouse, finger or arrow keys. They lie on the frame's rings; where they
// are let go is where the eyes are said to be.

import { h } from './dom.js';

/** @typedef {import('../picture/geometry.js').Point} Point */

/** Arrow keys move by this share of the frame; a pause this long lets go. */
const KEY_STEP = 0.006;
const KEY_PAUSE_MS = 800;

export class EyeHandles {
  #home;
  #inFrame;
  #inset;
  #actions;
  /** @type {Point[]} in the frame, 0 to 1 */
  #at;
  /** @type {HTMLButtonElement[]} */
  #buttons;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;

  /**
   * @param {import('../words/labels.js').Say} say
   * @param {{ home: [Point, Point], inset: number, inFrame: (event: { clientX: number, clientY: number }) => Point }} stage
   *   the rings, the share of the stage that the frame takes, and where on the frame a pointer is
   * @param {{ onGrab: () => void, onRelease: (eyes: [Point, Point]) => void }} actions
   */
  constructor(say, { home, inset, inFrame }, actions) {
    this.#home = home;
    this.#inFrame = inFrame;
    this.#inset = inset;
    this.#actions = actions;
    this.#at = [...home];
    this.#buttons = ['leftEye', 'rightEye'].map((key, index) => this.#handle(say(key), index));
    this.element = h('div', { class: 'eye-handles' }, ...this.#buttons);
    this.home();
  }

  /** Back onto the rings. */
  home() {
    this.#at = [...this.#home];
    this.#buttons.forEach((_, index) => this.#place(index));
  }

  /** @param {string} label @param {number} index */
  #handle(label, index) {
    /** @type {Point | null} from the pointer to the handle's centre */
    let grip = null;
    let moved = false;
    const letGo = () => {
      if (grip && moved) this.#release();
      grip = null;
    };
    return h('button', {
      type: 'button', class: 'eye-handle', 'aria-label': label,
      on: {
        pointerdown: (/** @type {PointerEvent} */ event) => {
          event.stopPropagation();
          if (event.button !== 0) return;
          /** @type {HTMLElement} */ (event.currentTarget).setPointerCapture(event.pointerId);
          const at = this.#inFrame(event);
          grip = { x: this.#at[index].x - at.x, y: this.#at[index].y - at.y };
          moved = false;
        },
        pointermove: (/** @type {PointerEvent} */ event) => {
          if (!grip) return;
          event.stopPropagation();
          const at = this.#inFrame(event);
          if (!moved) this.#grab();
          moved = true;
          this.#move(index, { x: at.x + grip.x, y: at.y + grip.y });
        },
        pointerup: letGo,
        pointercancel: letGo,
        keydown: (/** @type {KeyboardEvent} */ event) => this.#keyPressed(event, index),
        blur: () => { if (this.#pause !== undefined) this.#release(); },
      },
    });
  }

  /** @param {KeyboardEvent} event @param {number} index */
  #keyPressed(event, index) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Enter' && this.#pause !== undefined) {
      event.preventDefault();
      this.#release();
      return;
    }
    const step = KEY_STEP * (event.shiftKey ? 5 : 1);
    const move = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    if (this.#pause === undefined) this.#grab();
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => this.#release(), KEY_PAUSE_MS);
    const { x, y } = this.#at[index];
    this.#move(index, { x: x + move[0], y: y + move[1] });
  }

  #grab() {
    this.#actions.onGrab();
  }

  #release() {
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.#actions.onRelease([this.#at[0], this.#at[1]]);
  }

  /** Never off the stage, where it could not be caught again. @param {number} index @param {Point} to */
  #move(index, to) {
    const reach = 0.5 / this.#inset;
    const clamp = (/** @type {number} */ v) => Math.min(Math.max(v, 0.5 - reach), 0.5 + reach);
    this.#at[index] = { x: clamp(to.x), y: clamp(to.y) };
    this.#place(index);
  }

  /** @param {number} index */
  #place(index) {
    const percent = (/** @type {number} */ v) => `${100 * ((v - 0.5) * this.#inset + 0.5)}%`;
    this.#buttons[index].style.setProperty('left', percent(this.#at[index].x));
    this.#buttons[index].style.setProperty('top', percent(this.#at[index].y));
  }
}
