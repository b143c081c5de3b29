// The frame that a face makes on a photo. Pure functions.

/** @typedef {import('../shared/protocol.js').Frame} Frame */
/** @typedef {{ x: number, y: number }} Point */
/** @typedef {{ eyeMidpoint: readonly [number, number], eyeDistance: number }} Framing */

/**
 * The frame that puts two eyes where the model expects them; `a` is the one on the left once the face is upright.
 * @param {Point} a @param {Point} b @param {Framing} framing
 * @returns {Frame}
 */
export function frameFromEyes(a, b, framing) {
  const angle = Math.atan2(b.y - a.y, b.x - a.x);
  const side = Math.hypot(b.x - a.x, b.y - a.y) / framing.eyeDistance;
  const offset = turn({ x: (framing.eyeMidpoint[0] - 0.5) * side, y: (framing.eyeMidpoint[1] - 0.5) * side }, angle);
  return { x: (a.x + b.x) / 2 - offset.x, y: (a.y + b.y) / 2 - offset.y, side, angle };
}

/** The frame of a photo whose face nobody has pointed at. @param {{ width: number, height: number }} size @returns {Frame} */
export function centred({ width, height }) {
  return { x: width / 2, y: height / 2, side: Math.min(width, height), angle: 0 };
}

/** @param {Point} point @param {number} angle clockwise on the screen, in radians */
export function turn({ x, y }, angle) {
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  return { x: cos * x - sin * y, y: sin * x + cos * y };
}
