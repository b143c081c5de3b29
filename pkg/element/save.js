// Pictures on their way out: as a PNG file, as a before-and-after pair, or to the system's share sheet.

import { DiffAeError } from '../lib/errors.js';

/** @param {HTMLCanvasElement | OffscreenCanvas} canvas @returns {Promise<Blob>} */
export async function png(canvas) {
  if (canvas instanceof OffscreenCanvas) return canvas.convertToBlob({ type: 'image/png' });
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new DiffAeError('internal', 'The browser could not write the picture as PNG.'))), 'image/png');
  });
}

/** @param {Blob} blob @param {string} name */
export function download(blob, name) {
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
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d'));
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(before, 0, 0);
  context.drawImage(after, before.width + gap, 0);
  return canvas;
}

/** @param {string} name a file name or other label @param {string} suffix */
export function fileName(name, suffix) {
  const stem = name.replace(/\.[^.]*$/, '').replace(/[^\p{L}\p{N}_-]+/gu, '-').replace(/^-+|-+$/g, '') || 'face';
  return `${stem}-${suffix}.png`;
}

/** Whether this browser can hand a PNG to the system's share sheet. */
export function canShare() {
  const probe = new File([new Uint8Array(1)], 'face.png', { type: 'image/png' });
  return Boolean(navigator.canShare?.({ files: [probe] }));
}

/** @param {Blob} blob @param {string} name */
export async function share(blob, name) {
  try {
    await navigator.share({ files: [new File([blob], name, { type: 'image/png' })] });
  } catch (error) {
    if (/** @type {Error} */ (error).name !== 'AbortError') throw new DiffAeError('internal', 'The picture could not be shared.', { cause: error });
  }
}
