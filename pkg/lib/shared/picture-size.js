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
    return png(view) ?? jpeg(head) ?? webp(view);
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
