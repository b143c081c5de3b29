// The exact pixels of a picture. Reading a canvas back would lose colour under transparency, and some private browsers add
// noise to what is read; WebCodecs hands out what was decoded.

import { DiffAeError } from '../shared/errors.js';
import { checkSize, decode } from '../shared/picture-file.js';

/**
 * @typedef {object} Room where an upright photo is wanted
 * @property {() => Uint8Array} whole its 4 * width * height bytes
 * @property {(rows: Uint8Array, first: number, turns: number, mirrored: boolean) => void} place fills it from rows as they are
 *   stored: turned by quarters clockwise, then mirrored
 */
/**
 * @typedef {object} Decoded
 * @property {number} width
 * @property {number} height
 * @property {(room: Room) => Promise<string>} fill says in which order the bytes of a pixel are
 * @property {() => void} close
 */

/** What WebCodecs calls the byte orders that the engine reads. */
const FORMATS = ['RGBA', 'RGBX', 'BGRA', 'BGRX'];
/** Rows of a turned photo that are read at a time. */
const STRIP = 128;

/**
 * @param {Blob | ImageBitmap | import('../shared/protocol.js').RawPicture} source
 * @returns {Promise<Decoded>}
 */
export async function decoded(source) {
  if ('rgba' in source) {
    checkSize('This picture', source);
    const fill = async (/** @type {Room} */ room) => (room.whole().set(source.rgba), 'RGBA');
    return { width: source.width, height: source.height, fill, close: () => {} };
  }
  const bitmap = source instanceof Blob ? await decode(source) : source;
  checkSize('This picture', bitmap);
  const { width, height } = bitmap;
  return {
    width,
    height,
    fill: async (room) => ((await tellsTurn(source)) && (await fromFrame(bitmap, room))) || fromCanvas(bitmap, room),
    close: () => bitmap.close(),
  };
}

/**
 * A frame holds the pixels as they are stored. Where it does not tell how they are turned, only a file that is never turned
 * can be read through one.
 * @param {Blob | ImageBitmap} source
 */
async function tellsTurn(source) {
  if (typeof VideoFrame === 'function' && 'rotation' in VideoFrame.prototype) return true;
  return !(source instanceof Blob && (await startsLikeJpeg(source)));
}

/** @param {Blob} file */
async function startsLikeJpeg(file) {
  const [first, second] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  return first === 0xff && second === 0xd8;
}

/** @param {ImageBitmap} bitmap @param {Room} room @returns {Promise<string | null>} null where the browser has no way to do it */
async function fromFrame(bitmap, room) {
  /** @type {any} newer than the types of TypeScript */
  let frame = null;
  try {
    frame = new VideoFrame(bitmap, { timestamp: 0 });
    return await copied(frame, room);
  } catch (error) {
    if (/** @type {Error} */ (error).name === 'SecurityError') throw crossOrigin(error);
    // No WebCodecs, a side beyond what it takes, or a conversion that it lacks. Whatever else it is will be met again.
    return null;
  } finally {
    frame?.close();
  }
}

/** @param {any} frame a VideoFrame @param {Room} room */
async function copied(frame, room) {
  const { primaries, transfer } = frame.colorSpace;
  // A request for a format converts, which multiplies colour with alpha and divides it again: only a photo in another
  // colour space needs it, such as a phone's Display P3, whose bytes would mean other colours without their profile.
  const asIs = FORMATS.includes(frame.format) && primaries === 'bt709' && transfer === 'iec61966-2-1';
  const conversion = asIs ? {} : { format: 'RGBA', colorSpace: 'srgb' };
  const { rotation = 0, flip = false, visibleRect: stored } = frame;
  const layout = [{ offset: 0, stride: 4 * stored.width }];
  if (rotation === 0 && !flip) {
    await frame.copyTo(room.whole(), { layout, ...conversion });
  } else {
    const rows = new Uint8Array(4 * stored.width * STRIP);
    for (let first = 0; first < stored.height; first += STRIP) {
      const count = Math.min(STRIP, stored.height - first);
      const rect = { x: stored.x, y: stored.y + first, width: stored.width, height: count };
      await frame.copyTo(rows, { rect, layout, ...conversion });
      room.place(rows.subarray(0, 4 * stored.width * count), first, rotation / 90, flip);
    }
  }
  return asIs ? frame.format : 'RGBA';
}

/** @param {ImageBitmap} bitmap @param {Room} room */
function fromCanvas(bitmap, room) {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new DiffAeError('picture-unreadable', 'The browser offers no canvas to read pictures with.');
  context.drawImage(bitmap, 0, 0);
  try {
    room.whole().set(context.getImageData(0, 0, width, height).data);
  } catch (error) {
    throw crossOrigin(error);
  }
  return 'RGBA';
}

/** @param {unknown} cause */
function crossOrigin(cause) {
  return new DiffAeError('picture-cross-origin', 'The picture comes from another site that does not allow its pixels to be read.', { cause });
}
