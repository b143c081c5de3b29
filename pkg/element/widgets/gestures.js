// What fingers, mouse and wheel do to compared pictures: they zoom, pan, move the divider and hold to see the original. What
// is to happen is decided here, in one place, since a press can become any of these.

import { closer, moved, WHOLE } from '../picture/look.js';

/** @typedef {import('../picture/look.js').Look} Look */
/** @typedef {import('../picture/geometry.js').Point} Point */
/** @typedef {'wait' | 'hold' | 'pan' | 'divide' | 'pinch' | 'scroll'} Doing  `wait`: nothing yet, and a tap if it ends so */
/**
 * @typedef {object} Pictures what is looked at
 * @property {() => Look} look
 * @property {(event: { clientX: number }) => DOMRect} window the picture that a point is on
 * @property {() => number | null} split where the divider is, 0 to 1; null where there is none
 * @property {(event: Event) => boolean} holds whether a press there shows the original
 * @property {(look: Look, glide: boolean) => void} onLook
 * @property {(split: number) => void} onDivide
 * @property {() => void} onHome the divider goes back to where it came from
 * @property {(held: boolean) => void} onHold
 */

/** A press this long, without a move, is held. */
const HOLD_MS = 150;
/** What moves less than this has not moved: fingers tremble. */
const SLACK = 8;
/** A second tap within this time, about where the first one was, makes a double one. */
const DOUBLE_MS = 350;
const DOUBLE_SLACK = 30;
/** How close a double tap looks. */
const CLOSE = 2.5;
/** So near to the divider a press is the divider's. */
const NEAR_DIVIDER = 24;
/** A wheel that rests for so long begins anew. */
const WHEEL_MS = 250;

export class Gestures {
  #element;
  #pictures;
  /** @type {Map<number, Point>} pointers down, where they are on the screen */
  #pointers = new Map();
  /** @type {Doing} */
  #doing = 'wait';
  /** @type {Point} where the first pointer went down */
  #from = { x: 0, y: 0 };
  /** @type {number | null} where the divider was then */
  #split = null;
  /** @type {(Point & { time: number, split: number | null, near: boolean }) | null} the tap before, and where the divider was before it */
  #tap = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** Until when a wheel that began on the zoomed picture belongs to it. */
  #wheelUntil = 0;
  /** How much closer a trackpad's pinch was when it was last told of. */
  #pinched = 1;

  /** @param {HTMLElement} element @param {Pictures} pictures */
  constructor(element, pictures) {
    this.#element = element;
    this.#pictures = pictures;
    element.addEventListener('pointerdown', (event) => this.#down(event));
    element.addEventListener('pointermove', (event) => this.#moved(event));
    for (const type of /** @type {const} */ (['pointerup', 'pointercancel'])) element.addEventListener(type, (event) => this.#up(event));
    element.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
    // A finger that is held opens a menu on some systems.
    element.addEventListener('contextmenu', (event) => { if (this.#doing === 'hold') event.preventDefault(); });
    // Safari tells of a trackpad's pinch in its own way; fingers on a screen come as pointers, too, and are heard there.
    element.addEventListener('gesturestart', (event) => {
      event.preventDefault();
      this.#pinched = 1;
    });
    element.addEventListener('gesturechange', (event) => {
      event.preventDefault();
      const { scale, clientX, clientY } = /** @type {any} */ (event);
      if (this.#pointers.size === 0) this.#closer(scale / this.#pinched, { clientX, clientY });
      this.#pinched = scale;
    });
  }

  /** Whether a pointer is down on the pictures. */
  get active() {
    return this.#pointers.size > 0;
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (event.button !== 0 || this.#pointers.size === 2) return;
    const at = { x: event.clientX, y: event.clientY };
    this.#pointers.set(event.pointerId, at);
    this.#element.setPointerCapture(event.pointerId);
    if (this.#pointers.size === 2) {
      this.#end();
      this.#tap = null;
      // The first of two fingers was not for the divider.
      if (this.#split !== null) this.#pictures.onDivide(this.#split);
      this.#doing = 'pinch';
      return;
    }
    this.#from = at;
    this.#split = this.#pictures.split();
    this.#doing = 'wait';
    const zoomed = this.#pictures.look().scale > 1;
    const touch = event.pointerType === 'touch';
    if (this.#split !== null && (!zoomed || this.#isNearDivider(event))) {
      // A finger may be about to scroll.
      if (!touch && !this.#isNearDivider(event)) this.#divide(event);
    } else if (!zoomed && this.#pictures.holds(event)) {
      this.#timer = setTimeout(() => {
        this.#doing = 'hold';
        this.#pictures.onHold(true);
      }, HOLD_MS);
    }
  }

  /** @param {PointerEvent} event */
  #moved(event) {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    if (this.#doing === 'wait') {
      if (Math.hypot(now.x - this.#from.x, now.y - this.#from.y) < SLACK) return;
      this.#doing = this.#begun();
      clearTimeout(this.#timer);
    }
    this.#pointers.set(event.pointerId, now);
    if (this.#doing === 'divide') this.#divide(event);
    else if (this.#doing === 'pan') this.#pan(event, before, now);
    else if (this.#doing === 'pinch') {
      const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
      if (!other) return;
      this.#pan(event, middle(before, other), middle(now, other));
      const { x: clientX, y: clientY } = middle(now, other);
      this.#closer(distance(now, other) / Math.max(distance(before, other), 1), { clientX, clientY });
    }
  }

  /** What a press that moves becomes. @returns {Doing} */
  #begun() {
    const zoomed = this.#pictures.look().scale > 1;
    const { x: clientX } = this.#from;
    if (this.#split !== null && (!zoomed || this.#isNearDivider({ clientX }))) return 'divide';
    return zoomed ? 'pan' : 'scroll';
  }

  /** @param {PointerEvent} event */
  #up(event) {
    if (!this.#pointers.delete(event.pointerId)) return;
    const tapped = this.#doing === 'wait' && event.type === 'pointerup';
    // A scroll that began as a press on the divider's picture was not for the divider.
    if (event.type === 'pointercancel' && this.#doing === 'divide' && this.#split !== null) this.#pictures.onDivide(this.#split);
    this.#end();
    if (this.#pointers.size > 0) {
      // One finger of two stays, and goes on moving the picture.
      this.#doing = this.#pictures.look().scale > 1 ? 'pan' : 'scroll';
      return;
    }
    this.#doing = 'wait';
    if (tapped) this.#tapped(event);
    else this.#tap = null;
  }

  #end() {
    clearTimeout(this.#timer);
    if (this.#doing === 'hold') this.#pictures.onHold(false);
  }

  /** @param {PointerEvent} event */
  #tapped(event) {
    const { clientX: x, clientY: y, timeStamp: time } = event;
    const before = this.#tap;
    const split = this.#split;
    if (!before || time - before.time > DOUBLE_MS || distance(before, { x, y }) > DOUBLE_SLACK) {
      this.#tap = { x, y, time, split, near: this.#isNear(event, split) };
      if (split !== null && this.#pictures.look().scale === 1) this.#divide(event);
      return;
    }
    this.#tap = null;
    if (before.near) {
      this.#pictures.onHome();
      return;
    }
    // The first of two taps on the picture was not for the divider.
    if (before.split !== null) this.#pictures.onDivide(before.split);
    const look = this.#pictures.look();
    this.#pictures.onLook(look.scale > 1 ? WHOLE : closer(look, CLOSE, this.#inWindow(event)), true);
  }

  /**
   * A trackpad's pinch comes as a wheel with ctrl. A plain wheel is the page's, which may be long, unless the picture is zoomed
   * or has the focus: then somebody is looking at it. Out as far as it goes, it is the page's again.
   * @param {WheelEvent} event
   */
  #wheel(event) {
    if (event.altKey || event.shiftKey || event.metaKey || event.deltaY === 0) return;
    const { scale } = this.#pictures.look();
    const root = /** @type {ShadowRoot | Document} */ (this.#element.getRootNode());
    const focused = this.#element.contains(root.activeElement) && event.deltaY < 0;
    // The rest of a turn that has zoomed out does not make the page jump.
    const ours = event.ctrlKey || scale > 1 || focused || event.timeStamp < this.#wheelUntil;
    if (!ours) return;
    event.preventDefault();
    this.#wheelUntil = event.timeStamp + WHEEL_MS;
    const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : event.deltaMode === WheelEvent.DOM_DELTA_PAGE ? 400 : 1);
    // A pinch comes in small portions.
    this.#closer(Math.exp(-pixels * (event.ctrlKey ? 0.01 : 0.0015)), event);
  }

  /** @param {number} factor @param {{ clientX: number, clientY: number }} event */
  #closer(factor, event) {
    this.#pictures.onLook(closer(this.#pictures.look(), factor, this.#inWindow(event)), false);
  }

  /** @param {{ clientX: number }} event @param {Point} from @param {Point} to */
  #pan(event, from, to) {
    const { width, height } = this.#pictures.window(event);
    this.#pictures.onLook(moved(this.#pictures.look(), (to.x - from.x) / width, (to.y - from.y) / height), false);
  }

  /** @param {{ clientX: number }} event */
  #divide({ clientX }) {
    const { left, width } = this.#pictures.window({ clientX });
    this.#pictures.onDivide(Math.min(Math.max((clientX - left) / width, 0), 1));
  }

  /** @param {{ clientX: number }} event */
  #isNearDivider(event) {
    return this.#isNear(event, this.#split);
  }

  /** @param {{ clientX: number }} event @param {number | null} split */
  #isNear({ clientX }, split) {
    if (split === null) return false;
    const { left, width } = this.#pictures.window({ clientX });
    return Math.abs(clientX - left - split * width) <= NEAR_DIVIDER;
  }

  /** @param {{ clientX: number, clientY: number }} event @returns {Point} */
  #inWindow({ clientX, clientY }) {
    const { left, top, width, height } = this.#pictures.window({ clientX });
    return { x: (clientX - left) / width, y: (clientY - top) / height };
  }
}

/** @param {Point} a @param {Point} b */
function distance(a, b) {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** @param {Point} a @param {Point} b */
function middle(a, b) {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}
