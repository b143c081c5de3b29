// What the frame header of a JPEG tells: its size, and in which of many codings it is, most of which nobody uses.

/** What a JPEG is that few programs open, or null. @param {Uint8Array} head */
export function unusualJpeg(head) {
  const frame = frameOf(head);
  if (!frame) return null;
  const type = frame.marker & 0x0f;
  if (frame.marker === 0xf7) return 'a JPEG-LS picture';
  if (type >= 9) return 'a JPEG with arithmetic coding';
  if (type === 3) return 'a lossless JPEG';
  if (type >= 5) return 'a hierarchical JPEG';
  return frame.depth === 8 ? null : `a JPEG of ${frame.depth} bits`;
}

/** Whether a JPEG holds its picture from top to bottom, so that one of which all rows can be read is complete. @param {Uint8Array} head */
export function isSequentialJpeg(head) {
  const marker = frameOf(head)?.marker;
  return marker === 0xc0 || marker === 0xc1;
}

/** The start of a JPEG's frame: in which coding, and where it says more. @param {Uint8Array} head @returns {{ marker: number, depth: number, width: number, height: number } | null} */
export function frameOf(head) {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; at + 9 <= view.byteLength;) {
    // Any number of fill bytes can stand before a marker.
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker === 0) return null;
    // Three numbers of the range of frames mean other things.
    if ((marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) || marker === 0xf7) {
      return { marker, depth: view.getUint8(at + 4), width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    }
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}
