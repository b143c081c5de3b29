// Steps, iterations and amplitudes used where a caller names none, in one place.

/**
 * What a photo receives is the change, edited minus reconstructed picture. On portrait64 it is 43.2 dB from that of 100
 * steps at 10 steps and 47.7 dB at 20, after 37 and 64 evaluations of the inversion (`cargo run --release --example steps`).
 * A CPU gets the shorter run; encode and decode use the same number of steps, or their errors no longer cancel.
 */
export const STEPS = Object.freeze({
  gpu: Object.freeze({ encode: 20, decode: 20 }),
  cpu: Object.freeze({ encode: 10, decode: 10 }),
});

/**
 * Steps while a slider moves: from the same noise map, against a reconstruction of as few steps, the change is still 40.0 dB
 * from that of 100.
 */
export const DRAFT_STEPS = 5;

/** The most fixed-point iterations for each step of the inversion; most steps settle sooner. */
export const ITERATIONS = 5;

/** Steps of the latent model when it draws a new face. */
export const LATENT_STEPS = 20;

/** How far variations go from the photo's own x_T (0) towards fresh noise (1), where pictures still look whole. */
export const STRENGTH = 0.35;

/** How new faces are drawn unless told otherwise: as the paper does, with all of z_sem's distance from the mean and no noise on the way. */
export const SAMPLING = Object.freeze({ psi: 1, eta: 0 });

/** More threads than anybody can want of a CPU. */
export const MOST_THREADS = 64;

/** A page that has been out of sight for so long lets go of its model's memory until it is seen again. */
export const REST_MS = 5 * 60_000;

/** Range of an attribute slider, in the paper's amplitude unit. */
export const AMPLITUDE = Object.freeze({ min: -0.5, max: 0.5, step: 0.05 });

/** @typedef {import('./protocol.js').Part} Part */
/** @typedef {import('./protocol.js').Job['kind']} Kind */

/** Parts that a job needs of a model with an encoder. @type {Readonly<Record<Kind, readonly Part[]>>} */
const PARTS_FOR = Object.freeze({
  encode: ['encoder', 'decoder'],
  'encode-semantic': ['encoder'],
  reconstruct: ['decoder'],
  edit: ['decoder', 'attributes'],
  interpolate: ['decoder'],
  variations: ['decoder'],
  sample: ['decoder', 'latent'],
  latents: ['decoder', 'attributes'],
  teach: [],
  probability: [],
});

/** Parts that a job needs. @param {Kind} kind @param {{ encodes: boolean, parts: Partial<Record<Part, unknown>> }} model @returns {readonly Part[]} */
export function partsFor(kind, { encodes, parts }) {
  // Without codes there are none to draw by a latent model.
  if (!encodes) return ['decoder'];
  // A model without attributes is moved along what it was taught.
  return PARTS_FOR[kind].filter((part) => part !== 'attributes' || parts.attributes);
}

/** All that editing a photo takes. @type {readonly Part[]} */
const EDITING_PARTS = Object.freeze(['encoder', 'decoder', 'attributes']);

/** Parts loaded by `DiffAe.load` unless told otherwise: what a model has of those that editing takes. @param {{ parts: Partial<Record<Part, unknown>> }} model */
export function usualParts({ parts }) {
  return EDITING_PARTS.filter((part) => parts[part]);
}
