// A picture that can be looked at closely: all of it, and over it the part that is seen, sharper. Both move and grow together.

import { spaceOf } from '../picture/colours.js';
import { h } from './dom.js';

/** @typedef {import('../picture/geometry.js').Rectangle} Rectangle */

export class Layers {
  #whole;
  #part = h('canvas', { class: 'part', hidden: true, 'aria-hidden': 'true' });
  /** @type {ImageData | null} */
  #picture = null;

  /** @param {string | null} label what the picture is; without one it is hidden from screen readers */
  constructor(label) {
    this.#whole = h('canvas', { class: 'picture', ...(label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': 'true' }) });
    this.element = h('div', { class: 'layers' }, this.#whole, this.#part);
  }

  /** The whole picture as it stands. */
  get canvas() {
    return this.#whole;
  }

  /** What is sharper of another picture is of no use any more. @param {ImageData} picture */
  show(picture) {
    if (picture !== this.#picture) this.sharpen(null);
    this.#picture = picture;
    paint(this.#whole, picture);
  }

  /** @param {{ picture: ImageData, at: Rectangle } | null} part where it lies in the picture, in shares of it; null where there is none */
  sharpen(part) {
    this.#part.hidden = part === null;
    if (!part) return;
    const { x, y, width, height } = part.at;
    for (const [name, share] of Object.entries({ left: x, top: y, width, height })) this.#part.style.setProperty(name, `${100 * share}%`);
    paint(this.#part, part.picture);
  }

  /** Shows what others show. @param {Layers} other */
  copy(other) {
    copy(this.#whole, other.#whole);
    copy(this.#part, other.#part);
    this.#part.hidden = other.#part.hidden;
    for (const name of ['left', 'top', 'width', 'height']) this.#part.style.setProperty(name, other.#part.style.getPropertyValue(name));
  }
}

/** @param {HTMLCanvasElement} canvas @param {ImageData} picture */
function paint(canvas, picture) {
  resize(canvas, picture);
  // The first picture decides; what is in another colour space is converted.
  const context = canvas.getContext('2d', { colorSpace: picture.colorSpace });
  context?.clearRect(0, 0, picture.width, picture.height);
  context?.putImageData(picture, 0, 0);
}

/** @param {HTMLCanvasElement} to @param {HTMLCanvasElement} from */
function copy(to, from) {
  resize(to, from);
  const context = to.getContext('2d', { colorSpace: spaceOf(from) });
  context?.clearRect(0, 0, to.width, to.height);
  context?.drawImage(from, 0, 0);
}

/** @param {HTMLCanvasElement} canvas @param {{ width: number, height: number }} size */
function resize(canvas, { width, height }) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
}
