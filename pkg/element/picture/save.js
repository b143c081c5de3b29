// Pictures on their way out: as a file, as a before-and-after pair, or to the system's share sheet.

import { DiffAeError } from '../../lib/shared/errors.js';
import { marked } from './marked.js';

/** @typedef {'image/png' | 'image/jpeg'} Type */

/**
 * @param {HTMLCanvasElement | OffscreenCanvas} canvas @param {Type} [type] @param {number} [quality]
 * @param {import('./marked.js').Maker} [maker] who made what is on it; what an editor shows is nearly always an edit
 * @returns {Promise<Blob>}
 */
export async function fileOf(canvas, type = 'image/png', quality, maker = 'edit') {
  if (canvas instanceof OffscreenCanvas) return marked(await canvas.convertToBlob({ type, quality }), maker);
  const blob = await new Promise((/** @type {(blob: Blob) => void} */ resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new DiffAeError('internal', 'The browser could not write the picture.'))), type, quality);
  });
  return marked(blob, maker);
}

/** @param {ImageData} picture */
export function canvasOf(picture) {
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  canvas.getContext('2d')?.putImageData(picture, 0, 0);
  return canvas;
}

/** @param {Blob} blob @param {string} name */
export async function download(blob, name) {
  // On an iPhone's home screen a link downloads nothing, and the share sheet is where files are saved.
  if (/** @type {{ standalone?: boolean }} */ (navigator).standalone && canShare()) {
    await share(blob, name);
    return;
  }
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The download has its own hold on the data soon after the click.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** @param {HTMLCanvasElement} before @param {HTMLCanvasElement} after */
export function pair(before, after) {
  const gap = 8;
  const canvas = new OffscreenCanvas(before.width + after.width + gap, before.height);
  const { colorSpace } = before.getContext('2d')?.getContextAttributes?.() ?? {};
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d', { colorSpace }));
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(before, 0, 0);
  context.drawImage(after, before.width + gap, 0);
  return canvas;
}

/**
 * What a name is written with in any script, its marks, joiners and middle dots included, and little pictures. The rest,
 * such as blanks, slashes and what turns the direction of writing, means something to some system.
 */
const OTHERS = /[^\p{L}\p{M}\p{N}\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\u00b7\u200c\u200d_-]+/gu;

/** @param {string} name a file name or other label @param {string} suffix @param {Type} [type] */
export function fileName(name, suffix, type = 'image/png') {
  // Some systems write an accent as a letter of its own, which others show beside the letter that it belongs to.
  const written = name.normalize('NFC');
  const stem = written.replace(/\.[a-z][a-z0-9]{1,4}$/i, '').replace(OTHERS, '-').replace(/^[-\u200c\u200d]+|[-\u200c\u200d]+$/g, '') || 'face';
  return `${stem}-${suffix}.${type === 'image/jpeg' ? 'jpg' : 'png'}`;
}

/** Whether this browser can hand a PNG to the system's share sheet. */
export function canShare() {
  const probe = new File([new Uint8Array(1)], 'face.png', { type: 'image/png' });
  return Boolean(navigator.canShare?.({ files: [probe] }));
}

/** @param {Blob} blob @param {string} name */
export async function share(blob, name) {
  try {
    await navigator.share({ files: [new File([blob], name, { type: blob.type })] });
  } catch (error) {
    if (/** @type {Error} */ (error).name !== 'AbortError') throw new DiffAeError('internal', 'The picture could not be shared.', { cause: error });
  }
}
