// The pictures of a video: the photo at even distances between two edits. A model draws each one; what lies between two of
// them is faded from one to the other when the video is made.

import { surroundings } from '../picture/geometry.js';
import { AROUND_FACE } from './painter.js';

/** Pictures that are drawn from one end to the other. */
export const PICTURES = 13;
/** The longest side of a video. */
const SIDE = 1080;

/** @typedef {import('./subject.js').Subject} Subject */
/**
 * @typedef {(
 *   { kind: 'attribute', name: string, from: number, to: number, values: Readonly<Record<string, number>> } |
 *   { kind: 'blend', other: Subject }
 * )} Sweep  `values` of the other sliders, which stay where they are
 */

/**
 * @param {import('../../lib/page/diffae.js').DiffAe} model @param {Subject} subject @param {Sweep} sweep
 * @param {{ face: boolean, signal: AbortSignal, onPicture: (index: number, picture: ImageData) => void }} options the face's surroundings
 *   or the whole photo
 */
export async function drawSweep(model, { photo, frame, code, reconstruction }, sweep, { face, signal, onPicture }) {
  const region = face ? surroundings(frame, photo.width, photo.height, AROUND_FACE) : null;
  for (let index = 0; index < PICTURES; index++) {
    const after = await drawn(model, { code, reconstruction }, sweep, index / (PICTURES - 1), signal);
    const picture = after === reconstruction
      ? await photo.preview(SIDE, { region, signal })
      : await photo.composite({ frame, before: reconstruction, after }, SIDE, { region, signal });
    onPicture(index, picture);
  }
}

/** @param {import('../../lib/page/diffae.js').DiffAe} model @param {Pick<Subject, 'code' | 'reconstruction'>} subject @param {Sweep} sweep @param {number} share @param {AbortSignal} signal */
function drawn(model, { code, reconstruction }, sweep, share, signal) {
  if (sweep.kind === 'blend') return share === 0 ? reconstruction : model.interpolate(code, sweep.other.code, share, { signal });
  const { name, from, to, values } = sweep;
  const all = moved(values, name, from + (to - from) * share);
  return Object.keys(all).length === 0 ? reconstruction : model.edit(code, all, { signal });
}

/** Where all sliders are once one of them is at an amplitude. @param {Readonly<Record<string, number>>} values @param {string} name @param {number} amount */
export function moved(values, name, amount) {
  const { [name]: _, ...others } = values;
  return Math.abs(amount) < 1e-9 ? others : { ...others, [name]: amount };
}
