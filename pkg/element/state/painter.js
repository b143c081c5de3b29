// What the two sides of the comparison show: the photo and the photo with the change laid over it, whole or its face alone,
// or the model's own pictures. The photo's worker does the laying over; only the newest picture is waited for.

import { widest } from '../../lib/page/screen.js';
import { DiffAeError } from '../../lib/shared/errors.js';
import { surroundings } from '../picture/geometry.js';
import { enlarged } from '../picture/upscale.js';
import { Latest } from './latest.js';

/** The longer side of what is on the screen. */
const SCREEN_SIDE = 1200;
/** How much of the photo around the frame belongs to its face on the screen. */
const AROUND_FACE = 1.5;
/** A face takes the whole photo where its surroundings are at least this share of the shorter side. */
const SMALL = 0.8;

/** @typedef {import('./subject.js').Subject} Subject */

export class Painter {
  #subject;
  #compare;
  #latest = new Latest();
  /** @type {{ region: import('../picture/geometry.js').Rectangle | null, picture: Promise<ImageData> } | null} the photo as it is on the screen */
  #view = null;
  /** @type {ImageData} what the edited side shows, at the model's size */
  #shown;
  /** @type {ImageData} the last of these that was more than a draft */
  #settled;
  /** Whether the shown picture is another face, whose change cannot be laid over the photo. */
  #other = false;
  #drafting = false;
  #zoomed = false;
  #bare = false;

  /** @param {Subject} subject @param {import('../widgets/compare.js').Compare} compare */
  constructor(subject, compare) {
    this.#subject = subject;
    this.#compare = compare;
    this.#shown = this.#settled = subject.reconstruction;
  }

  /** Whether the face is small enough in the photo to be worth a closer look. */
  get small() {
    const { photo, frame } = this.#subject;
    return AROUND_FACE * frame.side < SMALL * Math.min(photo.width, photo.height);
  }

  /** Where the face begins, as a share of the picture's width. */
  get edge() {
    const { photo, frame } = this.#subject;
    return Math.min(Math.max((frame.x - 0.5 * frame.side) / photo.width, 0), 1);
  }

  get shown() {
    return this.#shown;
  }

  get other() {
    return this.#other;
  }

  /** Whether the model's pictures are shown by themselves, without the photo. */
  get alone() {
    return this.#bare || this.#other;
  }

  /** What the file to be saved differs by from the photo. */
  get change() {
    const { frame, reconstruction } = this.#subject;
    return this.#settled === reconstruction ? null : { frame, before: reconstruction, after: this.#settled };
  }

  /** @param {boolean} zoomed */
  zoom(zoomed) {
    this.#zoomed = zoomed;
    this.#view = null;
    return this.paint();
  }

  /** @param {boolean} bare */
  bare(bare) {
    this.#bare = bare;
    return this.paint();
  }

  /** @param {ImageData} picture @param {{ other?: boolean }} [about] */
  show(picture, { other = false } = {}) {
    this.#shown = this.#settled = picture;
    this.#other = other;
    return this.paint();
  }

  /** A picture on the way to another one; left out while the one before it is still being laid over. @param {ImageData} picture */
  draft(picture) {
    this.#shown = picture;
    this.#other = false;
    if (this.#drafting) return;
    this.#drafting = true;
    // What goes wrong with a draft goes wrong with the picture itself, and is told then.
    this.paint().catch(() => {}).finally(() => { this.#drafting = false; });
  }

  /** Leaves the screen as it is. */
  rest() {
    this.#latest.cancel();
  }

  /** Resolves when what is shown is on the screen, or newer pictures are on the way. */
  async paint() {
    const { photo, frame, code, reconstruction } = this.#subject;
    const shown = this.#shown;
    if (this.alone) {
      this.#latest.cancel();
      this.#compare.show(enlarged(code.picture), enlarged(shown));
      return;
    }
    try {
      await this.#latest.run(async (signal) => {
        const { region, picture } = this.#look();
        const before = await picture;
        const after = shown === reconstruction ? before : await photo.composite({ frame, before: reconstruction, after: shown }, SCREEN_SIDE, { region, colorSpace: widest(), signal });
        if (!signal.aborted) this.#compare.show(before, after);
      });
    } catch (error) {
      if (DiffAeError.from(error).code !== 'cancelled') throw error;
    }
  }

  /** The present view of the photo, made once. */
  #look() {
    if (this.#view) return this.#view;
    const { photo, frame } = this.#subject;
    const region = this.#zoomed ? surroundings(frame, photo.width, photo.height, AROUND_FACE) : null;
    const picture = photo.preview(SCREEN_SIDE, { region, colorSpace: widest() });
    // A view that could not be made is tried again by the next picture.
    picture.catch(() => { this.#view = null; });
    this.#view = { region, picture };
    return this.#view;
  }
}
