// How closely a picture is looked at, and at which point of it. Pure functions.

/** @typedef {import('./geometry.js').Point} Point */
/** @typedef {import('./geometry.js').Rectangle} Rectangle */
/** @typedef {{ readonly scale: number, readonly x: number, readonly y: number }} Look  how much larger, and the point of the picture in the middle of what is seen, 0 to 1 in both directions */

/** The whole picture. @type {Look} */
export const WHOLE = Object.freeze({ scale: 1, x: 0.5, y: 0.5 });

/** Closer than this a photo is nothing but pixels. */
const CLOSEST = 8;

/** @param {Look} look @param {number} factor how much closer @param {Point} [at] what stays where it is, in the window: 0 to 1 in both directions */
export function closer({ scale, x, y }, factor, at = { x: 0.5, y: 0.5 }) {
  const next = Math.min(Math.max(scale * factor, 1), CLOSEST);
  const shift = 1 / scale - 1 / next;
  return within({ scale: next, x: x + (at.x - 0.5) * shift, y: y + (at.y - 0.5) * shift });
}

/** The picture moves under the window by shares of the window. @param {Look} look @param {number} dx @param {number} dy */
export function moved({ scale, x, y }, dx, dy) {
  return within({ scale, x: x - dx / scale, y: y - dy / scale });
}

/** The part of the picture that is seen, in shares of it. @param {Look} look @returns {Rectangle} */
export function seen({ scale, x, y }) {
  return { x: x - 0.5 / scale, y: y - 0.5 / scale, width: 1 / scale, height: 1 / scale };
}

/** Nothing is seen beyond the picture's borders. @param {Look} look @returns {Look} */
function within({ scale, x, y }) {
  const reach = 0.5 / scale;
  const inside = (/** @type {number} */ value) => Math.min(Math.max(value, reach), 1 - reach);
  return { scale, x: inside(x), y: inside(y) };
}
