// A photo and its edit beside each other in one picture, as large as both are, as far as a canvas can be.

import { DiffAeError } from '../../lib/shared/errors.js';
import { canvasOf, fileOf } from './save.js';

/** @typedef {import('./save.js').Type} Type */
/** @typedef {{ blob: Blob, width: number, height: number, whole: boolean }} Pair  `whole` where nothing was scaled down */

/** Space between the two, as a share of the width of one. */
const GAP = 1 / 150;
/** The longest side and the most pixels of a canvas: of most browsers, and of a phone's. */
const LIMITS = Object.freeze([{ side: 16384, pixels: 100e6 }, { side: 4096, pixels: 16.7e6 }]);

/**
 * How large each of two pictures is where both lie beside each other on one canvas.
 * @param {{ width: number, height: number }} photo @param {{ side: number, pixels: number }} limit
 * @returns {{ width: number, height: number, gap: number }}
 */
export function fitted({ width, height }, { side, pixels }) {
  const across = (2 + GAP) * width;
  const scale = Math.min(1, side / across, side / height, Math.sqrt(pixels / (across * height)));
  const shown = Math.max(1, Math.floor(scale * width));
  return { width: shown, height: Math.max(1, Math.floor(scale * height)), gap: Math.max(1, Math.floor(GAP * shown)) };
}

/**
 * @param {{ width: number, height: number }} photo
 * @param {readonly [(maxSide: number) => Promise<ImageData>, (maxSide: number) => Promise<ImageData>]} pictures before and after, asked
 *   for one by one, since each may be as large as the photo
 * @param {{ type: Type, quality: number, maker: import('./marked.js').Maker, colorSpace: PredefinedColorSpace }} file
 * @returns {Promise<Pair>}
 */
export async function pairOf(photo, [before, after], { type, quality, maker, colorSpace }) {
  for (const limit of LIMITS) {
    const { width, height, gap } = fitted(photo, limit);
    const context = canvasFor(2 * width + gap, height, colorSpace);
    if (!context) continue;
    const whole = width === photo.width && height === photo.height;
    laid(context, await before(Math.max(width, height)), 0, width);
    laid(context, await after(Math.max(width, height)), width + gap, width);
    return { blob: await fileOf(context.canvas, type, quality, maker), width: context.canvas.width, height, whole };
  }
  throw new DiffAeError('out-of-memory', 'The browser has no room for both pictures beside each other; download the photo alone.');
}

/** A white canvas, or null where the browser has none of that size: what is drawn on it is lost. @param {number} width @param {number} height @param {PredefinedColorSpace} colorSpace */
function canvasFor(width, height, colorSpace) {
  try {
    const context = new OffscreenCanvas(width, height).getContext('2d', { colorSpace });
    if (!context) return null;
    context.fillStyle = '#fff';
    context.fillRect(0, 0, width, height);
    return context.getImageData(width - 1, height - 1, 1, 1).data[3] === 255 ? context : null;
  } catch {
    return null;
  }
}

/** @param {OffscreenCanvasRenderingContext2D} context @param {ImageData} picture @param {number} x @param {number} width */
function laid(context, picture, x, width) {
  context.imageSmoothingQuality = 'high';
  context.drawImage(canvasOf(picture), x, 0, width, context.canvas.height);
}
