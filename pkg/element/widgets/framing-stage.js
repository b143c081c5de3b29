// The photo under a fixed frame: dragged, scaled and turned by pointer, touch, wheel and keyboard until the eyes lie in
// their rings, or placed at once by marking both eyes or moving a handle onto each.

import { frameFromEyes } from '../../lib/page/frame.js';
import { clamped, dragged, eyesIn, surroundings, toPhoto } from '../picture/geometry.js';
import { enlarged, SHOWN } from '../picture/upscale.js';
import { h, svg } from './dom.js';
import { EyeHandles } from './eye-handles.js';

/** @typedef {import('../picture/geometry.js').Frame} Frame */
/** @typedef {import('../picture/geometry.js').Point} Point */

/** Share of the stage that the frame takes; the rest shows what lies around it. */
const INSET = 0.76;
/** Photos larger than this are drawn from a smaller copy while they move, and what is seen is drawn sharply at rest. */
const PREVIEW_SIDE = 1600;
const REST_MS = 160;
const TAP_SLACK = 8;

export class FramingStage {
  #canvas = h('canvas', { class: 'frame-canvas' });
  #draft = h('canvas', { class: 'frame-draft', width: SHOWN, height: SHOWN, hidden: true, 'aria-hidden': 'true' });
  #marks = svg('g', {});
  #actions;
  #handles;
  /** @type {import('../../lib/page/photo.js').Photo | null} */
  #photo = null;
  /** @type {{ canvas: OffscreenCanvas, at: import('../picture/geometry.js').Rectangle }[]} what to draw of the photo, and where on it; sharper ones last */
  #layers = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #rest;
  #size = { width: 1, height: 1 };
  /** @type {Frame} */
  #frame = { x: 0, y: 0, side: 1, angle: 0 };
  /** @type {import('../picture/geometry.js').Framing | null} */
  #framing;
  /** @type {Map<number, Point>} pointers down, in frame coordinates */
  #pointers = new Map();
  /** @type {Point | null} where a possible tap began */
  #tap = null;
  /** @type {Point[] | null} eyes marked so far, in the photo's pixels; null outside that mode */
  #eyes = null;

  /**
   * @param {import('../words/labels.js').Say} say @param {import('../picture/geometry.js').Framing | null} framing null where any square will do, which has no eyes @param {{ handles: boolean, still?: boolean }} about
   *   whether the eyes have handles, and whether they alone can be moved
   * @param {{ onChange?: (frame: Frame) => void, onMark?: (marked: number | null) => void, onGrab?: () => void, onRelease?: (frame: Frame) => void }} actions
   *   `onMark` tells how many eyes are marked, null when done; `onRelease` a frame that a handle has made
   */
  constructor(say, framing, { handles, still = false }, actions) {
    this.#framing = framing;
    this.#actions = actions;
    this.#handles = handles && framing
      ? new EyeHandles(say, { home: eyesIn(framing), inset: INSET, inFrame: (event) => this.#inFrame(event) }, {
        onGrab: () => {
          this.draft(null);
          actions.onGrab?.();
        },
        onRelease: ([a, b]) => this.#eyesMoved(toPhoto(this.#frame, a), toPhoto(this.#frame, b)),
      })
      : null;
    const about = still ? { role: 'group', 'aria-label': say('framedStage') } : { role: 'group', 'aria-label': say('frameStage'), tabindex: 0 };
    this.element = h('div', { class: still ? 'stage frame-stage still' : 'stage frame-stage', ...about },
      this.#canvas, this.#draft, this.#guides(), this.#handles && this.#handles.element);
    if (!still) this.#listen();
    this.#observer = new ResizeObserver(() => this.#draw());
    this.#observer.observe(this.element);
  }

  /** @type {ResizeObserver} */
  #observer;

  /**
   * Frame and handles count from now on; the photo itself is seen as soon as it is scaled down.
   * @param {import('../../lib/page/photo.js').Photo} photo @param {Frame} frame
   */
  async show(photo, frame) {
    this.#size = { width: photo.width, height: photo.height };
    this.set(frame);
    const whole = await photo.preview(PREVIEW_SIDE);
    this.#photo = photo;
    this.#layers = [layer(whole, { x: 0, y: 0, ...this.#size })];
    this.#draw();
    this.#sharpenAtRest();
  }

  /** Shows the model's own picture in the frame. @param {ImageData | null} picture */
  draft(picture) {
    this.#draft.hidden = picture === null;
    if (picture) this.#draft.getContext('2d')?.putImageData(enlarged(picture), 0, 0);
  }

  get frame() {
    return this.#frame;
  }

  /** @param {Frame} frame */
  set(frame) {
    this.#frame = clamped(frame, this.#size.width, this.#size.height);
    this.#draw();
    this.#actions.onChange?.(this.#frame);
    this.#sharpenAtRest();
  }

  #sharpenAtRest() {
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => void this.#sharpen(), REST_MS);
  }

  /** The next two taps mark the eyes. */
  markEyes() {
    this.#eyes = this.#eyes ? null : [];
    this.element.classList.toggle('marking', this.#eyes !== null);
    this.#actions.onMark?.(this.#eyes ? 0 : null);
    this.#draw();
  }

  #draw() {
    const ratio = globalThis.devicePixelRatio || 1;
    const css = this.element.clientWidth;
    if (css === 0 || this.#layers.length === 0) return;
    const pixels = Math.round(css * ratio);
    if (this.#canvas.width !== pixels) this.#canvas.width = this.#canvas.height = pixels;
    // Drawn without a GPU, on which WebKitGTK shears what is turned at some sizes.
    const context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext('2d', { willReadFrequently: true }));
    const { x, y, side, angle } = this.#frame;
    const scale = (INSET * pixels) / side;
    context.resetTransform();
    context.clearRect(0, 0, pixels, pixels);
    context.translate(pixels / 2, pixels / 2);
    context.rotate(-angle);
    context.scale(scale, scale);
    context.imageSmoothingQuality = 'high';
    context.translate(-x, -y);
    for (const { canvas, at } of this.#layers) context.drawImage(canvas, at.x, at.y, at.width, at.height);
    this.#drawMarks();
  }

  /** A small face in a large photo is more than the smaller copy shows of it. */
  async #sharpen() {
    const photo = this.#photo;
    if (!photo || Math.max(photo.width, photo.height) <= PREVIEW_SIDE || !this.element.isConnected) return;
    const region = surroundings(this.#frame, photo.width, photo.height, 1 / INSET);
    const frame = this.#frame;
    // The photo may be gone by now, and then its sharper copy is of no use.
    const seen = await photo.preview(PREVIEW_SIDE, { region }).catch(() => null);
    if (!seen || frame !== this.#frame) return;
    this.#layers = [this.#layers[0], layer(seen, region)];
    this.#draw();
  }

  #drawMarks() {
    this.#marks.replaceChildren(...(this.#eyes ?? []).map((eye) => {
      const { x, y } = this.#onStage(eye);
      return svg('circle', { class: 'eye-mark', cx: x, cy: y, r: 2 });
    }));
  }

  /** Static guides in a 100 x 100 view: what is cut off is dimmed, brackets mark the corners, rings the eyes. */
  #guides() {
    const a = 50 - 50 * INSET;
    const b = 100 - a;
    const framing = this.#framing;
    const rings = framing && eyesIn(framing).map((eye) => ({ x: a + eye.x * (b - a), y: a + eye.y * (b - a) }));
    const radius = framing ? framing.eyeDistance * (b - a) * 0.3 : 0;
    const corner = 7;
    return svg(
      'svg',
      { class: 'guides', viewBox: '0 0 100 100', 'aria-hidden': 'true' },
      svg('path', { class: 'dim', 'fill-rule': 'evenodd', d: `M0 0h100v100H0zM${a} ${a}v${b - a}h${b - a}v${a - b}z` }),
      svg('path', {
        class: 'brackets',
        d: `M${a} ${a + corner}V${a}H${a + corner}M${b - corner} ${a}H${b}V${a + corner}M${b} ${b - corner}V${b}H${b - corner}M${a + corner} ${b}H${a}V${b - corner}`,
      }),
      svg('g', { class: 'rings' }, ...(!rings ? [] : [
        svg('path', { class: 'eye-line', d: `M${a + 3} ${rings[0].y}H${rings[0].x - radius}M${rings[0].x + radius} ${rings[0].y}H${rings[1].x - radius}M${rings[1].x + radius} ${rings[1].y}H${b - 3}` }),
        ...rings.map(({ x, y }) => svg('circle', { class: 'ring', cx: x, cy: y, r: radius })),
        ...rings.map(({ x, y }) => svg('circle', { class: 'ring-dot', cx: x, cy: y, r: 0.5 }))])),
      this.#marks,
    );
  }

  #listen() {
    const { element } = this;
    element.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      element.setPointerCapture(event.pointerId);
      this.#pointers.set(event.pointerId, this.#inFrame(event));
      this.#tap = this.#pointers.size === 1 ? { x: event.clientX, y: event.clientY } : null;
    });
    element.addEventListener('pointermove', (event) => this.#pointerMoved(event));
    element.addEventListener('pointerup', (event) => {
      this.#pointers.delete(event.pointerId);
      if (this.#tap && this.#eyes) this.#markedEye(toPhoto(this.#frame, this.#inFrame(event)));
      this.#tap = null;
    });
    element.addEventListener('pointercancel', (event) => this.#pointers.delete(event.pointerId));
    element.addEventListener('wheel', (event) => {
      event.preventDefault();
      const at = this.#inFrame(event);
      if (event.shiftKey) this.set(dragged(this.#frame, at, at, 1, (event.deltaY || event.deltaX) * 0.002));
      else this.set(dragged(this.#frame, at, at, Math.exp(-event.deltaY * 0.0015), 0));
    }, { passive: false });
    element.addEventListener('keydown', (event) => this.#keyPressed(event));
  }

  /** @param {PointerEvent} event */
  #pointerMoved(event) {
    const from = this.#pointers.get(event.pointerId);
    if (!from) return;
    if (this.#tap && Math.hypot(event.clientX - this.#tap.x, event.clientY - this.#tap.y) < TAP_SLACK) return;
    this.#tap = null;
    const to = this.#inFrame(event);
    const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const before = { x: from.x - other.x, y: from.y - other.y };
      const after = { x: to.x - other.x, y: to.y - other.y };
      const scale = Math.hypot(after.x, after.y) / Math.max(Math.hypot(before.x, before.y), 1e-3);
      const angle = Math.atan2(after.y, after.x) - Math.atan2(before.y, before.x);
      this.set(dragged(this.#frame, other, other, scale, angle));
    } else {
      this.set(dragged(this.#frame, from, to, 1, 0));
    }
    this.#pointers.set(event.pointerId, to);
  }

  /** @param {KeyboardEvent} event */
  #keyPressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const far = event.shiftKey ? 0.05 : 0.01;
    /** @type {Record<string, [number, number, number, number]>} dx, dy, scale, angle */
    const moves = {
      ArrowLeft: [-far, 0, 1, 0], ArrowRight: [far, 0, 1, 0], ArrowUp: [0, -far, 1, 0], ArrowDown: [0, far, 1, 0],
      '+': [0, 0, 1.02, 0], '=': [0, 0, 1.02, 0], '-': [0, 0, 1 / 1.02, 0],
      '[': [0, 0, 1, -Math.PI / 180], ']': [0, 0, 1, Math.PI / 180],
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    const [dx, dy, scale, angle] = move;
    this.set(dragged(this.#frame, { x: 0.5, y: 0.5 }, { x: 0.5 + dx, y: 0.5 + dy }, scale, angle));
  }

  /** @param {Point} eye */
  #markedEye(eye) {
    const eyes = [...(this.#eyes ?? []), eye];
    if (eyes.length < 2) {
      this.#eyes = eyes;
      this.#actions.onMark?.(eyes.length);
      this.#draw();
      return;
    }
    // Left and right are told by where they are seen, in whatever order they were marked.
    const [a, b] = this.#onStage(eyes[0]).x <= this.#onStage(eyes[1]).x ? eyes : [eyes[1], eyes[0]];
    this.markEyes();
    if (this.#framing && Math.hypot(a.x - b.x, a.y - b.y) > 2) this.#glide(frameFromEyes(a, b, this.#framing));
  }

  /** @param {Point} a @param {Point} b */
  #eyesMoved(a, b) {
    this.#handles?.home();
    if (!this.#framing || Math.hypot(a.x - b.x, a.y - b.y) <= 2) return;
    const frame = clamped(frameFromEyes(a, b, this.#framing), this.#size.width, this.#size.height);
    this.#glide(frame);
    this.#actions.onRelease?.(frame);
  }

  /** @param {Frame} target */
  #glide(target) {
    const from = this.#frame;
    const start = performance.now();
    const length = matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 450;
    const move = (/** @type {number} */ now) => {
      const t = length ? Math.min(1, (now - start) / length) : 1;
      const e = 1 - (1 - t) ** 3;
      this.set({
        x: from.x + (target.x - from.x) * e,
        y: from.y + (target.y - from.y) * e,
        side: from.side * (target.side / from.side) ** e,
        angle: from.angle + (target.angle - from.angle) * e,
      });
      if (t < 1) requestAnimationFrame(move);
    };
    move(start);
  }

  /** @param {{ clientX: number, clientY: number }} event @returns {Point} */
  #inFrame({ clientX, clientY }) {
    const { left, top, width } = this.element.getBoundingClientRect();
    return { x: ((clientX - left) / width - 0.5) / INSET + 0.5, y: ((clientY - top) / width - 0.5) / INSET + 0.5 };
  }

  /** A point of the photo in the 100 x 100 view of the guides. @param {Point} point @returns {Point} */
  #onStage({ x, y }) {
    const { x: cx, y: cy, side, angle } = this.#frame;
    const cos = Math.cos(angle);
    const sin = Math.sin(angle);
    const scale = (100 * INSET) / side;
    return { x: 50 + (cos * (x - cx) + sin * (y - cy)) * scale, y: 50 + (cos * (y - cy) - sin * (x - cx)) * scale };
  }
}

/** @param {ImageData} picture @param {import('../picture/geometry.js').Rectangle} at */
function layer(picture, at) {
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  canvas.getContext('2d')?.putImageData(picture, 0, 0);
  return { canvas, at };
}
