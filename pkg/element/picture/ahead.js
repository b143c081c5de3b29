// A picture's file made before anybody asks for it, because a share sheet opens only within seconds of the click and a drag
// takes only what is there. One file is kept at a time; it is made once the edit has rested for a while and nothing else is
// to be done, and work on an outdated one ends.

import { cancelled } from '../../lib/shared/errors.js';

/** An edit that has not changed for this long is at rest. */
const REST_MS = 700;
/** A browser that is never idle gets to it all the same. */
const PATIENCE_MS = 3000;

/** @typedef {readonly unknown[]} Key  what tells one edit from another */
/** @typedef {{ key: Key, file: Promise<Blob>, blob: Blob | null, controller: AbortController }} Made */

export class Ahead {
  #make;
  /** @type {Made | null} */
  #made = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #idle = 0;

  /** @param {(signal: AbortSignal) => Promise<Blob>} make */
  constructor(make) {
    this.#make = make;
  }

  /** The edit rests: its file is made when there is time. @param {() => Key} key */
  rested(key) {
    this.#unplan();
    const begin = () => void this.now(key()).catch(() => {});
    this.#timer = setTimeout(() => {
      if ('requestIdleCallback' in globalThis) this.#idle = requestIdleCallback(begin, { timeout: PATIENCE_MS });
      else begin();
    }, REST_MS);
  }

  /** The file of an edit, from now on in the making. What fails is tried again by the next call. @param {Key} key @returns {Promise<Blob>} */
  now(key) {
    if (this.#made && same(this.#made.key, key)) return this.#made.file;
    this.drop();
    const controller = new AbortController();
    /** @type {Made} */
    const made = { key, controller, blob: null, file: this.#make(controller.signal).then((blob) => {
      if (controller.signal.aborted) throw cancelled();
      made.blob = blob;
      return blob;
    }, (error) => {
      if (this.#made === made) this.#made = null;
      throw error;
    }) };
    this.#made = made;
    return made.file;
  }

  /** The file, where it is there. @param {Key} key */
  ready(key) {
    return this.#made && same(this.#made.key, key) ? this.#made.blob : null;
  }

  /** Forgets the file and ends the work on it. */
  drop() {
    this.#unplan();
    this.#made?.controller.abort();
    this.#made = null;
  }

  #unplan() {
    clearTimeout(this.#timer);
    if ('cancelIdleCallback' in globalThis) cancelIdleCallback(this.#idle);
  }
}

/** @param {Key} a @param {Key} b */
function same(a, b) {
  return a.every((part, i) => part === b[i]);
}
