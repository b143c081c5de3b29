// The exact pixels of a picture. Reading a canvas back would lose colour under transparency, and some private browsers add
// noise to what is read; WebCodecs hands out what was decoded.

import { DiffAeError } from './errors.js';
import { checkSize, decode } from './picture.js';

/**
 * @typedef {object} Decoded
 * @property {number} width
 * @property {number} height
 * @property {(target: Uint8Array) => Promise<string>} copyTo writes 4 * width * height bytes and says in which order they are
 * @property {() => void} close
 */

/** What WebCodecs calls the byte orders that the engine reads. */
const FORMATS = ['RGBA', 'RGBX', 'BGRA', 'BGRX'];

/**
 * @param {Blob | ImageBitmap | import('./protocol.js').RawPicture} source
 * @returns {Promise<Decoded>}
 */
export async function decoded(source) {
  if ('rgba' in source) {
    checkSize('This picture', source);
    const copyTo = async (/** @type {Uint8Array} */ target) => (target.set(source.rgba), 'RGBA');
    return { width: source.width, height: source.height, copyTo, close: () => {} };
  }
  const bitmap = source instanceof Blob ? await decode(source) : source;
  checkSize('This picture', bitmap);
  return fromFrame(bitmap) ?? fromCanvas(bitmap);
}

/** @param {ImageBitmap} bitmap @returns {Decoded | null} null where the browser has no way to do it */
function fromFrame(bitmap) {
  /** @type {VideoFrame} */
  let frame;
  try {
    frame = new VideoFrame(bitmap, { timestamp: 0 });
  } catch (error) {
    if (/** @type {Error} */ (error).name === 'SecurityError') throw crossOrigin(error);
    return null; // No WebCodecs, or a side beyond what it takes.
  }
  const { width, height } = bitmap;
  bitmap.close();
  const layout = [{ offset: 0, stride: 4 * width }];
  const { primaries, transfer } = frame.colorSpace;
  // A request for a format converts, which multiplies colour with alpha and divides it again: only a photo in another
  // colour space needs it, such as a phone's Display P3, whose bytes would mean other colours without their profile.
  const asIs = FORMATS.includes(String(frame.format)) && primaries === 'bt709' && transfer === 'iec61966-2-1';
  return {
    width,
    height,
    async copyTo(target) {
      if (asIs) await frame.copyTo(target, { layout });
      else await frame.copyTo(target, /** @type {VideoFrameCopyToOptions} */ ({ layout, format: 'RGBA', colorSpace: 'srgb' }));
      return asIs ? String(frame.format) : 'RGBA';
    },
    close: () => frame.close(),
  };
}

/** @param {ImageBitmap} bitmap @returns {Decoded} */
function fromCanvas(bitmap) {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new DiffAeError('picture-unreadable', 'The browser offers no canvas to read pictures with.');
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return {
    width,
    height,
    async copyTo(target) {
      try {
        target.set(context.getImageData(0, 0, width, height).data);
      } catch (error) {
        throw crossOrigin(error);
      }
      return 'RGBA';
    },
    close: () => {},
  };
}

/** @param {unknown} cause */
function crossOrigin(cause) {
  return new DiffAeError('picture-cross-origin', 'The picture comes from another site that does not allow its pixels to be read.', { cause });
}
