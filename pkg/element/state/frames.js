// One attribute from its least to its most, the others as they are: what a filmstrip shows.

import { AMPLITUDE, DRAFT_STEPS } from '../../lib/shared/defaults.js';
import { surroundings } from '../picture/geometry.js';
import { changed } from '../picture/upscale.js';
import { moved } from './sweep.js';

/** @typedef {import('../../lib/page/diffae.js').DiffAe} DiffAe */
/** @typedef {(step: import('./session.js').Step) => void} OnStep */

const FRAMES = 5;
/** Amplitudes of the frames, each of which a slider can have. */
export const AMPLITUDES = Object.freeze(Array.from({ length: FRAMES }, (_, i) => AMPLITUDE.min + (i * (AMPLITUDE.max - AMPLITUDE.min)) / (FRAMES - 1)));

/** How much of the photo around the frame is shown. */
const AROUND = 1.1;
const SIDE = 160;

/**
 * Draws the frames in as few steps as drafts have, one after the other.
 * @param {DiffAe} model @param {import('./subject.js').Subject} subject @param {ImageData} base the code decoded in so few steps
 * @param {{ name: string, values: Readonly<Record<string, number>> }} sweep the attribute, and where all sliders are
 * @param {{ signal: AbortSignal, onStep: OnStep, onFrame: (picture: ImageData, index: number) => void }} watch
 */
export async function drawFrames(model, { photo, frame, code, reconstruction }, base, { name, values }, { signal, onStep, onFrame }) {
  const region = surroundings(frame, photo.width, photo.height, AROUND);
  for (const [at, amplitude] of AMPLITUDES.entries()) {
    const all = moved(values, name, amplitude);
    if (Object.keys(all).length === 0) {
      onFrame(await photo.preview(SIDE, { region, signal }), at);
      continue;
    }
    const edited = await model.edit(code, all, {
      signal,
      steps: Math.min(DRAFT_STEPS, code.steps),
      onStep: ({ index, of }) => onStep({ index: at * of + index, of: FRAMES * of, preview: null }),
    });
    const after = changed(reconstruction, base, edited);
    onFrame(await photo.composite({ frame, before: reconstruction, after }, SIDE, { region, signal }), at);
  }
}
