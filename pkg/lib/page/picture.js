// Pictures on their way into the engine: the pixels that a frame needs, on white, and what can be read of damaged files.

import { DiffAeError } from '../shared/errors.js';
import { isSequentialJpeg, unusualJpeg } from '../shared/jpeg.js';
import { checkSize, decode, headOf, nameOf } from '../shared/picture-file.js';
import { isHeic, kindOf } from '../shared/picture-kind.js';

/** @typedef {import('../shared/protocol.js').Frame} Frame */
/** @typedef {import('../shared/protocol.js').RawPicture} RawPicture */
/** @typedef {ImageBitmap | HTMLImageElement | HTMLCanvasElement | OffscreenCanvas} Drawable */
/** @typedef {import('../../index.js').PictureSource} PictureSource */

/** A frame larger than this is scaled down by the browser first; the model's own side is far smaller. */
const MAX_FRAME_SIDE = 2048;
const END_OF_JPEG = Uint8Array.of(0xff, 0xd9);
/** Rows that a browser waits for the end with: a row of the highest blocks, and two that are smoothed with it. */
const LAST_ROWS = 18;

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

/**
 * What a browser shows of a damaged file, which it does in an `<img>` alone, or of a HEIC photo, which some open nowhere else;
 * null where it shows nothing.
 * @param {Blob} file
 * @returns {Promise<{ bitmap: ImageBitmap, damage: string | null } | null>} without a damage where nothing is missing
 */
export async function salvaged(file) {
  const head = await headOf(file);
  const kind = kindOf(head);
  if (!kind || !(kind.common || isHeic(kind)) || unusualJpeg(head)) return null;
  const name = nameOf(file);
  const canvas = await drawn(file, name);
  const missing = canvas && missingIn(canvas);
  if (!canvas || !missing || missing.all) return null;
  // Many a program leaves out the mark at the end, without which the last blocks are not shown. They are there.
  const whole = missing.rows <= LAST_ROWS && isSequentialJpeg(head) ? await drawn(new Blob([file, END_OF_JPEG]), name) : null;
  const complete = whole ? missingIn(whole).rows === 0 : isHeic(kind) && missing.rows === 0;
  const damage = complete ? null : `${name} is ${kind.called}, but it is damaged; what can be read of it is shown.`;
  return { bitmap: await createImageBitmap(whole ?? canvas, { premultiplyAlpha: 'none' }), damage };
}

/** @param {Blob} file @param {string} name */
async function drawn(file, name) {
  const address = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = address;
    const loaded = await new Promise((resolve) => {
      image.onload = () => resolve(true);
      image.onerror = () => resolve(false);
    });
    const size = { width: image.naturalWidth, height: image.naturalHeight };
    if (!loaded || size.width * size.height === 0) return null;
    checkSize(name, size);
    const canvas = new OffscreenCanvas(size.width, size.height);
    canvas.getContext('2d', { willReadFrequently: true })?.drawImage(image, 0, 0);
    return canvas;
  } finally {
    URL.revokeObjectURL(address);
  }
}

/**
 * Rows of the file that are wholly see-through, as those are that could not be read; a photo that lay on its side shows
 * them as columns.
 * @param {OffscreenCanvas} canvas
 */
function missingIn(canvas) {
  const { width, height } = canvas;
  const context = canvas.getContext('2d');
  if (!context) return { rows: 0, all: false };
  const seen = new Uint8Array(width);
  let [rows, columns] = [0, width];
  for (let y = 0; y < height; y++) {
    const { data } = context.getImageData(0, y, width, 1);
    let empty = true;
    for (let x = 0; x < width; x++) {
      if (data[4 * x + 3] === 0) continue;
      empty = false;
      columns -= 1 - seen[x];
      seen[x] = 1;
      if (columns === 0) break;
    }
    if (empty) rows += 1;
  }
  return { rows: Math.max(rows, columns), all: rows === height };
}
