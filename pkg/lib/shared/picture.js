// Pictures on their way into the engine: files decoded by the browser, then the pixels that a frame needs, on white.

import { DiffAeError } from './errors.js';
import { declaredSize, HEAD_BYTES } from './picture-size.js';

/** @typedef {import('./protocol.js').Frame} Frame */
/** @typedef {import('./protocol.js').RawPicture} RawPicture */
/** @typedef {ImageBitmap | HTMLImageElement | HTMLCanvasElement | OffscreenCanvas} Drawable */
/** @typedef {Blob | Drawable | { width: number, height: number, data: Uint8Array | Uint8ClampedArray }} PictureSource */

const MAX_FILE_BYTES = 80 * 2 ** 20;
/** Four bytes each, several times over while one is decoded and saved: as much as a phone's browser bears. */
const MAX_PIXELS = 50e6;
/** A frame larger than this is scaled down by the browser first; the model's own side is far smaller. */
const MAX_FRAME_SIDE = 2048;

/**
 * Decodes a picture file, upright as its EXIF orientation says.
 * @param {Blob} file
 * @returns {Promise<ImageBitmap>}
 */
export async function decode(file) {
  const name = /** @type {{ name?: string }} */ (file).name || 'This file';
  if (file.size === 0) throw new DiffAeError('picture-unreadable', `${name} is empty.`);
  if (file.size > MAX_FILE_BYTES) throw new DiffAeError('picture-too-large', `${name} has ${Math.round(file.size / 2 ** 20)} MB; pictures of up to ${MAX_FILE_BYTES / 2 ** 20} MB can be opened.`);
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const declared = declaredSize(head);
  if (declared) checkSize(name, declared);
  let bitmap;
  try {
    // Colours under transparency survive only where they are never multiplied with it.
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image', premultiplyAlpha: 'none' });
  } catch (error) {
    throw unreadable(name, head, error);
  }
  try {
    checkSize(name, bitmap);
  } catch (error) {
    bitmap.close();
    throw error;
  }
  return bitmap;
}

/** @param {string} name @param {{ width: number, height: number }} size */
export function checkSize(name, { width, height }) {
  if (width * height <= MAX_PIXELS) return;
  throw new DiffAeError('picture-too-large', `${name} has ${Math.round((width * height) / 1e6)} million pixels; pictures of up to ${MAX_PIXELS / 1e6} million can be opened, so please use a smaller copy.`);
}

/**
 * The pixels of `source` that the engine needs: all of them without a frame, the surroundings of the frame otherwise.
 * @param {PictureSource} source
 * @param {Frame | null} frame in the source's pixels
 * @returns {Promise<{ photo: RawPicture, frame: Frame | null }>}
 */
export async function pixels(source, frame) {
  if ('data' in source && !(source instanceof Blob)) return { photo: raw(source), frame };
  const drawable = source instanceof Blob ? await decode(source) : /** @type {Drawable} */ (source);
  const { width, height } = size(drawable);
  if (!(width > 0 && height > 0)) throw new DiffAeError('picture-unreadable', 'The picture has no pixels; wait until it has loaded.');
  const box = frame ? around(frame, width, height) : { x: 0, y: 0, width, height };
  const scale = Math.min(1, MAX_FRAME_SIDE / (frame ? frame.side : Math.max(width, height)));
  const photo = read(drawable, box, scale);
  if (source instanceof Blob) /** @type {ImageBitmap} */ (drawable).close();
  if (!frame) return { photo, frame };
  const moved = { x: (frame.x - box.x) * scale, y: (frame.y - box.y) * scale, side: frame.side * scale, angle: frame.angle };
  return { photo, frame: moved };
}

/** @param {Drawable} drawable */
export function size(drawable) {
  return 'naturalWidth' in drawable
    ? { width: drawable.naturalWidth, height: drawable.naturalHeight }
    : { width: drawable.width, height: drawable.height };
}

/**
 * The part of the photo that the frame covers, with as much again beyond each border that it crosses, for reflection.
 * @param {Frame} frame @param {number} width @param {number} height
 */
function around(frame, width, height) {
  const reach = (frame.side / 2) * (Math.abs(Math.cos(frame.angle)) + Math.abs(Math.sin(frame.angle))) + 2;
  /** @param {number} centre @param {number} length */
  const span = (centre, length) => {
    const overshoot = Math.max(0, reach - centre, centre + reach - length);
    const from = Math.min(Math.max(0, Math.floor(centre - reach - overshoot)), length - 1);
    const to = Math.max(from + 1, Math.min(length, Math.ceil(centre + reach + overshoot)));
    return [from, to - from];
  };
  const [x, w] = span(frame.x, width);
  const [y, h] = span(frame.y, height);
  return { x, y, width: w, height: h };
}

/**
 * @param {Drawable} drawable @param {{ x: number, y: number, width: number, height: number }} box @param {number} scale
 * @returns {RawPicture}
 */
function read(drawable, box, scale) {
  const width = Math.max(1, Math.round(box.width * scale));
  const height = Math.max(1, Math.round(box.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new DiffAeError('picture-unreadable', 'The browser offers no canvas to read pictures with.');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(drawable, box.x, box.y, box.width, box.height, 0, 0, width, height);
  try {
    const { data } = context.getImageData(0, 0, width, height);
    return { width, height, rgba: new Uint8Array(data.buffer) };
  } catch (error) {
    throw new DiffAeError('picture-cross-origin', 'The picture comes from another site that does not allow its pixels to be read.', { cause: error });
  }
}

/** @param {{ width: number, height: number, data: Uint8Array | Uint8ClampedArray }} source @returns {RawPicture} */
export function raw({ width, height, data }) {
  if (!(width > 0 && height > 0) || data.length !== 4 * width * height) {
    throw new DiffAeError('picture-invalid', `A picture of ${width} x ${height} pixels needs ${4 * width * height} bytes of RGBA; ${data.length} were given.`);
  }
  return { width, height, rgba: Uint8Array.from(data) };
}

/** @param {string} name @param {Uint8Array} head @param {unknown} cause */
function unreadable(name, head, cause) {
  const text = String.fromCharCode(...head.subarray(0, 32));
  if (text.slice(4, 8) === 'ftyp' && /heic|heix|hevc|heim|heis|mif1|msf1/.test(text.slice(8))) {
    return new DiffAeError('picture-heic', `${name} is a HEIC photo, which this browser cannot open; save or share it as JPEG and try again.`, { cause });
  }
  return new DiffAeError('picture-unreadable', `${name} is not a picture that this browser can open; JPEG, PNG and WebP always work.`, { cause });
}
