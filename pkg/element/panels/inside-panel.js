// For the curious: z_sem as bars that move with the sliders, x_T as the noise that it is, and the denoising as it happens
// (paper, sections 3 and 4.2).

import { h } from '../widgets/dom.js';

/** @typedef {import('../../index.js').Latents} Latents */
/** @typedef {Record<string, number>} Values */

/** Bars reach this many deviations each way; hardly a face goes further. */
const REACH = 4;
const BARS_HEIGHT = 120;
/** x_T is close to standard normal: this many deviations around zero are black to white. */
const NOISE_REACH = 2.5;

export class InsidePanel {
  #say;
  #latents;
  /** @type {Latents | null} of the photo itself */
  #start = null;
  /** @type {Values | null} where the sliders are, until the bars are there, too */
  #wanted = null;
  #asking = false;
  /** Nothing is told of bars before they are there. */
  #bars = h('canvas', { class: 'bars', role: 'img', height: BARS_HEIGHT, hidden: true });
  #barsTitle = h('h2', { class: 'subtitle', hidden: true });
  #noise = h('canvas', { class: 'noise', role: 'img' });
  #steps = h('div', { class: 'denoised' });

  /** @param {import('../words/labels.js').Say} say @param {(values: Values) => Promise<Latents>} latents of the photo's code with the sliders there */
  constructor(say, latents) {
    this.#say = say;
    this.#latents = latents;
    this.#noise.setAttribute('aria-label', say('insideNoise'));
    this.element = h('details', { class: 'inside', on: { toggle: () => this.#opened() } },
      h('summary', { text: say('insideTitle') }),
      h('div', { class: 'inside-parts' },
        this.#barsTitle, this.#bars, h('p', { class: 'hint', text: say('insideSemanticHint') }),
        h('div', { class: 'noisy' }, this.#noise, h('div', {}, h('h2', { class: 'subtitle', text: say('insideNoise') }), h('p', { class: 'hint', text: say('insideNoiseHint') }))),
        h('h2', { class: 'subtitle', text: say('insideSteps') }), this.#steps, h('p', { class: 'hint', text: say('insideStepsHint') })));
    /** @type {Values} */
    this.values = {};
  }

  /** The sliders are somewhere else. @param {Values} values */
  moved(values) {
    this.values = values;
    this.#opened();
  }

  /** A step of a picture that is being drawn. @param {number} index @param {number} of @param {ImageData} preview */
  step(index, of, preview) {
    if (!this.element.open) return;
    if (index === 0) this.#steps.replaceChildren();
    const label = this.#say('insideStep', { index: index + 1, of });
    const canvas = h('canvas', { width: preview.width, height: preview.height, role: 'img', 'aria-label': label, title: label });
    canvas.getContext('2d')?.putImageData(preview, 0, 0);
    this.#steps.append(canvas);
  }

  #opened() {
    if (!this.element.open) return;
    this.#wanted = this.values;
    void this.#follow();
  }

  /** Asks for one position of the sliders at a time, the newest. */
  async #follow() {
    if (this.#asking) return;
    this.#asking = true;
    try {
      while (this.#wanted) {
        const values = this.#wanted;
        this.#wanted = null;
        this.#start ??= await this.#latents({});
        const now = Object.keys(values).length === 0 ? this.#start : await this.#latents(values);
        this.#draw(this.#start, now);
      }
    } catch {
      // A model that is gone or has no statistics: what it draws tells of the trouble, and here nothing is shown.
      this.#wanted = null;
    } finally {
      this.#asking = false;
    }
  }

  /** @param {Latents} start @param {Latents} now */
  #draw(start, now) {
    const title = this.#say('insideSemantic', { count: start.zSem.length });
    this.#barsTitle.textContent = title;
    this.#bars.setAttribute('aria-label', title);
    this.#bars.hidden = this.#barsTitle.hidden = false;
    paintBars(this.#bars, start.zSem, now.zSem);
    paintNoise(this.#noise, start.xT);
  }
}

/** @param {HTMLCanvasElement} canvas @param {Float32Array} start @param {Float32Array} now */
function paintBars(canvas, start, now) {
  const wide = Math.max(2, Math.floor(1024 / start.length));
  canvas.width = wide * start.length;
  const context = canvas.getContext('2d');
  if (!context) return;
  const { color, accentColor } = getComputedStyle(canvas);
  const middle = BARS_HEIGHT / 2;
  const height = (/** @type {number} */ value) => Math.max(-1, Math.min(1, value / REACH)) * middle;
  context.clearRect(0, 0, canvas.width, BARS_HEIGHT);
  context.fillStyle = color;
  for (const [i, value] of start.entries()) context.fillRect(i * wide, middle, wide - 1, -height(value));
  context.fillStyle = accentColor;
  for (const [i, value] of now.entries()) {
    const [from, to] = [height(start[i]), height(value)];
    if (Math.abs(to - from) >= 0.5) context.fillRect(i * wide, middle - from, wide - 1, from - to);
  }
}

/** @param {HTMLCanvasElement} canvas @param {Float32Array} xT three planes */
function paintNoise(canvas, xT) {
  const side = Math.sqrt(xT.length / 3);
  const picture = new ImageData(side, side);
  for (let i = 0; i < side * side; i++) {
    for (let c = 0; c < 3; c++) picture.data[4 * i + c] = 127.5 * (1 + xT[c * side * side + i] / NOISE_REACH);
    picture.data[4 * i + 3] = 255;
  }
  Object.assign(canvas, { width: side, height: side });
  canvas.getContext('2d')?.putImageData(picture, 0, 0);
}
