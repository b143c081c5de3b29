// Frames on a photo: where one starts, where its eyes are, and how it moves. Pure functions.

import { frameFromEyes, turn } from '../../lib/page/frame.js';

/** @typedef {import('../../lib/shared/protocol.js').Frame} Frame */
/** @typedef {import('../../lib/shared/protocol.js').Rectangle} Rectangle */
/** @typedef {import('../../lib/page/frame.js').Point} Point */
/** @typedef {import('../../lib/page/frame.js').Framing} Framing */

/** The framing of common aligned face sets, for a manifest that names none. */
export const USUAL_FRAMING = /** @type {const} */ ({ eyeMidpoint: [0.5, 0.48], eyeDistance: 0.26 });

/**
 * Portraits have their face in the middle, somewhat above it where the photo is tall.
 * @param {number} width @param {number} height
 * @returns {Frame}
 */
export function startFrame(width, height) {
  const side = 0.914 * Math.min(width, height);
  const y = height > width ? Math.max(side / 2, 0.42 * height) : 0.51 * height;
  return { x: width / 2, y, side, angle: 0 };
}

/** Where the eyes lie in the frame, 0 to 1. @param {Framing} framing @returns {[Point, Point]} */
export function eyesIn({ eyeMidpoint: [x, y], eyeDistance }) {
  return [{ x: x - eyeDistance / 2, y }, { x: x + eyeDistance / 2, y }];
}

/** The photo's point under a point of the frame (0 to 1 in both directions). @param {Frame} frame @param {Point} point @returns {Point} */
export function toPhoto(frame, { x, y }) {
  const offset = turn({ x: (x - 0.5) * frame.side, y: (y - 0.5) * frame.side }, frame.angle);
  return { x: frame.x + offset.x, y: frame.y + offset.y };
}

/** The frame that has the eyes of another frame where another model expects them. @param {Frame} frame @param {Framing} from @param {Framing} to @returns {Frame} */
export function reframed(frame, from, to) {
  const [a, b] = eyesIn(from).map((eye) => toPhoto(frame, eye));
  return frameFromEyes(a, b, to);
}

/**
 * Moves, scales and turns the photo under the frame so that what lay under frame point `from` lies under `to`.
 * @param {Frame} frame @param {Point} from @param {Point} to @param {number} scale how much larger the photo gets @param {number} angle clockwise turn of the photo
 * @returns {Frame}
 */
export function dragged(frame, from, to, scale, angle) {
  const anchor = toPhoto(frame, from);
  const next = { ...frame, side: frame.side / scale, angle: frame.angle - angle };
  const offset = turn({ x: (to.x - 0.5) * next.side, y: (to.y - 0.5) * next.side }, next.angle);
  return { ...next, x: anchor.x - offset.x, y: anchor.y - offset.y };
}

/**
 * Keeps the centre on the photo and the side between a few pixels and twice the photo.
 * @param {Frame} frame @param {number} width @param {number} height
 * @returns {Frame}
 */
export function clamped(frame, width, height) {
  const longest = Math.max(width, height);
  return {
    x: Math.min(Math.max(frame.x, 0), width),
    y: Math.min(Math.max(frame.y, 0), height),
    side: Math.min(Math.max(frame.side, Math.min(16, longest)), 2 * longest),
    angle: Math.atan2(Math.sin(frame.angle), Math.cos(frame.angle)),
  };
}

/**
 * The square of the photo around a frame, somewhat larger than it, moved inside where it would stick out, in whole pixels.
 * @param {Frame} frame @param {number} width @param {number} height @param {number} larger
 * @returns {Rectangle}
 */
export function surroundings(frame, width, height, larger) {
  const turned = Math.abs(Math.cos(frame.angle)) + Math.abs(Math.sin(frame.angle));
  const side = frame.side * turned * larger;
  const span = (/** @type {number} */ centre, /** @type {number} */ length) => {
    const size = Math.max(1, Math.round(Math.min(side, length)));
    return [Math.round(Math.min(Math.max(centre - size / 2, 0), length - size)), size];
  };
  const [x, w] = span(frame.x, width);
  const [y, h] = span(frame.y, height);
  return { x, y, width: w, height: h };
}

/** The smallest rectangle with both in it. @param {Rectangle} a @param {Rectangle} b @returns {Rectangle} */
export function joined(a, b) {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  return { x, y, width: Math.max(a.x + a.width, b.x + b.width) - x, height: Math.max(a.y + a.height, b.y + b.height) - y };
}

/** Whether two rectangles have pixels in common. @param {Rectangle} a @param {Rectangle} b */
export function overlap(a, b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** Shares of a part of the photo, as whole pixels of the photo, outwards. @param {Rectangle} share @param {Rectangle} whole that part @returns {Rectangle} */
export function pixelsOf(share, whole) {
  const span = (/** @type {number} */ from, /** @type {number} */ length, /** @type {number} */ start, /** @type {number} */ size) => {
    const first = Math.max(0, Math.floor(from * size));
    return [start + first, Math.min(size, Math.ceil((from + length) * size)) - first];
  };
  const [x, width] = span(share.x, share.width, whole.x, whole.width);
  const [y, height] = span(share.y, share.height, whole.y, whole.height);
  return { x, y, width, height };
}
