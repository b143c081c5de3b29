// The size that a picture file declares in its first bytes, so that one of a billion pixels is refused before a browser
// tries to decode it.

import { frameOf } from './jpeg.js';

/** Bytes of a file that are looked at; the size of nearly every picture lies within. */
export const HEAD_BYTES = 256 * 2 ** 10;

/**
 * @param {Uint8Array} head the first bytes of the file
 * @returns {{ width: number, height: number } | null} null where they do not tell
 */
export function declaredSize(head) {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  try {
    return png(view) ?? jpeg(head) ?? webp(view) ?? gif(view) ?? bmp(view) ?? boxed(view);
  } catch {
    return null; // A RangeError: the file ends before it has told.
  }
}

/** @param {DataView} view */
function png(view) {
  return view.getUint32(0) === 0x89504e47 ? { width: view.getUint32(16), height: view.getUint32(20) } : null;
}

/** @param {Uint8Array} head */
function jpeg(head) {
  const frame = frameOf(head);
  return frame && { width: frame.width, height: frame.height };
}

/** @param {DataView} view */
function webp(view) {
  if (view.getUint32(0) !== 0x52494646 || view.getUint32(8) !== 0x57454250) return null;
  const short = (/** @type {number} */ at) => (view.getUint16(at, true) & 0x3fff);
  const three = (/** @type {number} */ at) => view.getUint16(at, true) + 65536 * view.getUint8(at + 2) + 1;
  switch (view.getUint32(12)) {
    case 0x56503820: return { width: short(26), height: short(28) }; // "VP8 "
    case 0x5650384c: return { width: short(21) + 1, height: ((view.getUint32(21, true) >>> 14) & 0x3fff) + 1 }; // "VP8L"
    case 0x56503858: return { width: three(24), height: three(27) }; // "VP8X"
    default: return null;
  }
}

/** @param {DataView} view */
function gif(view) {
  return view.getUint32(0) === 0x47494638 ? { width: view.getUint16(6, true), height: view.getUint16(8, true) } : null;
}

/** @param {DataView} view */
function bmp(view) {
  if (view.getUint16(0) !== 0x424d) return null;
  if (view.getUint32(14, true) === 12) return { width: view.getUint16(18, true), height: view.getUint16(20, true) };
  // A height below zero says that the rows lie from top to bottom.
  return { width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) };
}

/** AVIF and HEIC: the largest of the pictures in it, of which others are tiles, thumbnails or transparency. @param {DataView} view */
function boxed(view) {
  if (view.getUint32(4) !== 0x66747970) return null; // "ftyp"
  let found = null;
  for (let at = 8; at + 16 <= view.byteLength; at++) {
    if (view.getUint32(at) !== 0x69737065) continue; // "ispe"
    const size = { width: view.getUint32(at + 8), height: view.getUint32(at + 12) };
    if (!found || size.width * size.height > found.width * found.height) found = size;
  }
  return found;
}
