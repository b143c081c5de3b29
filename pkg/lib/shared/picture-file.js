// Picture files decoded by the browser, each way in which that fails in a sentence of its own.

import { DiffAeError } from './errors.js';
import { unusualJpeg } from './jpeg.js';
import { isHeic, isJpeg, kindOf } from './picture-kind.js';
import { declaredSize, HEAD_BYTES } from './picture-size.js';

export const MAX_FILE_BYTES = 80 * 2 ** 20;
/** Four bytes each, several times over while one is decoded and saved: as much as a phone's browser bears. */
const MAX_PIXELS = 50e6;

/**
 * Decodes a picture file, upright as its EXIF orientation says.
 * @param {Blob} file
 * @returns {Promise<ImageBitmap>}
 */
export async function decode(file) {
  const name = nameOf(file);
  if (file.size === 0) throw new DiffAeError('picture-unreadable', `${name} is empty.`);
  if (file.size > MAX_FILE_BYTES) throw new DiffAeError('picture-too-large', `${name} has ${Math.round(file.size / 2 ** 20)} MB; pictures of up to ${MAX_FILE_BYTES / 2 ** 20} MB can be opened.`);
  const head = await headOf(file);
  // What comes before the size of a JPEG may be of any length.
  const declared = declaredSize(head) ?? (isJpeg(head) ? declaredSize(new Uint8Array(await file.arrayBuffer().catch(() => new ArrayBuffer()))) : null);
  if (declared) checkSize(name, declared);
  let bitmap;
  try {
    // Colours under transparency survive only where they are never multiplied with it. That the picture comes upright goes without
    // saying: browsers from before 2023 refuse the word for it.
    bitmap = await createImageBitmap(file, { premultiplyAlpha: 'none' });
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

/** @param {Blob} file */
export function nameOf(file) {
  return /** @type {{ name?: string }} */ (file).name || 'This file';
}

/** The first bytes of a file. @param {Blob} file */
export async function headOf(file) {
  try {
    return new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  } catch (error) {
    throw new DiffAeError('picture-unreadable', `${nameOf(file)} cannot be read; it is a folder, or it has been moved or deleted.`, { cause: error });
  }
}

/** @param {string} name @param {{ width: number, height: number }} size */
export function checkSize(name, { width, height }) {
  if (width * height <= MAX_PIXELS) return;
  throw new DiffAeError('picture-too-large', `${name} has ${Math.round((width * height) / 1e6)} million pixels; pictures of up to ${MAX_PIXELS / 1e6} million can be opened, so please use a smaller copy.`);
}

/** @param {string} name @param {Uint8Array} head @param {unknown} cause */
function unreadable(name, head, cause) {
  const kind = kindOf(head);
  if (isHeic(kind)) {
    return new DiffAeError('picture-heic', `${name} is a HEIC photo, which this browser cannot open; save or share it as JPEG and try again.`, { cause });
  }
  const called = unusualJpeg(head) ?? kind?.called;
  const why = !called ? 'is not a picture that this browser can open; JPEG, PNG and WebP always work'
    : called !== kind?.called || !kind.common ? `is ${called}, which this browser cannot open; save it as an ordinary JPEG or PNG and try again`
      : kind.common === 'partly' ? `is ${called} that is damaged, or of a kind that this browser cannot open; save it as an ordinary JPEG or PNG and try again`
        : `is ${called}, but it is damaged; try another copy of it`;
  return new DiffAeError('picture-unreadable', `${name} ${why}.`, { cause });
}
