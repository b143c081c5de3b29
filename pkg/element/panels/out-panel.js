// The ways out beside the download: the share sheet, the clipboard, a drag, a before-and-after picture, a video. Each button
// says on itself what it is doing; what has come of it is said below the row.

import { Ahead } from '../picture/ahead.js';
import { carry } from '../picture/drag.js';
import { canCopy, canShare, copy, download, fileName, share } from '../picture/save.js';
import { atWork, button, h, uid } from '../widgets/dom.js';
import { icon } from '../widgets/icons.js';

/** @typedef {import('../picture/save.js').Type} Type */
/**
 * @typedef {object} OutActions
 * @property {() => Promise<void>} drawn resolves when what is asked for is drawn
 * @property {(type: Type, quality: number, signal?: AbortSignal) => Promise<Blob>} file the edited photo
 * @property {(type: Type, quality: number) => Promise<import('../picture/pair.js').Pair>} pair
 * @property {() => { type: Type, quality: number }} chosen how files are to be written
 * @property {() => readonly unknown[]} edit what tells one edit from another
 * @property {(error: unknown, retry: () => void) => void} onError
 */

/** How long a button says that it has done something. */
const DONE_MS = 2500;

export class OutPanel {
  #say;
  #name;
  #actions;
  #ahead;
  #share;
  #copy;
  #pair;
  #video;
  #videoPanel;
  #said = h('p', { class: 'status', role: 'status', 'aria-live': 'polite' });
  /** @type {Map<HTMLElement, ReturnType<typeof setTimeout>>} */
  #timers = new Map();
  #changing = false;

  /**
   * @param {import('../words/labels.js').Say} say @param {string} name of the photo
   * @param {import('./video-panel.js').VideoPanel} video @param {HTMLElement} last what stands at the end of the row
   * @param {OutActions} actions
   */
  constructor(say, name, video, last, actions) {
    this.#say = say;
    this.#name = name;
    this.#actions = actions;
    this.#videoPanel = video;
    this.#ahead = new Ahead((signal) => actions.file('image/jpeg', actions.chosen().quality, signal));
    this.#share = button('', icon('share'), say('share'), () => void this.#onShare());
    this.#copy = button('', icon('copy'), say('copy'), () => void this.#onCopy());
    this.#pair = button('', icon('side'), say('saveBoth'), () => void this.#onPair());
    this.#video = button('', icon('video'), say('video'), () => this.#onVideo());
    const id = uid('video');
    video.element.id = id;
    video.element.hidden = true;
    this.#video.setAttribute('aria-controls', id);
    this.#video.setAttribute('aria-expanded', 'false');
    this.element = h('div', { class: 'ways' },
      h('div', { class: 'actions' },
        canShare() ? this.#share : null, canCopy() ? this.#copy : null, this.#pair, this.#video, this.#handle(), last),
      video.element, this.#said);
  }

  /** Another edit is coming. */
  changing() {
    this.#changing = true;
    this.#ahead.drop();
    this.#calm(this.#share, 'share');
  }

  /** The edit rests, and whoever shares it may want to do so at once. */
  rested() {
    this.#changing = false;
    this.#said.textContent = '';
    this.#calm(this.#share, 'share');
    if (canShare()) this.#ahead.rested(this.#actions.edit);
    if (!this.#videoPanel.element.hidden) this.#videoPanel.open();
  }

  /** Ends work under way. */
  rest() {
    this.#ahead.drop();
    this.#videoPanel.rest();
  }

  /** For a mouse only: by keyboard the picture is downloaded or copied. */
  #handle() {
    const handle = h('span', {
      class: 'button drag-out', draggable: 'true', 'aria-hidden': 'true', title: this.#say('dragHint'),
      on: {
        pointerenter: () => { if (!this.#changing) void this.#made().catch(() => {}); },
        dragstart: (/** @type {DragEvent} */ event) => this.#onDrag(event),
      },
    }, icon('drag'), h('span', { text: this.#say('drag') }));
    return handle;
  }

  /** The file of what is asked for. */
  async #made() {
    await this.#actions.drawn();
    return this.#ahead.now(this.#actions.edit());
  }

  /** @param {DragEvent} event */
  #onDrag(event) {
    const blob = this.#ahead.ready(this.#actions.edit());
    if (blob && event.dataTransfer) {
      carry(event.dataTransfer, new File([blob], this.#jpegName, { type: blob.type }));
      return;
    }
    // A drag carries what is there when it begins, and nothing that comes later.
    event.preventDefault();
    this.#said.textContent = this.#say('dragSoon');
    this.#made().then(() => { this.#said.textContent = this.#say('dragReady'); }, (error) => this.#actions.onError(error, () => {}));
  }

  get #jpegName() {
    return fileName(this.#name, 'edited', 'image/jpeg');
  }

  async #onShare() {
    try {
      let blob = this.#ahead.ready(this.#actions.edit());
      if (!blob) {
        await this.#actions.drawn();
        this.#busy(this.#share, 'sharePreparing');
        blob = await this.#ahead.now(this.#actions.edit());
      }
      if (await share(blob, this.#jpegName)) {
        this.#calm(this.#share, 'share');
        return;
      }
      // Making the file took longer than the browser lets a click count; the next one finds it made.
      this.#calm(this.#share, 'shareNow');
      this.#share.classList.add('primary');
      this.#said.textContent = this.#say('shareReady');
    } catch (error) {
      this.#calm(this.#share, 'share');
      this.#actions.onError(error, () => void this.#onShare());
    }
  }

  async #onCopy() {
    this.#busy(this.#copy, 'copying');
    try {
      await copy(this.#actions.file('image/png', 1), this.#say('copyRefused'));
      this.#done(this.#copy, 'copied', 'copy');
    } catch (error) {
      this.#calm(this.#copy, 'copy');
      this.#actions.onError(error, () => void this.#onCopy());
    }
  }

  async #onPair() {
    this.#busy(this.#pair, 'saving');
    try {
      const { type, quality } = this.#actions.chosen();
      const { blob, width, height, whole } = await this.#actions.pair(type, quality);
      await download(blob, fileName(this.#name, 'before-after', type));
      this.#said.textContent = this.#say(whole ? 'savedBoth' : 'savedBothSmaller', { width, height });
    } catch (error) {
      this.#actions.onError(error, () => void this.#onPair());
    } finally {
      this.#calm(this.#pair, 'saveBoth');
    }
  }

  #onVideo() {
    const open = this.#videoPanel.element.hidden;
    this.#videoPanel.element.hidden = !open;
    this.#video.setAttribute('aria-expanded', String(open));
    if (open) this.#videoPanel.open();
    else this.#videoPanel.rest();
  }

  /** @param {HTMLButtonElement} element @param {string} key */
  #busy(element, key) {
    clearTimeout(this.#timers.get(element));
    this.#label(element, key);
    atWork(element, true);
  }

  /** @param {HTMLButtonElement} element @param {string} key */
  #calm(element, key) {
    clearTimeout(this.#timers.get(element));
    this.#label(element, key);
    atWork(element, false);
    element.classList.remove('primary');
  }

  /** @param {HTMLButtonElement} element @param {string} key @param {string} then */
  #done(element, key, then) {
    this.#calm(element, key);
    this.#said.textContent = this.#say(key);
    this.#timers.set(element, setTimeout(() => this.#label(element, then), DONE_MS));
  }

  /** @param {HTMLButtonElement} element @param {string} key */
  #label(element, key) {
    /** @type {HTMLElement} */ (element.querySelector('span')).textContent = this.#say(key);
  }
}
