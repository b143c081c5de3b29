// How a JPEG's EXIF data says that it is turned. Few browsers tell what they have turned, and without that the stored
// pixels can be had from a canvas alone; so it is read here, and the browser is given the file as one that is not turned.

/** Quarter turns clockwise, and whether left and right are swapped afterwards, by EXIF orientation. @type {readonly Turn[]} */
const TURNS = [[0, false], [0, true], [2, false], [2, true], [1, true], [1, false], [3, true], [3, false]]
  .map(([turns, mirrored]) => ({ turns: Number(turns), mirrored: Boolean(mirrored) }));
const ORIENTATION = 0x0112;
const SHORT = 3;

/** @typedef {{ turns: number, mirrored: boolean }} Turn what brings stored pixels upright */

/**
 * @param {Uint8Array} head the first bytes of a file
 * @returns {{ turn: Turn, at: number, low: number } | null} null for whatever is not a turned JPEG; the orientation is a
 *   number of two bytes at `at`, the lower of which comes `low` bytes later
 */
export function turnOf(head) {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  try {
    const tiff = exifIn(view);
    const entry = tiff && orientationIn(view, tiff);
    const turn = entry && TURNS[entry.value - 1];
    return turn && (turn.turns > 0 || turn.mirrored) ? { turn, at: entry.at, low: entry.low } : null;
  } catch {
    return null; // A RangeError: the data ends before it has told.
  }
}

/** A JPEG as one that is not turned, without a copy of its pixels. @param {Blob} file @param {{ at: number, low: number }} orientation @param {string} name */
export function asStored(file, { at, low }, name) {
  const upright = new Uint8Array(2);
  upright[low] = 1;
  return new File([file.slice(0, at), upright, file.slice(at + 2)], name, { type: file.type });
}

/** Where the EXIF data of a JPEG is. @param {DataView} view @returns {{ start: number, end: number } | null} */
function exifIn(view) {
  if (view.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; ;) {
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    // Any number of fill bytes can stand before a marker.
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    // The picture begins, and nothing more is said about it.
    if (marker === 0xda || marker === 0xd9) return null;
    const end = at + 2 + view.getUint16(at + 2);
    if (marker === 0xe1 && view.getUint32(at + 4) === 0x45786966 && view.getUint16(at + 8) === 0) return { start: at + 10, end };
    at = end;
  }
}

/** The entry for it in the first directory. @param {DataView} view @param {{ start: number, end: number }} tiff */
function orientationIn(view, { start, end }) {
  const order = view.getUint16(start);
  if (order !== 0x4949 && order !== 0x4d4d) return null;
  const little = order === 0x4949;
  if (view.getUint16(start + 2, little) !== 42) return null;
  const directory = start + view.getUint32(start + 4, little);
  const entries = view.getUint16(directory, little);
  for (let i = 0, at = directory + 2; i < entries && at + 12 <= end; i++, at += 12) {
    if (view.getUint16(at, little) !== ORIENTATION) continue;
    if (view.getUint16(at + 2, little) !== SHORT || view.getUint32(at + 4, little) !== 1) return null;
    return { value: view.getUint16(at + 8, little), at: at + 8, low: little ? 0 : 1 };
  }
  return null;
}
