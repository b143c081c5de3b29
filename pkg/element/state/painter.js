// What the two sides of the comparison show: the photo and the photo with the change laid over it, whole or its face alone,
// or the model's own pictures. The photo's worker does the laying over; only the newest picture is waited for. Where
// somebody looks more closely, what is seen is drawn once more as sharply as the screen shows it.

import { widest } from '../../lib/page/screen.js';
import { DiffAeError } from '../../lib/shared/errors.js';
import { joined, overlap, pixelsOf, surroundings } from '../picture/geometry.js';
import { enlarged } from '../picture/upscale.js';
import { Latest } from './latest.js';

/** The longer side of what is on the screen. */
const SCREEN_SIDE = 1200;
/** How much of the photo around the frame belongs to its face on the screen. */
export const AROUND_FACE = 1.5;
/** What is drawn sharply has no more pixels a side than this, as phones have little memory. */
const SHARP_SIDE = 2400;
/** It is drawn when nothing has moved for this long. */
const REST_MS = 160;
/** What an edit moves comes from so far beyond its place, as a share of the frame. */
const REACH = 0.04;
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
  #onCompared;
  #sharp = new Latest();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #rest;
  /** @type {{ key: string, picture: ImageData } | null} the photo's part that was drawn sharply last */
  #part = null;

  /** @param {Subject} subject @param {import('../widgets/compare.js').Compare} compare @param {import('../../lib/page/photo.js').OnCompared} onCompared */
  constructor(subject, compare, onCompared) {
    this.#onCompared = onCompared;
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
    this.#compare.fit();
    return this.paint();
  }

  /** @param {boolean} bare */
  bare(bare) {
    this.#bare = bare;
    this.#compare.fit();
    return this.paint();
  }

  /** @param {ImageData} picture @param {{ other?: boolean }} [about] */
  show(picture, { other = false } = {}) {
    if (other !== this.#other) this.#compare.fit();
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
    this.#still();
  }

  /** Another part of the picture is seen, or the same more closely. */
  look() {
    this.#still();
    if (this.alone || this.#compare.look.scale === 1) return;
    this.#rest = setTimeout(() => void this.#sharpen(), REST_MS);
  }

  #still() {
    clearTimeout(this.#rest);
    this.#sharp.cancel();
  }

  /** Resolves when what is shown is on the screen, or newer pictures are on the way. */
  async paint() {
    const { photo, frame, code, reconstruction } = this.#subject;
    const shown = this.#shown;
    this.#still();
    if (this.alone) {
      this.#latest.cancel();
      this.#compare.show(enlarged(code.picture), enlarged(shown));
      return;
    }
    try {
      await this.#latest.run(async (signal) => {
        const { region, picture } = this.#look();
        const before = await picture;
        const after = shown === reconstruction ? before : await photo.composite({ frame, before: reconstruction, after: shown }, SCREEN_SIDE, { region, colorSpace: widest(), onCompared: this.#onCompared, signal });
        if (!signal.aborted) this.#compare.show(before, after);
      });
      this.look();
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

  /** Draws what is seen as sharply as the screen shows it. Where that cannot be had, the smaller copy remains. */
  async #sharpen() {
    const { photo, frame, reconstruction } = this.#subject;
    const shown = this.#shown;
    const { scale, seen } = this.#compare.look;
    const { region, picture } = this.#look();
    const whole = region ?? { x: 0, y: 0, width: photo.width, height: photo.height };
    try {
      await this.#sharp.run(async (signal) => {
        const smaller = await picture;
        if (smaller.width >= Math.min(whole.width, this.#compare.side * scale)) return;
        const visible = pixelsOf(seen, whole);
        const face = surroundings(frame, photo.width, photo.height, 1 + REACH);
        const meet = shown !== reconstruction && overlap(visible, face);
        // An edit is laid over the whole of its square: by the colours in all of it, it is told whether a photo is a grey one.
        const part = meet ? joined(visible, face) : visible;
        const maxSide = Math.min(SHARP_SIDE, Math.ceil((this.#compare.side * scale * Math.max(part.width, part.height)) / Math.max(whole.width, whole.height)));
        const key = JSON.stringify([part, maxSide]);
        const before = this.#part?.key === key ? this.#part.picture : await photo.preview(maxSide, { region: part, colorSpace: widest(), signal });
        this.#part = { key, picture: before };
        const after = meet ? await photo.composite({ frame, before: reconstruction, after: shown }, maxSide, { region: part, colorSpace: widest(), signal }) : before;
        if (signal.aborted || shown !== this.#shown) return;
        const at = { x: (part.x - whole.x) / whole.width, y: (part.y - whole.y) / whole.height, width: part.width / whole.width, height: part.height / whole.height };
        this.#compare.sharpen({ before, after, at });
      });
    } catch {
      // The photo may be gone by now; what else is wrong with it is told when it is painted whole.
    }
  }
}
