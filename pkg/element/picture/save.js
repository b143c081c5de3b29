// Pictures on their way out: as a file, to the clipboard, or to the system's share sheet.

import { DiffAeError } from '../../lib/shared/errors.js';
import { SaidError } from '../words/said.js';
import { marked } from './marked.js';

/** @typedef {'image/png' | 'image/jpeg'} Type */

/** How the names of files end. */
const ENDINGS = Object.freeze({ 'image/png': 'png', 'image/jpeg': 'jpg', 'video/mp4': 'mp4', 'video/webm': 'webm' });


/**
 * @param {HTMLCanvasElement | OffscreenCanvas} canvas @param {Type} type @param {number | undefined} quality
 * @param {import('./marked.js').Maker} maker who made what is on it
 * @returns {Promise<Blob>}
 */
export async function fileOf(canvas, type, quality, maker) {
  if (canvas instanceof OffscreenCanvas) return marked(await canvas.convertToBlob({ type, quality }), maker);
  const blob = await new Promise((/** @type {(blob: Blob) => void} */ resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new DiffAeError('internal', 'The browser could not write the picture.'))), type, quality);
  });
  return marked(blob, maker);
}

/** @param {ImageData} picture */
export function canvasOf(picture) {
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  canvas.getContext('2d', { colorSpace: picture.colorSpace })?.putImageData(picture, 0, 0);
  return canvas;
}

/** @param {Blob} blob @param {string} name */
export async function download(blob, name) {
  // On an iPhone's home screen a link downloads nothing, and the share sheet is where files are saved.
  if (/** @type {{ standalone?: boolean }} */ (navigator).standalone && canShare()) {
    if (await share(blob, name)) return;
  }
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The download has its own hold on the data soon after the click.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/**
 * What a name is written with in any script, its marks, joiners and middle dots included, and little pictures. The rest,
 * such as blanks, slashes and what turns the direction of writing, means something to some system.
 */
const OTHERS = /[^\p{L}\p{M}\p{N}\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\u00b7\u200c\u200d_-]+/gu;

/** @param {string} name a file name or other label @param {string} suffix @param {keyof typeof ENDINGS} [type] */
export function fileName(name, suffix, type = 'image/png') {
  // Some systems write an accent as a letter of its own, which others show beside the letter that it belongs to.
  const written = name.normalize('NFC');
  const stem = written.replace(/\.[a-z][a-z0-9]{1,4}$/i, '').replace(OTHERS, '-').replace(/^[-\u200c\u200d]+|[-\u200c\u200d]+$/g, '') || 'face';
  return `${stem}-${suffix}.${ENDINGS[type]}`;
}

/** Whether this browser can hand pictures to the system's share sheet. */
export function canShare() {
  const probe = new File([new Uint8Array(1)], 'face.jpg', { type: 'image/jpeg' });
  return Boolean(navigator.canShare?.({ files: [probe] }));
}

/**
 * Opens the share sheet, which browsers allow for a few seconds after a click alone.
 * @param {Blob} blob @param {string} name
 * @returns {Promise<boolean>} false where the click was too long ago, or was none
 */
export async function share(blob, name) {
  try {
    await navigator.share({ files: [new File([blob], name, { type: blob.type })] });
  } catch (error) {
    const kind = /** @type {Error} */ (error).name;
    if (kind === 'NotAllowedError') return false;
    // Whoever closes the sheet again has shared nothing, and meant it.
    if (kind !== 'AbortError') throw new DiffAeError('internal', 'The picture could not be shared.', { cause: error });
  }
  return true;
}

/** Whether this browser can put pictures into the clipboard. */
export function canCopy() {
  return typeof ClipboardItem === 'function' && typeof navigator.clipboard?.write === 'function';
}

/**
 * Copies a picture that may still be in the making: the clipboard is asked within the click, as Safari demands.
 * @param {Promise<Blob>} png @param {string} refusal what to say where the browser or the page's policy forbids it
 */
export async function copy(png, refusal) {
  try {
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': png })]);
  } catch (error) {
    // Where the picture itself failed, that is what is the matter.
    await png;
    throw new SaidError('permission-denied', refusal, { cause: error });
  }
}
