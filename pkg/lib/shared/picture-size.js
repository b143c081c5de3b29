// The size that a picture file declares in its first bytes, so that one of a billion pixels is refused before a browser
// tries to decode it.

/** Bytes of a file that are looked at; the size of nearly every picture lies within. */
export const HEAD_BYTES = 256 * 2 ** 10;

/**
 * @param {Uint8Array} head the first bytes of the file
 * @returns {{ width: number, height: number } | null} null where they do not tell
 */
export function declaredSize(head) {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  try {
    return png(view) ?? jpeg(view) ?? webp(view);
  } catch {
    return null; // A RangeError: the file ends before it has told.
  }
}

/** @param {DataView} view */
function png(view) {
  return view.getUint32(0) === 0x89504e47 ? { width: view.getUint32(16), height: view.getUint32(20) } : null;
}

/** @param {DataView} view */
function jpeg(view) {
  if (view.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; ; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint16(at);
    if (marker < 0xff01) return null;
    // Start of frame, in any coding; three numbers of that range mean other things.
    if (marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker)) {
      return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    }
  }
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
