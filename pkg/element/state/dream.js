// What makes dreamt faces the ones they are, so that whoever has the numbers sees the same: seed, psi and eta, and which face
// of those that they make.

/** @typedef {import('../../element.js').Dream} Dream */

/** Pictures drawn at a time. */
export const COUNT = 6;

/** Steps of a dreamt face, the same on every device. */
export const DREAM_STEPS = 10;

/** Where the bundled models' faces look whole, and still differ. */
export const DREAM = Object.freeze({ psi: 0.7, eta: 1 });

/** Faces that nobody has seen. @returns {Dream} */
export function freshDream() {
  return { seed: crypto.getRandomValues(new Uint32Array(1))[0], ...DREAM };
}

/** A dream as somebody gave it, with what they left out; null where its numbers are none. @param {Partial<Dream>} given @returns {Dream | null} */
export function dreamOf({ seed = NaN, psi = DREAM.psi, eta = DREAM.eta, face }) {
  const share = (/** @type {number} */ value) => value >= 0 && value <= 1;
  const whole = (/** @type {number} */ value, /** @type {number} */ least, /** @type {number} */ most) => Number.isInteger(value) && value >= least && value <= most;
  if (!whole(seed, 0, 0xffffffff) || !share(psi) || !share(eta) || (face !== undefined && !whole(face, 1, COUNT))) return null;
  return { seed, psi, eta, ...(face !== undefined && { face }) };
}
