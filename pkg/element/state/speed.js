// How long an edit takes on this device: guessed by a model's cost until edits have been timed, and remembered.

import { STEPS } from '../../lib/shared/defaults.js';

/** @typedef {'cpu' | 'gpu'} Kind */
/** @typedef {{ cost: { step: number } | null }} Model */

/** Operations a second of an ordinary laptop: one thread of its processor, and its graphics. */
const GUESS = Object.freeze({ cpu: 40e9, gpu: 300e9 });

const KEY = 'diffae.speed.';

/** Storage may be forbidden; then the guess is all there is. @param {Kind} kind */
function known(kind) {
  try {
    const value = Number(localStorage.getItem(KEY + kind));
    return value > 0 && Number.isFinite(value) ? value : null;
  } catch {
    return null;
  }
}

/** An edit of so many steps has been drawn. @param {Kind} kind @param {Model} model @param {number} steps @param {number} seconds */
export function timed(kind, model, steps, seconds) {
  if (!model.cost || !(seconds > 0)) return;
  try {
    localStorage.setItem(KEY + kind, String(Math.round((model.cost.step * steps) / seconds)));
  } catch {
    // The guess remains.
  }
}

/** Seconds that an edit takes, where the model tells its cost. @param {Kind} kind @param {Model} model */
export function editSeconds(kind, { cost }) {
  return cost && (cost.step * STEPS[kind].decode) / (known(kind) ?? GUESS[kind]);
}
