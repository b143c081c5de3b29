// The exact pixels of a picture, in the numbers of its file where what they mean is known. Reading a canvas back would lose
// colour under transparency, and some private browsers add noise to what is read; WebCodecs hands out what was decoded.

import { DiffAeError } from '../shared/errors.js';
import { asStored, turnOf } from '../shared/exif.js';
import { checkSize, decode, headOf, MAX_FILE_BYTES, nameOf } from '../shared/picture-file.js';
import { HEAD_BYTES } from '../shared/picture-size.js';

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
 * @property {(room: Room) => Promise<Filled>} fill
 * @property {() => void} close
 */

/**
 * @typedef {object} Filled
 * @property {string} format in which order the bytes of a pixel are
 * @property {'file' | 'srgb' | 'display-p3'} numbers whose they are: the file's own, or those of a colour space
 */
/** @typedef {{ from: number, to: number, bytes: Uint8Array<ArrayBuffer> }} Part of a file, and what is to stand in its place */

/** What WebCodecs calls the byte orders that the engine reads. */
const FORMATS = ['RGBA', 'RGBX', 'BGRA', 'BGRX'];
/** Rows that are read at a time where not all are, so that neither a second photo's memory is needed nor a canvas as large as a photo, which phones do not have. */
const STRIP = 128;

/** @typedef {import('../shared/exif.js').Turn} Turn */

/** A file as it is; nothing of one that will not be decoded. @param {Blob} file */
export async function bytesOf(file) {
  if (file.size > MAX_FILE_BYTES) return new Uint8Array();
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    return new Uint8Array(); // What cannot be read says so when it is decoded.
  }
}

/**
 * @param {Blob | ImageBitmap | import('../shared/protocol.js').RawPicture} source
 * @param {Part[]} colourless what makes of a file one that says nothing of its colours, so that browsers leave its numbers
 *   alone: asked not to convert, some of them do all the same
 * @returns {Promise<Decoded>}
 */
export async function decoded(source, colourless) {
  if ('rgba' in source) {
    checkSize('This picture', source);
    const fill = async (/** @type {Room} */ room) => (room.whole().set(source.rgba), /** @type {const} */ ({ format: 'RGBA', numbers: 'srgb' }));
    return { width: source.width, height: source.height, fill, close: () => {} };
  }
  const { bitmap, turn } = source instanceof Blob ? await opened(source, colourless) : { bitmap: source, turn: null };
  checkSize('This picture', bitmap);
  const [width, height] = (turn?.turns ?? 0) % 2 ? [bitmap.height, bitmap.width] : [bitmap.width, bitmap.height];
  return {
    width,
    height,
    fill: async (room) => {
      const filled = (await fromFrame(bitmap, turn, room)) ?? fromCanvas(bitmap, turn, room);
      return colourless.length > 0 ? { ...filled, numbers: 'file' } : filled;
    },
    close: () => bitmap.close(),
  };
}

/** A file's pixels, and what is left to be done to bring them upright. @param {Blob} file @param {Part[]} colourless @returns {Promise<{ bitmap: ImageBitmap, turn: Turn | null }>} */
async function opened(file, colourless) {
  const turned = turnOf(await headOf(file));
  const stored = turned ? asStored(file, turned, nameOf(file)) : file;
  return { bitmap: await decode(colourless.length > 0 ? await replaced(stored, colourless, nameOf(file)) : stored), turn: turned && turned.turn };
}

/** A file with parts of it replaced, without a copy of all others. @param {Blob} file @param {Part[]} parts in their order @param {string} name */
async function replaced(file, parts, name) {
  let at = 0;
  /** @type {BlobPart[]} */
  const pieces = [];
  for (const { from, to, bytes } of parts) {
    pieces.push(file.slice(at, from), bytes);
    at = to;
  }
  const whole = new Blob([...pieces, file.slice(at)]);
  // Firefox knows what a file is by its first piece alone, which may be two bytes.
  return new File([await whole.slice(0, HEAD_BYTES).arrayBuffer(), whole.slice(HEAD_BYTES)], name, { type: file.type });
}

/** @param {ImageBitmap} bitmap @param {Turn | null} turn @param {Room} room @returns {Promise<Filled | null>} null where the browser has no way to do it */
async function fromFrame(bitmap, turn, room) {
  /** @type {any} newer than the types of TypeScript */
  let frame = null;
  try {
    frame = new VideoFrame(bitmap, { timestamp: 0 });
    const { rotation = 0, flip = false, visibleRect: stored } = frame;
    // A frame holds the pixels as they are stored, and not every browser says of it what it has turned.
    if (!('rotation' in frame) && (stored.width !== bitmap.width || stored.height !== bitmap.height)) return null;
    return await copied(frame, turn ?? { turns: rotation / 90, mirrored: flip }, room);
  } catch (error) {
    if (/** @type {Error} */ (error).name === 'SecurityError') throw crossOrigin(error);
    // No WebCodecs, a side beyond what it takes, or a conversion that it lacks. Whatever else it is will be met again.
    return null;
  } finally {
    frame?.close();
  }
}

/** @param {any} frame a VideoFrame @param {Turn} turn @param {Room} room @returns {Promise<Filled>} */
async function copied(frame, { turns, mirrored }, room) {
  const { primaries, transfer } = frame.colorSpace;
  // A request for a format converts, which multiplies colour with alpha and divides it again: only a photo in a colour space
  // of its own needs it. Display P3, which phones have, is none of those.
  const numbers = primaries === 'smpte432' ? 'display-p3' : 'srgb';
  const asIs = FORMATS.includes(frame.format) && (primaries === 'bt709' || primaries === 'smpte432') && transfer === 'iec61966-2-1';
  const conversion = asIs ? {} : { format: 'RGBA', colorSpace: 'srgb' };
  const { visibleRect: stored } = frame;
  const layout = [{ offset: 0, stride: 4 * stored.width }];
  if (turns === 0 && !mirrored) {
    await frame.copyTo(room.whole(), { layout, ...conversion });
  } else {
    const rows = new Uint8Array(4 * stored.width * STRIP);
    for (let first = 0; first < stored.height; first += STRIP) {
      const count = Math.min(STRIP, stored.height - first);
      const rect = { x: stored.x, y: stored.y + first, width: stored.width, height: count };
      await frame.copyTo(rows, { rect, layout, ...conversion });
      room.place(rows.subarray(0, 4 * stored.width * count), first, turns, mirrored);
    }
  }
  return asIs ? { format: frame.format, numbers } : { format: 'RGBA', numbers: 'srgb' };
}

/** @param {ImageBitmap} bitmap @param {Turn | null} turn @param {Room} room @returns {Filled} */
function fromCanvas(bitmap, turn, room) {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, Math.min(STRIP, height)).getContext('2d', { willReadFrequently: true });
  if (!context) throw new DiffAeError('picture-unreadable', 'The browser offers no canvas to read pictures with.');
  if (!isFaithful()) throw new DiffAeError('unsupported', 'This browser changes the pixels that a page reads, so that nobody is recognised by them; allow this site to read canvases, or use another browser.');
  const { turns, mirrored } = turn ?? { turns: 0, mirrored: false };
  context.globalCompositeOperation = 'copy';
  for (let first = 0; first < height; first += STRIP) {
    context.drawImage(bitmap, 0, -first);
    room.place(rowsOf(context, width, Math.min(STRIP, height - first)), first, turns, mirrored);
  }
  return { format: 'RGBA', numbers: 'srgb' };
}

/** Whether a canvas gives back what was put into it. */
function isFaithful() {
  const side = 32;
  const context = new OffscreenCanvas(side, side).getContext('2d', { willReadFrequently: true });
  const picture = new ImageData(side, side);
  picture.data.forEach((_, i, data) => { data[i] = i % 4 === 3 ? 255 : 37 * i; });
  context?.putImageData(picture, 0, 0);
  return Boolean(context?.getImageData(0, 0, side, side).data.every((byte, i) => byte === picture.data[i]));
}

/** @param {OffscreenCanvasRenderingContext2D} context @param {number} width @param {number} count */
function rowsOf(context, width, count) {
  try {
    return new Uint8Array(context.getImageData(0, 0, width, count).data.buffer);
  } catch (error) {
    throw crossOrigin(error);
  }
}

/** @param {unknown} cause */
function crossOrigin(cause) {
  return new DiffAeError('picture-cross-origin', 'The picture comes from another site that does not allow its pixels to be read.', { cause });
}
